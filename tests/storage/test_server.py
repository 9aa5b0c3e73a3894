"""PostgreSQL, where several write at once: who waits for whom, who is ended, and in which order numbers come."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from support import stores

from bot.storage import conversations as stored
from bot.storage import holding, schedule, server, sign_offs
from bot.storage.consents import Ledger, write_ledger
from bot.storage.database import Contended, Database, SchemaFault, StoreUnavailable
from bot.storage.holding import Turn, wait_at_most
from bot.storage.keystore import KeyStore
from bot.storage.schedule import Due
from bot.storage.schema import alembic, newest_schema
from bot.storage.server import marked, serving_here
from bot.storage.tables import conversations, tallies, withdrawals
from flows.sign_offs import Capacity, Place, SignOff, Verdict

pytestmark = pytest.mark.server("several write at once")

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@pytest.fixture
async def other(database: Database) -> AsyncIterator[Database]:
    """Another process on the same database."""
    opened = Database.connect(database.url)
    yield opened
    await opened.close()


async def people(database: Database, *chats: bytes) -> None:
    """Conversations that are there."""
    common = {"key_id": b"k", "sealed": b"s", "version": 1, "owed": False, "ending": False, "reachable": True}
    async with database.write() as connection:
        await stored.insert_conversations(connection, [{"chat": chat, **common} for chat in chats])


async def waits(database: Database) -> None:
    """Return once somebody waits for a lock there: the server says so."""
    async with asyncio.timeout(10):
        while True:
            async with database.look() as connection:
                found = await connection.exec_driver_sql("select count(*) from pg_locks where not granted")
                if found.scalar():
                    return
            await asyncio.sleep(0.01)


def withdrawal(pseudonym: str) -> Ledger:
    row = {"pseudonym": pseudonym, "collection": "c", "purposes": [], "at": NOW}
    return Ledger(withdrawals=[row])


async def test_whoever_writes_alone_waits_for_a_batch(database: Database, other: Database) -> None:
    await people(database, b"sam")
    order = []

    async def alone() -> None:
        async with other.write():
            order.append("alone")

    async with database.write_beside() as connection:
        await stored.read_conversations(connection, [b"nobody yet"])
        waiting = asyncio.create_task(alone())
        await waits(database)
        order.append("batch")
        # A batch that has begun is not held up by who waits to be alone.
        await connection.execute(update(conversations).values(version=2))
    await waiting
    assert order == ["batch", "alone"]


async def test_two_batches_about_other_people_go_side_by_side(database: Database, other: Database) -> None:
    await people(database, b"sam", b"kim")
    async with database.write_beside() as one, other.write_beside() as two:
        assert b"sam" in await stored.read_conversations(one, [b"sam"])
        assert b"kim" in await stored.read_conversations(two, [b"kim"])
        for connection, chat in ((one, b"sam"), (two, b"kim")):
            await connection.execute(update(conversations).where(conversations.c.chat == chat).values(version=2))
    async with database.read() as connection:
        assert set(await connection.scalars(select(conversations.c.version))) == {2}


async def test_who_only_reads_holds_nobody(database: Database, other: Database) -> None:
    await people(database, b"sam")
    async with database.read() as reading, other.write() as writing:
        assert await stored.read_conversations(reading, [b"sam"])
        await writing.execute(update(conversations).values(version=2))
    async with database.look() as looking:
        assert await looking.scalar(select(conversations.c.version)) == 2


async def test_who_hangs_with_a_row_lets_go_before_others_are_refused_and_who_reads_may_take_long(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people(database, b"sam")
    monkeypatch.setitem(server._SETTINGS, "idle_in_transaction_session_timeout", "300ms")
    hangs = Database.connect(database.url)

    async def hang() -> None:
        async with hangs.write_beside() as hanging:
            assert await stored.read_conversations(hanging, [b"sam"])
            async with database.write_beside() as writing:
                await wait_at_most(writing, 5)
                await stored.read_conversations(writing, [b"sam"])
                await writing.execute(update(conversations).values(version=2))
            await hanging.execute(update(conversations).values(version=3))

    async with hangs.read() as reading:
        assert await reading.scalar(select(conversations.c.version)) == 1
        with pytest.raises(StoreUnavailable):
            await hang()
        assert await reading.scalar(select(conversations.c.version)) == 1
    async with database.look() as looking:
        assert await looking.scalar(select(conversations.c.version)) == 2
    await hangs.close()


async def test_a_reader_sees_one_state_to_its_end(database: Database, other: Database) -> None:
    await people(database, b"sam")
    async with database.read() as reading:
        assert await reading.scalar(select(conversations.c.version)) == 1
        async with other.write() as writing:
            await writing.execute(update(conversations).values(version=2))
        assert await reading.scalar(select(conversations.c.version)) == 1


async def test_whoever_sees_a_withdrawal_has_seen_every_one_before_it(database: Database, other: Database) -> None:
    """A number is given out before it is committed: the second would be met, and the first never."""
    numbers = []

    async def second() -> None:
        async with other.write_beside() as connection:
            await write_ledger(connection, withdrawal("second"))

    async with database.write_beside() as connection:
        await write_ledger(connection, withdrawal("first"))
        waiting = asyncio.create_task(second())
        await waits(database)
        async with database.look() as looking:
            numbers.append(await looking.scalar(select(func.max(withdrawals.c.id))))
    await waiting
    assert numbers == [None]
    async with database.look() as looking:
        rows = await looking.scalars(select(withdrawals.c.pseudonym).order_by(withdrawals.c.id))
        assert list(rows) == ["first", "second"]


async def test_reviewers_words_are_numbered_as_they_are_kept(database: Database, other: Database) -> None:
    async def says(store: Database, by: str) -> int:
        async with store.write_beside() as connection:
            return await sign_offs.add(connection, word(by))

    async with database.write_beside() as connection:
        first = await sign_offs.add(connection, word("Ada"))
        waiting = asyncio.create_task(says(other, "Ben"))
        await waits(database)
    assert await waiting > first


def word(by: str) -> SignOff:
    return SignOff(0, Place("c", "US", "en"), "0" * 64, Verdict.SIGNED, Capacity.REVIEWER, "role", by, NOW)


async def test_what_is_due_is_handed_to_one_of_two_who_claim_at_once(database: Database, other: Database) -> None:
    async with database.write() as connection:
        await schedule.put_due(connection, [Due("fold", str(number), NOW) for number in range(6)])
    async with database.write_beside() as one, other.write_beside() as two:
        mine = await schedule.claim_due(one, NOW, dt.timedelta(minutes=1), 4)
        theirs = await schedule.claim_due(two, NOW, dt.timedelta(minutes=1), 4)
    assert (len(mine), len(theirs)) == (4, 2)
    assert not {each.key for each in mine} & {each.key for each in theirs}


async def test_of_two_that_wait_for_each_other_one_is_ended_and_told_so(database: Database, other: Database) -> None:
    await people(database, b"sam", b"kim")
    both = asyncio.Barrier(2)

    async def writes(store: Database, first: bytes, then: bytes) -> str:
        try:
            async with store.write_beside() as connection:
                await _touch(connection, first)
                await both.wait()
                await _touch(connection, then)
        except Contended:
            return "ended"
        return "written"

    done = await asyncio.gather(writes(database, b"sam", b"kim"), writes(other, b"kim", b"sam"))
    assert sorted(done) == ["ended", "written"]


async def _touch(connection: AsyncConnection, chat: bytes) -> None:
    await connection.execute(update(conversations).where(conversations.c.chat == chat).values(version=2))


async def test_a_start_waits_for_another_one_that_upgrades_for_longer_than_anybody_waits_for_a_row(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(server._SETTINGS, "lock_timeout", "100ms")
    starting = Database.connect(database.url)
    for wait in (starting.let_upgrade_end, starting.upgrade):
        async with database.write_beside() as connection:
            await holding.in_turn(connection, Turn.ALONE)
            waiting = asyncio.create_task(wait())
            await waits(database)
            await asyncio.wait([waiting], timeout=0.3)
            assert not waiting.done()
        await waiting
    async with starting.write_beside() as connection:
        await holding.in_turn_however_long(connection, Turn.ALONE)
        assert await connection.scalar(select(func.current_setting("lock_timeout"))) == "100ms", (
            "rows are waited for as ever"
        )
    await starting.close()


async def test_connections_that_a_server_has_ended_are_said_as_not_available_and_made_anew(database: Database) -> None:
    await people(database, b"sam")
    folder = next(each for name, each in stores._made.items() if name in database.url)
    stores.rows(folder, "select pg_terminate_backend(pid) from pg_stat_activity where pid != pg_backend_pid() "
                "and datname = current_database()")  # fmt: skip
    with pytest.raises(StoreUnavailable):
        async with database.write() as connection:
            await connection.execute(select(conversations.c.chat))
    async with database.write() as connection:
        assert await connection.scalar(select(conversations.c.chat)) == b"sam"


async def test_a_database_that_is_not_there_is_said_as_not_available(database: Database) -> None:
    nowhere = Database.connect(database.url.replace("/t_", "/no_such_"))
    with pytest.raises(StoreUnavailable, match="InvalidCatalogName"):
        await nowhere.upgrade()
    with pytest.raises(StoreUnavailable, match="InvalidCatalogName"):
        await nowhere.is_new()
    await nowhere.close()


async def test_a_server_that_is_not_there_is_said_as_not_available() -> None:
    nowhere = Database.connect("postgresql+asyncpg://survey@/survey?host=/nowhere")
    with pytest.raises(StoreUnavailable):
        await nowhere.schema()
    await nowhere.close()


async def test_text_is_as_long_as_the_flows_let_it_be(database: Database) -> None:
    row = {"collection": "c" * 300, "territory": "US", "what": "w" * 300, "count": 2**40}
    async with database.write() as connection:
        await connection.execute(insert(tallies), row)
        assert (await connection.execute(select(tallies))).one() == tuple(row.values())


async def test_empty_tables_are_new_and_those_of_an_installation_are_not(database: Database, tmp_path: Path) -> None:
    assert await database.is_new()
    empty = Database.connect(stores.url(tmp_path, "without_tables", empty=True))
    assert await empty.is_new()
    assert await empty.schema() is None
    await empty.close()
    stores.rows(tmp_path, "insert into installation values ('x') returning id")
    assert not await database.is_new()


async def test_a_mark_is_one_processs_until_it_ends(database: Database) -> None:
    async with marked(database.url, Turn.ARRIVING, shared=False) as first:
        async with marked(database.url, Turn.ARRIVING, shared=False) as second:
            assert (first, second) == (True, False)
        async with marked(database.url, Turn.SERVING, shared=True) as one, marked(
            database.url, Turn.SERVING, shared=True
        ) as two, marked(database.url, Turn.SERVING, shared=False) as alone:  # fmt: skip
            assert (one, two, alone) == (True, True, False)
    async with marked(database.url, Turn.ARRIVING, shared=False) as again:
        assert again


def test_every_turn_has_a_number_of_its_own() -> None:
    assert len({int(each) for each in holding.Turn}) == len(holding.Turn.__members__)


async def test_a_server_that_does_not_keep_what_it_has_said_is_refused(tmp_path: Path) -> None:
    """What people are told is on a disk; so is what is leaving, before it leaves."""
    database = Database.connect(stores.url(tmp_path, stores.DATA, empty=True))
    name = stores.name_of(tmp_path, stores.DATA)
    await asyncio.to_thread(stores.rows, tmp_path, f"alter database {name} set synchronous_commit = off")
    try:
        with pytest.raises(SchemaFault, match=r"synchronous_commit = off.*alter database"):
            await database.upgrade()
    finally:
        await database.close()


async def test_a_server_that_does_not_keep_the_keys_is_refused_too(tmp_path: Path) -> None:
    """What is sealed with a key is committed once its wrap is said to be there."""
    keystore = KeyStore.connect(stores.url(tmp_path, stores.KEYS, empty=True))
    name = stores.name_of(tmp_path, stores.KEYS)
    await asyncio.to_thread(
        stores.rows, tmp_path, f"alter database {name} set synchronous_commit = off", store=stores.KEYS
    )
    try:
        with pytest.raises(SchemaFault, match=r"synchronous_commit = off.*alter database"):
            await keystore.create()
        assert len(await keystore.server_faults()) == 1
    finally:
        await keystore.close()


async def test_an_older_server_than_is_allowed_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server that is here is newer; so what is allowed is newer still."""
    monkeypatch.setattr(server, "OLDEST", 99)
    with pytest.raises(SchemaFault, match=r"the server is PostgreSQL \d\d; use PostgreSQL 99 or newer"):
        await database.upgrade()


