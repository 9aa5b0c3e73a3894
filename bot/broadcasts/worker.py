"""Sending: what is due is taken in hand, opened, and leaves at the pace, each delivery settled on disk.

Three things side by side. A feeder takes deliveries in hand and opens their chats, a little ahead. The sender
takes them in groups of what leaves within ten milliseconds: one commit says of a group that it is leaving, and of those
before what became of them; only then it leaves. And each request waits for its answer by itself.

So a kill finds at most `window` deliveries of which nobody can say whether they arrived: they are *unknown*, and never
sent again. What was in hand goes again. Nothing else is between.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TypeVar

import structlog

from bot.arrivals import Settled
from bot.broadcasts import looking_after
from bot.broadcasts.looking_after import End
from bot.broadcasts.opening import Opener, Ready
from bot.broadcasts.paid_enough import underpaid
from bot.broadcasts.quiet_hours import is_awake
from bot.broadcasts.rate import AnyPace, Pace, hear
from bot.chats import seal_message
from bot.clock import Clock
from bot.messenger import Delivered, Inviter, NotTaken, Sent, TryLater, Unreachable
from bot.review.signed import Signed
from bot.storage import audiences, deliveries, pilots, sign_offs
from bot.storage import broadcasts as stored
from bot.storage.database import Database, StoreUnavailable
from bot.storage.deliveries import DeliveryState, Ending
from bot.storage.keystore import KeyStore
from bot.uncut import uncut
from bot.vault import Vault
from bot.vitals.counts import Sends
from flows.broadcasts import Broadcast, BroadcastState
from flows.shelf import Shelf

log = structlog.get_logger()

GROUP_SECONDS = 0.01
"""What leaves together is committed together: a commit for so much of a second."""

FEWEST_OPEN, OPEN_SHARE = 3, 0.02
"""How many deliveries may be between leaving and being settled: so many, or so much of a second's rate. It is what a
kill makes unknown, so it is a bound that nothing passes, also where answers are slow (docs/broadcasts.md)."""

_FEWEST_AHEAD, AHEAD_SECONDS = 30, 0.2
"""How many deliveries are in hand: so many, or what leaves in so long. A tap that comes just then waits for those that
are taken in hand in one go."""

_LOOKS_AGAIN = 0.5
"""Seconds between two looks for something to do: pausing and going on have to be seen within a second."""

_IN_TROUBLE = 3
"""So many requests in a row without an answer are no accident: then one at a time is tried, ever more seldom."""

_LONGEST_PAUSE = 60.0
_LONG_WAIT = 5.0
"""Seconds after which what is in hand is let go, rather than kept open in memory."""

_LONGEST_IN_HAND = dt.timedelta(minutes=1)
"""For so long, and as long as the pace takes over it many times, what is in hand leaves as it was opened."""

_TIMES_AHEAD = 10

_SETTLED_WITHIN = 0.1
"""Seconds in which what was answered is settled, with others that leave or by itself."""
_PARTING = 5.0
"""Seconds that a stop waits for answers that are under way."""


_LOOKED_AFTER = (BroadcastState.RUNNING, BroadcastState.CANCELLED, *looking_after.GIVEN_UP)


def window_of(rate: float) -> int:
    """How many deliveries may be unsettled at a time."""
    return max(FEWEST_OPEN, int(rate * OPEN_SHARE))


@dataclass(slots=True)
class _Open:
    """What is between leaving and being settled."""

    sending: int = 0
    """So many are without an answer. Those with one are settled by the commit that lets others leave."""
    endings: list[tuple[int, Ending]] = field(default_factory=list)
    """Broadcast and what became of one of its deliveries, to be written with the next commit."""
    again: bool = False
    """Whether the commit before broke down, so that some of them may be written already."""


class Worker:
    """Sends what broadcasts have for people, at the pace of one token."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        shelf: Shelf,
        messenger: Inviter,
        note: Callable[[Settled], None],
        rate: float,
        nobody_real: bool,
        clock: Clock,
        signed: Signed | None = None,
        ticks: Callable[[], float] = time.monotonic,
        pace: AnyPace | None = None,
        me: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`pace` is shared with other processes where there are any, and `me` is this one's number among them."""
        self._database = database
        self._vault = vault
        self._shelf = shelf
        self._messenger = messenger
        self._note = note
        self._clock = clock
        self._ticks = ticks
        self._pace = pace or Pace(rate, ticks())
        self._me = me
        self._window = window_of(rate)
        self._group = max(1, int(rate * GROUP_SECONDS))
        self._ahead = max(_FEWEST_AHEAD, int(rate * AHEAD_SECONDS))
        self._in_hand_at_most = _LONGEST_IN_HAND + dt.timedelta(seconds=_TIMES_AHEAD * self._ahead / rate)
        self._queue: deque[Ready] = deque()
        self._under_way: set[tuple[int, int]] = set()
        """Broadcast and position of what has left the queue, until it is written what became of it."""
        self._unsure = False
        """Whether the store broke down, so that nobody knows what of it was written."""
        self._open = _Open()
        self._changed = asyncio.Event()
        self._hungry = asyncio.Event()
        self._sooner = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unanswered = 0
        self.sends = Sends()
        """Counts of what became of invites."""
        self._stopping = False
        self._signed = signed or Signed({})
        self._opener = Opener(
            database=database,
            keystore=keystore,
            vault=vault,
            shelf=shelf,
            write=messenger.letter,
            signed=self._signed,
            nobody_real=nobody_real,
            clock=clock,
            me=me,
        )
        self._held_as_of: tuple[int, dt.date] | None = None

    @property
    def pace(self) -> AnyPace:
        """The one pace of the token, for whatever else goes to many."""
        return self._pace

    def hurry(self) -> None:
        """Something was planned, or is to go on: look now."""
        self._sooner.set()

    async def run(self) -> None:
        """Send until cancelled."""
        self._stopping = False
        feeder = asyncio.create_task(self._feed())
        sender = asyncio.create_task(self._send())
        try:
            await asyncio.wait({feeder, sender}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # The sender is not cut off: what it says is leaving has to leave.
            self._stopping = True
            self._changed.set()
            feeder.cancel()
            ended = await asyncio.gather(feeder, sender, return_exceptions=True)
            await self._part()
        for each in ended:
            if isinstance(each, Exception):
                raise each

    # --- taking in hand --------------------------------------------------------------------------------------------

    async def _feed(self) -> None:
        while True:
            self._sooner.clear()
            try:
                found = await uncut(self._take_in_hand())
            except StoreUnavailable:
                found, self._unsure = False, True
            if not found:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOKS_AGAIN):
                        await self._sooner.wait()
            while len(self._queue) > self._ahead // 2:
                self._hungry.clear()
                await self._hungry.wait()
            if (wait := self._pace.rest(self._ticks())) > _LONG_WAIT:
                await asyncio.sleep(min(wait - _LONG_WAIT / 2, _LONGEST_PAUSE))

    async def _take_in_hand(self) -> bool:
        """Some deliveries of the first broadcast that has any for now; whether there were."""
        await self._find_astray()
        async with self._database.read() as connection:
            found = await stored.in_state(connection, *_LOOKED_AFTER)
        if any(each.state is BroadcastState.RUNNING for each in found):
            await self._hold_no_longer()
        for each in found:
            if each.state is BroadcastState.CANCELLED:
                if each.to_go > 0:
                    await looking_after.clear(self._database, each.id, self._clock())
            elif each.state is not BroadcastState.RUNNING:
                await looking_after.give_up(self._database, each, self._clock())
            elif each.starts_at <= self._clock() and await self._lease_of(each):
                return True
        return False

    async def _find_astray(self) -> None:
        """Where the store broke down, what it was told may be written, and may not. What says that it is in hand or
        leaving and is neither was never sent, and goes again; nobody else would ever look after it.

        Nothing of this process is committed meanwhile. Whatever is about to be is under way, and left alone.
        """
        if not self._unsure:
            return
        self._unsure, now = False, self._clock()
        async with self._database.write() as connection:
            found = await deliveries.in_hand_of(connection, self._me())
            leaving = {each for each, state in found if state is DeliveryState.SENDING} - self._under_way
            self._queue = deque(each for each in self._queue if each.key not in leaving)
            in_hand = self._under_way | {each.key for each in self._queue}
            leased = [each for each, state in found if state is DeliveryState.LEASED and each not in in_hand]
            for broadcast, positions in _by_broadcast(leased).items():
                await connection.run_sync(deliveries.let_go, broadcast, positions, now, self._me())
            for broadcast, positions in _by_broadcast(sorted(leaving)).items():
                endings = [Ending(each, DeliveryState.PENDING) for each in positions]
                await connection.run_sync(deliveries.end, broadcast, endings, now, self._me())

    async def _lease_of(self, broadcast: Broadcast) -> bool:
        async with self._database.read() as connection:
            waiting = await deliveries.waiting_regions(connection, broadcast.id)
            shelf = await self._signed.on(self._shelf, await pilots.standing(connection), connection)
        if not waiting:
            await self._finish(broadcast)
            return False
        region = self._opener.awake(broadcast, waiting, shelf)
        if region is None or await self._is_underpaid(broadcast, region.territory, shelf):
            return False
        async with self._database.write_beside() as connection:
            leased = await deliveries.lease(
                connection,
                broadcast.id,
                region.territory,
                self._ahead,
                self._clock(),
                self._me(),
                stands_so=audiences.stands_so(broadcast),
            )
        if leased:
            async for some in self._opener.opened(broadcast, leased, region):
                self._queue.extend(some)
                self._changed.set()
        return True

    async def _is_underpaid(self, broadcast: Broadcast, territory: str, shelf: Shelf) -> bool:
        """Whether a region pays below its floor by now; then nothing more leaves until somebody has seen to it."""
        if self._opener.at_any_hour(broadcast):
            return False
        collection, today = shelf.collections[broadcast.collection], self._clock().date()
        async with self._database.read() as connection:
            why = await underpaid(connection, collection, (territory,), today)
        if why is not None:
            log.warning("pay is below the floor; the broadcast is paused", broadcast=broadcast.id, region=territory)
            await looking_after.pause(self._database, broadcast.id, why)
        return why is not None

    async def _hold_no_longer(self) -> None:
        """Whoever was held is looked at again when a reviewer has said something, and on every new day."""
        now = self._clock()
        async with self._database.read() as connection:
            seen = (await sign_offs.newest(connection), now.date())
        if seen != self._held_as_of:
            await self._let_go_of_queue()
            async with self._database.write() as connection:
                await deliveries.hold_no_longer(connection, now)
            self._held_as_of = seen

    async def _finish(self, broadcast: Broadcast) -> None:
        end = await looking_after.finish(self._database, broadcast.id, self._clock)
        if end is End.OVER:
            self._opener.forget(broadcast.id)
        # In somebody's hands. If in nobody's, a commit that nobody waited for any more came after all.
        self._unsure = self._unsure or end is End.IN_HAND

    # --- leaving ---------------------------------------------------------------------------------------------------

    async def _send(self) -> None:
        while not self._stopping:
            wait = None
            if self._queue and self._room() > 0:
                wanted = min(self._group, len(self._queue), self._room())
                wait = self._pace.wait(self._ticks(), wanted)
                if wait <= 0:
                    await self._next_group()
                    continue
                if wait > _LONG_WAIT:
                    await self._let_go_of_queue()
            if self._open.endings and (wait is None or wait > _SETTLED_WITHIN):
                # Nothing leaves soon that they could be settled with.
                await asyncio.sleep(GROUP_SECONDS)
                await self._commit([])
                continue
            await self._wait(wait)

    async def _next_group(self) -> None:
        if self._is_outdated():
            await self._let_go_of_queue()
            return
        taken = self._pace.take(self._ticks(), min(len(self._queue), self._room()))
        group = [self._queue.popleft() for _ in range(taken)]
        if len(self._queue) <= self._ahead // 2:
            self._hungry.set()
        left = await self._commit(group)
        self._pace.give_back(len(group) - left)

    def _is_outdated(self) -> bool:
        """Whether what is in hand was opened long ago, as where the store broke down: people change their minds
        meanwhile, and go to sleep."""
        now = self._clock()
        if now - self._queue[0].since > self._in_hand_at_most:
            return True
        next_group = islice(self._queue, self._group)
        regions = {each.hours.territory: each.hours for each in next_group if each.hours is not None}
        return not all(is_awake(region, now) for region in regions.values())

    def _room(self) -> int:
        """How many may leave now; while nothing is answered, one at a time, so that an outage costs few people."""
        window = 1 if self._unanswered >= _IN_TROUBLE else self._window
        return window - self._open.sending

    async def _wait(self, seconds: float | None) -> None:
        """Until something changes, so many seconds at most. So short a time passes quicker than it is waited for."""
        if seconds is not None and seconds <= 2 * GROUP_SECONDS:
            await asyncio.sleep(seconds)
            return
        self._changed.clear()
        if self._stopping:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def _let_go_of_queue(self) -> None:
        """A long wait: what is in hand is opened anew after it, since people change their minds meanwhile."""
        # Out of the queue first: what is taken in hand meanwhile is not among what is given back.
        ready = list(self._queue)
        self._queue.clear()
        self._hungry.set()
        self._under_way |= {each.key for each in ready}
        try:
            await self._give_back(ready)
        except StoreUnavailable:  # then it stays in hand, and is looked at again when it is about to leave
            self._queue.extendleft(reversed(ready))
            self._unsure = True
            await asyncio.sleep(1)
        finally:
            self._under_way -= {each.key for each in ready}

    async def _give_back(self, ready: list[Ready]) -> None:
        async with self._database.write_beside() as connection:
            for broadcast, positions in _by_broadcast(each.key for each in ready).items():
                await connection.run_sync(deliveries.let_go, broadcast, positions, self._clock(), self._me())

    async def _commit(self, group: list[Ready]) -> int:
        """Settle what was answered, say of a group that it is leaving, and let it leave; how many did."""
        endings, self._open.endings = self._open.endings, []
        keys = {each.key for each in group}
        self._under_way |= keys
        try:
            leaving = await self._write(group, endings)
        except StoreUnavailable as unavailable:
            log.warning("the store is not available; no invite leaves", why=str(unavailable))
            self._open.endings = endings + self._open.endings
            self._open.again = True
            self._queue.extendleft(reversed(group))
            self._under_way -= keys
            self._unsure = True
            await asyncio.sleep(1)
            return 0
        stay = keys - {each.key for each in leaving}
        self._under_way -= stay
        self._unsure = self._unsure or bool(stay)  # let go, or written as leaving before the store broke down
        self._under_way -= {(broadcast, ending.position) for broadcast, ending in endings}
        for each in leaving:
            self._open.sending += 1
            task = asyncio.get_running_loop().create_task(self._deliver(each))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(leaving)

    async def _write(self, group: list[Ready], endings: list[tuple[int, Ending]]) -> list[Ready]:
        now = self._clock()
        if not group and not endings:
            return []
        may = await self._database.write_in_one_go(
            partial(
                deliveries.settle_and_begin,
                endings=_by_broadcast(endings),
                beginning=_by_place(group),
                now=now,
                # Not the one that is known by now: what is in hand was not looked at again since.
                newest_word=min((each.newest_word for each in group), default=self._signed.newest_word),
                holder=self._me(),
                again=self._open.again,
            )
        )
        self._open.again = False
        return list({each.key: each for each in group if each.key in may}.values())  # never two for one person

    async def _deliver(self, ready: Ready) -> None:
        """Send one, and note what became of it."""
        try:
            sent = await self._messenger.invite(ready.addressee.chat_id, ready.letter, paid=ready.paid)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  # a fault of ours while it was under way: it may have arrived
            log.warning("an invite came to no clear end", why=type(error).__name__)
            ending = Ending(ready.position, DeliveryState.UNKNOWN)
        else:
            ending = self._ending(ready, sent)
        self._open.sending -= 1
        self.sends.states[ending.state.value] += 1
        self._open.endings.append((ready.broadcast, ending))
        self._changed.set()

    def _ending(self, ready: Ready, sent: Sent | NotTaken) -> Ending:
        now = self._ticks()
        match sent:
            case Delivered(message):
                self._unanswered = 0
                sealed = seal_message(message, ready.chat, ready.addressee.key, self._vault)
                return Ending(ready.position, DeliveryState.DELIVERED, sealed, ready.region)
            case Unreachable():
                self._unanswered = 0
                self._note(Settled(ready.chat, 0, shown=False, unreachable=True))
                return Ending(ready.position, DeliveryState.UNREACHABLE)
            case TryLater():
                hear(self._pace, now, sent)
                return Ending(ready.position, DeliveryState.PENDING)
            case NotTaken(why):
                self._stand_still(ready.broadcast, why)
                return Ending(ready.position, DeliveryState.PENDING)
        self._in_trouble(now)
        return Ending(ready.position, DeliveryState.UNKNOWN)

    def _in_trouble(self, now: float) -> None:
        """No answer. Each one that is tried in an outage may be lost to somebody, so few are."""
        self._unanswered += 1
        over = self._unanswered - _IN_TROUBLE
        if over >= 0:
            self._pace.hold(now, min(_LONGEST_PAUSE, 2.0 ** min(over, 10)))

    def _stand_still(self, broadcast: int, why: str) -> None:
        """What Telegram does not take from us, it takes for nobody: pause, and say why."""
        log.warning("Telegram does not take an invite; the broadcast is paused", why=why)
        task = asyncio.get_running_loop().create_task(looking_after.pause(self._database, broadcast, why))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- stopping --------------------------------------------------------------------------------------------------

    async def _part(self) -> None:
        """Wait a moment for answers, settle them, and let go of what is in hand."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_PARTING)
        for task in list(self._tasks):
            task.cancel()
        try:
            await self._commit([])
            await self._give_back(list(self._queue))
        except StoreUnavailable as unavailable:
            log.warning("invites in hand were not let go; the next start does it", why=str(unavailable))


def _by_place(group: Iterable[Ready]) -> dict[tuple[int, str], list[int]]:
    found: dict[tuple[int, str], list[int]] = {}
    for each in group:
        found.setdefault((each.broadcast, each.region), []).append(each.position)
    return found


_Thing = TypeVar("_Thing")


def _by_broadcast(things: Iterable[tuple[int, _Thing]]) -> dict[int, list[_Thing]]:
    found: dict[int, list[_Thing]] = {}
    for broadcast, thing in things:
        found.setdefault(broadcast, []).append(thing)
    return found
