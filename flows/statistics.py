"""Statistics that may be published: which cells there are, which of them somebody is in, and what may be seen of them.

Which cells there are comes from the regions' packs alone and never from what people said: that nobody is in a cell, or
that there is one, tells of nobody.

A *table* is one question, or the languages that people read consent in. It has cells at each *place*: a region, or a
region and a language. Whoever is in a region or reads a language that the collection has no more is counted nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.collection import Collection, Question
from flows.questions import Answer, exclusive_options
from flows.regions import questions_for
from flows.small_counts import shown_beside

LANGUAGES = "language"
"""The table of languages; no question may be called so (`flows.collection.RELEASE_COLUMNS`)."""
NO_ANSWER = "no_answer"
"""The cell of who preferred not to answer, submitted before the question was there, or said what is not offered now."""

Place = tuple[str, str]
"""Territory and language; an empty language: all of them together."""
Cell = tuple[str, Place, str]
"""Table, place, and what was answered."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: at each place the cells that its pack has."""

    id: str
    cells: Mapping[Place, tuple[str, ...]]
    alone: Mapping[Place, frozenset[str]]
    """Cells that nobody is in beside another one of that place."""

    @property
    def most_choices(self) -> int:
        """In how many cells one person can be at most."""
        return max(1, *(len(set(cells) - self.alone[place]) for place, cells in self.cells.items()))


def tables(collection: Collection, *, languages_apart: bool) -> tuple[Table, ...]:
    """Every table of a collection as it stands today, languages first."""
    regions = {region.territory: region for region in collection.regions}
    languages: dict[Place, tuple[str, ...]] = {(name, ""): region.languages for name, region in regions.items()}
    asked: dict[str, dict[Place, Question]] = {}
    for name, region in regions.items():
        for question in questions_for(region):
            for language in region.languages if languages_apart else ("",):
                asked.setdefault(question.id, {})[name, language] = question
    first = Table(LANGUAGES, languages, {place: frozenset(cells) for place, cells in languages.items()})
    return (first, *(_table(name, places) for name, places in asked.items()))


def _table(name: str, asked: Mapping[Place, Question]) -> Table:
    cells = {place: (*(option.id for option in each.options), NO_ANSWER) for place, each in asked.items()}
    return Table(name, cells, {place: _alone(each, cells[place]) for place, each in asked.items()})


def _alone(question: Question, cells: Sequence[str]) -> frozenset[str]:
    return frozenset(cells) if question.kind == "one" else exclusive_options(question) | {NO_ANSWER}


@dataclass(frozen=True, slots=True)
class Person:
    """What is counted of one contribution."""

    territory: str
    language: str
    answers: Mapping[str, Answer]


Pick = Callable[[Sequence[str], int], Sequence[str]]
"""Chooses so many of some at random."""


def cells_of(person: Person, of: Sequence[Table], most: Mapping[str, int], pick: Pick) -> Iterator[Cell]:
    """The cells that somebody is in, in each table at most as many as `most` says; `pick` chooses among more."""
    for table in of:
        for language in ("", person.language):
            place = (person.territory, language)
            if place in table.cells:
                for cell in _picked(_chosen(person, table, place), most.get(table.id, table.most_choices), pick):
                    yield table.id, place, cell


def is_counted(person: Person, of: Sequence[Table]) -> bool:
    """Whether the collection still has somebody's region and language."""
    return person.language in of[0].cells.get((person.territory, ""), ())


def _picked(chosen: Sequence[str], most: int, pick: Pick) -> Sequence[str]:
    return chosen if len(chosen) <= most else pick(chosen, most)


def _chosen(person: Person, table: Table, place: Place) -> Sequence[str]:
    if table.id == LANGUAGES:
        return (person.language,)
    answer = person.answers.get(table.id)
    chosen = [option for option in answer.options if option in table.cells[place]] if answer is not None else []
    by_itself = [option for option in chosen if option in table.alone[place]]
    return by_itself[:1] or chosen or [NO_ANSWER]


Counts = Mapping[Cell, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is published: each cell's number, None where it is not shown, and how many people there are at a place."""

    cells: Mapping[Cell, int | None]
    people: Mapping[Place, int | None]


def suppressed(counts: Counts, of: Sequence[Table]) -> Seen:
    """What may be seen of exact counts of every table, which are published together and once.

    At one place all tables have the same people, so their number is shown only where each of the tables stands up to
    whoever knows it. No sum over places is published: nothing is there to subtract from.
    """
    languages, *questions = of
    by_place: dict[Place, list[Table]] = {}
    for table in questions:
        for place in table.cells:
            by_place.setdefault(place, [languages] if place in languages.cells else []).append(table)
    cells: dict[Cell, int | None] = dict.fromkeys(every_cell(of))
    people: dict[Place, int | None] = {}
    for place, here in by_place.items():
        number = _number_at(counts, languages, place)
        found = _at(counts, number, place, here)
        people[place] = None if found is None else number
        cells.update(found or {})
    for (territory, language), number_there in people.items():
        if language:
            cells[LANGUAGES, (territory, ""), language] = number_there
    return Seen(cells, people)


def every_cell(of: Sequence[Table]) -> Iterator[Cell]:
    """Every cell of some tables, in their order."""
    for table in of:
        for place, cells in table.cells.items():
            for cell in cells:
                yield table.id, place, cell


def _number_at(counts: Counts, languages: Table, place: Place) -> int:
    territory, language = place
    cells = (language,) if language else languages.cells[place]
    return sum(counts.get((LANGUAGES, (territory, ""), cell), 0) for cell in cells)


def _at(counts: Counts, number: int, place: Place, here: Sequence[Table]) -> dict[Cell, int | None] | None:
    """What may be seen at a place; None where nothing may."""
    found: dict[Cell, int | None] = {}
    for table in here:
        cells = {cell: counts.get((table.id, place, cell), 0) for cell in table.cells[place]}
        alone = {cell: count for cell, count in cells.items() if cell in table.alone[place]}
        seen = shown_beside(number, alone, {cell: count for cell, count in cells.items() if cell not in alone})
        if seen is None:
            return None
        found |= {(table.id, place, cell): count for cell, count in seen.cells.items()}
    return found
