"""Carrying out destructions of keys that are decided: by the bot right after the commit, and by commands."""

from __future__ import annotations

import asyncio

from bot.storage import consents
from bot.storage.database import Database, StoreUnavailable
from bot.storage.keystore import KeyStore
from bot.tombstones import Tombstones
from bot.uncut import uncut

_TOGETHER = 500
"""Keys that are destroyed in one go. A file of outcomes, or a midnight, may decide on those of everybody: what is done
of them stays done, and is not put onto the list again, where the next of them fail."""


async def destroy_decided(database: Database, keystore: KeyStore, tombstones: Tombstones) -> None:
    """Every destruction that has been decided: tombstones first, then wraps, then the note of it, some at a time.

    Raises StoreUnavailable; what was not carried out stays decided.
    """
    while await _destroy_some(database, keystore, tombstones) == _TOGETHER:
        pass


async def _destroy_some(database: Database, keystore: KeyStore, tombstones: Tombstones) -> int:
    """How many were."""
    async with database.read() as connection:
        pending = await consents.pending_destructions(connection, _TOGETHER)
    if not pending:
        return 0
    keys = [(key_id, lock) for _, key_id, lock in pending]
    try:
        await asyncio.to_thread(tombstones.append, keys)
    except OSError as error:  # a disk that is full, or closed to writing
        raise StoreUnavailable(type(error).__name__) from None
    await keystore.destroy(keys)
    async with database.write_beside() as connection:
        await consents.destructions_done(connection, [row_id for row_id, _, _ in pending])
    return len(pending)


async def try_to_destroy_decided(database: Database, keystore: KeyStore, tombstones: Tombstones) -> bool:
    """The same, and whether it was done. What was not stays decided: a bot that serves tries each hour, and with
    whatever else it destroys."""
    try:
        await uncut(destroy_decided(database, keystore, tombstones))
    except StoreUnavailable:
        return False
    return True
