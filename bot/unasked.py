"""What nobody has asked for leaves at the token's one pace, beside broadcasts and behind everybody's own answers.

Reminders, the question whether to go on, word of a halt, word of what is gone, word of pay, and screens that a process
that ended has left owed: each may be about a hundred thousand people in one hour. So nothing of it is taken in hand
before the pace lets it leave. Until then it stays on the schedule or in the outbox, where neither a stop nor a kill
loses it, and is looked at as things stand when its turn comes: a reminder that was held until the night waits for the
morning.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress

from bot.arrivals import DueArrival
from bot.broadcasts.rate import AnyPace, hear
from bot.broadcasts.worker import GROUP_SECONDS, window_of
from bot.clock import Clock
from bot.conversation import Conversation
from bot.errands import LEASE
from bot.messenger import TryLater
from bot.outgoing import Outgoing
from bot.storage import conversations as stored
from bot.storage import outbox, schedule
from bot.storage.asking import SHOW, UNASKED
from bot.storage.conversations import ConversationRow
from bot.storage.database import Database, StoreUnavailable
from bot.storage.schedule import Due
from bot.uncut import uncut

_LOOKS_AGAIN = 2.0
"""Seconds between two looks for something to do, and at a pace that is held: what another process or a command puts
down wakes nobody here."""

_SHORTEST = 0.01
_AGAIN = 1.0


LetLeave = Callable[[int], Awaitable[int]]
"""Begins with so many at most; how many calls those are. One person's screen may be two."""


class Unasked:
    """Lets it leave, some of each kind in turn."""

    def __init__(
        self,
        *,
        database: Database,
        conversation: Conversation,
        outgoing: Outgoing,
        is_showing: Callable[[bytes], bool],
        pace: AnyPace,
        clock: Clock,
        ticks: Callable[[], float] = time.monotonic,
        me: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`is_showing` says whether a screen is under way from here to a chat; `me` is this process's number among
        several."""
        self._database = database
        self._conversation = conversation
        self._outgoing = outgoing
        self._is_showing = is_showing
        self._pace = pace
        self._clock = clock
        self._ticks = ticks
        self._me = me
        self._group = max(1, int(pace.rate * GROUP_SECONDS))
        self._most = window_of(pace.rate)
        self._kinds: deque[LetLeave] = deque([self._come_due, self._send_owed, self._show_owed])
        """In the order in which they have their turn."""
        self._behind: bytes | None = None
        """The chat behind which it is looked for who is owed a screen; None where nobody has to be looked for."""
        self._once_more = False
        """Whether that is to begin anew when it has come to its end: who was passed may be owed one by now."""
        self._anew: dict[bytes, None] = {}
        """Chats whose screen is owed and was not sent, in the order in which that was found."""
        self._sooner = asyncio.Event()

    def show_all(self) -> None:
        """Whoever is owed a screen that nobody has under way is to be shown it."""
        self._once_more = self._behind is not None
        self._behind = self._behind or b""
        self._sooner.set()

    def show(self, chats: Iterable[bytes]) -> None:
        """These are owed a screen, and it is not under way any more."""
        self._anew.update(dict.fromkeys(chats))
        self._sooner.set()

    def put_off(self, chat: bytes, later: TryLater) -> None:
        """Telegram has asked to wait with a screen: it is still owed, and comes when the pace lets it leave."""
        self.hear(later)
        self.show([chat])

    def hear(self, later: TryLater) -> None:
        """What one of these met holds for everything that leaves at the pace."""
        hear(self._pace, self._ticks(), later)

    async def run(self) -> None:
        """Let it leave until cancelled."""
        while True:
            self._sooner.clear()
            try:
                busy = await uncut(self.work())
            except StoreUnavailable:
                await asyncio.sleep(_AGAIN)
                continue
            if busy:
                await asyncio.sleep(min(max(self.wait, _SHORTEST), _LOOKS_AGAIN))
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOKS_AGAIN):
                    await self._sooner.wait()

    @property
    def wait(self) -> float:
        """Seconds until some may leave."""
        return self._pace.wait(self._ticks(), self._group)

    async def work(self) -> bool:
        """Let as many leave as may just now; whether there may be more."""
        waiting = await self._waiting()
        if not waiting:
            return False
        if self.wait > 0:
            return True
        self._kinds.rotate(-1)
        may = self._pace.take(self._ticks(), self._most)
        left = 0
        try:
            for let_leave in self._kinds:
                if let_leave in waiting and left < may:
                    left += await let_leave(may - left)
        finally:
            self._pace.give_back(max(0, may - left))
            self._pace.also_left(max(0, left - may))
        return True

    async def _waiting(self) -> Sequence[LetLeave]:
        """What has anything to leave. Looked at first: a pace that several share is not asked for what nobody needs."""
        async with self._database.look() as connection:
            due = await schedule.next_due(connection, self._me(), UNASKED)
            owed = await outbox.next_due(connection, self._me(), UNASKED)
        waiting = [self._show_owed] if self._behind is not None or self._anew else []
        now = self._clock()
        waiting += [self._come_due] if due is not None and due <= now else []
        return waiting + ([self._send_owed] if owed is not None and owed <= now else [])

    async def _come_due(self, most: int) -> int:
        """Of the schedule. Of what comes due, much shows nothing by now."""
        async with self._database.write_beside() as connection:
            due = await schedule.claim_due(connection, self._clock(), LEASE, most, self._me(), UNASKED)
        return await self._take([DueArrival(bytes.fromhex(each.key.partition("/")[0]), each) for each in due])

    async def _send_owed(self, most: int) -> int:
        return await self._outgoing.send_unasked(most)

    async def _show_owed(self, most: int) -> int:
        """Screens that a process that ended has left owed, or that did not get through."""
        anew = [chat for chat in self._anew if not self._is_under_way(chat)][:most]
        left = await self._show(anew)
        for chat in anew:
            del self._anew[chat]
        found = await self._next_owed(most - len(anew)) if len(anew) < most else []
        left += await self._show(row.chat for row in found if not self._is_under_way(row.chat))
        self._behind = found[-1].chat if found else self._behind
        return left

    async def _next_owed(self, most: int) -> list[ConversationRow]:
        if self._behind is None:
            return []
        async with self._database.look() as connection:
            rows = await stored.owed_conversations(connection, most, self._behind)
        if not rows:
            self._behind, self._once_more = (b"" if self._once_more else None), False
        return rows

    async def _show(self, chats: Iterable[bytes]) -> int:
        now: dt.datetime = self._clock()
        return await self._take([DueArrival(chat, Due(SHOW, chat.hex(), now)) for chat in chats])

    async def _take(self, arrivals: list[DueArrival]) -> int:
        if not arrivals:
            return 0
        calls = await self._conversation.calls_of(arrivals)
        return sum(calls.get(chat, 0) for chat in {arrival.chat for arrival in arrivals})

    def _is_under_way(self, chat: bytes) -> bool:
        return self._is_showing(chat) or chat in self._conversation.words_wait
