"""Tables, migrations, transactions, and moments."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError
from support import stores, unsynced

from bot.storage import engines, updates
from bot.storage.database import Database, SchemaFault, StoreUnavailable
from bot.storage.engines import place_of
from bot.storage.tables import metadata, seen_updates

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


async def test_migrations_make_exactly_the_tables_that_the_code_knows(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        # On a server text has no length (`bot.storage.server`), and so every length would be one.
        how = {"compare_type": not stores.on_server()}
        return list(compare_metadata(MigrationContext.configure(connection, opts=how), metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.check_schema()


@pytest.mark.sqlite("there is a file, or none")
async def test_an_empty_file_is_brought_up_to_date_and_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "survey.db"
    database = Database.connect(f"sqlite+aiosqlite:///{path}")
    assert await database.is_new()
    for _ in range(2):
        await database.upgrade()
        await database.check_schema()
    assert not await database.is_new()
    await database.close()


async def test_tables_of_another_version_are_refused_with_the_remedy(database: Database, tmp_path: Path) -> None:
    stores.rows(tmp_path, "update alembic_version set version_num = '0000' returning version_num")
    with pytest.raises(SchemaFault, match="surveybot db upgrade"):
        await database.check_schema()


@pytest.fixture
async def as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A data file that is set up as outside tests, where others wait for no disk."""
    monkeypatch.setattr(engines, "_set_up_sqlite", unsynced.AS_IT_IS)
    opened = Database.connect(stores.url(tmp_path, stores.DATA))
    await opened.upgrade()
    yield opened
    await opened.close()


@pytest.mark.sqlite("its pragmas")
async def test_data_is_deleted_for_good_and_synced(as_it_is: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "temp_store": 2}
    async with as_it_is.read() as connection:
        for pragma, value in wanted.items():
            assert await connection.scalar(text(f"PRAGMA {pragma}")) == value, pragma


@pytest.mark.sqlite("its pragmas")
async def test_after_writing_in_bulk_the_next_transaction_is_as_durable_as_ever(as_it_is: Database) -> None:
    async with as_it_is.write_in_bulk() as connection:
        assert await connection.scalar(text("PRAGMA synchronous")) == 1
        await connection.execute(insert(seen_updates), [{"update_id": 1, "seen_at": NOW}])

    async def break_off_half_way() -> None:
        async with as_it_is.write_in_bulk() as connection:
            await connection.execute(insert(seen_updates), [{"update_id": 2, "seen_at": NOW}])
            await connection.execute(insert(seen_updates), [{"update_id": 1, "seen_at": NOW}])

    with pytest.raises(IntegrityError):
        await break_off_half_way()
    async with as_it_is.write() as connection:
        assert await connection.scalar(text("PRAGMA synchronous")) == 2
        assert (await connection.scalars(select(seen_updates.c.update_id))).all() == [1]


@pytest.mark.sqlite("its one lock")
async def test_a_writing_transaction_holds_the_lock_from_its_beginning(database: Database, tmp_path: Path) -> None:
    """Otherwise one that reads first and then writes fails beside another writer, however long it waits."""
    with closing(sqlite3.connect(tmp_path / "survey.db", timeout=0)) as other:
        async with database.write():
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")


async def test_writers_of_two_processes_wait_for_each_other_and_none_fails(database: Database) -> None:
    other = Database.connect(database.url)

    async def read_and_write(store: Database, first: int) -> None:
        for number in range(first, first + 25):
            async with store.write() as connection:
                await connection.execute(select(seen_updates))
                await asyncio.sleep(0)
                await connection.execute(insert(seen_updates), [{"update_id": number, "seen_at": NOW}])

    await asyncio.gather(read_and_write(database, 0), read_and_write(other, 100))
    async with database.read() as connection:
        assert len((await connection.execute(select(seen_updates))).all()) == 50
    await other.close()


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    async def fails() -> None:
        async with database.write() as connection:
            await connection.execute(insert(seen_updates), [{"update_id": 1, "seen_at": NOW}])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    async with database.read() as connection:
        assert (await connection.execute(select(seen_updates))).all() == []


@pytest.mark.sqlite("its one lock")
async def test_a_lock_that_is_never_let_go_is_said_as_not_available(database: Database, tmp_path: Path) -> None:
    async with database.read() as connection:
        await connection.exec_driver_sql("PRAGMA busy_timeout=10")
    with closing(sqlite3.connect(tmp_path / "survey.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            async with database.write():
                pass
        other.execute("ROLLBACK")


@pytest.mark.sqlite("a connection of it that was opened for reading alone stays so")
async def test_a_file_that_may_be_written_again_is_written_again(database: Database) -> None:
    async with database.read() as connection:
        await connection.exec_driver_sql("PRAGMA query_only=ON")

    async def write(number: int) -> None:
        async with database.write() as connection:
            await connection.execute(insert(seen_updates), [{"update_id": number, "seen_at": NOW}])

    with pytest.raises(StoreUnavailable):
        await write(1)
    await write(2)
    async with database.read() as connection:
        assert (await connection.scalars(select(seen_updates.c.update_id))).all() == [2]


async def test_a_clock_that_is_days_ahead_has_no_update_forgotten_that_may_come_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "_NEWEST", 2)
    async with database.write() as connection:
        for number in range(1, 5):
            await updates.remember(connection, [number], NOW + dt.timedelta(seconds=number))
        await updates.forget_old(connection, NOW + dt.timedelta(days=5))
        assert await updates.seen(connection, [1, 2, 3, 4]) == {3, 4}
        await updates.remember(connection, [5], NOW + dt.timedelta(days=5))
        await updates.forget_old(connection, NOW + dt.timedelta(seconds=10))
        assert await updates.seen(connection, [3, 4, 5]) == {3, 4, 5}


async def test_moments_come_back_in_utc_and_need_their_time_zone(database: Database) -> None:
    cairo = dt.timezone(dt.timedelta(hours=2))
    moment = dt.datetime(2026, 11, 23, 14, 30, 15, 123456, tzinfo=cairo)
    async with database.write() as connection:
        await connection.execute(insert(seen_updates), [{"update_id": 1, "seen_at": moment}])
        found = await connection.scalar(select(seen_updates.c.seen_at))
    assert found == moment
    assert found is not None
    assert found.tzinfo is dt.UTC
    with pytest.raises(Exception, match="time zone"):
        async with database.write() as connection:
            await connection.execute(insert(seen_updates), [{"update_id": 2, "seen_at": moment.replace(tzinfo=None)}])


def test_a_password_is_nowhere_in_what_a_server_is_called() -> None:
    """It may stand among the parameters as well."""
    said = place_of("postgresql+asyncpg://survey:pass1@db/survey?password=pass2&host=/run/postgresql&passfile=/pass3")
    assert said == "postgresql+asyncpg://survey:***@db/survey?host=%2Frun%2Fpostgresql"
