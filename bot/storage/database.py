"""Opening the data: one engine, one writer at a time in a process, and transactions that begin by writing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import orjson
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.storage.copying import copy_into_new_file
from bot.storage.together import let_statements_go_together, together
from bot.vault import Notary

_BUSY_MILLISECONDS = 15_000

_DURABLY: Mapping[str, str] = {"synchronous": "FULL", "wal_autocheckpoint": "1000", "cache_size": "-2000"}
_IN_BULK: Mapping[str, str] = {"synchronous": "NORMAL", "wal_autocheckpoint": "100000", "cache_size": "-200000"}
"""Pages that a checkpoint waits for, and kibibytes of memory for pages; the first are SQLite's own defaults."""

_Result = TypeVar("_Result")


class SchemaFault(Exception):
    """The database's tables are not those of this version; the text says what to run."""


class StoreUnavailable(Exception):
    """The data cannot be read or written just now: locked, full, or not reachable. Nothing was committed."""


class Database:
    """The data store. `write` serialises this process's writers; SQLite's lock and row locks see to the others."""

    def __init__(self, engine: AsyncEngine, url: str) -> None:
        self.engine = engine
        self.url = url
        self._writing = asyncio.Lock()

    @classmethod
    def connect(cls, url: str) -> Database:
        """A database by SQLAlchemy URL; nothing is opened yet."""
        try:
            return cls(open_engine(url, journal="WAL"), url)
        except ModuleNotFoundError as error:
            raise SchemaFault(
                f"this kind of database needs the package {error.name}; install it beside surveybot"
            ) from None

    def note_with(self, notary: Notary) -> None:
        """Authenticate the audit entries of every transaction from now on (`bot.storage.audit.append`)."""
        self.engine.sync_engine.update_execution_options(notary=notary)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that holds the write lock from its beginning.

        On SQLite it begins with BEGIN IMMEDIATE: a plain BEGIN that reads and then writes beside another writer fails
        with "database is locked" however long it waits (SQLite, "The SQLITE_BUSY_SNAPSHOT result code").
        """
        try:
            async with self._writing, self.engine.connect() as connection, _transaction(connection):
                yield connection
        except OperationalError as error:
            raise StoreUnavailable(type(error.orig).__name__) from None

    @asynccontextmanager
    async def write_in_bulk(self) -> AsyncIterator[AsyncConnection]:
        """A transaction like `write`'s, of many that follow each other and whose loss nobody would mind.

        On SQLite what is committed is on disk with the next checkpoint, and each of these takes more at a time. A power
        cut in between takes the last transactions, and breaks nothing (SQLite, "PRAGMA synchronous": NORMAL with WAL).
        """
        try:
            async with self._writing, self.engine.connect() as connection:
                await _set(connection, _IN_BULK)
                try:
                    async with _transaction(connection):
                        yield connection
                finally:
                    await _set(connection, _DURABLY)
        except OperationalError as error:
            raise StoreUnavailable(type(error.orig).__name__) from None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that reads one consistent state."""
        try:
            async with self.engine.connect() as connection:
                await _begin(connection, "BEGIN")
                try:
                    yield connection
                finally:
                    await connection.rollback()
        except OperationalError as error:
            raise StoreUnavailable(type(error.orig).__name__) from None

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """A connection for a single statement that reads: it sees one state by itself, without BEGIN and ROLLBACK."""
        try:
            async with self.engine.connect() as connection:
                yield connection
        except OperationalError as error:
            raise StoreUnavailable(type(error.orig).__name__) from None

    async def write_in_one_go(self, work: Callable[[Connection], _Result]) -> _Result:
        """A transaction like `write`'s for work that is written many times a second, made as statements that go
        together."""
        async with self.write() as connection:
            return await together(connection, _run, work)

    @property
    def serves_several(self) -> bool:
        """Whether several processes may work on it side by side."""
        return make_url(self.url).get_backend_name() != "sqlite"

    @property
    def file(self) -> Path | None:
        """The file that it is in; none where a server keeps it."""
        parsed = make_url(self.url)
        return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None

    def is_new_file(self) -> bool:
        """Whether this is a SQLite file that does not exist yet; of a server we cannot say so, and say no."""
        return self.file is not None and not self.file.exists()

    async def copy_to(self, path: Path) -> None:
        """Copy one consistent state into a new file, while others read and write. Raises OSError, StoreUnavailable."""
        try:
            async with self.engine.connect() as connection:
                raw = await connection.get_raw_connection()
                await copy_into_new_file(raw.driver_connection, path)
        except OperationalError as error:
            raise StoreUnavailable(type(error.orig).__name__) from None

    async def empty_log(self) -> bool:
        """Write SQLite's write-ahead log back and empty it, so that it holds nothing that was deleted.

        False where somebody was reading just then: the log is emptied with a later one.
        """
        if self.serves_several:
            return False
        async with self.engine.connect() as connection:
            row = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).first()
            return row is not None and row[0] == 0

    async def upgrade(self) -> None:
        """Bring the tables to this version, creating them in an empty database."""
        _make_folder(self.url)
        try:
            await self.write_in_one_go(_upgrade)
        except CommandError:
            raise SchemaFault("the database is of a newer version than this program; upgrade the program") from None

    async def check_schema(self) -> None:
        """Raise SchemaFault unless the tables are those of this version."""
        if await self.schema() != newest_schema():
            raise SchemaFault("the database is of another version; run: surveybot db upgrade")

    async def schema(self) -> str | None:
        """The version of its tables; none where there are none. Raises StoreUnavailable, also where it is no
        database."""
        try:
            async with self.engine.connect() as connection:
                return await connection.run_sync(_revision)
        except DatabaseError as error:
            raise StoreUnavailable(type(error.orig).__name__) from None

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def _run(connection: AsyncConnection, work: Callable[[Connection], _Result]) -> _Result:
    return await connection.run_sync(work)


