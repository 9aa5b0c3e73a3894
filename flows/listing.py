"""Long lists on a phone: as many choices as can be taken in at a glance, the others on further pages."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from flows.screens import Block, Choice, quiet
from flows.session import Looking
from flows.words import Text, say

ALL_AT_ONCE = 12
"""So many stand on one screen, short ones two in a row, and nobody turns a page."""

PAGE = 8
"""Of more than that, so many a page."""

HALF_A_ROW = 16
"""Letters that half a row shows on a phone of 360 points; wide ones count twice."""


@dataclass(frozen=True, slots=True)
class Part:
    """What of a list stands on the screen."""

    items: tuple[str, ...]
    page: int
    pages: int
    narrowed: bool
    """Whether it is only what fits what somebody typed."""

    @property
    def number(self) -> int:
        """The page's number, as people count."""
        return self.page + 1

    def heading(self, where: Text) -> list[Block]:
        """Which page of how many, in the list's own words, or that this is what was found; nothing for a short list."""
        if self.narrowed:
            return [quiet(say("This fits what you wrote:"))]
        return [quiet(where)] if self.pages > 1 else []

    def turning(self) -> list[tuple[Choice, ...]]:
        """The row that turns pages, and the one that shows everything again; none where neither is needed."""
        turns = turning(self.page, self.pages)
        rows = [tuple(turns)] if turns else []
        if self.narrowed:
            rows.append((Choice(say("Show all"), "show_all"),))
        return rows


def turning(page: int, pages: int) -> list[Choice]:
    """The ways to the page before and to the next one, where there are such."""
    turns = []
    if page > 0:
        turns.append(Choice(say("‹ Previous page"), "turn_page", str(page - 1)))
    if page + 1 < pages:
        turns.append(Choice(say("Next page ›"), "turn_page", str(page + 1)))
    return turns


def is_long(items: Sequence[str]) -> bool:
    """Whether a list has more than stands on one screen."""
    return len(items) > ALL_AT_ONCE


def part_of(items: Sequence[str], looking: Looking) -> Part:
    """The page in front of somebody; what was found and has gone meanwhile is left out."""
    found = tuple(item for item in looking.found if item in items)
    shown = found or tuple(items)
    if not is_long(shown):
        return Part(shown, 0, 1, bool(found))
    pages = -(-len(shown) // PAGE)
    page = min(looking.page, pages - 1)
    return Part(shown[page * PAGE : (page + 1) * PAGE], page, pages, bool(found))


def in_rows(choices: Sequence[tuple[Choice, str]]) -> list[tuple[Choice, ...]]:
    """Choices, each with its words, in their order: two short neighbours share a row."""
    rows: list[tuple[Choice, ...]] = []
    waiting: Choice | None = None
    for choice, words in choices:
        short = _width(words) <= HALF_A_ROW
        if waiting is not None and short:
            rows[-1] = (waiting, choice)
            waiting = None
            continue
        rows.append((choice,))
        waiting = choice if short else None
    return rows


def _width(words: str) -> int:
    """How much room words take, in Latin letters: kana and ideographs are twice as wide, marks stand on others."""
    return sum(
        0 if unicodedata.category(c) == "Mn" else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in words
    )