async def test_new_tables_are_not_made_under_an_earlier_version_that_serves(database: Database, tmp_path: Path) -> None:
    """It would go on, and fall over what it does not know; one that has ended is in nobody's way."""

    async def says(statement: str) -> None:
        await asyncio.to_thread(stores.rows, tmp_path, f"{statement} returning 1")

    newest = newest_schema()
    before = ScriptDirectory.from_config(alembic()).get_revision(newest or "").down_revision
    await says(
        "insert into processes (place, fetches, began_at, alive_until) "
        "values ('process 7 on there', false, now(), now() + interval '8 seconds')"
    )
    await database.upgrade()  # nothing is new, so it is in nobody's way
    await says(f"update alembic_version set version_num = '{before}'")  # noqa: S608  # ours
    with pytest.raises(SchemaFault, match=r"an earlier version serves here \(process 7 on there\).*stop it"):
        await database.upgrade()
    await says("update processes set alive_until = now() + interval '1 hour'")  # the server's clock was ahead
    with pytest.raises(SchemaFault, match=r"whoever was killed counts for eight seconds more"):
        await database.upgrade()
    soon = "select alive_until <= clock_timestamp() + interval '8 seconds' from processes"
    assert await asyncio.to_thread(stores.rows, tmp_path, soon) == [(1,)]
    await says("update processes set alive_until = now() - interval '1 second'")
    async with database.look() as connection:
        assert await serving_here(connection) == []
    await says(f"update alembic_version set version_num = '{newest}'")  # noqa: S608  # ours
