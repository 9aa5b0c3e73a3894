"""What a database is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from bot.storage.database import Database


@contextmanager
def asked_of(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that it is given meanwhile, with its values."""
    asked: list[tuple[str, Any]] = []

    def note(*said: Any) -> None:  # noqa: ANN401  # SQLAlchemy's
        asked.append((said[2], said[3]))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)
