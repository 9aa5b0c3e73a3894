"""Callback data: the step, the card's layout, the choice's place, and set or unset. Opaque: no option id is in it.

At most 8 + 4 + 2 hex digits, two dots and a sign: far below Telegram's 64 bytes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

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
    sign = "" if on is None else "+" if on else "-"
    return f"{step:x}.{layout:x}.{choice:x}{sign}"


def from_data(data: object) -> Tap | None:
    """The tap of callback data, or None where the data is none of ours."""
    found = _DATA.fullmatch(data) if isinstance(data, str) else None
    if found is None:
        return None
    step, layout, choice, sign = found.groups()
    return Tap(int(step, 16), int(layout, 16), int(choice, 16), {"": None, "+": True, "-": False}[sign])
