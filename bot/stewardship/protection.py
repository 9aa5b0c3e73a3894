"""The smallest group: whose answers few people share is passed on in a broader group, unless they asked for exactly.

Contributors were asked at review: "If few people share your answer, how may it be passed on? Exactly as I said. In a
broader group." That is kept to the letter. Whoever chose *exactly* is passed on exactly. Whoever chose *broader* is,
where fewer than k rows share what tells people apart, passed on in the options' parents, then as "several", which says
no more than that they answered; and where not even that is shared by k rows, their row is left out. Answers that k
people share are touched by nothing.

What tells people apart in a row (the *traits*): region, language, and every question about who somebody is. Region and
language do so also where no question is about that. A question about something else is looked at by itself, and never
costs a row.

Pure; what is held in memory is one entry for each different combination, not for each person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.stewardship.columns import Asked
from bot.stewardship.ladder import LAST, Given, Ladder, Traits
from flows.collection import Subject

__all__ = ["LAST", "SMALLEST_GROUP", "Census", "Given", "Ladder", "Loss", "Protection", "Traits", "is_trait"]

SMALLEST_GROUP = 5
"""Rows that share everything that tells people apart, at least; a steward may ask for more and not for fewer."""

_TRAITS = frozenset(
    {
        Subject.AGE, Subject.ANCESTRY, Subject.GENDER_IDENTITY, Subject.SEX, Subject.ORIENTATION, Subject.RELIGION,
        Subject.CASTE, Subject.TRIBE, Subject.NATIONALITY, Subject.FIRST_LANGUAGE, Subject.GREW_UP,
    }
)  # fmt: skip


class Census:
    """Counts who shares what, and plans what becomes of those whom too few share."""

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder
        self.exactly: Counter[Traits] = Counter()
        self.broader: Counter[Traits] = Counter()

    def add(self, traits: Traits, *, exactly: bool) -> None:
        """Count somebody."""
        (self.exactly if exactly else self.broader)[traits] += 1

    def plan(self, smallest: int) -> dict[Traits, int | None]:
        """The step of everybody with these traits who chose a broader group; None: their rows are left out."""
        steps: dict[Traits, int | None] = dict.fromkeys(self.broader, 0)
        moved = [each for each in self.broader if self.exactly[each] + self.broader[each] < smallest]
        for step in range(1, LAST + 1):
            sizes = self._sizes(steps)
            for each in moved:
                if sizes[self._shown(each, steps)] < smallest:
                    steps[each] = step
        sizes = self._sizes(steps)
        alone = [each for each in moved if sizes[self._shown(each, steps)] < smallest]
        self._lift(alone, moved, steps, smallest)
        return steps

    def _shown(self, traits: Traits, steps: Mapping[Traits, int | None]) -> Traits:
        return self._ladder.whole(traits, steps[traits] or 0)

    def _sizes(self, steps: Mapping[Traits, int | None]) -> Counter[Traits]:
        sizes = Counter(self.exactly)
        for traits, count in self.broader.items():
            if steps[traits] is not None:
                sizes[self._shown(traits, steps)] += count
        return sizes

    def _lift(
        self, alone: Sequence[Traits], moved: Sequence[Traits], steps: dict[Traits, int | None], smallest: int
    ) -> None:
        """Nobody is left out whom others in a broader group already could join: those go one step further with them."""
        companions: defaultdict[Traits, list[Traits]] = defaultdict(list)
        for each in moved:
            companions[self._ladder.whole(each, LAST)].append(each)
        sizes = self._sizes(steps)
        for last in dict.fromkeys(self._ladder.whole(each, LAST) for each in alone):
            have = sizes[last]
            groups: defaultdict[Traits, list[Traits]] = defaultdict(list)
            for each in companions[last]:
                if steps[each] != LAST and self._shown(each, steps) != last:
                    groups[self._shown(each, steps)].append(each)
            people = {shown: sum(self.broader[each] for each in some) for shown, some in groups.items()}
            if have + sum(people.values()) < smallest:
                for each in companions[last]:
                    if self._shown(each, steps) == last:
                        steps[each] = None
                continue
            for shown in sorted(groups, key=lambda shown: (-max(steps[e] or 0 for e in groups[shown]), people[shown])):
                if have >= smallest:
                    break
                have += people[shown]
                steps.update(dict.fromkeys(groups[shown], LAST))


@dataclass(frozen=True, slots=True)
class Loss:
    """What protection did to one answer: how many gave it, how many of them it does not show any more."""

    question: str
    option: str
    gave: int
    broader: int
    left_out: int

    @property
    def lost(self) -> int:
        """How many of those who gave it are not shown with it."""
        return self.broader + self.left_out

    @property
    def share(self) -> float:
        """The part that is lost, of 1."""
        return self.lost / self.gave

    def may_be_told(self, smallest: int) -> bool:
        """Whether a group gave it, and a group of them is lost: with the rows that show an answer at hand, even a share
        of fewer can be counted out."""
        return self.gave >= smallest and self.lost >= smallest


class Protection:
    """Decides for each contribution what of it is passed on. Count everybody first, then `settle`, then ask."""

    def __init__(self, questions: Sequence[Asked], smallest: int, *, apart: bool, own_words: bool) -> None:
        """`apart`: every question stands in a table of its own, which nothing joins to another."""
        self.smallest = smallest
        self._apart = apart
        self._own_words = own_words
        self._together = [] if apart else [question.id for question in questions if is_trait(question)]
        self._alone = [question.id for question in questions if question.id not in self._together]
        ladder = Ladder(questions)
        self._ladder = ladder
        self._rows = Census(ladder)
        self._single = {question: Census(ladder) for question in self._alone}
        self._steps: dict[Traits, int | None] = {}
        self._single_steps: dict[str, dict[Traits, int | None]] = {}
        self._gave: Counter[tuple[str, str]] = Counter()
        self._broader: Counter[tuple[str, str]] = Counter()
        self._left_out: Counter[tuple[str, str]] = Counter()
        self.rows_left_out = 0

    def count(self, place: tuple[str, ...], given: Mapping[str, Given], *, exactly: bool) -> None:
        """Count a contribution."""
        if not self._apart:
            self._rows.add(self._traits(place, given), exactly=exactly)
        for question, census in self._single.items():
            census.add(self._by_itself(question, given[question]), exactly=exactly)

    def settle(self) -> None:
        """Everybody is counted."""
        self._steps = self._rows.plan(self.smallest)
        self._single_steps = {question: census.plan(self.smallest) for question, census in self._single.items()}

    def passed_on(
        self, place: tuple[str, ...], given: Mapping[str, Given], *, exactly: bool
    ) -> tuple[Mapping[str, Given], tuple[object, ...]] | None:
        """What is passed on of a contribution, and the groups that it is in; None: its row is left out. It is noted."""
        found = self._decided(place, given, exactly=exactly)
        self.note(given, None if found is None else found[0])
        return found

    def shown(self, place: tuple[str, ...], given: Mapping[str, Given], *, exactly: bool) -> Mapping[str, Given] | None:
        """What is passed on of a contribution, noted nowhere; None: its row is left out."""
        found = self._decided(place, given, exactly=exactly)
        return None if found is None else found[0]

    def _decided(
        self, place: tuple[str, ...], given: Mapping[str, Given], *, exactly: bool
    ) -> tuple[Mapping[str, Given], tuple[object, ...]] | None:
        out = {question: self._worded(each, exactly=exactly) for question, each in given.items()}
        traits = self._traits(place, given)
        step = 0 if exactly or self._apart else self._steps.get(traits)
        if step is None:
            return None
        if step:
            for question in self._together:
                out[question] = self._ladder.passed_on(question, out[question], step)
        groups: list[object] = [] if self._apart else [self._ladder.whole(traits, step)]
        for question in self._alone:
            traits = self._by_itself(question, given[question])
            alone = 0 if exactly else self._single_steps[question].get(traits)
            step = LAST if alone is None else alone
            out[question] = self._ladder.passed_on(question, out[question], step)
            if alone is not None:
                groups.append((question, self._ladder.whole(traits, step)))
        return out, tuple(groups)

    def _worded(self, given: Given, *, exactly: bool) -> Given:
        """Nobody shares somebody's own words: they leave only of whoever asked for exactly."""
        if given.own_words is None or (self._own_words and exactly):
            return given
        return replace(given, own_words=None)

    def _traits(self, place: tuple[str, ...], given: Mapping[str, Given]) -> Traits:
        return self._ladder.traits(place, [(question, given[question]) for question in self._together])

    def _by_itself(self, question: str, given: Given) -> Traits:
        return self._ladder.traits((), [(question, given)])

    def note(self, given: Mapping[str, Given], out: Mapping[str, Given] | None, by: int = 1) -> None:
        """Count what became of a contribution, as `shown` says; or with -1, count it no more."""
        self.rows_left_out += by if out is None else 0
        for question, each in given.items():
            for option in each.options:
                self._gave[question, option] += by
                if out is None:
                    self._left_out[question, option] += by
                elif out[question].broader:
                    self._broader[question, option] += by

    def losses(self) -> list[Loss]:
        """What was lost, answer by answer, in the order of questions and options as they were met."""
        gave = ((of, count) for of, count in sorted(self._gave.items()) if count)
        return [Loss(*of, count, self._broader[of], self._left_out[of]) for of, count in gave]


def is_trait(question: Asked) -> bool:
    """Whether a question is about who somebody is. One that is gone is taken for such."""
    return question.question is None or question.question.subject in _TRAITS
