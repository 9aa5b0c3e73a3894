"""What happened, in the past tense. Frozen, and checked on making, so that an ill-formed event cannot exist.

Every event carries its time (UTC) and `token`, 32 random bytes made by whoever saw it happen: the engine draws ids
and codes from it and so needs no randomness of its own.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from enum import StrEnum

TOKEN_BYTES = 32
PARTICIPANT = re.compile(r"[A-Za-z0-9]{6,24}")
"""A participant code: opaque letters and digits. `looks_personal` refuses what could be a name or a number."""


class Command(StrEnum):
    """What can be asked for at any time. Several spellings of leaving lead to one place."""

    HELP = "help"
    PRIVACY = "privacy"
    MY_DATA = "mydata"
    EDIT = "edit"
    LANGUAGE = "language"
    LEAVE = "leave"


class InviteAnswer(StrEnum):
    """What can be pressed on an invite."""

    OPEN = "open"
    WHY = "why"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in one private chat."""

    at: dt.datetime
    token: bytes = field(repr=False)
    language_code: str | None = None
    """What the contributor's phone is set to, in Telegram's spelling; read only when a chat is new."""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an event's time has a time zone")
        if len(self.token) != TOKEN_BYTES:
            raise ValueError(f"an event's token has {TOKEN_BYTES} bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Event):
    """The chat was opened: /start, with or without a deep link."""

    collection: str | None = None
    participant: str | None = field(default=None, repr=False)
    link: str | None = None
    """The code of a link that somebody of the team has made (`flows.links`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded(Event):
    """A command other than /start was sent."""

    command: Command
    message: int | None = None
    """Its number, where something was written behind the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped(Event):
    """A button was pressed: choice number `choice` of the card of step `step`; ticks say set or unset.

    `layout` is the card's `Screen.layout` when it was shown.
    """

    step: int
    choice: int
    layout: int
    on: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteAnswered(Event):
    """A button of an invite was pressed. An invite is no card, so it stays good whatever else was shown since."""

    answer: InviteAnswer
    collection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPressed(Event):
    """A button of an invite was pressed that was sent to a coordinator to try it: it does nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed(Event):
    """A text was sent. `message` is the number of its message in the chat."""

    text: str = field(repr=False)
    message: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalAsked(Event):
    """/rehearse, or /rehearse stop, was sent by somebody who may: for anybody else there is no such command."""

    stop: bool = False
    message: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Event):
    """Something that is neither text nor button: a picture, a voice message, a place, a command that nobody knows.

    `message` is the number of its message in the chat; 0 where that can stay.
    """

    message: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Misdirected(Event):
    """A tap that belongs to no card of ours: forged, foreign, or from before somebody left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurried(Event):
    """A button was pressed among more than one person sends; what it says is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatChanged(Event):
    """Something was done to the chat, such as pinning a message: nobody has said anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked(Event):
    """The bot was blocked in this chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unblocked(Event):
    """The bot was let in again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldingDue(Event):
    """A card with sensitive ticks has been open for some idle minutes."""

    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceDue(Event):
    """Time to see whether a chat without consent has been silent for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDue(Event):
    """Time to see whether somebody has said for so long that they are travelling that it counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEnding(Event):
    """A consent is going to reach the end of its time: somebody may be asked once whether they want to go on."""

    collection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderDue(Event):
    """Time to see whether somebody who agreed and stopped half-way is to be reminded, after a pause of so long."""

    collection: str
    pause: dt.timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltedAround(Event):
    """Somebody of the team has halted a collection where a contributor may be half-way in it."""

    collection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLapsed(Event):
    """A consent has reached the end of its time."""

    collection: str


def looks_personal(code: str) -> bool:
    """Whether a link's code could be somebody's name, number or address and so must not be kept.

    Opaque codes mix letters and digits; letters alone may be a name, digits alone a telephone or identity number.
    """
    if not PARTICIPANT.fullmatch(code):
        return True
    return code.isalpha() or code.isdigit() or sum(c.isdigit() for c in code) > len(code) * 3 // 4
