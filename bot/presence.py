"""This process among those that serve the same data.

It says every few seconds that it is alive; the time after which it is not is short, so that what it had in hand is
anybody's a few seconds after it has died (`bot.storage.processes`). On SQLite there is nobody else: then nothing is
said at all, and what is in hand at the start was a process's that has ended.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import socket
import time
from collections.abc import Awaitable, Callable

import structlog

from bot.clock import Clock
from bot.storage import processes
from bot.storage.database import Database, StoreUnavailable
from bot.storage.holding import Turn, in_turn, wait_at_most
from bot.storage.moments import moment
from bot.storage.processes import Process, TakenOver
from bot.storage.server import count_anew
from bot.uncut import uncut

log = structlog.get_logger()

ALIVE = dt.timedelta(seconds=8)
"""For how long a process is taken for alive after it has said so."""

_EACH = 2.0
"""Seconds between two times that it says so: three may fail before anybody acts on it."""

_NEARLY = 2.0
"""So many seconds before its time is over, a process takes no more steps until it has said again that it is alive."""

_OFF = dt.timedelta(seconds=30)
"""How far this machine's clock may be off the server's before a start warns of it, as `doctor` does beside Telegram's.
No lease depends on it; but what a machine that is ahead leaves undone comes due for the others so much later."""

_AGAIN = (5.0, 20.0, 60.0)
"""Seconds after which it is looked once more for what carries the number of a process that was taken over: what it was
just committing, where it was only slow, or another one beside it. So is it after a start, since whoever took it over
may have ended meanwhile."""


_OTHER_TABLES = (
    "the tables are of another version by now, which this one does not know: it could not say that it was alive when "
    "they were upgraded. It ends; start the version that they are of"
)


class TakenForDead(StoreUnavailable):
    """This process has not been able to say that it is alive, so what it does might be another's by now."""


class InTheWay(Exception):
    """Another process serves in a way that this one cannot serve beside; the text says which, and what helps."""


async def _nothing() -> None:
    """Nobody has to be told."""


