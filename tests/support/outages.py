"""The data go away in the worst moment: as a step begins, or as it is committed and nobody hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.storage.database import Database, StoreUnavailable
from bot.storage.together import Goes


def cut_off_once(database: Database, monkeypatch: pytest.MonkeyPatch, *, was_committed: bool) -> None:
    """The next step finds the data away; or it is committed, and its answer does not come."""
    going, failures = database.write_in_two_goes, iter([StoreUnavailable("hung up")])

    @asynccontextmanager
    async def cut_off() -> AsyncIterator[Goes]:
        for failure in () if was_committed else failures:
            raise failure
        async with going() as goes:
            yield goes
        for failure in failures:
            raise failure

    monkeypatch.setattr(database, "write_in_two_goes", cut_off)
