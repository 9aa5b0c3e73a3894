"""Texts that come in parts: Telegram's apps send one of more than 4,096 letters as messages that follow at once.

Their numbers say nothing of it: a bot's messages are numbered across all its chats.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flows.words import letters

NEARLY_FULL = 3000
"""Letters of a message that may be a part: apps look for a good place to cut."""

AT_ONCE = dt.timedelta(seconds=5)
"""Nobody writes anew so soon after they have sent that much."""


@dataclass(frozen=True, slots=True)
class Part:
    """The newest message of a text of which the rest may follow."""

    at: dt.datetime
    so_far: int
    """Letters of the text up to its end."""


def goes_on(part: Part | None, at: dt.datetime) -> int:
    """Letters that came before a message of the same text; 0 where it begins one."""
    return part.so_far if part is not None and at - part.at <= AT_ONCE else 0


def part_of(words: str, so_far: int, at: dt.datetime) -> Part | None:
    """What the rest of a text would go on from; None where there can be none."""
    return Part(at, so_far) if letters(words) >= NEARLY_FULL else None


def part_to_json(part: Part | None) -> list[Any] | None:
    """A part as JSON values."""
    return None if part is None else [part.at.isoformat(), part.so_far]


def part_from_json(data: Sequence[Any] | None) -> Part | None:
    """The part that `part_to_json` wrote."""
    return None if data is None else Part(dt.datetime.fromisoformat(data[0]), data[1])