class Presence:
    """Its number, by which what it has in hand is known."""

    def __init__(self, database: Database, clock: Clock, *, fetches: bool) -> None:
        self._database = database
        self._clock = clock
        self._fetches = fetches
        self._number: int | None = None
        self._said_at: dt.datetime | None = None
        self._good_until = 0.0
        """Until when it is surely taken for alive, by the monotonic clock."""
        self._once_more: list[float] = []
        """When to look once more for what carries the numbers of processes that were taken over."""
        self.others = 0
        """How many other processes were alive when it was last looked."""
        self._something = asyncio.Event()
        """Set when there may be something to do that was another process's."""
        self.taken_over: Callable[[], Awaitable[None]] = _nothing
        """Called when there may be something to do that was another process's."""

    @property
    def number(self) -> int | None:
        """This process among several; None where there is only one ever."""
        return self._number

    @property
    def surely(self) -> int | None:
        """As `number`, for what is committed under it. Raises TakenForDead where others may have taken it over."""
        if self._number is not None and time.monotonic() > self._good_until - _NEARLY:
            raise TakenForDead("not known to be alive")
        return self._number

    @property
    def is_among_others(self) -> bool:
        """Whether others may serve beside it, now or later."""
        return self._database.serves_several and not self._fetches

    def forget_others(self) -> None:
        """Nothing is taken over any more: this process is about to end."""
        self.taken_over = _nothing

    async def begin(self) -> None:
        """Begin to serve, and take over from whoever has ended. Raises InTheWay, StoreUnavailable.

        A process that was killed a moment ago is still taken for alive; whether it is shows within seconds.
        """
        if not self._database.serves_several:
            async with self._database.write_beside() as connection:
                _say(await processes.take_over(connection, None, self._clock()))
            return
        await self._arrive(await self._seen())
        await self._look_at_clock()
        self._look_once_more()
        await self._take_over()

    async def _look_at_clock(self) -> None:
        async with self._database.look() as connection:
            now = await moment(connection, self._clock())
        off = self._clock() - now
        if abs(off) > _OFF:
            log.warning("this machine's clock is off the database server's", seconds=round(off.total_seconds()))

    async def _seen(self) -> dict[int, dt.datetime]:
        async with self._database.read() as connection:
            return {each.id: each.alive_until for each in await processes.every(connection)}

    async def _arrive(self, seen: dict[int, dt.datetime]) -> None:
        waited = False
        while True:
            asked = time.monotonic()
            async with self._database.write_apart() as connection:
                await in_turn(connection, Turn.ARRIVING)
                if not await self._database.has_these_tables(connection):
                    raise InTheWay(_OTHER_TABLES)
                await count_anew(connection)
                now = await moment(connection, self._clock())
                alive = [each for each in await processes.every(connection) if each.alive_until >= now]
                against = [each for each in alive if each.fetches or self._fetches]
                if not against:
                    place = f"process {os.getpid()} on {socket.gethostname()}"[:120]
                    self._number = await processes.arrive(connection, place, now, now + ALIVE, fetches=self._fetches)
                    self._said_at, self._good_until = now, asked + ALIVE.total_seconds()
                    self.others = len(alive)
                    return
            for each in against:
                if each.alive_until > seen.get(each.id, each.alive_until):
                    raise InTheWay(_why(each, self._fetches))
                seen[each.id] = each.alive_until
            if not waited:
                log.info("waiting a moment for the process before this one to be over", process=against[0].place)
                waited = True
            await asyncio.sleep(_EACH / 4)

    async def run(self) -> None:
        """Say that it is alive, and take over from who is not, until cancelled."""
        going_on = asyncio.create_task(self._go_on())
        try:
            while self._number is not None:
                await asyncio.sleep(_EACH)
                if going_on.done():
                    going_on.result()
                try:
                    if await uncut(self.beat()):
                        self._something.set()
                except StoreUnavailable:
                    log.warning("the store is not available; nobody can tell that this process is alive")
            await asyncio.Event().wait()
        finally:
            going_on.cancel()
            await asyncio.gather(going_on, return_exceptions=True)

    async def _go_on(self) -> None:
        """Do what was another process's. That can take long, and this one says meanwhile that it is alive."""
        while True:
            await self._something.wait()
            self._something.clear()
            try:
                await self.taken_over()
            except StoreUnavailable:
                self._something.set()
                await asyncio.sleep(_EACH)

    async def beat(self) -> bool:
        """Say once that it is alive, and look after who is not; whether there was somebody to take over from."""
        if self._number is None:
            return False
        asked = time.monotonic()
        async with self._database.write_apart() as connection:
            now = await moment(connection, self._clock())
            late = self._said_at is not None and now - self._said_at > ALIVE
            # Nobody knew of it for a while: a newer version may have gone on without it.
            if late and not await self._database.has_these_tables(connection):
                raise InTheWay(_OTHER_TABLES)
            known = await processes.beat(connection, self._number, now + ALIVE)
        if known:
            self._good_until = asked + ALIVE.total_seconds()
        else:
            log.warning("this process was taken for dead, and what it had in hand given to others; it goes on anew")
            await self._arrive(await self._seen())
            self._look_once_more()  # something of its own may have been committed under the old number since
        self._said_at = now
        # After an outage of the store everybody is late: who is alive says so before anybody acts on it.
        return not late and await self._take_over_if_let()

    async def _take_over_if_let(self) -> bool:
        try:
            return await self._take_over()
        except StoreUnavailable:
            log.warning("what a process that ended had in hand is still held; it is tried again in a moment")
            return False

    async def _take_over(self) -> bool:
        me = self._number
        if me is None:
            return False
        once_more = [due for due in self._once_more if due <= time.monotonic()]
        async with self._database.write_apart() as connection:
            # What a process that hangs holds is let go of by the server; who is alive goes on saying so meanwhile.
            await wait_at_most(connection, 1)
            await count_anew(connection)
            now = await moment(connection, self._clock())
            gone = await processes.gone(connection, me, now)
            lost = await processes.lost(connection) if gone or once_more else []
            if gone or lost:
                # What is due now has to be due for this one, too, where its clock is behind.
                _say(await processes.take_over(connection, sorted({*gone, *lost}), min(now, self._clock())))
            self.others = len(await processes.every(connection)) - 1
        self._once_more = self._once_more[len(once_more) :]
        if gone:
            self._look_once_more()
            log.info("what processes that ended had in hand goes on", processes=len(gone))
        return bool(gone or lost)

    def _look_once_more(self) -> None:
        self._once_more = sorted([*self._once_more, *(time.monotonic() + pause for pause in _AGAIN)])

    async def end(self) -> None:
        """Serve no more. What is still in hand is anybody's within a few seconds."""
        number, self._number = self._number, None
        if number is not None:
            async with self._database.write_apart() as connection:
                now = await moment(connection, self._clock())
                await processes.beat(connection, number, now - dt.timedelta(microseconds=1))


def _say(found: TakenOver) -> None:
    if found.invites:
        log.warning("invites that were under way when the bot ended are unknown", count=found.invites)
    if found.notices:
        log.warning("notices that were under way when the bot ended are unknown", count=found.notices)


def _why(other: Process, fetches: bool) -> str:
    if other.fetches and fetches:
        return (
            f"another surveybot fetches updates for these data already ({other.place}), and only one may; stop it "
            "first, or let several serve behind one address: SURVEYBOT_WEBHOOK_URL"
        )
    if other.fetches:
        return (
            f"another surveybot fetches updates for these data ({other.place}), so that none would come to "
            "SURVEYBOT_WEBHOOK_URL; stop it first"
        )
    return (
        f"another surveybot is sent updates for these data ({other.place}), so that none can be fetched; set "
        "SURVEYBOT_WEBHOOK_URL here too, or stop it first"
    )
