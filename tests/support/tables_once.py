"""New SQLite tables are made by every migration once in a test process; others are given the same statements again.

Working out the statements of every migration is a third of what a bot's very first start costs, and each journey begins
with one. What is written is what they said, word for word: no test meets tables that a program would not have made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event, inspect

from bot.storage import schema

Statement = tuple[str, Any]

_READ = ("SELECT", "PRAGMA")


def keep(patch: pytest.MonkeyPatch) -> None:
    """Let every empty SQLite database of this process be filled with what the first was filled with."""
    migrate = schema.upgrade
    known: list[tuple[Statement, ...]] = []

    def upgrade(connection: Connection) -> None:
        if connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
            migrate(connection)
        elif known:
            for statement, values in known[0]:
                connection.exec_driver_sql(statement, values)
        else:
            known.append(_noted(migrate, connection))

    patch.setattr(schema, "upgrade", upgrade)


def _noted(migrate: Callable[[Connection], None], connection: Connection) -> tuple[Statement, ...]:
    said: list[Statement] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:  # noqa: ANN401
        if not statement.lstrip().startswith(_READ):
            said.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    try:
        migrate(connection)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return tuple(said)
