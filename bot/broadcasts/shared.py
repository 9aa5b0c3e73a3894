"""One pace for several processes: each asks the data for a piece of time, and lets its messages leave within that.

The data keeps until when everything is handed out (`bot.storage.paces`). A process is given the time after that, as
long as so many messages take at the pace, and nobody else is given the same. So the rate holds in sum, however many
ask. A 429 that one is told of is everybody's, from the next piece on.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import Callable

import structlog

from bot.broadcasts.rate import AFTER_A_REFUSAL, CATCHING_UP, CREEPING, HEADROOM, SLOWEST
from bot.storage import paces
from bot.storage.database import Database, StoreUnavailable
from bot.storage.moments import moment
from bot.storage.paces import KeptPace
from bot.uncut import uncut

log = structlog.get_logger()

PIECE_SECONDS = 0.1
"""How much is asked for at a time: what a process that dies takes with it, and how often sending asks the data."""

_ASKING = 0.01
"""Seconds after which it is looked at again whether what was asked for has come."""

_AGAIN = 1.0
_KEPT = dt.timedelta(seconds=CATCHING_UP)


def granted(kept: KeptPace, rate: float, now: dt.datetime, count: int) -> tuple[KeptPace, dt.datetime]:
    """What is kept once so many messages are handed out, and when the first of them may leave; they follow at the pace.

    Time in which nobody asked is caught up with, so much of it at most.
    """
    kept = _crept(kept, rate, now)
    begins = max(kept.free_at, kept.waits_until, now - _KEPT)
    return kept._replace(free_at=begins + dt.timedelta(seconds=count / kept.pace)), begins


def refused(kept: KeptPace, rate: float, now: dt.datetime, seconds: float) -> KeptPace:
    """What is kept once Telegram has asked to wait so long: of several such words the latest end holds, and what was
    under way together slows once."""
    kept = _crept(kept, rate, now)
    slower = max(min(SLOWEST, rate * HEADROOM), kept.pace * AFTER_A_REFUSAL)
    until = max(kept.waits_until, now + dt.timedelta(seconds=seconds))
    return kept._replace(pace=slower if now >= kept.waits_until else kept.pace, waits_until=until)


def _crept(kept: KeptPace, rate: float, now: dt.datetime) -> KeptPace:
    """The pace comes back slowly after a 429, and falls at once where the setting has."""
    kept = _put_right(kept, now)
    full = rate * HEADROOM
    since = max(kept.paced_at, min(kept.waits_until, now))
    crept = kept.pace + max(0.0, (now - since).total_seconds()) * full * CREEPING
    return kept._replace(pace=min(full, crept), paced_at=now)


def _put_right(kept: KeptPace, now: dt.datetime) -> KeptPace:
    """What a clock named that was ahead, by a clock that has been put right: as far off as it was by the other one."""
    ahead = max(kept.paced_at - now, dt.timedelta(0))
    return kept._replace(
        free_at=kept.free_at - ahead, paced_at=kept.paced_at - ahead, waits_until=kept.waits_until - ahead
    )


class SharedPace:
    """A process's part of the one pace (`bot.broadcasts.rate.AnyPace`). `run` asks for more as it is needed."""

    def __init__(
        self,
        database: Database,
        rate: float,
        clock: Callable[[], dt.datetime],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate = rate
        self._database = database
        self._clock = clock
        self._ticks = ticks
        self._piece = max(1, round(rate * PIECE_SECONDS))
        self._may_leave: deque[float] = deque()
        """When each message that was handed out to us may leave, by `ticks`."""
        self._owing = 0
        """How many have left for which nothing was handed out yet."""
        self._holds_until = ticks()
        self._told_until = ticks()
        """Until when a 429 lasts that the data does not know of yet."""
        self._needed = asyncio.Event()

    def wait(self, now: float, count: int = 1) -> float:
        """Seconds until so many may leave together; 0 where they may now."""
        if now < self._holds_until:
            return self._holds_until - now
        self._look(now)
        if not self._may_leave:
            return _ASKING
        together = min(count, len(self._may_leave))
        return max(0.0, self._may_leave[together - 1] - now)

    def rest(self, now: float) -> float:
        """Seconds in which nothing leaves; nothing is asked for."""
        first = self._may_leave[0] if self._may_leave else now
        return max(0.0, self._holds_until - now, first - now)

    def take(self, now: float, count: int) -> int:
        """How many of so many may leave now; they are taken to leave."""
        taken = 0
        if now >= self._holds_until:
            while taken < count and self._may_leave and self._may_leave[0] <= now:
                self._may_leave.popleft()
                taken += 1
        self._look(now)
        return taken

    def give_back(self, count: int) -> None:
        """So many did not leave after all."""
        self._may_leave.extendleft([self._ticks()] * count)

    def also_left(self, count: int) -> None:
        """So many more have left than were taken: they take the places of what would have left next."""
        self._owing += count
        self._make_up()

    def _make_up(self) -> None:
        while self._owing and self._may_leave:
            self._may_leave.popleft()
            self._owing -= 1

    def told_to_wait(self, now: float, seconds: float) -> None:
        """A 429: nothing leaves for as long as told, from no process that asks from now on."""
        self._may_leave.clear()
        self._told_until = max(self._told_until, now + seconds)
        self.hold(now, seconds)
        self._needed.set()

    def hold(self, now: float, seconds: float) -> None:
        """Nothing leaves from here for a while, at no loss of pace."""
        self._holds_until = max(self._holds_until, now + seconds)

    def _look(self, now: float) -> None:
        """Ask for more before what is there is gone. What was not used in time is lost: others have gone on since."""
        while self._may_leave and self._may_leave[0] < now - CATCHING_UP:
            self._may_leave.popleft()
        if len(self._may_leave) <= self._piece // 2:
            self._needed.set()

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self._needed.wait()
            self._needed.clear()
            try:
                await uncut(self.ask())
            except StoreUnavailable:
                log.warning("the store is not available; no invite leaves")
                await asyncio.sleep(_AGAIN)

    async def ask(self) -> None:
        """Tell of a 429 that the data does not know of, and be given some more where that is needed."""
        told_until = self._told_until
        told, wanted = told_until - self._ticks(), self._piece if len(self._may_leave) <= self._piece // 2 else 0
        async with self._database.write_beside() as connection:
            now = await moment(connection, self._clock())
            kept = await paces.read(connection, KeptPace(now, self.rate * HEADROOM, now, now))
            now = await moment(connection, self._clock())  # it may have been somebody else's for a while
            if told > 0:
                kept = refused(kept, self.rate, now, told)
            kept, begins = granted(kept, self.rate, now, wanted)
            asked_at = self._ticks()
            await paces.write(connection, kept)
        if told > 0 and self._told_until == told_until:  # otherwise another one came meanwhile
            self._told_until = self._ticks()
        first = asked_at + (begins - now).total_seconds()
        self._may_leave.extend(first + place / kept.pace for place in range(wanted))
        self._make_up()
