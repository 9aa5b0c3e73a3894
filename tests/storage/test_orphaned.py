"""Wraps that nothing uses are found a part at a time, however many there are."""

from __future__ import annotations

import datetime as dt
import os

from bot.orphaned import ORPHANED, destroy_orphaned
from bot.storage.conversations import insert_conversations
from bot.storage.database import Database
from bot.storage.keystore import KeyStore, Wrap

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
BEFORE = NOW - ORPHANED - dt.timedelta(seconds=1)


async def made(keystore: KeyStore, count: int, at: dt.datetime = BEFORE) -> list[bytes]:
    """So many keys with two wraps each."""
    key_ids = sorted(os.urandom(16) for _ in range(count))
    await keystore.put([Wrap(key_id, lock, os.urandom(61), at) for key_id in key_ids for lock in ("contact", "self")])
    return key_ids


async def used(database: Database, key_ids: list[bytes]) -> None:
    """Chats with these keys."""
    common = {"sealed": b"sealed", "version": 1, "owed": False, "ending": False, "reachable": True, "shown_by": None}
    async with database.write() as connection:
        rows = [{"chat": os.urandom(32), "key_id": key_id, **common} for key_id in key_ids]
        await insert_conversations(connection, rows)


async def left(keystore: KeyStore) -> list[bytes]:
    """Keys that are there still."""
    return sorted({key_id for key_id, _ in await keystore.made_after(b"", 100_000)})


async def test_what_nothing_uses_goes_once_it_is_old(database: Database, keystore: KeyStore) -> None:
    kept, orphaned = await made(keystore, 30), await made(keystore, 30)
    young = await made(keystore, 30, BEFORE + dt.timedelta(seconds=2))
    await used(database, kept)

    assert await destroy_orphaned(database, keystore, 0, NOW) == 0

    assert await left(keystore) == sorted([*kept, *young])
    assert not set(orphaned) & set(await left(keystore))


async def test_a_sweep_goes_on_where_the_one_before_it_ended(database: Database, keystore: KeyStore) -> None:
    """Each looks at a part, and all of them together at everything."""
    kept, orphaned = await made(keystore, 700), await made(keystore, 700)
    await used(database, kept)

    places = [0]
    while (place := await destroy_orphaned(database, keystore, places[-1], NOW, most=1_000)) != 0:
        assert place > places[-1]
        assert set(orphaned) & set(await left(keystore))  # the first ones only
        places.append(place)

    assert len(places) == 3
    assert await left(keystore) == kept
