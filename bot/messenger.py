"""What sending means: to whom, and what became of it. `bot.adapter.send` does it; the rest of the bot sees this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from flows.screens import Screen


@dataclass(frozen=True, slots=True)
class Delivered:
    """It is there. `message` is its number in the chat, 0 where it has none (a deletion, an answer to a tap)."""

    message: int = 0


@dataclass(frozen=True, slots=True)
class TryLater:
    """Not now: after so many seconds, as long as told and never less."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The chat cannot be reached: blocked, deactivated, never started."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left and no answer came: it may have arrived. An invite is then not repeated; a screen may be."""


@dataclass(frozen=True, slots=True)
class Stays:
    """Some message is there for good: Telegram lets a bot delete for 48 hours only."""


Sent = Delivered | TryLater | Unreachable | Unknown | Stays


class Messenger(Protocol):
    """The one door to a chat."""

    async def show(self, chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent:
        """Show a screen in place of the card, or as a new card where there is none or it cannot be edited."""
        ...

    async def say(self, chat_id: int, message: int | None, words: str) -> Sent:
        """A lasting text (HTML) without buttons, in place of a message or as a new one."""
        ...

    async def delete(self, chat_id: int, messages: Sequence[int]) -> Sent:
        """Delete messages; those that are gone are passed over, and so are those that stay, which the outcome says."""
        ...

    async def answer(self, callback: str, words: str | None) -> Sent:
        """Answer a tap, with a short toast or with nothing."""
        ...

    async def file(self, chat_id: int, name: str, content: bytes, words: str) -> Sent:
        """Send a file with a caption (HTML)."""
        ...
