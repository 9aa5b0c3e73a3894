"""What is over for a great many at once: some at a time, and all of it in the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import insert
from support.by_hand import by_hand

from bot.destroying import destroy_decided
from bot.due import INVITES_KEPT
from bot.storage.database import Database, StoreUnavailable
from bot.storage.tables import broadcasts, deliveries, key_destructions

SOME = 2
KEYS = [bytes([number]) * 16 for number in range(2 * SOME + 1)]


async def test_keys_that_are_destroyed_stay_so_where_the_next_of_them_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.destroying._TOGETHER", SOME)
    async with by_hand(tmp_path) as hand:
        database, keystore, tombstones = hand.stores.database, hand.stores.keystore, hand.stores.tombstones
        async with database.write() as connection:
            rows = [{"key_id": key_id, "lock": None, "at": hand.now} for key_id in KEYS]
            await connection.execute(insert(key_destructions), rows)
        destroy, went = keystore.destroy, []

        async def once(keys: Sequence[tuple[bytes, str | None]]) -> None:
            went.append(keys)
            if len(went) == 2:
                raise StoreUnavailable("keys")
            await destroy(keys)

        monkeypatch.setattr(keystore, "destroy", once)
        with pytest.raises(StoreUnavailable):
            await destroy_decided(database, keystore, tombstones)
        assert hand.stored.count("key_destructions") == len(KEYS) - SOME

        await destroy_decided(database, keystore, tombstones)
        assert hand.stored.count("key_destructions") == 0
        listed = [key_id for key_id, _ in tombstones.read()]
        assert sorted(set(listed)) == KEYS
        assert [listed.count(each) for each in KEYS[:SOME]] == [1] * SOME


async def test_a_year_after_a_broadcast_nobody_is_known_to_have_been_invited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they were, by one sweep; whom one reached that ended since stays."""
    monkeypatch.setattr("bot.storage.deliveries.CLEARED_TOGETHER", SOME)
    async with by_hand(tmp_path) as hand:
        await _reached(hand.stores.database, hand.now - INVITES_KEPT - dt.timedelta(hours=1), list(range(2 * SOME + 1)))
        recent = await _reached(hand.stores.database, hand.now - INVITES_KEPT + dt.timedelta(hours=3), [0, 1, 2])
        await hand.later(hours=1, minutes=1)
        assert hand.stored.rows("select broadcast, count(*) from deliveries group by broadcast") == [(recent, 3)]


async def _reached(database: Database, ended_at: dt.datetime, positions: Sequence[int]) -> int:
    """A broadcast that ended then, and has reached so many people."""
    nobody = {"fallen_out": {}, "unreachable": 0, "unknown": 0, "cancelled": 0}
    row = {
        "collection": "demographics", "state": "done", "audience": {}, "paragraphs": {}, "paid": False,
        "any_hour": True, "planned_by": "Kim", "planned_at": ended_at, "starts_at": ended_at, "ended_at": ended_at,
        "recipients": len(positions), "delivered": len(positions), **nobody,
    }  # fmt: skip
    async with database.write() as connection:
        written = await connection.execute(insert(broadcasts).values(row))
        assert written.inserted_primary_key is not None
        number = int(written.inserted_primary_key[0])
        mine = [
            {"broadcast": number, "position": each, "chat": bytes([each]), "state": "delivered", "at": ended_at}
            for each in positions
        ]
        await connection.execute(insert(deliveries), mine)
    return number
