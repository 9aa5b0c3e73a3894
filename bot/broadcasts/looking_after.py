"""What becomes of a broadcast itself: over, given up, cleared of what was cancelled, or paused with a word of why."""

from __future__ import annotations

import datetime as dt
from enum import Enum, auto

from bot.clock import Clock
from bot.storage import broadcasts as stored
from bot.storage import deliveries
from bot.storage.database import Database
from flows.broadcasts import Broadcast, BroadcastState

GIVEN_UP = {
    BroadcastState.ASKED: dt.timedelta(hours=1),
    BroadcastState.PLANNING: dt.timedelta(hours=1),
    BroadcastState.PLANNED: dt.timedelta(days=1),
}
"""How long after it was begun a plan is taken for one that nobody goes on with."""


class End(Enum):
    """How near its end a broadcast is of which nothing waits any more."""

    HELD = auto()
    """People of it may wait for days, and hold up nobody."""
    IN_HAND = auto()
    """Something of it is in hand or under way."""
    OVER = auto()


async def clear(database: Database, broadcast: int, now: dt.datetime) -> None:
    """Cancel what is left of a broadcast that was cancelled."""
    async with database.write() as connection:
        await deliveries.clear_cancelled(connection, broadcast, now)


async def give_up(database: Database, broadcast: Broadcast, now: dt.datetime) -> None:
    """Nobody went on with it: whoever planned it was cut off. It must not count as if people had been invited."""
    if now - broadcast.planned_at < GIVEN_UP[broadcast.state]:
        return
    async with database.write() as connection:
        if not await deliveries.discard_some(connection, broadcast.id):
            values = {"ended_at": now, "why": "given up", "cancelled": broadcast.recipients}
            await stored.move(connection, broadcast.id, tuple(GIVEN_UP), BroadcastState.CANCELLED, **values)


async def finish(database: Database, broadcast: int, clock: Clock) -> End:
    """Over, once nothing of it is in hand or under way."""
    async with database.read() as connection:
        seen = await stored.read(connection, broadcast)
        is_in_hand = await deliveries.is_in_hand(connection, broadcast)
    if seen is None or (seen.to_go > 0 and not is_in_hand):
        return End.HELD
    async with database.write() as connection:
        now = await stored.read(connection, broadcast)
        if now is None or now.to_go > 0:
            return End.IN_HAND
        await stored.move(connection, now.id, (BroadcastState.RUNNING,), BroadcastState.DONE, ended_at=clock())
    return End.OVER


async def pause(database: Database, broadcast: int, why: str) -> None:
    """Pause one that runs."""
    async with database.write() as connection:
        await stored.move(connection, broadcast, (BroadcastState.RUNNING,), BroadcastState.PAUSED, why=why)
