"""Screens that this process is said to have under way, and has not: where several serve, nobody else would show them.

A commit that was carried out though its answer was lost leaves such a row, and so does a fault of ours at the wrong
moment. The person would wait until one of their taps happens to come to this process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from bot.conversation import Conversation
from bot.storage import conversations as stored
from bot.storage.database import Database, StoreUnavailable

EACH = 5.0
"""Seconds between two looks. Whatever is found in the same place twice is not merely on its way."""

_AT_ONCE = 200


class Astray:
    """Looks for them, and has them shown."""

    def __init__(
        self,
        *,
        database: Database,
        conversation: Conversation,
        is_showing: Callable[[bytes], bool],
        show: Callable[[Iterable[bytes]], None],
    ) -> None:
        """`is_showing` says whether a screen is under way from here to a chat; `show` has it shown to some."""
        self._database = database
        self._conversation = conversation
        self._is_showing = is_showing
        self._show = show
        self._seen: dict[bytes, int] = {}
        """Chats of the last look, and at which version they stood."""

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
        busy = self._conversation.words_wait
        found = {each.chat: each.version for each in rows if each.chat not in busy and not self._is_showing(each.chat)}
        again = sorted(chat for chat, version in found.items() if self._seen.get(chat) == version)
        self._seen = found
        if again:
            self._show(again)
