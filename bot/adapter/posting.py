"""Posting into channels and groups through the Bot API. Nothing is read there but what kind of chat it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.adapter.render import keyboard
from bot.adapter.transport import NotConnected
from bot.links.posting import MayBeThere, NotPosted, Outcome, Posted
from bot.texts import Texts
from flows.posts import WhyNot
from flows.screens import Screen

log = structlog.get_logger()

_KINDS = frozenset({"channel", "group", "supergroup"})
_BETWEEN = "\n\n· · ·\n\n"

# Telegram's words for what a bot may not do there; python-telegram-bot strips "Bad Request: ".
_NO_RIGHT = (
    "need administrator rights",
    "not enough rights",
    "chat_write_forbidden",
    "chat_admin_required",
    "no rights",
)
_NOT_THERE = ("chat not found", "not a member", "kicked", "user not found", "username_invalid", "peer_id_invalid")


class TelegramPoster:
    """Sends one message, once."""

    def __init__(self, call: Callable[..., Awaitable[Any]], texts: Texts) -> None:
        self._call = call
        self._texts = texts

    async def post(self, place: str, parts: Sequence[tuple[Screen, str]]) -> Outcome:
        """Look what the place is, and post; where a group has become a supergroup, there."""
        chat_id: str | int = int(place) if place.startswith("-") else place
        try:
            return await self._post(chat_id, parts)
        except ChatMigrated as moved:
            chat_id = moved.new_chat_id
        try:
            return await self._post(chat_id, parts)
        except ChatMigrated:
            return NotPosted(WhyNot.NOT_THERE)

    async def _post(self, chat_id: str | int, parts: Sequence[tuple[Screen, str]]) -> Outcome:
        """A 5xx may come from a server that has passed it on. Raises ChatMigrated, and then nothing was sent."""
        try:
            chat: dict[str, Any] = await self._call("getChat", {"chat_id": chat_id})
        except ChatMigrated:
            raise
        except TelegramError as error:
            return NotPosted(_why_not(error, sent=False) or WhyNot.LATER)
        if chat.get("type") not in _KINDS:
            return NotPosted(WhyNot.NOT_THERE)
        fields = {
            "chat_id": chat_id,
            "text": _BETWEEN.join(self._texts.screen(screen, language) for screen, language in parts),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": {"inline_keyboard": [row for part in parts for row in self._rows(*part)]},
        }
        try:
            await self._call("sendMessage", fields)
        except ChatMigrated:
            raise
        except TelegramError as error:
            why = _why_not(error, sent=True)
            return NotPosted(why) if why is not None else MayBeThere()
        return Posted()

    def _rows(self, screen: Screen, language: str) -> list[Any]:
        markup = keyboard(screen, self._texts, language, 0)
        return list(markup["inline_keyboard"]) if markup is not None else []


def _why_not(error: Exception, *, sent: bool) -> WhyNot | None:
    """What an error means; None where the message may have arrived."""
    if isinstance(error, RetryAfter | NotConnected):
        return WhyNot.LATER
    said = str(error).casefold()
    if any(words in said for words in _NO_RIGHT):
        return WhyNot.NO_RIGHT
    if isinstance(error, Forbidden) or any(words in said for words in _NOT_THERE):
        return WhyNot.NOT_THERE
    if isinstance(error, BadRequest):
        log.warning("Telegram did not take a post", why=type(error).__name__)
        return WhyNot.NOT_TAKEN
    if isinstance(error, NetworkError):
        return None if sent else WhyNot.LATER
    return WhyNot.NOT_TAKEN
