"""What a test's stores are kept in: SQLite files in its folder, or databases on a PostgreSQL server of the run's own.

`SURVEYBOT_TEST_ON=postgresql` chooses the server (docs/decisions/0048-tests-on-both.md). Each folder has two databases
there, made from a template in which the tables stand already, and dropped with the test.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

ON, SERVER = "SURVEYBOT_TEST_ON", "SURVEYBOT_TEST_SERVER"

DATA, KEYS = "survey", "keystore"

Row = tuple[Any, ...]


def on_server() -> bool:
    """Whether this run is on PostgreSQL."""
    return os.environ.get(ON) == "postgresql"


# --- naming them -----------------------------------------------------------------------------------------------------


def urls(folder: Path) -> dict[str, str]:
    """The settings that name a folder's data and key store."""
    if not on_server():
        return {"database_url": f"sqlite+aiosqlite:///{folder / 'survey.db'}"}
    return {"database_url": url(folder, DATA), "key_store_url": url(folder, KEYS)}


def environ(folder: Path) -> dict[str, str]:
    """The same in a command's environment."""
    return {f"SURVEYBOT_{name.upper()}": value for name, value in urls(folder).items()}


def url(folder: Path, store: str, *, empty: bool = False) -> str:
    """The URL of one of a folder's stores. On a server it is made if it is not there: with tables, unless `empty`."""
    if not on_server():
        return f"sqlite+aiosqlite:///{file_of(folder, store)}"
    name = name_of(folder, store)
    if name not in _made:
        _make(name, "template0" if empty else f"template_{KEYS if store == KEYS else DATA}")
        _made[name] = folder.resolve()
    return _url(name)


def file_of(folder: Path, store: str) -> Path:
    """A store's file on SQLite."""
    return folder / "keys" / "keystore.db" if store == KEYS else folder / f"{store}.db"


def copied(folder: Path, to: Path) -> None:
    """Another installation with the same in it; nobody has the first one open."""
    shutil.copytree(folder, to, dirs_exist_ok=True)
    if on_server():
        for store in (DATA, KEYS):
            name = name_of(to, store)
            _drop([name])
            _make(name, name_of(folder, store))
            _made[name] = to.resolve()


@asynccontextmanager
async def as_files(folder: Path) -> AsyncIterator[Path]:
    """A folder whose stores are SQLite files: this one, or on a server another with a copy of both as they are now."""
    if not on_server():
        yield folder
        return
    from bot.storage.database import Database
    from bot.storage.keystore import KeyStore

    with TemporaryDirectory() as copies:
        file_of(Path(copies), KEYS).parent.mkdir()
        data, keys = Database.connect(url(folder, DATA)), KeyStore.connect(url(folder, KEYS))
        try:
            await data.copy_to(file_of(Path(copies), DATA))
            await keys.copy_to(file_of(Path(copies), KEYS))
        finally:
            await keys.close()
            await data.close()
        yield Path(copies)


async def lying_in(folder: Path) -> bytes:
    """Everything in data and keys, with what stands beside SQLite's files; of a server, every row."""
    async with as_files(folder) as files:
        found = [*files.glob("survey.db*"), *files.glob("keys/keystore.db*")]
        return b"".join(path.read_bytes() for path in found)


def make_anew(folder: Path) -> None:
    """Empty databases for a folder, in place of those that were there."""
    for store in (DATA, KEYS):
        name = name_of(folder, store)
        _drop([name])
        _make(name, "template0")
        _made[name] = folder.resolve()


def room_for_a_backup(folder: Path) -> tuple[str, ...]:
    """Make room for a backup that is put back, and say what `surveybot restore` is told so: a server's databases are
    never put over, and are made anew."""
    if not on_server():
        return ("--over",)
    make_anew(folder)
    return ()


def drop_below(folder: Path) -> None:
    """Take away the databases of a folder and of those in it."""
    below = folder.resolve()
    _drop([name for name, whose in _made.items() if whose == below or below in whose.parents])


def only_read(folder: Path, *, yes: bool) -> None:
    """Have a folder's databases on the server be read alone, as a server's are that follows another, or no longer."""
    for store in (DATA, KEYS):
        name = name_of(folder, store)
        _do(_say(f"alter database {name} set default_transaction_read_only = {'on' if yes else 'off'}"))
        ends = "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
        _do(_say(f"{ends}'{name}'"))


def url_of_a_guest(folder: Path, store: str, *, empty: bool) -> str:
    """One of a folder's databases on the server, by the URL of a role that owns nothing there and makes nothing."""
    name = name_of(folder, store)
    url(folder, store, empty=empty)
    guest = _guest(folder, store)
    _do(_say(f"drop role if exists {guest}"))
    _do(_say(f"create role {guest} login"))
    return _url(name, guest)


