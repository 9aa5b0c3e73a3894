"""Errands: what the schedule has that takes longer than a step, carried out beside the conversation.

Planning a broadcast, posting, making a release, a day's retention: each is an entry of the schedule, leased to one
process, so that it is done once however many serve. The lease is renewed for as long as the errand takes. A process
that dies leaves its errands to another, which finds them as far as they had come: that nobody else has one in hand is
what makes *planning* or *posting* that is found there a dead process's. It may only have been slow: then it begins and
ends none of them any more, and what it writes on the way asks first whose the errand is (`check_in_hand`).

Errands of a kind are carried out one after another, kinds side by side.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.arrivals import DueArrival
from bot.presence import TakenForDead
from bot.storage import schedule
from bot.storage.database import Database, StoreUnavailable
from bot.storage.schedule import Due

log = structlog.get_logger()

LEASE = dt.timedelta(minutes=5)
"""How long something is one process's, by its own clock; it may renew that. Others have it once the process ends."""

_RENEWED_EACH = 60.0

_NEXT_TIME = dt.timedelta(hours=1)
"""After a fault of ours, what comes again and again is tried as much later."""

Carry = Callable[[Due], Awaitable[dt.datetime | None]]
"""Carries an errand out; when it is due again, or None where it is over. Raises StoreUnavailable: then it is tried
again."""


async def check_in_hand(connection: AsyncConnection, due: Due) -> None:
    """Raise TakenForDead where another process may have an errand by now; else none has until this transaction ends."""
    if not await schedule.is_in_hand(connection, due):
        raise TakenForDead("an errand is not this process's any more")


class Errands:
    """Takes errands, by kind, and has word of each that was asked for in a chat come to that chat."""

    def __init__(
        self,
        *,
        database: Database,
        carries: Mapping[str, Carry],
        take: Callable[[Sequence[DueArrival]], Awaitable[None]],
        clock: Callable[[], dt.datetime],
        standing: frozenset[str] = frozenset(),
        me: Callable[[], int | None] = lambda: None,
        hurry: Callable[[dt.datetime], None] = lambda _due_at: None,
    ) -> None:
        """Of the kinds, `standing` are those that come again and again. `me` is this process's number among several.
        `hurry` is told when something is put onto the schedule."""
        self._database = database
        self._carries = carries
        self._take = take
        self._clock = clock
        self._standing = standing
        self._me = me
        self.hurry = hurry
        self._waiting: dict[str, asyncio.PriorityQueue[tuple[int, str, int, Due]]] = {}
        self._turns = itertools.count()
        self._in_hand: dict[tuple[str, str], Due] = {}

    @property
    def kinds(self) -> frozenset[str]:
        """What is carried out here."""
        return frozenset(self._carries)

    def take(self, dues: Iterable[Due]) -> None:
        """These are due. Of numbered ones the smallest goes first: what was given up came before what replaces it."""
        for due in dues:
            if due.kind in self._carries and not self._has(due):
                self._in_hand[due.kind, due.key] = due
                self._queue(due.kind).put_nowait((_number(due), due.key, next(self._turns), due))

    def _has(self, due: Due) -> bool:
        """Whether it is in hand already, and nobody else can have had it since."""
        known = self._in_hand.get((due.kind, due.key))
        return known is not None and known.holder == due.holder

    def _queue(self, kind: str) -> asyncio.PriorityQueue[tuple[int, str, int, Due]]:
        return self._waiting.setdefault(kind, asyncio.PriorityQueue())

    async def run(self) -> None:
        """Carry out until cancelled."""
        async with asyncio.TaskGroup() as group:
            for kind in self._carries:
                group.create_task(self._run(kind))
            group.create_task(self._renew())

    async def work(self) -> None:
        """Everything that has been taken."""
        for queue in list(self._waiting.values()):
            while not queue.empty():
                await self._next(queue.get_nowait()[-1])

    async def _run(self, kind: str) -> None:
        queue = self._queue(kind)
        while True:
            await self._next((await queue.get())[-1])

    async def _next(self, due: Due) -> None:
        try:
            await self._check(due)
            again = await self._carries[due.kind](due)
            await self._settle(due, again)
        except StoreUnavailable:
            pass  # it is handed out again when its lease is over, or is another's
        except Exception as error:  # noqa: BLE001  # one that cannot be carried out must not hold up the rest
            log.warning("something of the schedule was not carried out", kind=due.kind, why=type(error).__name__)
            await self._give_up(due)
        finally:
            if self._in_hand[due.kind, due.key] is due:
                del self._in_hand[due.kind, due.key]

    async def _check(self, due: Due) -> None:
        async with self._database.read() as connection:
            await check_in_hand(connection, due)

    async def _settle(self, due: Due, again: dt.datetime | None) -> None:
        chat = due.key.partition("/")[0] if "/" in due.key else ""
        if again is None and chat:
            await self._check(due)
            await self._take([DueArrival(bytes.fromhex(chat), due)])
            return
        async with self._database.write_beside() as connection:
            await check_in_hand(connection, due)
            await schedule.done(connection, [due])
            if again is not None:
                await schedule.put_due(connection, [Due(due.kind, due.key, again)])
        if again is not None:
            self.hurry(again)

    async def _give_up(self, due: Due) -> None:
        """What a fault of ours kept from being carried out: of what comes again and again only this time."""
        try:
            async with self._database.write_beside() as connection:
                await check_in_hand(connection, due)
                await schedule.done(connection, [due])
                if due.kind in self._standing:
                    await schedule.put_due(connection, [replace(due, due_at=self._clock() + _NEXT_TIME)])
        except StoreUnavailable:
            pass  # it is handed out again when its lease is over, or is another's

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEWED_EACH)
            dues = list(self._in_hand.values())
            if not dues:
                continue
            try:
                async with self._database.write_beside() as connection:
                    await schedule.renew(connection, dues, self._clock() + LEASE, self._me())
            except StoreUnavailable:
                log.warning("the store is not available; errands go on")


def _number(due: Due) -> int:
    last = due.key.rpartition("/")[2]
    return int(last) if last.isdecimal() else 0
