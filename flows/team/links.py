"""How a link of the team's is written."""

from __future__ import annotations

LINK_PREFIX = "team-"
"""What a link of the team's begins with, behind `?start=`."""


def link_address(bot_name: str, secret: str) -> str:
    """What somebody opens to be in the team."""
    return f"https://t.me/{bot_name}?start={LINK_PREFIX}{secret}"
