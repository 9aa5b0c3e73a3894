"""What somebody on the way presses, whoever sees to it that they go on: a decision, answers, what is read back."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from flows.collection import OPT_OUT, Question

from .contributors import OWN, Contributor


@dataclass(frozen=True)
class Presses:
    """Somebody's hand, which now and then presses twice."""

    who: Contributor
    dice: random.Random = field(repr=False)

    async def press(self, label: str) -> None:
        """Press a button that is there."""
        await self.who.person.press(label)
        if self.dice.random() < 0.15:  # some people press twice
            await self.who.person.press(label)

    async def decide(self, yes: Collection[int]) -> None:
        """The next purpose that is meant and not ticked yet; then agree."""
        for number in sorted(yes):
            label = self.who.words("{number} Yes", number=number)
            if label in self.who.labels:
                await self.press(label)
                return
        await self.press(self.who.words("I am {age} or older and I agree", age=self.who.region.minimum_age))

    async def review(self, answers: Mapping[str, Sequence[str]]) -> bool:
        """Everything is read back before it is submitted; whether it was."""
        who = self.who
        if who.words("Show answers") in who.labels:
            await self.press(who.words("Show answers"))
            return False
        for line in who.read_back(answers):
            assert line in who.screen, f"{line!r} was pressed\n{who.person.describe_screen()}"
        await self.press(who.words("Submit"))
        return True

    async def choose(self, question: Question, answer: Sequence[str]) -> None:
        """The next option of an answer that is not ticked yet; then on."""
        who = self.who
        for option_id in answer:
            described = question.own_words_option
            own = option_id.startswith(OWN)
            assert described is not None or not own
            label = who.option_label(question, described.id if own and described is not None else option_id)
            if "☑" not in label:
                await self.press(label)
                return
        await self.press(who.words("Done"))


def made_up_answers(
    questions: Sequence[Question], dice: random.Random, own_words: Callable[[], str]
) -> dict[str, list[str]]:
    """What somebody means to say, in words of their own now and then."""
    answers: dict[str, list[str]] = {}
    for question in questions:
        options = [option.id for option in question.options if not option.own_words]
        if dice.random() < 0.15:
            answers[question.id] = [OPT_OUT]
        elif question.kind == "one":
            answers[question.id] = [dice.choice(options)]
        else:
            answers[question.id] = dice.sample(options, k=dice.randint(1, min(3, len(options))))
            if question.own_words_option is not None and dice.random() < 0.4:
                answers[question.id].append(f"{OWN}{own_words()}")
    return answers
