"""Data and keys as a bot that serves opens them: made where there are none, and brought up to date.

A steward's command opens those that are there (`bot.stewardship.archive`).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bot import off_shelf
from bot.clock_went_back import SWEEP
from bot.settings import Settings
from bot.setup.keyfile import make_master_key
from bot.start_checks import CannotStart
from bot.storage import entitlements, schedule, vocabulary
from bot.storage.database import Database, knows_schema, newest_schema
from bot.storage.installation import check_pair, hold_together
from bot.storage.keystore import KeyStore
from bot.storage.off_shelf import held_off_shelf
from bot.storage.schedule import Due
from bot.storage.transfers import refuse_moved
from bot.tombstones import Tombstones
from bot.trail.sealer import adopt_earlier
from bot.vault import FIXED_RING_KEYS, KEY_BYTES, Vault, open_ring, purpose_lock, read_master_key, wrap_ring_key
from flows.collection import Collection

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Stores:
    """Data, keys, and what opens them."""

    database: Database
    keystore: KeyStore
    vault: Vault
    tombstones: Tombstones


@asynccontextmanager
async def open_stores(
    settings: Settings, collections: tuple[Collection, ...], clock: Callable[[], dt.datetime]
) -> AsyncIterator[Stores]:
    """Open data and keys, made on the very first start.

    Raises KeyFileFault, SchemaFault, NotAPair, CannotOpen, IdReused, CannotStart.
    """
    database = Database.connect(settings.database_url)
    keystore = KeyStore.connect(settings.key_store)
    try:
        master = await _master_key(settings, database)
        await _refuse_before_upgrading(database, keystore, master, settings, collections)
        await database.upgrade()
        await refuse_moved(database)
        await _refuse_missing(database, settings, collections)  # first: without it, marks of who was paid would go
        await keystore.create()
        await hold_together(database, keystore, os.urandom(16).hex())
        await keystore.settle()  # of a move whose last word was cut off
        tombstones = Tombstones(settings.tombstones)
        # A key store put back from a backup brings destroyed wraps back with it.
        await keystore.destroy(tombstones.read())
        vault = Vault(await _ring(keystore, master, collections), os.urandom)
        database.note_with(vault.notary())
        await adopt_earlier(database, keystore, vault, clock())
        async with database.write() as connection:
            for collection in collections:
                await vocabulary.record_vocabulary(connection, collection)
            await entitlements.forget_marks(connection, [collection.id for collection in collections])
            await schedule.put_due_once(connection, Due("sweep", "hourly", clock() + SWEEP))
        yield Stores(database, keystore, vault, tombstones)
    finally:
        await keystore.close()
        await database.close()


async def _refuse_before_upgrading(
    database: Database, keystore: KeyStore, master: bytes, settings: Settings, collections: tuple[Collection, ...]
) -> None:
    """Refuse while the tables are those of an earlier version what would be refused afterwards: settings that name
    somebody else's data, or lost a line, are no reason to take these tables from the version that serves them.

    Raises NotAPair, CannotOpen, CannotStart.
    """
    await database.let_upgrade_end()
    version = None if await database.is_new() else await database.schema()
    if version in {None, newest_schema()} or not knows_schema(version):
        return
    await check_pair(database, keystore)
    open_ring(master, await keystore.ring())
    await _refuse_missing(database, settings, collections)


async def _refuse_missing(database: Database, settings: Settings, collections: tuple[Collection, ...]) -> None:
    """Refuse to start without a collection that people's answers are held of, unless it left on purpose.

    Raises CannotStart.
    """
    async with database.read() as connection:
        held = await held_off_shelf(connection, [each.id for each in collections])
    for collection, count in held.items():
        if collection not in settings.collections_gone:
            says, remedy = off_shelf.missing(settings, collection, count)
            raise CannotStart(f"{says}; {remedy}")
        log.warning("a collection has left, and something of it is held", collection=collection, contributions=count)


async def _master_key(settings: Settings, database: Database) -> bytes:
    """The master key; a new one only where there is no data yet that another one had sealed."""
    if not settings.key_file.exists() and await database.is_new():
        make_master_key(settings)
        if not settings.is_rehearsal:
            log.info("a master key was made; keep a copy of it apart from the data", file=str(settings.key_file))
    return read_master_key(settings.key_file)


async def _ring(keystore: KeyStore, master: bytes, collections: tuple[Collection, ...]) -> dict[str, bytes]:
    """The ring, with keys added for collections and purposes that are new."""
    wanted = [*FIXED_RING_KEYS]
    wanted += [purpose_lock(c.id, p.id) for c in collections for p in c.purposes if p.uses == "answers"]

    def completed(wrapped: dict[str, bytes]) -> dict[str, bytes]:
        open_ring(master, wrapped)  # another master key must not add to this ring
        new = [name for name in wanted if name not in wrapped]
        return {**wrapped, **{name: wrap_ring_key(master, name, os.urandom(KEY_BYTES), os.urandom) for name in new}}

    if not set(wanted) <= set(await keystore.ring()):
        await keystore.change_ring(completed)
    return open_ring(master, await keystore.ring())
