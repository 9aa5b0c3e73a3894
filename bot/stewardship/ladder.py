"""The ladder that answers go down when few people share them: to parents, to "several", to "answered" alone.

Pure. Each different answer is numbered once, and what tells somebody apart is a string of numbers: in a million rows
there are tens of thousands of different combinations, and each is held in some dozens of bytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.stewardship.columns import SEVERAL, Asked
from flows.questions import Status


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it is passed on."""

    status: Status
    options: tuple[str, ...] = ()
    own_words: str | None = field(default=None, repr=False)
    broader: bool = False
    """Whether the options are broader groups."""


Answered = tuple[str, str, tuple[str, ...]]
"""Question, state, options."""
Traits = bytes
"""Where somebody is and what they read, and what they answered, as numbers of one ladder."""

LAST = 4
"""The last step: every answer says no more than that there is one."""

_ANSWERED = Status.ANSWERED.value


class Ladder:
    """What becomes of answers, step by step: sets to parents, single choices to parents, sets to "several", all."""

    def __init__(self, questions: Iterable[Asked]) -> None:
        asked = list(questions)
        self._parents = {question.id: question.parents for question in asked}
        self._sets = {q.id for q in asked if q.question is None or q.question.kind == "several"}
        self._numbers: dict[Answered, int] = {}
        self._known: list[Answered] = []
        self._by_given: dict[tuple[str, Status, tuple[str, ...]], int] = {}
        self._further: dict[tuple[int, int], int] = {}

    def traits(self, place: tuple[str, ...], answers: Iterable[tuple[str, Given]]) -> Traits:
        """What tells somebody apart: where they are and what they read, and each question's answer."""
        numbers = [self._number(("", "", place)), *(self.number(question, given) for question, given in answers)]
        return array("I", numbers).tobytes()

    def number(self, question: str, given: Given) -> int:
        """An answer's number; the order of its options makes no other one."""
        key = (question, given.status, given.options)
        found = self._by_given.get(key)
        if found is None:
            found = self._number((question, given.status.value, tuple(sorted(given.options))))
            self._by_given[key] = found
        return found

    def _number(self, answered: Answered) -> int:
        found = self._numbers.setdefault(answered, len(self._known))
        if found == len(self._known):
            self._known.append(answered)
        return found

    def whole(self, traits: Traits, step: int) -> Traits:
        """Everything that tells somebody apart, as a step has it."""
        if step == 0:
            return traits
        numbers = array("I")
        numbers.frombytes(traits)
        return array("I", [self._at(number, step) for number in numbers]).tobytes()

    def _at(self, number: int, step: int) -> int:
        found = self._further.get((number, step))
        if found is None:
            found = self._further[number, step] = self._number(self.broader(self._known[number], step))
        return found

    def passed_on(self, question: str, given: Given, step: int) -> Given:
        """An answer as it is passed on at a step."""
        if step == 0 or given.status is not Status.ANSWERED:
            return given
        before = self.number(question, given)
        after = self._at(before, step)
        return given if after == before else Given(given.status, self._known[after][2], None, broader=True)

    def broader(self, answered: Answered, step: int) -> Answered:
        """An answer as a step has it."""
        question, status, options = answered
        if step == 0 or status != _ANSWERED:
            return answered
        is_set = question in self._sets
        if step >= (3 if is_set else LAST):
            return question, status, (SEVERAL,)
        if step >= (1 if is_set else 2):
            return question, status, self._parents_of(question, options)
        return answered

    def _parents_of(self, question: str, options: Sequence[str]) -> tuple[str, ...]:
        """With one option that has no parent, nothing broader can be said of the set."""
        parents = [self._parents.get(question, {}).get(option) for option in options]
        known = [parent for parent in parents if parent is not None]
        return tuple(sorted(set(known))) if len(known) == len(parents) else (SEVERAL,)
