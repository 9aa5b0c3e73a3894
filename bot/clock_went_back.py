"""After a clock that was ahead and was put right: what waits for a time that it named waits no longer than it ever may.

A sweep comes due within the hour, a card folds within minutes, a lease ends within minutes. What was written while the
clock was days ahead would otherwise come due days late, and nothing would look wanting.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

import structlog

from bot.owing.chat import COPY_STAYS, FOLDING
from bot.stepping import COPIES, TRAVELLING
from bot.storage import outbox, schedule
from bot.storage.database import Database
from flows.moves.coming_due import SILENCE
from flows.travelling import LONGEST

log = structlog.get_logger()

SWEEP = dt.timedelta(hours=1)

STEADY = dt.timedelta(minutes=1)
"""How far a clock may go back without anything being late that matters."""

_AT_MOST: Mapping[str, dt.timedelta] = MappingProxyType(
    {"sweep": SWEEP, "fold": FOLDING, COPIES: COPY_STAYS, "silence": SILENCE, TRAVELLING: LONGEST}
)
"""How far ahead each kind is ever put onto the schedule."""


async def put_right_at_start(database: Database, now: dt.datetime, lease: dt.timedelta, me: int | None) -> None:
    """Where the sweep waits for longer than it ever does, the clock was ahead when it was put. Or another machine's is
    ahead of this one's: so what other processes have in hand stays theirs."""
    async with database.look() as connection:
        sweep = await schedule.due_at(connection, "sweep", "hourly")
    if sweep is not None and sweep > now + SWEEP + STEADY:
        await put_right(database, now, lease, me)


async def put_right(database: Database, now: dt.datetime, lease: dt.timedelta, me: int | None) -> None:
    """Pull back what waits for too long. `lease` is the longest that anything is claimed for, `me` this process's
    number among several."""
    log.warning("the clock was ahead; what it put off is looked at now")
    async with database.write() as connection:
        for kind, at_most in _AT_MOST.items():
            await schedule.pull_back(connection, kind, now + at_most, me)
        await schedule.let_go(connection, now + lease, me)
        await outbox.pull_back(connection, now + lease, now, me)