@asynccontextmanager
async def _transaction(connection: AsyncConnection) -> AsyncIterator[None]:
    await _begin(connection, "BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        await connection.rollback()
        raise
    await connection.commit()


async def _set(connection: AsyncConnection, pragmas: Mapping[str, str]) -> None:
    """Outside of a transaction: within one, SQLite does not take them."""
    if connection.dialect.name == "sqlite":
        for name, value in pragmas.items():
            await connection.exec_driver_sql(f"PRAGMA {name}={value}")


async def _begin(connection: AsyncConnection, how: str) -> None:
    if connection.dialect.name == "sqlite":
        await together(connection, _say, how)


async def _say(connection: AsyncConnection, words: str) -> None:
    await connection.exec_driver_sql(words)


def open_engine(url: str, *, journal: str) -> AsyncEngine:
    """An engine with SQLite set up for durability and for deleting what is deleted; other databases as they are."""
    # Every transaction here ends by commit or rollback, so the pool need not roll back once more on each return.
    engine = create_async_engine(url, pool_reset_on_return=None, hide_parameters=True, json_deserializer=orjson.loads)
    if make_url(url).get_backend_name() == "sqlite":
        let_statements_go_together(engine)
        _set_up_sqlite(engine.sync_engine, journal)
    return engine


def _set_up_sqlite(engine: Engine, journal: str) -> None:
    @event.listens_for(engine, "connect")
    def _set_up(connection: object, _record: object) -> None:
        # The driver must not begin transactions by itself: `write` says how they begin.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in (
            f"busy_timeout={_BUSY_MILLISECONDS}",
            f"journal_mode={journal}",
            "synchronous=FULL",
            "secure_delete=ON",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def newest_schema() -> str | None:
    """The version of the tables that this program works with."""
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def knows_schema(version: str | None) -> bool:
    """Whether this program can bring tables of a version to its own; those of a newer program it cannot."""
    known = {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
    return version is None or version in known


def _make_folder(url: str) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def _alembic(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(_alembic(connection), "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
