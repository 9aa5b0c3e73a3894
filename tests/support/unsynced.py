"""No test pulls a plug, so SQLite waits for no disk: what is committed outlives a process that is killed as it is.

It is the same on the server that tests start (docs/decisions/0048-tests-on-both.md). That it does wait, outside, is
what tests/storage/test_database.py shows.
"""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, event

from bot.storage import engines

AS_IT_IS = engines._set_up_sqlite
"""How a store is set up outside tests."""


def keep(patch: pytest.MonkeyPatch) -> None:
    """From now on, in this process."""

    def set_up(engine: Engine, journal: str) -> None:
        AS_IT_IS(engine, journal)

        @event.listens_for(engine, "connect")
        def _wait_for_no_disk(connection: object, _record: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.close()

    patch.setattr(engines, "_set_up_sqlite", set_up)
