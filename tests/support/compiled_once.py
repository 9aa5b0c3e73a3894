"""What SQLAlchemy makes of a statement is kept for all SQLite stores of a test process, as an engine keeps it for one.

An engine keeps what it has compiled, and a test's installation has two engines of its own that end with it: so each
compiled the same hundred statements anew. Dialects of one kind say the same of a statement.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from bot.storage import database, engines

Key = tuple[Any, ...]


class _ForAll(MutableMapping[Key, Any]):
    """What is kept under a statement and a kind of dialect, in place of one engine's."""

    def __init__(self) -> None:
        self._kept: LRUCache[Key, Any] = LRUCache(2_000)

    def __getitem__(self, key: Key) -> Any:  # noqa: ANN401  # SQLAlchemy's
        return self._kept[_of_any(key)]

    def __setitem__(self, key: Key, compiled: Any) -> None:  # noqa: ANN401
        self._kept[_of_any(key)] = compiled

    def __delitem__(self, key: Key) -> None:
        del self._kept[_of_any(key)]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def _of_any(key: Key) -> Key:
    dialect, *statement = key
    return (type(dialect), *statement)


def keep(patch: pytest.MonkeyPatch) -> None:
    """From now on, in this process."""
    compiled = _ForAll()

    def open_engine(url: str, *, journal: str) -> AsyncEngine:
        engine = engines.open_engine(url, journal=journal)
        if engines.file_of(url) is not None:
            engine.sync_engine.update_execution_options(compiled_cache=compiled)
        return engine

    patch.setattr(database, "open_engine", open_engine)
