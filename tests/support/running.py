"""The real bot over HTTP against a sandbox, on SQLite files of its own; it can be stopped and started again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Container
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import orjson

from bot import bootstrap, reading
from bot.chats import answer_place
from bot.sandbox.server import Sandbox
from bot.settings import Settings, read_settings
from bot.texts import Texts
from bot.vault import CONTACT, SELF, Vault, open_ring, read_master_key, unseal
from flows.collection import Collection

from . import stores

TOKEN = "1:test"  # noqa: S105  # the stand-in's


def settings_for(folder: Path, api_url: str, **overrides: object) -> Settings:
    """Settings of a bot whose every file is in `folder`; nothing is read from a `.env`."""
    return settings_on_files(folder, **{"api_url": api_url, **stores.urls(folder), **overrides})


def settings_on_files(folder: Path, **overrides: object) -> Settings:
    """Those of one on SQLite files, whatever other tests are on; no Telegram is there, where nothing else is said."""
    given: dict[str, object] = {
        "_env_file": None,
        "token": TOKEN,
        "api_url": "http://127.0.0.1:9",
        "database_url": f"sqlite+aiosqlite:///{folder / 'survey.db'}",
        "key_file": folder / "keys" / "master.key",
        "allow_unreviewed": True,
    }
    return read_settings(**{**given, **overrides})


class Bot:
    """One bot, stopped or running."""

    def __init__(self, sandbox: Sandbox, folder: Path, **overrides: object) -> None:
        self.sandbox = sandbox
        self.stores = Stored(folder)
        self.settings = settings_for(folder, sandbox.api_url, **overrides)
        self.collections: tuple[Collection, ...] = reading.read_collections(self.settings)
        self.texts: Texts = reading.read_texts(self.settings, self.collections)
        self._task: asyncio.Task[None] | None = None

    async def start(self, owners: Container[int] | None = None) -> None:
        """Serve until stopped; returns once the bot answers."""
        answers = asyncio.Event()
        task = asyncio.create_task(bootstrap.serve(self.settings, ready=lambda _username: answers.set(), owners=owners))
        waiting = asyncio.create_task(answers.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if task.done():
            task.result()
        self._task = task

    async def stop(self) -> None:
        """Stop as SIGTERM does. An error that ended the bot by itself is raised here."""
        task, self._task = self._task, None
        if task is None:
            return
        if not task.done():
            task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise

    async def restart(self) -> None:
        """Stop and start again on the same files."""
        await self.stop()
        await self.start()

    @property
    def is_running(self) -> bool:
        """Whether it serves; it may have ended by itself."""
        return self._task is not None and not self._task.done()


class Stored:
    """What lies on disk, read without the bot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "survey.db"
        self.keys = folder / "keys"
        self.keystore = self.keys / "keystore.db"

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the data."""
        return stores.rows(self.folder, query, *values)

    def writing(self, store: str = stores.DATA) -> AbstractContextManager[stores.Asked]:
        """The data, or the key store, as another process writes it while no bot of this event loop does."""
        return stores.opened(self.folder, store)

    async def change(self, statement: str, *values: object, store: str = stores.DATA) -> None:
        """Something changed in a store, as another process does it beside the bot.

        From a thread: the bot of this event loop may hold the database, and has to be able to let go of it.
        """
        await asyncio.to_thread(stores.rows, self.folder, statement, *values, store=store)

    async def change_keys(self, statement: str, *values: object) -> None:
        """The same in the key store."""
        await self.change(statement, *values, store=stores.KEYS)

    def wraps(self) -> list[tuple[bytes, str, bytes]]:
        """Every wrap of the key store: key id, lock, wrapped key."""
        query = "select key_id, lock, wrapped from wraps"
        return [(r[0], r[1], r[2]) for r in stores.rows(self.folder, query, store=stores.KEYS)]

    def count(self, table: str) -> int:
        """Rows in a table."""
        found: int = self.rows(f"select count(*) from {table}")[0][0]  # noqa: S608  # a test's own words
        return found

    def is_empty_of_people(self) -> bool:
        """Whether nothing stands anywhere that somebody left behind."""
        tables = ("conversations", "contributions", "outbox", "consent_records", "consent_events", "answers")
        return not any(map(self.count, tables)) and not self.wraps()

    def vault(self) -> Vault:
        """The vault that the key file and today's key store open."""
        wrapped = {r[0]: r[1] for r in stores.rows(self.folder, "select name, wrapped from ring", store=stores.KEYS)}
        return Vault(open_ring(read_master_key(self.keys / "master.key"), wrapped), bytes)

    def session(self, chat_id: int) -> str:
        """Where a chat stands as JSON, without its passages; opened with its key."""
        [(key_id, sealed)] = self.rows("select key_id, sealed from conversations where chat = ?", self._hash(chat_id))
        wraps = {(key_id, lock): wrapped for key_id, lock, wrapped in self.wraps()}
        key = self.vault().unwrap(CONTACT, key_id, wraps[key_id, CONTACT])
        opened = orjson.loads(unseal(key, sealed, b"conversation|" + self._hash(chat_id)))
        return orjson.dumps(opened["session"]).decode()

    def _hash(self, chat_id: int) -> bytes:
        return self.vault().chat_hash(chat_id)

    def passages(self, chat_id: int) -> dict[str, dict[str, Any]]:
        """Somebody's passage in each collection that they agreed to, opened with their key."""
        vault = self.vault()
        wraps = {(key_id, lock): wrapped for key_id, lock, wrapped in self.wraps()}
        query = "select collection, pseudonym, key_id, sealed from contributions where chat = ? and key_id is not null"
        found: dict[str, dict[str, Any]] = {}
        for collection, pseudonym, key_id, sealed in self.rows(query, vault.chat_hash(chat_id)):
            key = vault.unwrap(SELF, key_id, wraps[key_id, SELF])
            found[collection] = orjson.loads(unseal(key, sealed, f"contribution|{pseudonym}".encode()))
        return found

    def answers(self, chat_id: int, data: Path | None = None) -> dict[str, dict[str, Any]]:
        """Somebody's submitted answers by question, in the data or in a file of it, opened with their key.

        Raises CannotOpen, KeyError.
        """
        vault = self.vault()
        wraps = {(key_id, lock): wrapped for key_id, lock, wrapped in self.wraps()}
        found: dict[str, dict[str, Any]] = {}
        of_chat = "select pseudonym, key_id from contributions where chat = ?"
        for pseudonym, key_id in self._of(data, of_chat, vault.chat_hash(chat_id)):
            key = vault.unwrap(SELF, key_id, wraps[key_id, SELF])
            query = "select question, sealed, collection_version from answers where pseudonym = ?"
            for question, sealed, version in self._of(data, query, pseudonym):
                found[question] = orjson.loads(unseal(key, sealed, answer_place(pseudonym, question, version)))
        return found

    def _of(self, file: Path | None, query: str, *values: object) -> list[tuple[Any, ...]]:
        if file is None:
            return self.rows(query, *values)
        with closing(sqlite3.connect(file, timeout=15)) as connection:
            return connection.execute(query, values).fetchall()


async def until(holds: Callable[[], object], seconds: float = 10) -> None:
    """Wait for something that the bot does after it has answered."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  # a file on disk wakes nobody
            await asyncio.sleep(0.01)
