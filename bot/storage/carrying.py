"""Rows carried from one store into another, whatever each is kept in: table by table, every value as it stands.

A backup of a server is a SQLite file that was filled so, and so is a server that a backup is put back into.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Insert,
    MetaData,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    text,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import schema
from bot.storage.copying import finish_copy
from bot.storage.engines import open_engine
from bot.storage.holding import is_server

TOGETHER = 1_000

Told = Callable[[str, int], None]
"""Told of a table's name, and of how many of its rows are carried by now."""


async def carry(
    source: AsyncConnection,
    target: AsyncConnection,
    tables: MetaData,
    told: Told = lambda _table, _rows: None,
) -> dict[str, int]:
    """Every row of some tables, in the transactions that the two connections are in; how many of each table.

    The target's tables are there and empty. Numbers that it gives out go on behind those that the source has given.
    """
    carried: dict[str, int] = {}
    for table in tables.sorted_tables:
        carried[table.name] = await _carry_table(source, target, table, told)
        await go_on_counting(source, target, table)
    return carried


async def _carry_table(source: AsyncConnection, target: AsyncConnection, table: Table, told: Told) -> int:
    found = await source.stream(
        select(*(read_of(source, column) for column in table.columns)).order_by(*table.primary_key.columns)
    )
    query, names = written_to(target, table), [name_in(column) for column in table.columns]
    count = 0
    async for some in found.partitions(TOGETHER):
        await target.execute(query, [dict(zip(names, row, strict=True)) for row in some])
        count += len(some)
        told(table.name, count)
    return count


def name_in(column: Column[Any]) -> str:
    """What a column's value is called in a statement that carries it."""
    return f"carried_{column.name}"


def read_of(source: AsyncConnection, column: Column[Any]) -> ColumnElement[Any]:
    """JSON as the text that it is: an audit entry whose text was changed by a space is to be found changed."""
    if not isinstance(column.type, JSON):
        return column
    text_of = cast if is_server(source) else type_coerce  # SQLite keeps text
    return text_of(column, Text()).label(column.name)


def written_to(target: AsyncConnection, table: Table) -> Insert:
    """The insert that takes rows as `read_of` gives them, by `name_in`."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if not isinstance(column.type, JSON):
            values[column.name] = bindparam(name_in(column), type_=column.type)
            continue
        as_text = bindparam(name_in(column), type_=Text())
        values[column.name] = cast(as_text, JSON) if is_server(target) else as_text
    return insert(table).values(values)


async def go_on_counting(source: AsyncConnection, target: AsyncConnection, table: Table) -> None:
    """A number that was given to a row that is gone since is not given to another."""
    column = table.autoincrement_column
    if column is None:
        return
    highest = int(await target.scalar(select(func.max(column))) or 0)
    last = max(highest, await _last_given(source, table, column))
    if is_server(target):
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        await target.execute(select(func.setval(sequence, max(last, 1), last > 0)))
    elif last and table.dialect_options["sqlite"]["autoincrement"]:
        await target.execute(text("delete from sqlite_sequence where name = :name"), {"name": table.name})
        await target.execute(
            text("insert into sqlite_sequence (name, seq) values (:name, :last)"), {"name": table.name, "last": last}
        )


async def _last_given(source: AsyncConnection, table: Table, column: Column[Any]) -> int:
    if is_server(source):
        sequence = await source.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        row = (await source.execute(text(f"select last_value, is_called from {sequence}"))).one()  # noqa: S608
        return int(row.last_value) if row.is_called else 0
    if not table.dialect_options["sqlite"]["autoincrement"]:
        return 0
    given = text("select seq from sqlite_sequence where name = :name")
    return int(await source.scalar(given, {"name": table.name}) or 0)


async def carry_into_new_file(source: AsyncConnection, path: Path, tables: MetaData, *, versioned: bool) -> None:
    """Carry what a connection sees into a SQLite file of its own that only its owner can read.

    `versioned`: the tables have a version, which is this program's. Raises OSError.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    engine = open_engine(f"sqlite+aiosqlite:///{path}", journal="DELETE")
    try:
        async with engine.connect() as target:
            await target.exec_driver_sql("PRAGMA synchronous=OFF")  # nobody has a use for half of it; synced at the end
            await target.exec_driver_sql("BEGIN")
            await target.run_sync(tables.create_all)
            if versioned:
                await target.run_sync(schema.stamp)
            await carry(source, target, tables)
            await target.commit()
    finally:
        await engine.dispose()
    await asyncio.to_thread(finish_copy, path)


async def carry_from_file(path: Path, target: AsyncConnection, tables: MetaData) -> None:
    """Carry a SQLite file's rows into tables that are there and empty."""
    engine = open_engine(f"sqlite+aiosqlite:///{path}", journal="DELETE")
    try:
        async with engine.connect() as source:
            await source.exec_driver_sql("BEGIN")
            await carry(source, target, tables)
            await source.rollback()
    finally:
        await engine.dispose()
