"""Two stores held against each other, table by table in the order of the keys; and the second brought level.

Rows are streamed on both sides, so that memory does not grow with how many there are; only the keys of rows that
differ are kept until the rows themselves are carried.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, MetaData, Select, String, Table, and_, bindparam, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.carrying import TOGETHER, Told, go_on_counting, name_in, read_of, written_to
from bot.storage.database import Database
from bot.storage.holding import is_server

Row = tuple[Any, ...]
Place = tuple[Any, ...]
"""A row's key."""

_FETCHED = 200
"""Rows that are fetched by their keys in one statement."""

KEY_BYTES = 32


def _to_nobody(_table: str, _rows: int) -> None:
    """Nobody is told how far it is."""


@dataclass(frozen=True, slots=True)
class Held:
    """One table, held against its copy."""

    table: str
    rows: int
    """In the source."""
    copied: int
    """In the copy."""
    digest: str
    """Of the source's rows; keyed with what one run has drawn, so that it tells nothing to anybody later."""
    copied_digest: str
    written: int
    """Rows that differed, and were written, or taken out."""

    @property
    def is_level(self) -> bool:
        """Whether both are the same, as they were read."""
        return self.rows == self.copied and self.digest == self.copied_digest


async def compare(
    source: AsyncConnection, copy: Database, tables: MetaData, key: bytes, told: Told = _to_nobody
) -> list[Held]:
    """Hold every table against its copy, and write nothing. `source` sees one state."""
    return [(await _looked(source, copy, table, key, told)).held(written=0) for table in tables.sorted_tables]


async def bring_level(
    source: AsyncConnection, copy: Database, tables: MetaData, key: bytes, told: Told = _to_nobody
) -> list[Held]:
    """Hold every table against its copy, and write what differs, a table at a time; then numbers go on as they did.

    What comes back is how they stood before that. `source` sees one state, and nobody else writes the copy.
    """
    held = []
    for table in tables.sorted_tables:
        look = await _looked(source, copy, table, key, told)
        gone, new = [*look.extra, *look.other], [*look.missing, *look.other]
        if gone or new or table.autoincrement_column is not None:
            async with copy.write() as writer:
                await _take_out(writer, table, gone)
                await _put_in(source, writer, table, new)
                await go_on_counting(source, writer, table)
        held.append(look.held(written=len(gone) + len(look.missing)))
    return held


async def _looked(source: AsyncConnection, copy: Database, table: Table, key: bytes, told: Told) -> _Look:
    """A connection for each table: a server ends those that wait for long in the middle of a transaction."""
    look = _Look(table, key, told)
    async with copy.read() as copied:
        await look.at(source, copied)
    return look


class _Look:
    """One table, read on both sides."""

    def __init__(self, table: Table, key: bytes, told: Told) -> None:
        self._table = table
        self._key = key
        self._told = told
        names = [column.name for column in table.columns]
        self._places = [names.index(column.name) for column in table.primary_key.columns]
        self.missing: list[Place] = []
        self.extra: list[Place] = []
        self.other: list[Place] = []

    async def at(self, source: AsyncConnection, copy: AsyncConnection) -> None:
        mine, theirs = self._rows(source), self._rows(copy)
        self._mine, self._theirs = mine, theirs
        while await mine.is_there() | await theirs.is_there():
            self._go_on(mine, theirs)
            self._told(self._table.name, mine.count)

    def _rows(self, connection: AsyncConnection) -> _Rows:
        return _Rows(connection, self._table, self._places, self._key)

    def _go_on(self, mine: _Rows, theirs: _Rows) -> None:
        """As far as what has been read of both goes."""
        while (mine.waiting or mine.is_over) and (theirs.waiting or theirs.is_over):
            first, second = mine.place, theirs.place
            if first is None and second is None:
                return
            if second is None or (first is not None and first < second):
                self.missing.append(mine.take())
            elif first is None or second < first:
                self.extra.append(theirs.take())
            else:
                differs = mine.row != theirs.row
                mine.take()
                place = theirs.take()
                if differs:
                    self.other.append(place)

    def held(self, *, written: int) -> Held:
        mine, theirs = self._mine, self._theirs
        return Held(self._table.name, mine.count, theirs.count, mine.digest, theirs.digest, written)


