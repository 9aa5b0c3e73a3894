"""A picture of how a collection goes, in words of no language: parts, each with lines that may have a bar.

`flows.painting` makes one. Everything in it comes from snapshots (`flows.snapshots`), and so it may be shown to whoever
may look at the collection, in whatever form: drawn, as a page, in the terminal, or for a program.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from flows.small_counts import FEWEST
from flows.words import Text, say


@dataclass(frozen=True, slots=True)
class Line:
    """A label, what is said of it, and a bar of `full` percent, with a mark where it is hoped to reach."""

    label: Text
    said: Text
    full: int | None = None
    hoped: int | None = None
    value: int | None = None
    """For programs: people in tens, or percent, or minutes. None where it is not shown."""


_IN_SHORT = 8
"""Lines that a caption has at most."""


class Theme(StrEnum):
    """What a part is about. A phone shows one of them at a time."""

    COURSE = "course"
    """How far people come, how long it takes, where they stop."""
    GROUPS = "groups"
    """Who is heard."""


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that belong together."""

    title: Text
    lines: tuple[Line, ...]
    note: Text | None = None
    theme: Theme = Theme.COURSE


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it."""

    title: Text
    where: Text
    parts: tuple[Part, ...]
    notes: tuple[Text, ...]

    @property
    def in_short(self) -> tuple[Text, ...]:
        """The first of it in words, for whoever cannot see a picture."""
        first = self.parts[0].lines if self.parts else ()
        said = [Text("{label}: {said}", {"label": line.label, "said": line.said}) for line in first[:_IN_SHORT]]
        return (self.title, self.where, *said, *(self.notes if not self.parts else self.notes[:1]))

    def of(self, theme: Theme) -> Picture:
        """What of it is about one thing."""
        return replace(self, parts=tuple(part for part in self.parts if part.theme is theme))


def so_many(count: int | None) -> Text:
    """How many people, in tens."""
    return say("fewer than {few}", few=FEWEST) if count is None else Text("{count}+", {"count": count})


def bars(counts: list[tuple[Text, int | None]]) -> tuple[Line, ...]:
    """Counts as lines, each bar beside the longest."""
    most = max((count for _, count in counts if count), default=1)
    return tuple(
        Line(label, so_many(n), None if n is None else max(1, 100 * n // most), None, n) for label, n in counts
    )
