"""The bot's command menu, in every language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.texts import Texts
from flows.words import say

log = structlog.get_logger()


async def set_menu(call: Callable[..., Awaitable[Any]], texts: Texts, languages: tuple[str, ...]) -> None:
    """Set the four commands, for each language and for all others. A menu that cannot be set stops nothing."""
    menu = (
        ("mydata", say("What is held about you")),
        ("language", say("Another language")),
        ("help", say("Help, and a person to write to")),
        ("leave", say("Stop, or take everything back")),
    )
    for language in (None, *languages):
        # Telegram takes two lowercase letters or nothing: pt-br is refused.
        code = language.split("_")[0] if language else ""
        if len(code) not in {0, 2}:
            continue
        commands = [{"command": name, "description": texts.plain(words, language or "en")} for name, words in menu]
        try:
            await call("setMyCommands", {"commands": commands, "language_code": code})
        except TelegramError as error:
            log.warning("the command menu was not set", why=type(error).__name__)
            return