class _Rows:
    """A table's rows in the order of their keys, counted and digested as they are taken."""

    def __init__(self, connection: AsyncConnection, table: Table, places: Sequence[int], key: bytes) -> None:
        self._connection = connection
        self._query = _in_order(connection, table)
        self._places = places
        self._digest = hmac.new(key, table.name.encode(), hashlib.sha256)
        self._parts: Any = None
        self._read: list[Row] = []
        self._at = 0
        self.count = 0
        self.is_over = False

    async def is_there(self) -> bool:
        """Whether there is another one; reads on where it has to."""
        if self._parts is None:
            found = await self._connection.stream(self._query)
            self._parts = found.partitions(TOGETHER)
        if not self.waiting and not self.is_over:
            some = await anext(self._parts, None)
            self._read, self._at, self.is_over = [tuple(row) for row in some or ()], 0, some is None
        return self.waiting

    @property
    def waiting(self) -> bool:
        """Whether one has been read and not been taken."""
        return self._at < len(self._read)

    @property
    def row(self) -> Row | None:
        """The one that comes next."""
        return self._read[self._at] if self.waiting else None

    @property
    def place(self) -> Place | None:
        """Its key."""
        return None if self.row is None else tuple(self.row[each] for each in self._places)

    def take(self) -> Place:
        """Count it; its key."""
        row = self._read[self._at]
        self._at += 1
        self.count += 1
        for value in row:
            said = _as_bytes(value)
            self._digest.update(len(said).to_bytes(8, "big") + said)
        return tuple(row[each] for each in self._places)

    @property
    def digest(self) -> str:
        """Of everything that was taken, in its order."""
        return self._digest.hexdigest()


def _as_bytes(value: object) -> bytes:
    """A value with its kind, the same from every store."""
    if isinstance(value, bytes):
        return b"b" + value
    if isinstance(value, dt.datetime):
        value = value.astimezone(dt.UTC)
    kind = type(value).__name__
    return f"{kind} {value}".encode("utf-8", "surrogatepass")


def _in_order(connection: AsyncConnection, table: Table) -> Select[Any]:
    """On a server, text is put in the order of its bytes, as SQLite does, whatever its language."""
    columns, on_server = table.primary_key.columns, is_server(connection)
    order = [each.collate("C") if on_server and isinstance(each.type, String) else each for each in columns]
    return _whole(connection, table).order_by(*order)


def _whole(connection: AsyncConnection, table: Table) -> Select[Any]:
    return select(*(read_of(connection, column) for column in table.columns))


async def _take_out(writer: AsyncConnection, table: Table, places: Sequence[Place]) -> None:
    columns = list(table.primary_key.columns)
    here = and_(*(column == bindparam(name_in(column), type_=column.type) for column in columns))
    for some in _portions(places, TOGETHER):
        names = [name_in(column) for column in columns]
        await writer.execute(delete(table).where(here), [dict(zip(names, place, strict=True)) for place in some])


async def _put_in(source: AsyncConnection, writer: AsyncConnection, table: Table, places: Sequence[Place]) -> None:
    query, names = written_to(writer, table), [name_in(column) for column in table.columns]
    for some in _portions(places, _FETCHED):
        found = await source.execute(_whole(source, table).where(_any_of(table, some)))
        rows = [dict(zip(names, row, strict=True)) for row in found]
        if rows:
            await writer.execute(query, rows)


def _any_of(table: Table, places: Sequence[Place]) -> ColumnElement[bool]:
    columns = list(table.primary_key.columns)
    if len(columns) == 1:
        return columns[0].in_([place[0] for place in places])
    return or_(*(and_(*(c == value for c, value in zip(columns, place, strict=True))) for place in places))


def _portions(places: Sequence[Place], size: int) -> Iterator[Sequence[Place]]:
    for start in range(0, len(places), size):
        yield places[start : start + size]
