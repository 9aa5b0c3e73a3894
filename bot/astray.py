"""What this process is said to have in hand, and has not: where several serve, nobody else would send it.

A commit that was carried out though its answer was lost leaves such rows, and so does a fault of ours at the wrong
moment. For a screen the person would wait until one of their taps happens to come to this process; what is owed beside
it, as that their own words go from the chat, would wait until it counts as orphaned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterable
from contextlib import suppress

from bot.clock import Clock
from bot.conversation import Conversation
from bot.owing.batch import BY_WORKER
from bot.storage import conversations as stored
from bot.storage import outbox
from bot.storage.conversations import ConversationRow
from bot.storage.database import Database, StoreUnavailable
from bot.storage.outbox import OutboxRow

EACH = 5.0
"""Seconds between two looks. Whatever is found in the same place twice is not merely on its way."""

_AT_ONCE = 200


class Astray:
    """Looks for screens, and has them shown; and for what is owed beside them, which is the outbox worker's then."""

    def __init__(
        self,
        *,
        database: Database,
        conversation: Conversation,
        is_showing: Callable[[bytes], bool],
        show: Callable[[Iterable[bytes]], None],
        clock: Clock,
    ) -> None:
        """`is_showing` says whether a screen is under way from here to a chat; `show` has it shown to some."""
        self._database = database
        self._conversation = conversation
        self._is_showing = is_showing
        self._show = show
        self._clock = clock
        self._seen: dict[bytes, int] = {}
        """Chats of the last look, and at which version they stood."""
        self._seen_owed: set[str] = set()
        """What was owed beside a screen, at the last look."""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(EACH)
            with suppress(StoreUnavailable):
                await self.look()

    async def look(self) -> None:
        """Look once. Raises StoreUnavailable."""
        me = self._conversation.lanes().me
        if me is None:
            return
        async with self._database.look() as connection:
            rows = await stored.shown_by(connection, me, _AT_ONCE)
        async with self._database.look() as connection:
            owed = await outbox.in_hand(connection, me, BY_WORKER, _AT_ONCE)
        busy = self._conversation.words_wait
        self._look_at_screens([each for each in rows if self._is_quiet(each.chat, busy)])
        await self._look_at_owed([each for each in owed if self._is_quiet(each.chat, busy)])

    def _is_quiet(self, chat: bytes, busy: Container[bytes]) -> bool:
        """Whether nothing is under way from here to a chat, and no word of anything waits."""
        return chat not in busy and not self._is_showing(chat)

    def _look_at_screens(self, rows: list[ConversationRow]) -> None:
        found = {each.chat: each.version for each in rows}
        again = sorted(chat for chat, version in found.items() if self._seen.get(chat) == version)
        self._seen = found
        if again:
            self._show(again)

    async def _look_at_owed(self, rows: list[OutboxRow]) -> None:
        again = [each for each in rows if each.id in self._seen_owed]
        self._seen_owed = {each.id for each in rows}
        if not again:
            return
        now = self._clock()
        for each in again:  # one a transaction: it stands in nobody's way, and nobody in its
            async with self._database.write_beside() as connection:
                await outbox.hand_back(connection, [each], now)
        self._conversation.on_due(now)
