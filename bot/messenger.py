"""What sending means: to whom, and what became of it. `bot.adapter.send` does it; the rest of the bot sees this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from flows.screens import Screen


@dataclass(frozen=True, slots=True)
class Delivered:
    """It is there. `message` is its number in the chat, 0 where it has none (a deletion, an answer to a tap)."""

    message: int = 0


@dataclass(frozen=True, slots=True)
class TryLater:
    """Not now: after so many seconds, as long as told and never less."""

    seconds: float
    told: bool = False
    """Whether Telegram said so (429); otherwise it was not reached."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The chat cannot be reached: blocked, deactivated, never started."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left and no answer came: it may have arrived. An invite is then not repeated; a screen may be."""


@dataclass(frozen=True, slots=True)
class Stays:
    """Some messages are there for good: Telegram lets a bot delete for 48 hours only."""

    messages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """The message cannot be edited any more: what was to stand there has to be sent anew."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Telegram does not take this message, and would not take it from anybody: nothing was delivered."""

    why: str


Sent = Delivered | TryLater | Unreachable | Unknown | Stays


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that goes to many, ready to leave: its fields but for the chat."""

    fields: Mapping[str, Any] = field(repr=False)


class Messenger(Protocol):
    """The one door to a chat."""

    async def show(self, chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent | Lost:
        """Show a screen in place of the card, or as a new card, kept as the screen asks for, where there is none."""
        ...

    async def say(self, chat_id: int, message: int | None, words: str, *, anew: bool = True) -> Sent:
        """A lasting text (HTML) without buttons, in place of a message or as a new one. `anew`: where that message is
        not there any more, it is a new one."""
        ...

    async def try_out(self, chat_id: int, words: str, rows: Sequence[Sequence[str]]) -> Sent:
        """Send an invite to be tried: a text (HTML) with buttons that do nothing but say so."""
        ...

    async def delete(self, chat_id: int, messages: Sequence[int]) -> Sent:
        """Delete messages; those that are gone are passed over, and so are those that stay, which the outcome says."""
        ...

    async def empty(self, chat_id: int, message: int) -> Sent:
        """Take words and buttons out of a message of the bot's own that stays."""
        ...

    async def answer(self, callback: str, words: str | None) -> Sent:
        """Answer a tap, with a short toast or with nothing."""
        ...

    async def file(self, chat_id: int, name: str, content: bytes, words: str, *, may_leave: bool = False) -> Sent:
        """Send a file with a caption (HTML). `may_leave`: it may be forwarded and saved."""
        ...

    async def voice(self, chat_id: int, content: bytes, seconds: int) -> Sent:
        """Send a voice message (Ogg Opus)."""
        ...

    async def picture(self, chat_id: int, content: bytes, words: str) -> Sent:
        """Send a picture (PNG) with a caption (HTML)."""
        ...


class Inviter(Protocol):
    """The door to many chats."""

    def letter(self, screen: Screen, language: str) -> Letter:
        """An invite in one language, made once for all who read it."""
        ...

    async def invite(self, chat_id: int, letter: Letter, *, paid: bool) -> Sent | NotTaken:
        """Send a letter, once. `paid` is for more than Telegram's free rate."""
        ...
