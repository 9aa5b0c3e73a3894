"""The key store: wrapped keys, in a database of their own beside the master key.

It uses a rollback journal (journal_mode=DELETE) and secure_delete, because a deleted wrap was found to survive in a
write-ahead log. On PostgreSQL its logs and replicas keep a destroyed wrap until they are recycled (docs/postgresql.md).
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.carrying import carry
from bot.storage.comparing import Held, compare
from bot.storage.database import Database, check_right, check_server
from bot.storage.engines import make_private_file
from bot.storage.moments import moment
from bot.storage.server import faults_of
from bot.storage.tables import Instant, Sealed
from bot.storage.together import together
from bot.trail.heads import Head

_metadata = MetaData()

_ring = Table(
    "ring",
    _metadata,
    Column("name", String(100), primary_key=True),
    Column("wrapped", Sealed, nullable=False),  # under the master key
)

_wraps = Table(
    "wraps",
    _metadata,
    Column("key_id", Sealed, primary_key=True),
    Column("lock", String(100), primary_key=True),  # the ring key that it is wrapped with
    Column("wrapped", Sealed, nullable=False),
    Column("made_at", Instant, nullable=False),
    # On a server a deleted row stays in its table until it is vacuumed, which by default waits until a fifth is dead.
    postgresql_with={"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 1},
    # Rows would be numbered as they came, and a number's key lie between those of two consents.
    sqlite_with_rowid=False,
)


_installation = Table("installation", _metadata, Column("id", String(32), primary_key=True))

_heads = Table(  # of the log of audit entries: here, so that data whose end is cut off does not fit them
    "heads",
    _metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(10), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", Sealed, nullable=False),
    Column("at", Instant, nullable=False),
    Column("note", Text, nullable=False),
    Column("frontier", Sealed, nullable=False),
    Column("signature", Sealed, nullable=False),
)

_sealing = Table(  # which process seals the log, and until when no other one does
    "sealing",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", String(32), nullable=False),
    Column("until", Instant, nullable=False),
)

_arriving = Table("arriving", MetaData(), Column("since", Instant))
"""While it is there, these keys were put here by a move that is not at its end: they may be taken out again, and nobody
uses them. No copy and no backup has it."""

_TOGETHER = 500
"""Keys that one statement destroys: SQLite takes 32,766 values at most, older ones 999."""


_BY_KEYS_AND_LOCKS = select(_wraps.c.key_id, _wraps.c.lock, _wraps.c.wrapped).where(
    _wraps.c.key_id.in_(bindparam("key_ids", expanding=True)), _wraps.c.lock.in_(bindparam("locks", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Wrap:
    """One person's key under one ring key."""

    key_id: bytes
    lock: str
    wrapped: bytes = field(repr=False)
    made_at: dt.datetime


