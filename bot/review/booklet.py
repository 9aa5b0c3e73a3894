"""The booklet: everything that contributors of some places can meet, gathered for a reviewer to read and sign.

The screens are the gallery's: found by walking through the flow, and drawn as Telegram is sent them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter

from bot.gallery.exhibits import Exhibit, Exhibition, unmarked
from bot.limits import seen
from bot.review.office import Reviewed
from flows.collection import Card, Collection, Region, Subject
from flows.explore import ORIGINAL
from flows.regions import questions_for
from flows.safety import Level, level, subjects_of
from flows.shelf import Shelf
from flows.sign_offs import Place
from flows.worlds import READ_ALOUD

_TELLING = 4
"""Shorter words of a changed part are found everywhere, and mark nothing."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One screen, with its number in its chapter."""

    number: int
    exhibit: Exhibit
    has_changed: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """One region in one language."""

    reviewed: Reviewed
    cards: tuple[tuple[Card, Card | None], ...]
    """Each consent card as it is read there, and in the original where that is another language."""
    leaves: tuple[Leaf, ...]

    @property
    def place(self) -> Place:
        """What it is about."""
        return self.reviewed.place


@dataclass(frozen=True, slots=True)
class Part:
    """One region."""

    region: Region
    closed_subjects: tuple[tuple[Subject, Level], ...]
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class Booklet:
    """All of it."""

    collection: Collection
    made_on: dt.date
    findings: tuple[str, ...]
    parts: tuple[Part, ...] = field(default=())


def gather(
    collection: Collection,
    shelf: Shelf,
    exhibition: Exhibition,
    reviewed: Mapping[Place, Reviewed],
    places: Iterable[Place],
    findings: Sequence[str],
    today: dt.date,
    progress: Callable[[Place], None] = lambda _place: None,
) -> Booklet:
    """The booklet of some places of a collection."""
    by_region: dict[str, list[Chapter]] = {}
    for place in places:
        progress(place)
        by_region.setdefault(place.territory, []).append(_chapter(collection, shelf, exhibition, reviewed[place]))
    parts = tuple(
        Part(region, tuple(_closed_subjects(region)), tuple(by_region[region.territory]))
        for region in collection.regions
        if region.territory in by_region
    )
    return Booklet(collection, today, tuple(findings), parts)


def _closed_subjects(region: Region) -> Iterable[tuple[Subject, Level]]:
    """What is asked all the same is closed but for two signatures: the booklet is there to be given them."""
    asked = {subject for question in questions_for(region) for subject in subjects_of(question)}
    levels = ((subject, level(region.territory, subject)) for subject in Subject)
    return ((subject, found) for subject, found in levels if found is not Level.OPEN and subject not in asked)


def _chapter(collection: Collection, shelf: Shelf, exhibition: Exhibition, reviewed: Reviewed) -> Chapter:
    place = reviewed.place
    cards = shelf.document(collection, place.language, place.territory).cards
    beside: tuple[Card | None, ...] = (None,) * len(cards)
    if place.language != ORIGINAL and ORIGINAL in collection.documents:
        beside = shelf.document(collection, ORIGINAL, place.territory).cards
    telling = [_pieces(each.now) for each in reviewed.changed if each.now is not None]
    # Where a card is read aloud, it can be heard on the screens of every world; a made-up voice is nobody's.
    exhibits = (exhibit for exhibit in exhibition.exhibits(*place) if exhibit.world != READ_ALOUD)
    leaves = tuple(Leaf(number, exhibit, _says_one_of(exhibit, telling)) for number, exhibit in enumerate(exhibits, 1))
    return Chapter(reviewed, tuple(zip(cards, beside, strict=True)), leaves)


def _pieces(words: str) -> tuple[str, ...]:
    """What of a part can be found on a screen: its words between what is filled in, line by line, without marks."""
    try:
        literals = [literal for literal, *_ in Formatter().parse(words)]
    except ValueError:  # a brace that is never closed
        literals = [words]
    lines = (line.strip("-* ") for literal in literals for line in literal.replace("**", "").splitlines())
    return tuple(line for line in lines if len(line) >= _TELLING)


def _says_one_of(exhibit: Exhibit, telling: Sequence[tuple[str, ...]]) -> bool:
    shown = exhibit.shown
    labels = (unmarked(button.label) for row in shown.rows for button in row)
    said = "\n".join((seen(unmarked(shown.words)), *labels))
    return any(pieces and all(piece in said for piece in pieces) for pieces in telling)
