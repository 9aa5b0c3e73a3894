"""The bot's command menu, in every language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.profile import codes, menu
from bot.texts import Texts

log = structlog.get_logger()


async def set_menu(call: Callable[..., Awaitable[Any]], texts: Texts, languages: tuple[str, ...]) -> None:
    """Set the four commands, for each language and for all others. A menu that cannot be set stops nothing."""
    for code, language in codes(languages).items():
        commands = [{"command": name, "description": words} for name, words in menu(texts, language)]
        try:
            await call("setMyCommands", {"commands": commands, "language_code": code})
        except TelegramError as error:
            log.warning("the command menu was not set", why=type(error).__name__)
            return
