"""What a passage remembers of itself so that it is counted once: how far it has been, and the time spent on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Trail:
    """Of one passage. Nothing here is about an answer; it is kept in the passage, and goes with it."""

    furthest: str = ""
    """The screen furthest along that it has been on (`flows.tallies`); empty: nothing of it was counted."""
    territory: str = ""
    """Where it was counted."""
    cards: int = 0
    """How many cards' first answers were counted."""
    seconds: int = 0
    """Spent between the first card and the submission, without what was idle; 0 again after that."""
    moved_at: int = 0
    """When it was last moved along, in whole seconds since 1970, UTC; 0 once it is submitted."""


NOT_COUNTED = Trail()


def trail_to_json(trail: Trail) -> list[Any]:
    """A trail as JSON values; empty where there is none."""
    if trail is NOT_COUNTED or trail == NOT_COUNTED:
        return []
    return [trail.furthest, trail.territory, trail.cards, trail.seconds, trail.moved_at]


def trail_from_json(data: list[Any] | None) -> Trail:
    """The trail that `trail_to_json` wrote."""
    return Trail(*data) if data else NOT_COUNTED