def is_key_store(path: Path) -> bool:
    """Whether a file of SQLite has the tables of a key store. Of one that is only locked, whoever opens it says so."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.OperationalError:
        return path.is_file()
    except sqlite3.DatabaseError:
        return False
    return {_ring.name, _installation.name} <= found


class KeyStore:
    """Reads, writes and destroys wraps."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def connect(cls, url: str) -> KeyStore:
        """A key store by SQLAlchemy URL; nothing is opened yet."""
        return cls(Database.connect(url, journal="DELETE", alone=None))

    async def create(self) -> None:
        """Make its tables where there are none, and bring those of an earlier surveybot to how they are now.

        Raises SchemaFault for a server that is too old, or says of a key that it is there before it is on a disk: what
        is sealed with it is committed then, and would be lost with it.
        """
        make_private_file(self._database.url)
        async with self._database.write() as connection:
            await check_server(connection, words=False)
            await connection.run_sync(_metadata.create_all)
            await connection.run_sync(_take_order_away)

    async def server_faults(self) -> list[tuple[str, str]]:
        """What is wrong with the server that it is on, if it is on one: each with a remedy."""
        if not self._database.serves_several:
            return []
        async with self._database.look() as connection:
            return await faults_of(connection, words=False)

    async def installation(self) -> str | None:
        """Which installation's data these keys open; None where the key store is new."""
        async with self._database.read() as connection:
            found: str | None = await connection.scalar(select(_installation.c.id))
            return found

    async def belong_to(self, installation: str) -> None:
        """These keys open this installation's data from now on."""
        async with self._database.write() as connection:
            await connection.execute(insert(_installation), {"id": installation})

    async def try_to_write(self) -> None:
        """As `Database.try_to_write`."""
        await self._database.try_to_write()

    async def is_empty(self) -> bool:
        """Whether no person's key is here."""
        async with self._database.read() as connection:
            return await connection.scalar(select(_wraps.c.key_id).limit(1)) is None

    async def ring(self) -> dict[str, bytes]:
        """The ring's wrapped keys by name."""
        async with self._database.read() as connection:
            return {row.name: row.wrapped for row in await connection.execute(select(_ring))}

    async def change_ring(self, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
        """Replace every wrapped ring key by what `change` makes of them, in one transaction: all of them or none."""
        async with self._database.write() as connection:
            before = {row.name: row.wrapped for row in await connection.execute(select(_ring))}
            rows = [{"name": name, "wrapped": blob} for name, blob in change(before).items()]
            await connection.execute(delete(_ring))
            await connection.execute(insert(_ring), rows)

    async def wraps(self, key_ids: Sequence[bytes], locks: Sequence[str]) -> dict[tuple[bytes, str], bytes]:
        """Wraps by key id and lock."""
        if not key_ids:
            return {}
        async with self._database.look() as connection:
            return await together(connection, _read_wraps, key_ids, locks)

    async def put(self, wraps: Sequence[Wrap]) -> None:
        """Write new wraps; on disk before it returns."""
        rows = [
            {"key_id": wrap.key_id, "lock": wrap.lock, "wrapped": wrap.wrapped, "made_at": wrap.made_at}
            for wrap in wraps
        ]
        async with self._database.write_beside() as connection:
            await together(connection, _insert_wraps, rows)

    async def destroy(self, keys: Iterable[tuple[bytes, str | None]]) -> None:
        """Destroy one wrap of a key, or all of them; destroying what is gone already is no error."""
        by_lock: dict[str | None, list[bytes]] = {}
        for key_id, lock in keys:
            by_lock.setdefault(lock, []).append(key_id)
        async with self._database.write_beside() as connection:
            for lock, key_ids in by_lock.items():
                for start in range(0, len(key_ids), _TOGETHER):
                    query = delete(_wraps).where(_wraps.c.key_id.in_(key_ids[start : start + _TOGETHER]))
                    await connection.execute(query if lock is None else query.where(_wraps.c.lock == lock))

    async def made_after(self, key_id: bytes, most: int) -> list[tuple[bytes, dt.datetime]]:
        """Keys whose ids come next after one, in their order, and when their wraps were made; a key comes with each of
        its wraps, and as many as `most` of these are read. A look that is short: on a file nothing is committed
        meanwhile."""
        query = select(_wraps.c.key_id, _wraps.c.made_at).where(_wraps.c.key_id > key_id)
        async with self._database.look() as connection:
            found = await connection.execute(query.order_by(_wraps.c.key_id).limit(most))
            return [(row[0], row[1]) for row in found]

    # --- the log of audit entries ------------------------------------------------------------------------------------

    async def heads(self) -> list[Head]:
        """Every head that is kept, in the order in which they were made."""
        async with self._database.read() as connection:
            if not await connection.run_sync(lambda each: inspect(each).has_table("heads")):
                return []  # keys of before there was a trail
            return [_head(row) for row in await connection.execute(select(_heads).order_by(_heads.c.number))]

    async def newest_head(self) -> Head | None:
        """The head that the log goes on from; none where nothing was sealed yet."""
        async with self._database.look() as connection:
            row = (await connection.execute(select(_heads).order_by(_heads.c.number.desc()).limit(1))).first()
            return _head(row) if row is not None else None

    async def hold_sealing(self, holder: str, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Take or keep the right to seal for so long; whether it is ours. Where a server keeps it, by its clock."""
        async with self._database.write() as connection:
            now = await moment(connection, now)
            found = (await connection.execute(select(_sealing))).first()
            # One that lasts longer than leases do was taken by a clock that was ahead, and ends with it.
            lasts = found is not None and now < found.until <= now + 2 * lease
            if found is not None and found.holder != holder and lasts:
                return False
            await connection.execute(delete(_sealing))
            await connection.execute(insert(_sealing), {"id": 1, "holder": holder, "until": now + lease})
            return True

    async def let_go_of_sealing(self, holder: str | None = None) -> None:
        """A process holds the right to seal no more, so that the next one need not wait; by default any."""
        async with self._database.write() as connection:
            query = delete(_sealing)
            await connection.execute(query if holder is None else query.where(_sealing.c.holder == holder))

    async def put_head(self, head: Head, after: Head | None, replaced: Sequence[int] = ()) -> bool:
        """Keep a head, and let go of some; False where another one has come after `after` meanwhile."""
        async with self._database.write() as connection:
            newest: int | None = await connection.scalar(select(func.max(_heads.c.number)))
            if newest != (after.number if after is not None else None):
                return False
            if replaced:
                await connection.execute(delete(_heads).where(_heads.c.number.in_(replaced)))
            await connection.execute(insert(_heads), asdict(head))
            return True

    async def take_heads(self, heads: Sequence[Head]) -> None:
        """Keep heads of a newer key store beside those of this one."""
        known = {each.number for each in await self.heads()}
        new = [asdict(head) for head in heads if head.number not in known]
        if new:
            async with self._database.write() as connection:
                await connection.execute(insert(_heads), new)

    @property
    def file(self) -> Path | None:
        """The file that it is in; none where a server keeps it."""
        return self._database.file

    async def is_new(self) -> bool:
        """Whether there is none yet. Raises StoreUnavailable."""
        return await self._database.is_new()

    async def check_may_make_tables(self) -> None:
        """As `Database.check_may_make_tables`."""
        if self.file is None:
            async with self._database.look() as connection:
                there = await connection.run_sync(lambda each: set(inspect(each).get_table_names()))
                if not there >= set(_metadata.tables):
                    await check_right(connection)

    async def copy_to(self, path: Path) -> None:
        """Copy one consistent state into a new file. Raises OSError, StoreUnavailable."""
        await self._database.copy_to(path, _metadata)

    async def fill_from(self, path: Path) -> None:
        """Carry every row of a key store's file into this one, which is empty, in one transaction."""
        await self._database.fill_from(path, _metadata)

    async def refill_from(self, other: KeyStore, key: bytes) -> list[Held]:
        """Take every row of another key store in place of those that are here, in one transaction; then hold the two
        against each other. `key` is for the digests. The keys are arriving then, until they `settle` or `go_back`."""
        theirs = other._database
        async with theirs.read() as source:
            async with self._database.write() as target:
                await target.run_sync(_arriving.create, checkfirst=True)
                await _empty(target)
                await carry(source, target, _metadata)
            return await compare(source, self._database, _metadata, key)

    async def is_arriving(self) -> bool:
        """Whether a move has put these keys here, and has not come to its end."""
        async with self._database.look() as connection:
            return await _are_arriving(connection)

    async def go_back(self) -> None:
        """Take out again whatever a move has put here; what is no move's stays."""
        async with self._database.write() as connection:
            if await _are_arriving(connection):
                await _empty(connection)
                await connection.run_sync(_arriving.drop)

    async def settle(self) -> None:
        """These keys are in use from now on: no move takes them out again."""
        if await self.is_arriving():
            async with self._database.write() as connection:
                await connection.run_sync(_arriving.drop, checkfirst=True)  # two may begin to serve at once

    async def close(self) -> None:
        """Close every connection."""
        await self._database.close()


def _take_order_away(connection: Connection) -> None:
    """An earlier surveybot numbered wraps as they came, and wrote down when exactly a number's key was made."""
    if connection.dialect.name != "sqlite":
        return
    made: str = connection.exec_driver_sql("select sql from sqlite_master where name = 'wraps'").scalar_one()
    if made.upper().rstrip().endswith("WITHOUT ROWID"):
        return
    connection.exec_driver_sql("alter table wraps rename to wraps_as_they_came")
    _wraps.create(connection)
    connection.exec_driver_sql(_TAKEN_OVER)
    connection.exec_driver_sql("drop table wraps_as_they_came")


_TAKEN_OVER = """
insert into wraps (key_id, lock, wrapped, made_at)
select key_id, lock, wrapped,
       case lock when 'payouts' then date(made_at, '+1 day') || ' 00:00:00.000000' else made_at end
from wraps_as_they_came order by key_id, lock
"""


def _head(row: Any) -> Head:  # noqa: ANN401  # a row of a table
    return Head(row.number, row.kind, row.size, row.root, row.at, row.note, row.frontier, row.signature)


async def _are_arriving(connection: AsyncConnection) -> bool:
    return await connection.run_sync(lambda each: inspect(each).has_table(_arriving.name))


async def _empty(connection: AsyncConnection) -> None:
    for table in reversed(_metadata.sorted_tables):
        await connection.execute(delete(table))


async def _read_wraps(
    connection: AsyncConnection, key_ids: Sequence[bytes], locks: Sequence[str]
) -> dict[tuple[bytes, str], bytes]:
    found = await connection.execute(_BY_KEYS_AND_LOCKS, {"key_ids": key_ids, "locks": locks})
    wraps = {(key_id, lock): wrapped for key_id, lock, wrapped in found}
    await connection.rollback()  # SQLAlchemy counts a transaction; here it ends without another visit to the thread
    return wraps


async def _insert_wraps(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    await connection.execute(insert(_wraps), rows)
