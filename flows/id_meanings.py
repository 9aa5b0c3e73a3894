"""What the ids of questions and options stand for: answers were given to it, so an id keeps it for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flows.collection import Collection

OWN_WORDS = " +own words"
"""Behind a question's meaning, where people may answer it in their own words somewhere. It is no part of the meaning:
regions differ in it, and may begin or cease to ask for them.
"""

Meanings = Mapping[tuple[str, str], str]
"""Question and option -> what it stands for; the question itself under an empty option."""


class Reused(NamedTuple):
    """An id that stands for something else than it did."""

    question: str
    option: str
    before: str
    now: str

    @property
    def name(self) -> str:
        """How people speak of it."""
        return f"{self.question}.{self.option}" if self.option else self.question


def meanings(collection: Collection) -> dict[tuple[str, str], str]:
    """What a collection's ids stand for; regions agree about that (`flows.load`)."""
    found: dict[tuple[str, str], str] = {}
    asked = [question for region in collection.regions for question in region.questions]
    worded = {question.id for question in asked if question.own_words_option}
    for question in asked:
        words = OWN_WORDS if question.id in worded else ""
        found.setdefault((question.id, ""), f"{question.subject.value}, {question.kind}{words}")
        for option in question.options:
            found.setdefault((question.id, option.id), option.label)
    return found


def reused(collection: Collection, known: Meanings) -> Iterator[Reused]:
    """Ids of a collection that had another meaning when they were opened."""
    for (question, option), meaning in meanings(collection).items():
        before = known.get((question, option), meaning)
        if _without_words(option, before) != _without_words(option, meaning):
            yield Reused(question, option, _without_words(option, before), _without_words(option, meaning))


def takes_own_words(option: str, meaning: str) -> bool:
    """Whether a meaning is that of a question that is, or was, answered in own words somewhere."""
    return not option and meaning.endswith(OWN_WORDS)


def _without_words(option: str, meaning: str) -> str:
    return meaning if option else meaning.removesuffix(OWN_WORDS)
