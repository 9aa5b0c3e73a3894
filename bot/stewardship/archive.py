"""Data and keys as a steward's command opens them: those that are there. Nothing is made, upgraded or added.

`bot.opening` opens them for serving, and makes them where there are none.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.engines import place_of
from bot.storage.keystore import KeyStore
from bot.storage.transfers import refuse_once_moved
from bot.vault import Vault, open_ring, read_master_key


class NothingThere(Exception):
    """The data or the key store does not exist; the text names it and the setting."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Data, keys, and what opens them."""

    database: Database
    keystore: KeyStore
    vault: Vault


@asynccontextmanager
async def open_archive(settings: Settings) -> AsyncIterator[Archive]:
    """Data and keys that are there. Raises NothingThere, SchemaFault, KeyFileFault, CannotOpen.

    What writes raises SchemaFault too, once the data was moved away while the archive was open.
    """
    async with open_data(settings) as database:
        await database.check_schema()
        await refuse_once_moved(database)
        async with open_keys(settings) as (keystore, vault):
            database.note_with(vault.notary())
            yield Archive(database, keystore, vault)


@asynccontextmanager
async def open_data(settings: Settings) -> AsyncIterator[Database]:
    """The data alone, of whatever version. Raises NothingThere."""
    database = Database.connect(settings.database_url)
    if await _is_new(database):
        raise NothingThere(
            f"there is no database at {place_of(settings.database_url)}; SURVEYBOT_DATABASE_URL names it, and "
            "`surveybot run` makes it where it serves: a rehearsal, which it is without a token, makes none"
        )
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_keys(settings: Settings) -> AsyncIterator[tuple[KeyStore, Vault]]:
    """The keys alone. Raises NothingThere, KeyFileFault, CannotOpen."""
    master = read_master_key(settings.key_file)
    keystore = KeyStore.connect(settings.key_store)
    if await _is_new(keystore):
        raise NothingThere(
            f"there is no key store at {place_of(settings.key_store)}; without it nothing opens. It belongs beside the "
            "master key, or where SURVEYBOT_KEY_STORE_URL says"
        )
    try:
        yield keystore, Vault(open_ring(master, await keystore.ring()), os.urandom)
    finally:
        await keystore.close()


async def _is_new(store: Database | KeyStore) -> bool:
    """Whether there is none; then it is not left open."""
    try:
        is_new = await store.is_new()
    except BaseException:
        await store.close()
        raise
    if is_new:
        await store.close()
    return is_new
