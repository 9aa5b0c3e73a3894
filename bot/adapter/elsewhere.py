"""Groups and channels: the bot says once where it is to be found, and looks at nothing else there."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.adapter.decode import Elsewhere
from bot.texts import Texts
from flows.negotiation import negotiate
from flows.words import Raw, say

log = structlog.get_logger()

_REMEMBERED = 1000
"""Chats that were told, remembered in memory alone: nothing about a group is stored."""


class Pointer:
    """Points from a group to the private chat."""

    def __init__(
        self, call: Callable[..., Awaitable[Any]], texts: Texts, languages: tuple[str, ...], username: str
    ) -> None:
        self._call = call
        self._texts = texts
        self._languages = languages
        self._username = username
        self._told: OrderedDict[int, None] = OrderedDict()
        self._saying: set[asyncio.Task[None]] = set()

    async def __call__(self, elsewhere: Elsewhere) -> None:
        """Say it, unless it has been said there. Nobody's updates wait for a group."""
        if elsewhere.chat_id in self._told:
            return
        self._told[elsewhere.chat_id] = None
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        language = negotiate(elsewhere.language_code, self._languages)
        link = Raw(f"https://t.me/{self._username}")
        words = say("I talk in private chats only, and read nothing here. You find me at {link}", link=link)
        fields = {"chat_id": elsewhere.chat_id, "text": self._texts.plain(words, language)}
        saying = asyncio.create_task(self._say(fields))
        self._saying.add(saying)
        saying.add_done_callback(self._saying.discard)

    async def finish(self) -> None:
        """Let go of what is still being said."""
        saying = list(self._saying)
        for each in saying:
            each.cancel()
        await asyncio.gather(*saying, return_exceptions=True)

    async def _say(self, fields: dict[str, Any]) -> None:
        try:
            await self._call("sendMessage", fields)
        except TelegramError as error:
            log.info("a group was not told where the bot is", why=type(error).__name__)
