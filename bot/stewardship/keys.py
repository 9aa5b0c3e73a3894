"""The master key: how things stand with it, and taking a new one.

It wraps only the ring, so a new master key changes no hash, no pseudonym and nothing that is sealed.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.settings import Settings
from bot.setup import keyfile
from bot.stewardship.archive import open_archive
from bot.stewardship.export import Refused
from bot.storage import consents, releases
from bot.tombstones import Tombstones
from bot.vault import FIXED_RING_KEYS, KEY_BYTES, open_ring, read_master_key, wrap_ring_key, write_master_key


@dataclass(frozen=True, slots=True)
class Status:
    """What a steward needs to know of the keys. Nothing here is a key."""

    key_file: Path
    fixed: int
    purposes: tuple[str, ...]
    """Locks of purposes, as `purpose:collection/purpose`."""
    destroyed: int
    """Entries in the list of destroyed keys."""
    to_destroy: int
    """Keys whose destruction is decided and not carried out yet: the bot does so when it next runs."""


async def status(settings: Settings) -> Status:
    """How things stand. Raises what `open_archive` does: then the keys do not fit, and the text says what helps."""
    async with open_archive(settings) as archive:
        names = set(await archive.keystore.ring())
        async with archive.database.read() as connection:
            pending = await consents.pending_destructions(connection)
    destroyed = await asyncio.to_thread(Tombstones(settings.tombstones).read)
    fixed = names & set(FIXED_RING_KEYS)
    return Status(settings.key_file, len(fixed), tuple(sorted(names - fixed)), len(destroyed), len(pending))


async def rotate(settings: Settings, new_file: Path, clock: Clock) -> int:
    """Take a new master key. Gives how many ring keys it wraps now. Raises Refused and what `open_archive` does.

    The new file is on disk before the ring changes, and is never taken away again by us: should we fail half-way, one
    of the two files opens the ring.
    """
    _check_folder(settings.key_file, new_file)
    async with open_archive(settings) as archive:
        old, new = read_master_key(settings.key_file), os.urandom(KEY_BYTES)

        def rewrapped(wrapped: dict[str, bytes]) -> dict[str, bytes]:
            ring = open_ring(old, wrapped)
            return {name: wrap_ring_key(new, name, key, os.urandom) for name, key in ring.items()}

        async with archive.database.write() as connection:  # first: data that was moved away takes no new key
            keyfile.forget_copy(new_file)
            write_master_key(new_file, new)
            await archive.keystore.change_ring(rewrapped)
            ring = open_ring(read_master_key(new_file), await archive.keystore.ring())
            await releases.note_act(connection, clock(), "master key changed", None, {"ring_keys": len(ring)})
        return len(ring)


def _check_folder(key_file: Path, new_file: Path) -> None:
    """The key store and the list of destroyed keys are looked for beside the master key, wherever that is."""
    if new_file.resolve().parent != key_file.resolve().parent:
        raise Refused(
            f"write the new master key into {key_file.parent}, beside the old one: the key store and the list of "
            "destroyed keys are looked for beside the master key"
        )
