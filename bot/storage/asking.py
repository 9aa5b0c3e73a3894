"""What goes out at once, since somebody waits for it, and what nobody has asked for: that keeps the token's pace."""

from __future__ import annotations

REPLY, UNASKED = "reply", "unasked"
"""Lanes of the outbox and of the schedule. They are claimed apart, so that nobody waits for what is unasked, however
much of it there is."""

REMINDER = "remind"
"""Due when somebody who agreed may have stopped half-way."""

PAY_DUE = "pay"
"""Due when somebody who waits for their pay is to be looked after."""

HALT_NEWS = "halted"
"""Due when somebody half-way is told of a halt."""

CONSENT_ENDS = "again"
"""Due when somebody is asked whether they go on, before their consent ends."""

SHOW = "show"
"""Of a screen that is owed and that nobody has under way."""

_UNASKED_KINDS = frozenset({REMINDER, PAY_DUE, HALT_NEWS, CONSENT_ENDS, SHOW})
"""What comes due for many people in the same hour and is shown to them. What erases (silence, a consent's end) and what
puts a sensitive card away waits for no pace."""


def lane_of(kind: str) -> str:
    """In which lane something comes due."""
    return UNASKED if kind in _UNASKED_KINDS else REPLY
