"""Opening the data: one engine, one writer at a time in a process, and transactions that begin by writing.

On SQLite there is one writer at a time. On PostgreSQL `write` is alone as there; what many processes do many times a
second is written `beside` others, and holds the rows that it is about (`bot.storage.holding`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage import schema, server
from bot.storage.carrying import carry_from_file, carry_into_new_file
from bot.storage.copying import copy_into_new_file
from bot.storage.engines import file_of, make_folder, open_engine
from bot.storage.holding import Turn, in_turn, in_turn_however_long, is_server
from bot.storage.schema import SchemaFault, knows_schema, newest_schema
from bot.storage.tables import metadata
from bot.storage.together import Goes, Look, together
from bot.storage.unavailable import Contended, StoreUnavailable, opened
from bot.vault import Notary

__all__ = ["Contended", "Database", "SchemaFault", "StoreUnavailable", "knows_schema", "newest_schema"]

_DURABLY: Mapping[str, str] = {"synchronous": "FULL", "wal_autocheckpoint": "1000", "cache_size": "-2000"}
_IN_BULK: Mapping[str, str] = {"synchronous": "NORMAL", "wal_autocheckpoint": "100000", "cache_size": "-200000"}
"""Pages that a checkpoint waits for, and kibibytes of memory for pages; the first are SQLite's own defaults."""

_ALONE = "LOCK TABLE conversations IN EXCLUSIVE MODE"
"""Whoever writes conversations, or reads them to write them, waits: each batch does so early, so that it pays nothing
for others' being alone (PostgreSQL, "Explicit Locking")."""

_AS_OFTEN = 5
"""How often work is tried that another process stands in the way of."""

_A_LITTLE = ("insert into installation (id) values ('a try')", "delete from installation where id = 'a try'")
"""Writes, though nothing is different afterwards: that a row is changed to what it was, SQLite notices, and writes
nothing. Data and key store both have the table, and nobody sees a row that came and went in one transaction."""

_Result = TypeVar("_Result")


