"""The tables of an empty SQLite store are made by the migrations once in a test process; after that, as they stand.

Most tests begin with an installation of their own. Twenty versions of the tables, one after the other, are half of what
that costs, and come to the same each time (tests/storage/test_tables_once.py). A store that has tables already goes
through the migrations, and on a server there is a template (`stores`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.storage import schema

Statement = tuple[str, tuple[Any, ...]]


def keep(patch: pytest.MonkeyPatch) -> None:
    """From now on, in this process."""
    migrate = schema.upgrade
    kept: list[Statement] = []

    def upgrade(connection: Connection) -> None:
        if connection.dialect.name != "sqlite" or _has_tables(connection):
            migrate(connection)
        elif kept:
            _make(connection, kept)
        else:
            migrate(connection)
            kept.extend(_said(connection))

    patch.setattr(schema, "upgrade", upgrade)


def _has_tables(connection: Connection) -> bool:
    return connection.exec_driver_sql("select 1 from sqlite_master").first() is not None


def _make(connection: Connection, statements: Sequence[Statement]) -> None:
    for statement, values in statements:
        connection.exec_driver_sql(statement, values)


def _said(connection: Connection) -> Iterator[Statement]:
    """What makes the same tables with the same rows. SQLite's own tables come by themselves, and have rows too."""
    made = connection.exec_driver_sql("select type, name, sql from sqlite_master order by rowid").all()
    for _, name, sql in made:
        if sql is not None and not name.startswith("sqlite_"):
            yield sql, ()
    for kind, name, _ in made:
        if kind == "table":
            for row in connection.exec_driver_sql(f'select * from "{name}"').all():  # noqa: S608  # a table's own name
                yield f'insert into "{name}" values ({", ".join("?" * len(row))})', tuple(row)  # noqa: S608
