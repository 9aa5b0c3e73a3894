"""The table of a release: its columns, in an order that no new version of a collection changes.

A question or an option that was ever opened keeps its columns. New questions come at the end, new options after the
options of their question: read columns by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.storage.vocabulary import Vocabulary
from flows.collection import Collection, Question
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
    label: str = ""
    """What it holds, in words."""
    values: tuple[tuple[str, str], ...] = ()
    """What can stand in it, and what that means."""
    one: bool = False
    """Whether at most one of the values stands in it."""


SEVERAL = "several"
"""Stands for an answer of which no broader group is shared by enough people either."""

FIXED = (
    Column(CONTRIBUTOR, Kind.ID, label="Pseudonym of the contribution, for this recipient alone"),
    Column("collection", Kind.ID, label="Collection"),
    Column("region", Kind.ID, label="Where the contributor says they live (ISO 3166-1)"),
    Column("language", Kind.ID, label="Language in which consent was read and given (CLDR)"),
    Column("consent_record", Kind.ID, label="Keyed id of the consent record, for this recipient alone"),
    Column("consent_version", Kind.NUMBER, label="Version of the consent document"),
    Column("consent_sha256", Kind.ID, label="SHA-256 of the exact text that was agreed to"),
    Column("consent_given_at", Kind.TIME, label="When consent was given (UTC)"),
    Column("submitted_at", Kind.TIME, label="When the answers were submitted (UTC)"),
    Column("purposes", Kind.CHOICES, label="Every purpose that is agreed to, joined by a space"),
    Column("participant", Kind.WORDS, label="Code that the link carried"),
)

STATUSES = (
    ("answered", "Something was chosen or described"),
    ("prefer_not_to_answer", "Preferred not to answer"),
    ("not_reached", "Asked there, and added after this contribution was submitted"),
    ("not_asked", "Not asked in that region"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was ever opened, with every option that it ever had."""

    id: str
    options: tuple[str, ...]
    own_words: bool
    question: Question | None = None
    """As the collection has it today, if it still has."""
    texts: tuple[str, ...] = ()
    """As regions put it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Option -> what contributors read (in the collection's own language)."""
    parents: Mapping[str, str] = field(default_factory=dict)
    """Option -> the broader group that it may be passed on in."""

    @property
    def label(self) -> str:
        """What contributors read, in each region's words; the id of a question that is gone."""
        return " / ".join(self.texts) or self.id

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """Everything that can stand for an answer: options, broader groups, and what says no more than "answered"."""
        options = [(option, self.labels.get(option, option)) for option in self.options]
        groups = dict.fromkeys(parent for parent in self.parents.values() if parent not in self.options)
        broader = [(group, f"Broader group: {self._within(group)}") for group in groups]
        return (*options, *broader, (SEVERAL, "Answered; not said what, because few people share it"))

    def _within(self, group: str) -> str:
        return " / ".join(self.labels.get(option, option) for option, parent in self.parents.items() if parent == group)


def ever_asked(vocabulary: Iterable[Vocabulary], collection: Collection) -> tuple[Asked, ...]:
    """Every question ever opened, in the order of opening."""
    options: dict[str, list[str]] = {}
    worded = {q.id for region in collection.regions for q in region.questions if q.own_words_option}
    for entry in vocabulary:
        known = options.setdefault(entry.question, [])
        if entry.option:
            known.append(entry.option)
        elif entry.takes_own_words:
            worded.add(entry.question)
    return tuple(_asked(name, known, name in worded, collection) for name, known in options.items())


def _asked(name: str, options: Sequence[str], own_words: bool, collection: Collection) -> Asked:
    seen = [question for region in collection.regions if (question := region.question(name)) is not None]
    today = {option.id: option for question in reversed(seen) for option in question.options}
    labels = {each: today[each].label for each in options if each in today}
    parents = {each: parent for each in options if each in today and (parent := today[each].parent) is not None}
    texts = tuple(dict.fromkeys(question.text for question in seen))
    return Asked(name, tuple(options), own_words, collection.question(name), texts, labels, parents)


def columns_of(questions: Iterable[Asked]) -> tuple[Column, ...]:
    """The columns of a release with these questions."""
    return (*FIXED, *(column for question in questions for column in of_question(question)))


def of_question(question: Asked) -> Iterator[Column]:
    """The columns of one question."""
    one = question.question is not None and question.question.kind == "one"
    name, label = question.id, question.label
    yield Column(f"{name}.status", Kind.STATUS, name, label=f"{label} (state)", values=STATUSES, one=True)
    yield Column(name, Kind.CHOICES, name, label=label, values=question.values, one=one)
    for option in question.options:
        meaning = question.labels.get(option, option)
        marks = (("1", "Chosen"), ("0", "Not chosen"))
        yield Column(f"{name}.{option}", Kind.MARK, name, option, f"{label} {meaning}", marks, one=True)
    if question.own_words:
        yield Column(f"{name}.text", Kind.WORDS, name, label=f"{label} (own words)")


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