class Database:
    """The data store. `write` serialises this process's writers; SQLite's lock and row locks see to the others."""

    def __init__(self, engine: AsyncEngine, url: str, alone: str | None = _ALONE) -> None:
        self.engine = engine
        self.url = url
        self._alone = alone
        self._writing = asyncio.Lock()
        self._look: Look | None = None
        self._reads = server.reading(engine) if self.serves_several else engine
        self._looks = server.looking(engine) if self.serves_several else engine

    @classmethod
    def connect(cls, url: str, *, journal: str = "WAL", alone: str | None = _ALONE) -> Database:
        """A database by SQLAlchemy URL; nothing is opened yet. `alone` is what a writer says on a server to be alone;
        by default, about conversations; without it, the key store's own lock. Raises SchemaFault."""
        try:
            return cls(open_engine(url, journal=journal), url, alone)
        except ModuleNotFoundError as error:
            says = f"this kind of database needs {error.name}, which this installation has not"
            raise SchemaFault(says, "make install", between=": ") from None

    def note_with(self, notary: Notary) -> None:
        """Authenticate the audit entries of every transaction from now on (`bot.storage.audit.append`)."""
        self.engine.sync_engine.update_execution_options(notary=notary)

    def look_before_writing(self, look: Look) -> None:
        """Begin every transaction that writes with a look at what stands, from now on. Whatever it raises ends the
        transaction, and is raised by whoever began it."""
        self._look = look

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that holds the write lock from its beginning.

        On SQLite it begins with BEGIN IMMEDIATE: a plain BEGIN that reads and then writes beside another writer fails
        with "database is locked" however long it waits (SQLite, "The SQLITE_BUSY_SNAPSHOT result code"). On PostgreSQL
        no batch of steps and no other `write` goes on meanwhile. Raises StoreUnavailable, Contended.
        """
        return self._write(alone=True)

    def write_beside(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """As `write`, but on PostgreSQL others write too: what is read to be written is held, row by row. READ
        COMMITTED, so that what is read after a row is held is what its last holder committed."""
        return self._write(alone=False)

    @asynccontextmanager
    async def write_apart(self) -> AsyncIterator[AsyncConnection]:
        """As `write_beside`, but on PostgreSQL without waiting for what this process itself is writing."""
        if not self.serves_several:
            async with self.write_beside() as connection:
                yield connection
            return
        async with opened(self.engine) as connection, _transaction(connection, self._look):
            yield connection

    @asynccontextmanager
    async def _write(self, *, alone: bool) -> AsyncIterator[AsyncConnection]:
        async with self._writing, opened(self.engine) as connection, _transaction(connection, self._look):
            if alone and is_server(connection):
                await self._be_alone(connection)
            yield connection

    async def _be_alone(self, connection: AsyncConnection) -> None:
        if self._alone is None:
            await in_turn(connection, Turn.ALONE)
        else:
            await connection.exec_driver_sql(self._alone)

    @asynccontextmanager
    async def write_in_bulk(self) -> AsyncIterator[AsyncConnection]:
        """A transaction like `write`'s, of many that follow each other and whose loss nobody would mind.

        On SQLite what is committed is on disk with the next checkpoint, and each of these takes more at a time. A power
        cut in between takes the last transactions, and breaks nothing (SQLite, "PRAGMA synchronous": NORMAL with WAL;
        PostgreSQL, "Asynchronous Commit").
        """
        async with self._writing, opened(self.engine) as connection:
            await _set(connection, _IN_BULK)
            try:
                async with _transaction(connection, self._look):
                    if is_server(connection):
                        await connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                    yield connection
            finally:
                await _set(connection, _DURABLY)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that reads one consistent state, from its first statement on."""
        async with opened(self._reads) as connection:
            await _begin(connection, "BEGIN")
            try:
                if self.serves_several:
                    await connection.exec_driver_sql(server.WHILE_READING)
                yield connection
            finally:
                await connection.rollback()

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """A connection for a single statement that reads: it sees one state by itself, without BEGIN and ROLLBACK."""
        async with opened(self._looks) as connection:
            yield connection

    @asynccontextmanager
    async def write_in_two_goes(self) -> AsyncIterator[Goes]:
        """A transaction like `write_beside`'s, for what is done at every step: it begins with what is read first, and
        is committed with what is written last. Left without `last`, it is committed then."""
        async with self._writing, opened(self.engine) as connection:
            goes = Goes(connection, self._look)
            try:
                yield goes
            except BaseException:
                await connection.rollback()
                raise
            if not goes.committed:
                await connection.commit()

    async def write_in_one_go(self, work: Callable[[Connection], _Result]) -> _Result:
        """A transaction like `write_beside`'s for work that is written many times a second, from its beginning to its
        commit in one visit to the store: nobody else's write waits for this process to come back to it in between. It
        is made again where another process stood in its way, and changes nothing but rows."""
        for _ in range(_AS_OFTEN - 1):
            with suppress(Contended):
                return await self._in_one_go(work)
        return await self._in_one_go(work)

    async def _in_one_go(self, work: Callable[[Connection], _Result]) -> _Result:
        async with self.write_in_two_goes() as goes:
            return await goes.only(_run, work)

    async def try_to_write(self) -> None:
        """Commit a change that leaves nothing, to see whether one can be. Raises StoreUnavailable."""
        async with self.write_apart() as connection:
            for words in _A_LITTLE:
                await connection.exec_driver_sql(words)

    @property
    def serves_several(self) -> bool:
        """Whether several processes may work on it side by side."""
        return self.file is None

    @property
    def file(self) -> Path | None:
        """The file that it is in; none where a server keeps it."""
        return file_of(self.url)

    async def is_new(self) -> bool:
        """Whether nothing was ever kept there: no file, or on a server no tables, or none that have belonged to an
        installation. Raises StoreUnavailable."""
        if self.file is not None:
            return not self.file.exists()
        async with self.look() as connection:
            if not await connection.run_sync(_has_installation):
                return True
            return await connection.scalar(text("select id from installation")) is None

    async def copy_to(self, path: Path, tables: MetaData = metadata) -> None:
        """Copy one consistent state into a new SQLite file, while others read and write.

        Of a server, these tables, row by row. Raises OSError, StoreUnavailable, SchemaFault.
        """
        if self.serves_several:
            if tables is metadata:
                await self.check_schema()
            async with self.read() as source:
                await carry_into_new_file(source, path, tables, versioned=tables is metadata)
            return
        async with opened(self.engine) as connection:
            raw = await connection.get_raw_connection()
            await copy_into_new_file(raw.driver_connection, path)

    async def fill_from(self, path: Path, tables: MetaData = metadata) -> None:
        """Carry every row of a SQLite file into these tables, which are empty, in one transaction."""
        async with self.write() as target:
            await carry_from_file(path, target, tables)

    async def empty_log(self) -> bool:
        """Write SQLite's write-ahead log back and empty it, so that it holds nothing that was deleted.

        False where somebody was reading just then, and the log is emptied with a later one; and on a server, which lets
        go of what was deleted by itself, sooner or later.
        """
        if self.serves_several:
            return False
        async with opened(self.engine) as connection:
            row = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).first()
            return row is not None and row[0] == 0

    async def upgrade(self) -> None:
        """Bring the tables to this version, creating them in an empty database. Raises SchemaFault, StoreUnavailable.

        Processes that start at once wait for each other here.
        """
        make_folder(self.url)
        try:
            async with self.write_beside() as connection:
                await in_turn_however_long(connection, Turn.ALONE)
                await self._refuse_faults(connection)
                await self._refuse_beside_others(connection)
                await together(connection, _run, schema.upgrade)
        except CommandError:
            raise SchemaFault("the database is of a newer version than this program", "upgrade the program") from None

    async def check_may_make_tables(self) -> None:
        """Refuse a server on which these tables are still to be made, or changed, by a role that may not. One that
        finds them as they should be needs less. Raises SchemaFault, StoreUnavailable."""
        if self.serves_several and await self.schema() != newest_schema():
            async with self.look() as connection:
                await check_right(connection)

    async def let_upgrade_end(self) -> None:
        """Wait for whoever upgrades the tables just now: until then, what they change cannot be read. Raises
        StoreUnavailable."""
        if self.serves_several:
            async with self.write_apart() as connection:
                await in_turn_however_long(connection, Turn.ALONE)

    async def _refuse_faults(self, connection: AsyncConnection) -> None:
        await check_server(connection)
        if is_server(connection) and await connection.run_sync(schema.revision) != newest_schema():
            await check_right(connection)

    async def _refuse_beside_others(self, connection: AsyncConnection) -> None:
        """Whoever serves in an earlier version would go on, on tables that it does not know."""
        version = await connection.run_sync(schema.revision)
        if not is_server(connection) or version in {None, newest_schema()} or not knows_schema(version):
            return
        places = await server.serving_here(connection)
        if places:
            async with self.write_apart() as beside:
                await server.count_anew(beside)
            raise SchemaFault(
                f"an earlier version serves here ({', '.join(places)}), and would go on with tables that it does not "
                "know",
                "stop it, and start this one again (whoever was killed counts for eight seconds more)",
            )

    async def has_these_tables(self, connection: AsyncConnection) -> bool:
        """Whether the tables are still of this version, and of no other one once whoever upgrades them has done so."""
        await in_turn_however_long(connection, Turn.ALONE)
        return await connection.run_sync(schema.revision) == newest_schema()

    async def check_schema(self) -> None:
        """Raise SchemaFault unless the tables are those of this version."""
        if await self.schema() != newest_schema():
            raise SchemaFault("the database is of another version", "stop the bot and run: surveybot db upgrade")

    async def schema(self) -> str | None:
        """The version of its tables; none where there are none. Raises StoreUnavailable, also where it is no
        database."""
        try:
            async with self.look() as connection:
                return await connection.run_sync(schema.revision)
        except DatabaseError as error:
            raise StoreUnavailable(type(error.orig).__name__) from None

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def check_server(connection: AsyncConnection, *, words: bool = True) -> None:
    """Raise SchemaFault where a server is too old, or does not keep what is written there as it has to be kept."""
    if is_server(connection):
        for says, remedy in await server.faults_of(connection, words=words):
            raise SchemaFault(says, remedy)


async def check_right(connection: AsyncConnection) -> None:
    """Raise SchemaFault where this role may not make tables on a server."""
    for says, remedy in await server.keeps_from_making_tables(connection):
        raise SchemaFault(says, remedy)


async def _run(connection: AsyncConnection, work: Callable[[Connection], _Result]) -> _Result:
    return await connection.run_sync(work)


@asynccontextmanager
async def _transaction(connection: AsyncConnection, look: Look | None) -> AsyncIterator[None]:
    await _begin(connection, "BEGIN IMMEDIATE")
    try:
        if look is not None:
            await together(connection, look)
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


def _has_installation(connection: Connection) -> bool:
    return inspect(connection).has_table("installation")
