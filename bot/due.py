"""What comes due and somebody waits for: the schedule, claimed with a lease and handed on, and the outbox, whose worker
is in `outgoing`. What nobody has asked for is `unasked`."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import structlog

from bot.arrivals import DueArrival
from bot.clock import Clock
from bot.clock_went_back import STEADY, SWEEP, put_right, put_right_at_start
from bot.conversation import Conversation
from bot.errands import LEASE, Errands
from bot.orphaned import destroy_orphaned
from bot.outgoing import Outgoing
from bot.review.saying import LAPSE
from bot.storage import (
    deliveries,
    entitlements,
    halt_news,
    letters,
    moves,
    notices,
    numbers,
    outbox,
    schedule,
    team,
    updates,
)
from bot.storage.database import Database, StoreUnavailable
from bot.storage.halt_news import HALT
from bot.storage.keystore import KeyStore
from bot.storage.schedule import Due
from bot.uncut import uncut

log = structlog.get_logger()

INVITES_KEPT = dt.timedelta(days=366)
"""How long it is kept whom a broadcast reached, after its end: what limits of invites a person look back on."""

_ELSEWHERE = frozenset({"sweep", HALT, LAPSE})
"""What is not handed to the conversation at once, beside errands."""

_MAY_BE_EVERYBODYS = (
    notices.forget_left_over,
    numbers.forget_old,
    entitlements.forget_settled,
    partial(deliveries.forget_old, kept=INVITES_KEPT),
)
"""What is over for a great many at the same hour: forgotten in short looks, some of them at a time."""

_TOGETHER = 100
_LONGEST_WAIT, _AMONG_OTHERS = 30.0, 5.0
"""Seconds between two looks at the schedule: what another process puts onto it wakes nobody here."""

_KEYS_WAIT = 2.0
"""Seconds between two tries to destroy keys, while the key store is not available."""


class Dues:
    """Hands what is due to the conversation, has the outbox sent, and sweeps."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        conversation: Conversation,
        outgoing: Outgoing,
        errands: Errands,
        show_owed: Callable[[], None],
        clock: Clock,
        me: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`show_owed` has whoever is owed a screen shown it; `me` is this process's number among several."""
        self._database = database
        self._keystore = keystore
        self._conversation = conversation
        self._outgoing = outgoing
        self._errands = errands
        self._show_owed = show_owed
        self._clock = clock
        self._me = me
        self._sooner = asyncio.Event()
        self._looks_again: dt.datetime | None = None
        """When the schedule is looked at next; None while that is not settled."""
        self._latest = clock()
        """The latest that the clock has said."""

    def hurry(self, due_at: dt.datetime) -> None:
        """Something was put onto the schedule: look again, unless that happens anyway before it comes due.

        The clock may be days ahead for this one moment. So the time is noted and the schedule looked at now: the look
        finds the clock right again and puts the entry's time right.
        """
        now = self._clock()
        self._latest = max(self._latest, now)
        if self._looks_again is None or due_at < self._looks_again or due_at <= now:
            self._sooner.set()

    async def run(self) -> None:
        """Work on what is due until cancelled."""
        while True:
            self._looks_again = None
            self._sooner.clear()
            try:
                await uncut(self._look_at_clock())
                await uncut(self.work())
                wait = 0.0 if self._went_back() else await self._until_next()
            except StoreUnavailable:
                wait = 1.0
            self._looks_again = self._clock() + dt.timedelta(seconds=wait)
            # Not `wait_for`: until Python 3.12 it swallows a stop that comes in the moment in which it is woken.
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._sooner.wait()

    async def _look_at_clock(self) -> None:
        now = self._clock()
        if self._went_back():
            await put_right(self._database, now, LEASE, self._me())
        self._latest = now

    def _went_back(self) -> bool:
        """Whether the clock was ahead and is not any more: also while the schedule was being looked at."""
        return self._clock() < self._latest - STEADY

    async def work(self) -> None:
        """Everything that is due now."""
        await self._conversation.destroy_what_is_left()
        while await self._hand_on():
            pass
        await self._outgoing.work()

    async def take_over(self) -> None:
        """Send what a process that died had in hand, before anything else is shown."""
        await put_right_at_start(self._database, self._clock(), LEASE, self._me())
        await self._outgoing.work()

    async def _until_next(self) -> float:
        me = self._me()
        async with self._database.read() as connection:
            moments = [await schedule.next_due(connection, me), await outbox.next_due(connection, me)]
        moment = min((each for each in moments if each is not None), default=None)
        longest = _LONGEST_WAIT if me is None else _AMONG_OTHERS
        if self._conversation.keys_are_left:
            longest = _KEYS_WAIT
        if moment is None:
            return longest
        return min(max((moment - self._clock()).total_seconds(), 0.2), longest)

    async def _hand_on(self) -> bool:
        async with self._database.write_beside() as connection:
            due = await schedule.claim_due(connection, self._clock(), LEASE, _TOGETHER, self._me())
        self._errands.take(due)
        halts = [each for each in due if each.kind == HALT]
        await self._spread(halts)
        await self._conversation.tell_of_lapses([each for each in due if each.kind == LAPSE])
        elsewhere = _ELSEWHERE | self._errands.kinds
        people = [DueArrival(bytes.fromhex(d.key.partition("/")[0]), d) for d in due if d.kind not in elsewhere]
        if people:
            await self._conversation.take(people)
        if any(each.kind == "sweep" for each in due):  # last: it can fail for as long as the key store does
            await self._sweep([each for each in due if each.kind == "sweep"])
        return len(due) == _TOGETHER or any(each.kind in {HALT, LAPSE} for each in due)

    async def _spread(self, halts: Sequence[Due]) -> None:
        for each in halts:
            async with self._database.write() as connection:
                await halt_news.spread(connection, each, self._clock())

    async def _sweep(self, done: Sequence[Due]) -> None:
        """Carry out what destruction is left over, destroy orphaned wraps, show what is still owed, and forget what
        has been kept long enough."""
        now = self._clock()
        async with self._database.write() as connection:
            await letters.forget_old(connection, now)
        await self._conversation.destroy_keys()
        place = await destroy_orphaned(self._database, self._keystore, max(each.note for each in done), now)
        self._show_owed()
        await self._forget_some_at_a_time(now)
        async with self._database.write() as connection:
            await updates.forget_old(connection, now)
            await entitlements.forget_marks_of_closed(connection)
            await moves.forget_old(connection, now)
            await team.forget_expired_links(connection, now)
            await schedule.done(connection, done)
            await schedule.put_due(connection, [Due("sweep", "hourly", now + SWEEP, note=place)])

    async def _forget_some_at_a_time(self, now: dt.datetime) -> None:
        for forget in _MAY_BE_EVERYBODYS:
            more = True
            while more:
                async with self._database.write() as connection:
                    more = await forget(connection, now)
