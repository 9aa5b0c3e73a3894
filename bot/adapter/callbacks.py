"""Callback data: the step, the card's layout, the choice's place, and set or unset. Opaque: no option id is in it.

At most 8 + 4 + 2 hex digits, two dots and a sign: far below Telegram's 64 bytes.

A button of an invite says what it means and of which collection, since an invite outlives every step: `i.open.voices`,
47 bytes at most.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from flows.events import InviteAnswer

TRIAL_DATA = "trial"
"""Of every button of an invite that a coordinator tries."""

_INVITE = re.compile(r"i\.(open|why|stop)\.([a-z][a-z0-9_]{0,39})")
_DATA = re.compile(r"([0-9a-f]{1,10})\.([0-9a-f]{1,4})\.([0-9a-f]{1,2})([+-]?)")


class Tap(NamedTuple):
    """What a button says of itself."""

    step: int
    layout: int
    choice: int
    on: bool | None


def to_data(tap: Tap) -> str:
    """A tap as callback data."""
    step, layout, choice, on = tap
    return begun_data(step, layout) + ended_data(choice, on)


def begun_data(step: int, layout: int) -> str:
    """What the data of all buttons of a card begins with."""
    return f"{step:x}.{layout:x}."


def ended_data(choice: int, on: bool | None) -> str:
    """What the data of one button ends with, whatever the card's step."""
    return f"{choice:x}{'' if on is None else '+' if on else '-'}"


def from_data(data: object) -> Tap | None:
    """The tap of callback data, or None where the data is none of ours."""
    found = _DATA.fullmatch(data) if isinstance(data, str) else None
    if found is None:
        return None
    step, layout, choice, sign = found.groups()
    return Tap(int(step, 16), int(layout, 16), int(choice, 16), {"": None, "+": True, "-": False}[sign])


def to_invite_data(answer: InviteAnswer, collection: str) -> str:
    """A button of an invite as callback data."""
    return f"i.{answer}.{collection}"


def from_invite_data(data: object) -> tuple[InviteAnswer, str] | None:
    """What was pressed on an invite, and of which collection; None where the data is none of an invite's."""
    found = _INVITE.fullmatch(data) if isinstance(data, str) else None
    return (InviteAnswer(found[1]), found[2]) if found is not None else None
