"""Rows carried from one kind of store into another arrive as they were, and numbers go on from there."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from support import stores

from bot.storage import audit, broadcasts
from bot.storage.carrying import carry_into_new_file
from bot.storage.copying import check_file
from bot.storage.database import Database
from bot.storage.keystore import KeyStore, Wrap
from bot.storage.tables import consent_records, conversations, metadata, notices, withdrawals
from bot.vault import FIXED_RING_KEYS, KEY_BYTES, Vault

NOW = dt.datetime(2026, 11, 23, 12, 30, 15, 123456, tzinfo=dt.UTC)


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[Database]:
    """Another database of the kind that this run is on, with tables and nothing in them."""
    opened = Database.connect(stores.url(tmp_path / "other", stores.DATA))
    await opened.upgrade()
    yield opened
    await opened.close()


async def fill(database: Database) -> None:
    """Rows with everything that two kinds could take differently: bytes, moments, days, yes and no, JSON, nothing."""
    database.note_with(Vault({name: os.urandom(KEY_BYTES) for name in FIXED_RING_KEYS}, os.urandom).notary())
    record = {
        "id": "r1", "pseudonym": "p", "collection": "c", "version": 1, "language": "en", "territory": "US",
        "sha256": "a" * 64, "shown_at": NOW, "given_at": NOW, "expires_at": NOW, "decisions": {"use": True, "ü": None},
        "card_answers": [], "minimum_age": 18,
    }  # fmt: skip
    row = {"key_id": b"\x00k", "sealed": os.urandom(40), "version": 1, "owed": True, "ending": False, "reachable": True}
    planned = {
        "collection": "c", "audience": {}, "paragraphs": {"en": ["a"]}, "paid": False, "any_hour": True,
        "planned_by": "Kim", "planned_at": NOW, "starts_at": NOW,
    }  # fmt: skip
    entry = {"at": NOW, "actor": "bot", "action": "x", "collection": None, "pseudonym": None, "detail": {"é": [1, "a"]}}
    async with database.write() as connection:
        await connection.execute(insert(consent_records), record)
        await connection.execute(insert(conversations), [{"chat": bytes([n]), **row} for n in range(3)])
        await connection.execute(insert(withdrawals), [gone(f"p{number}") for number in range(5)])
        await broadcasts.begin(connection, planned)
        await audit.append(connection, [entry])


def gone(pseudonym: str) -> dict[str, object]:
    return {"pseudonym": pseudonym, "collection": "c", "purposes": [], "at": NOW}


async def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    async with database.read() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


async def test_rows_arrive_as_they_were_and_numbers_go_on(database: Database, other: Database, tmp_path: Path) -> None:
    await fill(database)
    async with database.write() as connection:
        await connection.execute(insert(notices), {"id": 7, "planned_at": NOW, "by": "x", "reason": "", "concerns": {},
                                                   "texts": {}, "recipients": 0})  # fmt: skip
    file = tmp_path / "copy.db"
    async with database.read() as source:
        await carry_into_new_file(source, file, metadata, versioned=True)
    check_file(file)
    copy = Database.connect(f"sqlite+aiosqlite:///{file}")
    await copy.check_schema()
    before = await everything(database)
    assert await everything(copy) == before
    await copy.close()

    await other.fill_from(file)

    assert await everything(other) == before
    async with other.write() as connection:
        await connection.execute(insert(withdrawals), gone("z"))
        assert (await connection.scalars(select(withdrawals.c.id).order_by(withdrawals.c.id.desc()))).first() == 6


async def test_an_entry_that_was_changed_by_a_space_arrives_changed(
    database: Database, other: Database, tmp_path: Path
) -> None:
    await fill(database)
    stores.rows(tmp_path, "update audit set detail = '{\"a\":  1}' returning id")
    async with database.read() as source:
        await carry_into_new_file(source, tmp_path / "copy.db", metadata, versioned=True)
    await other.fill_from(tmp_path / "copy.db")
    async with other.read() as connection:
        [row] = [row async for row in audit.every_row(connection)]
    assert row.entry is None


async def test_a_number_of_a_broadcast_that_is_gone_is_nobody_elses(
    database: Database, other: Database, tmp_path: Path
) -> None:
    await fill(database)
    stores.rows(tmp_path, "delete from broadcasts returning id")
    async with database.read() as source:
        await carry_into_new_file(source, tmp_path / "copy.db", metadata, versioned=True)
    await other.fill_from(tmp_path / "copy.db")
    planned = {
        "collection": "c", "audience": {}, "paragraphs": {}, "paid": False, "any_hour": True, "planned_by": "Kim",
        "planned_at": NOW, "starts_at": NOW,
    }  # fmt: skip
    async with other.write() as connection:
        assert await broadcasts.begin(connection, planned) == 2


async def test_a_key_store_is_copied_and_filled_in_the_same_way(keystore: KeyStore, tmp_path: Path) -> None:
    await keystore.belong_to("an installation")
    await keystore.change_ring(lambda _none: {"one": b"wrapped"})
    await keystore.put([Wrap(b"key", "self", b"\x00wrapped", NOW)])
    await keystore.copy_to(tmp_path / "copy.db")
    other = KeyStore.connect(stores.url(tmp_path / "other", stores.KEYS))
    await other.create()
    await other.fill_from(tmp_path / "copy.db")
    assert await other.installation() == "an installation"
    assert await other.ring() == {"one": b"wrapped"}
    assert await other.wraps([b"key"], ["self"]) == {(b"key", "self"): b"\x00wrapped"}
    await other.close()
