"""The bot's own account at Telegram, as setting up and looking after it need it: without Telegram's library."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Field = Literal["name", "description", "short_description"]
Commands = tuple[tuple[str, str], ...]
"""(command, what it does), in order."""

LIMITS: dict[Field, int] = {"name": 64, "description": 512, "short_description": 120}
"""Letters that Telegram takes (Bot API 10.1)."""


class AccountFault(Exception):
    """Telegram did not do what was asked."""


class NotReached(AccountFault):
    """Nobody answered, or Telegram is in trouble of its own; later it may go well. The text is the kind of trouble."""


class TokenUnknown(AccountFault):
    """Telegram does not know this token."""


class AskedToWait(AccountFault):
    """Too often."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram asks to wait {seconds:.0f} seconds")
        self.seconds = seconds


class OtherPoller(AccountFault):
    """Another process fetches this bot's updates, or a webhook is set."""


class NotTaken(AccountFault):
    """Telegram did not take the call; the text is Telegram's."""


class NoAnswer(AccountFault):
    """Telegram did not say who the bot is; the text is the kind of trouble."""


@dataclass(frozen=True, slots=True)
class Me:
    """The bot, as Telegram knows it."""

    name: str
    username: str
    joins_groups: bool
    reads_groups: bool


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram sends updates; an empty address means that they are fetched."""

    url: str
    waiting: int
    """Updates that nobody has taken yet."""
    trouble: str
    """What went wrong when Telegram last failed to send one; empty where nothing did."""
    trouble_at: dt.datetime | None = None
    """When that was: it says so long after all is well again."""


class Account(Protocol):
    """What can be asked and said. Everything raises AccountFault."""

    async def me(self) -> Me:
        """Who the bot is."""

    async def time(self) -> dt.datetime | None:
        """What Telegram's clock says; None where its answer does not tell."""

    async def webhook(self) -> Webhook:
        """Where updates go."""

    async def forget_webhook(self) -> None:
        """Let updates be fetched again. Those that wait are kept."""

    async def poll(self, seconds: int) -> int:
        """Wait so long for updates and confirm none: how many there are. Raises OtherPoller."""

    async def text(self, field: Field, code: str) -> str:
        """What stands there for a language; an empty code means all others."""

    async def set_text(self, field: Field, code: str, words: str) -> None:
        """Say something else there."""

    async def commands(self, code: str) -> Commands:
        """The command menu for a language."""

    async def set_commands(self, code: str, commands: Sequence[tuple[str, str]]) -> None:
        """Show another menu."""
