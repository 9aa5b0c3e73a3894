"""The table of a release: its columns, in an order that no new version of a collection changes.

A question or an option that was ever opened keeps its columns. New questions come at the end, new options after the
options of their question: read columns by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.storage.vocabulary import Vocabulary
from flows.collection import Collection
from flows.regions import questions_for

CONTRIBUTOR = "contributor"


class Kind(StrEnum):
    """What stands in a column."""

    ID = "id"
    NUMBER = "number"
    TIME = "time"
    STATUS = "status"
    CHOICES = "choices"
    """Option ids joined by a space."""
    MARK = "mark"
    """1, 0 or empty."""
    WORDS = "words"
    """What somebody wrote, or what came from outside: it can hold anything."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and the question and option that it is of."""

    name: str
    kind: Kind
    question: str | None = None
    option: str | None = None


FIXED = (
    Column(CONTRIBUTOR, Kind.ID),
    Column("collection", Kind.ID),
    Column("region", Kind.ID),
    Column("language", Kind.ID),
    Column("consent_record", Kind.ID),
    Column("consent_version", Kind.NUMBER),
    Column("consent_sha256", Kind.ID),
    Column("consent_given_at", Kind.TIME),
    Column("submitted_at", Kind.TIME),
    Column("purposes", Kind.CHOICES),
    Column("participant", Kind.WORDS),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was ever opened, with every option that it ever had."""

    id: str
    options: tuple[str, ...]
    own_words: bool


def ever_asked(vocabulary: Iterable[Vocabulary], collection: Collection) -> tuple[Asked, ...]:
    """Every question ever opened, in the order of opening."""
    options: dict[str, list[str]] = {}
    worded = {q.id for region in collection.regions for q in region.questions if q.own_words_option}
    for entry in vocabulary:
        known = options.setdefault(entry.question, [])
        if entry.option:
            known.append(entry.option)
        elif entry.meaning.endswith("+own words"):
            worded.add(entry.question)
    return tuple(Asked(name, tuple(known), name in worded) for name, known in options.items())


def columns_of(questions: Iterable[Asked]) -> tuple[Column, ...]:
    """The columns of a release with these questions."""
    return (*FIXED, *(column for question in questions for column in _of_question(question)))


def _of_question(question: Asked) -> Iterator[Column]:
    yield Column(f"{question.id}.status", Kind.STATUS, question.id)
    yield Column(question.id, Kind.CHOICES, question.id)
    for option in question.options:
        yield Column(f"{question.id}.{option}", Kind.MARK, question.id, option)
    if question.own_words:
        yield Column(f"{question.id}.text", Kind.WORDS, question.id)


@dataclass(frozen=True, slots=True)
class Offered:
    """What is asked where, as the collection stands today."""

    by_region: dict[str, dict[str, frozenset[str]]]
    anywhere: frozenset[tuple[str, str]]

    @classmethod
    def by(cls, collection: Collection) -> Offered:
        """What a collection offers."""
        by_region = {
            region.territory: {q.id: frozenset(option.id for option in q.options) for q in questions_for(region)}
            for region in collection.regions
        }
        pairs = ((q, option) for asked in by_region.values() for q, options in asked.items() for option in options)
        return cls(by_region, frozenset(pairs))

    def is_asked(self, territory: str, question: str) -> bool:
        """Whether a region asks a question."""
        return question in self.by_region.get(territory, {})

    def only_elsewhere(self, territory: str, question: str, option: str) -> bool:
        """Whether an option is offered by other regions and not by this one."""
        here = self.by_region.get(territory, {}).get(question, frozenset())
        return option not in here and (question, option) in self.anywhere