def let_a_guest_work(folder: Path, store: str) -> None:
    """Let that role read and write what is in the tables that are there."""
    with opened(folder, store) as asked:
        for what in ("select, insert, update, delete on all tables", "usage on all sequences"):
            asked.execute(f"grant {what} in schema public to {_guest(folder, store)}")


def _guest(folder: Path, store: str) -> str:
    return f"guest_of_{name_of(folder, store)}"


# --- asking them, without the bot ------------------------------------------------------------------------------------


class Found(Protocol):
    """What a statement has given."""

    def fetchall(self) -> list[Row]: ...


class Asked(Protocol):
    """A store in the hand of somebody else than the bot."""

    def execute(self, query: str, values: Sequence[object] = ..., /) -> Found: ...


@contextmanager
def opened(folder: Path, store: str = DATA) -> Iterator[Asked]:
    """A store, in one transaction of another process. `?` stands for a value; moments come back as SQLite's text."""
    if on_server():
        with _on_server(name_of(folder, store)) as asked:
            yield asked
        return
    with closing(sqlite3.connect(file_of(folder, store), timeout=15)) as connection, connection:
        yield connection


def rows(folder: Path, query: str, *values: object, store: str = DATA) -> list[Row]:
    """Rows of a store, after one statement in a transaction of its own."""
    with opened(folder, store) as asked:
        return asked.execute(query, values).fetchall()


class _Rows:
    def __init__(self, found: Sequence[Sequence[Any]]) -> None:
        self._found = [tuple(_as_sqlite_says(value) for value in row) for row in found]

    def fetchall(self) -> list[Row]:
        return self._found


class _Connection:
    def __init__(self, connection: Any) -> None:  # noqa: ANN401  # asyncpg's
        self._connection = connection

    def execute(self, query: str, values: Sequence[object] = (), /) -> _Rows:
        written = re.sub(r"\bx'([0-9a-f]*)'", r"'\\x\1'::bytea", query)
        given = iter(values)
        written = re.sub(r"\?", lambda _mark: _literal(next(given)), written)
        return _Rows(_do(self._connection.fetch(written)))


@contextmanager
def _on_server(name: str) -> Iterator[_Connection]:
    connection = _do(_connect(name))
    try:
        transaction = connection.transaction()
        _do(transaction.start())
        try:
            yield _Connection(connection)
        except BaseException:
            _do(transaction.rollback())
            raise
        _do(transaction.commit())
    finally:
        _do(connection.close())


def _literal(value: object) -> str:
    """A value as PostgreSQL's text; of what type it is, the server finds out."""
    match value:
        case None:
            return "NULL"
        case bool() | int() | float():
            return str(value).lower()
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
    return "'" + str(value).replace("'", "''") + "'"


def _as_sqlite_says(value: Any) -> Any:  # noqa: ANN401  # of a column
    match value:
        case dt.datetime():
            return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"
        case dt.date():
            return value.isoformat()
        case bool():
            return int(value)
    return value


# --- the server's databases ------------------------------------------------------------------------------------------


_made: dict[str, Path] = {}
"""Databases that this process has made, and for which folder."""


async def make_templates() -> None:
    """The two databases that others are made from. Once a run."""
    from bot.storage.database import Database
    from bot.storage.keystore import KeyStore

    for store in (DATA, KEYS):
        await _say(f"create database template_{store} template template0")
    data, keys = Database.connect(_url(f"template_{DATA}")), KeyStore.connect(_url(f"template_{KEYS}"))
    await data.upgrade()
    await keys.create()
    await keys.close()
    await data.close()


def _make(name: str, template: str) -> None:
    _do(_say(f"create database {name} template {template}"))


def _drop(names: Sequence[str]) -> None:
    for name in names:
        _do(_say(f"drop database if exists {name} with (force)"))
        _made.pop(name, None)


def name_of(folder: Path, store: str) -> str:
    """What a folder's database is called on the server."""
    return f"t_{hashlib.sha256(f'{folder.resolve()}|{store}'.encode()).hexdigest()[:24]}"


def _url(name: str, role: str = "postgres") -> str:
    return f"postgresql+asyncpg://{role}@/{name}?host={os.environ[SERVER]}"


async def _connect(name: str) -> Any:  # noqa: ANN401  # asyncpg has no types
    import asyncpg

    return await asyncpg.connect(host=os.environ[SERVER], user="postgres", database=name, timeout=15)


async def _say(statement: str) -> None:
    connection = await _connect("postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """A loop of its own in a thread, for tests that wait in the middle of theirs."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


def _do(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  # whatever it gives
    return asyncio.run_coroutine_threadsafe(work, _loop()).result()
