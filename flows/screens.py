"""What is shown: blocks of words, rows of choices, and a screen of both, before any language is chosen."""

from __future__ import annotations

import zlib
from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, NamedTuple

from flows.words import Text, say


class Style(StrEnum):
    """How a block stands on the screen."""

    TITLE = "title"
    BODY = "body"
    QUIET = "quiet"
    LEAD = "lead"
    """A paragraph that lines follow directly."""
    ITEM = "item"
    """One of several lines that belong together: no empty line between them."""
    MARKDOWN = "markdown"
    """A consent card's text: paragraphs, **bold** and "- " lists, in the reader's language already."""


class Block(NamedTuple):
    """Some words and how they stand."""

    style: Style
    words: Text | str


Look = Literal["primary", "success", "danger"]


class Keeping(StrEnum):
    """Whether a screen may be forwarded and saved. A message stays as it was sent, so a card may have to change."""

    EITHER = "either"
    """It may stand on whatever card is there."""
    PROTECTED = "protected"
    """Answers may stand on this card, now or a press later."""
    EVIDENCE = "evidence"
    """What people may have to show: what they are asked to agree to, what they agreed to, what they are owed."""


class Choice(NamedTuple):
    """A button. `verb` and `value` say what pressing it means; `ticked` is None where there is nothing to tick."""

    label: Text
    verb: str
    value: str = ""
    ticked: bool | None = None
    look: Look | None = None
    url: str | None = None


@dataclass(frozen=True)
class Screen:
    """One card: words, and rows of choices beneath."""

    name: str
    blocks: tuple[Block, ...]
    rows: tuple[tuple[Choice, ...], ...] = ()
    keeping: Keeping = Keeping.EITHER
    discreet: bool = False
    """Whether a new message with it begins as a neutral line, since that is what a lock screen shows."""

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices that a tap can mean, in order; their places are what callback data carries."""
        return tuple(choice for row in self.rows for choice in row if choice.url is None)

    @cached_property
    def layout(self) -> int:
        """16 bits that change when the choices do. Ticks do not count: a second quick tick is still good."""
        keys = "\n".join(f"{choice.verb} {choice.value}" for choice in self.choices)
        return zlib.crc32(keys.encode()) & 0xFFFF

    @cached_property
    def renderings(self) -> dict[Hashable, Any]:
        """What was made of it, by who made it and for whom: a card that many people see is put into words once."""
        return {}


def fits(keeping: Keeping, *, protected: bool) -> bool:
    """Whether a screen may stand on a card that was sent like this."""
    return keeping is Keeping.EITHER or protected == (keeping is Keeping.PROTECTED)


ARRIVING = "arriving"
"""The name of what a lock screen shows in place of a discreet screen."""


def arriving(screen: Screen) -> Screen:
    """What a discreet screen begins as, where it comes as a new message: kept alike, and saying nothing."""
    words = say("There is something new for you here.")
    return Screen(ARRIVING, (Block(Style.BODY, words),), keeping=screen.keeping)


def title(words: Text) -> Block:
    """A heading."""
    return Block(Style.TITLE, words)


def body(words: Text) -> Block:
    """A paragraph."""
    return Block(Style.BODY, words)


def quiet(words: Text) -> Block:
    """Words in the background: progress, reasons."""
    return Block(Style.QUIET, words)


def lead(words: Text) -> Block:
    """A paragraph that lines follow directly."""
    return Block(Style.LEAD, words)


def item(words: Text) -> Block:
    """A line among lines."""
    return Block(Style.ITEM, words)


def markdown(words: str) -> Block:
    """A consent card's words."""
    return Block(Style.MARKDOWN, words)
