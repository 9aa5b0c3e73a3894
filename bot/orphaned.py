"""Wraps of keys that no row uses: they were made for a commit that never came, and are destroyed.

They open nothing, so there is no hurry. A sweep goes through a part of the keys, in the order of their ids, and the
next one goes on from there: however many people there are, it is as much each time, in one short look after another.
"""

from __future__ import annotations

import datetime as dt

import structlog

from bot.storage.conversations import known_key_ids
from bot.storage.database import Database
from bot.storage.keystore import KeyStore

log = structlog.get_logger()

ORPHANED = dt.timedelta(hours=1)
"""Wraps that no row uses after so long: what they were made for has been committed by then, or never is."""

WRAPS_A_SWEEP = 200_000
"""Wraps that one sweep looks at: all that some 40,000 people have."""

_TOGETHER = 500
"""Wraps of one look: older SQLite takes 999 values in a statement."""

_PLACE_BYTES = 7
"""A place among the ids, as much of an id as fits into a number of the schedule."""


async def destroy_orphaned(
    database: Database, keystore: KeyStore, place: int, now: dt.datetime, most: int = WRAPS_A_SWEEP
) -> int:
    """Go on from a place among the keys, 0 for the first; the place from which the next sweep goes on."""
    after = place.to_bytes(_PLACE_BYTES, "big") if place else b""
    for _ in range(0, most, _TOGETHER):
        found = await keystore.made_after(after, _TOGETHER)
        old = sorted({key_id for key_id, made_at in found if made_at < now - ORPHANED})
        await _destroy_unused(database, keystore, old)
        if len(found) < _TOGETHER:
            return 0
        after = found[-1][0]
    return int.from_bytes(after[:_PLACE_BYTES].ljust(_PLACE_BYTES, b"\0"), "big")


async def _destroy_unused(database: Database, keystore: KeyStore, key_ids: list[bytes]) -> None:
    if not key_ids:
        return
    async with database.read() as connection:
        used = await known_key_ids(connection, key_ids)
    orphaned = [key_id for key_id in key_ids if key_id not in used]
    if orphaned:
        await keystore.destroy([(key_id, None) for key_id in orphaned])
        log.info("orphaned wraps destroyed", count=len(orphaned))
