"""Contributors who read the screen and press what is on it, in any language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from bot.sandbox.contributor import Person
from bot.sandbox.files import Stored
from bot.texts import Texts
from flows.collection import OPT_OUT, Collection, Question, Region
from flows.language import language_name, place_name
from flows.words import asked, say

from .running import until

CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")
_QUIET = 0.015
"""Seconds without a call after which nothing more comes: bot and sandbox share one loop here."""

_PATIENCE = 5.0
"""Seconds after which a button that is not there does not come any more."""

_MARKS = "☐☑●✓… \u2066\u2067\u2068\u2069"

Answers = Mapping[str, Sequence[str]]
"""Question -> options to press, by id; `own words:...` writes something."""

OWN = "own words:"

PLAIN_ANSWERS: Mapping[str, Answers] = {
    "US": {"age": ["age_25_34"], "ancestry": ["black"], "gender_identity": ["woman"]},
    "EG": {"age": ["age_35_44"], "grew_up_region": ["delta"], "first_language": ["egyptian_arabic"]},
}


class Contributor:
    """Somebody with a language and a place, in front of one collection."""

    def __init__(self, person: Person, language: str, place: str, collection: Collection, texts: Texts) -> None:
        self.person = person
        self.language = language
        self.place = place
        self.collection = collection
        self._texts = texts

    @property
    def region(self) -> Region:
        """Where they live."""
        region = self.collection.region(self.place)
        assert region is not None
        return region

    def words(self, message: str, **values: str | int) -> str:
        """One of the bot's own messages as this person reads it."""
        return self._texts.plain(say(message, **values), self.language)

    def collection_words(self, message: str) -> str:
        """The collection's words as this person reads them."""
        return self._texts.plain(asked(self.collection.id, message), self.language)

    @property
    def screen(self) -> str:
        """The newest message of the bot."""
        return self.person.screen

    def sees(self, message: str, **values: str | int) -> bool:
        """Whether the bot's own message stands on the screen."""
        return self.words(message, **values) in self.screen

    @property
    def labels(self) -> list[str]:
        """Labels of the buttons in front of them."""
        return [button.label for button in self.person.buttons]

    async def settle(self) -> None:
        """Wait until what was done has been taken and answered: not only with the line that comes before a screen which
        nobody is to read on a lock screen, since on a busy machine it may be quiet between the two."""
        await self.person.settled(timeout=20, quiet=_QUIET)
        if self.screen == self.words("There is something new for you here."):
            with suppress(TimeoutError):
                await until(lambda: self.screen != self.words("There is something new for you here."), _PATIENCE)
            await self.person.settled(timeout=20, quiet=_QUIET)

    # --- single presses --------------------------------------------------------------------------------------------

    async def press(self, message: str, **values: str | int) -> None:
        """Press the button with one of the bot's own labels, and wait for what comes of it."""
        await self.press_label(self.words(message, **values))

    async def press_label(self, label: str) -> None:
        """Press a label as it stands, once it does: a bot in a process of its own may be quiet before it answers."""
        with suppress(TimeoutError):
            await until(lambda: self._is_offered(label), _PATIENCE)
        await self.person.press(label)
        await self.settle()

    def _is_offered(self, label: str) -> bool:
        try:
            self.person._button(label)
        except AssertionError:
            return False
        return True

    async def say(self, text: str) -> int:
        """Write something and wait for what comes of it."""
        number = await self.person.say(text)
        await self.settle()
        return number

    async def start(self, payload: str = "demographics") -> None:
        """Open the deep link."""
        await self.person.start(payload)
        await self.settle()

    # --- stretches of the way --------------------------------------------------------------------------------------

    async def to_cards(self, payload: str = "demographics") -> None:
        """From the link to the first card."""
        await self.start(payload)
        await self.press_label(place_name(self.place, self.language))

    def right_answer(self, card: int) -> str:
        """The label that the card explains; counts from 0."""
        question = self.collection.documents[self.language][card].question
        assert question is not None
        return question.answers[question.right]

    def other_answer(self, card: int) -> str:
        """A label off the mark."""
        question = self.collection.documents[self.language][card].question
        assert question is not None
        return next(words for place, words in enumerate(question.answers) if place != question.right)

    def offered_right_answer(self) -> str | None:
        """The button of the open card's right answer, where there is one."""
        for card in (1, 2, 3):
            answer = self.right_answer(card)
            found = next((label for label in self.labels if answer in label), None)
            if found is not None:
                return found
        return None

    def read_back(self, answers: Answers) -> list[str]:
        """What has to stand on the screen that reads these answers back."""
        words = []
        for question in self.region.questions:
            for option_id in answers[question.id]:
                option = question.option(option_id)
                if option_id.startswith(OWN):
                    words.append(option_id.removeprefix(OWN))
                elif option is not None:
                    words.append(self.collection_words(option.label))
        return words

    async def read_cards(self) -> None:
        """From the first card to the decision."""
        await self.press("Next")
        for card in (1, 2, 3):
            await self.press_label(self.right_answer(card))

    async def to_decision(self, payload: str = "demographics") -> None:
        """From the link to the decision."""
        await self.to_cards(payload)
        await self.read_cards()

    async def agree(self, *yes: int) -> None:
        """Yes to some optional purposes by number, and to taking part."""
        for number in yes:
            await self.press("{number} Yes", number=number)
        await self.press("I am {age} or older and I agree", age=self.region.minimum_age)

    async def to_questions(self, *yes: int, payload: str = "demographics") -> None:
        """From the link to the first question."""
        await self.to_decision(payload)
        await self.agree(*yes)

    async def to_review(self, answers: Answers | None = None) -> None:
        """Answer every question that comes."""
        wanted = PLAIN_ANSWERS[self.place] if answers is None else answers
        # The first question comes as a message of its own, a moment after the receipt.
        await until(lambda: self.question is not None or self.sees("Please look once more"))
        while (question := self.question) is not None:
            await self.answer(question, wanted[question.id])

    async def whole(self, *yes: int, answers: Answers | None = None) -> None:
        """From the link to the thanks."""
        await self.to_questions(*yes)
        await self.to_review(answers)
        await self.press("Submit")

    # --- questions -------------------------------------------------------------------------------------------------

    @property
    def question(self) -> Question | None:
        """The question on the screen, by its words."""
        if self.sees("Please look once more"):
            return None
        return next((q for q in self.region.questions if self.collection_words(q.text) in self.screen), None)

    async def answer(self, question: Question, options: Sequence[str]) -> None:
        """Press some options, or write own words, and go on."""
        for option in options:
            if option.startswith(OWN):
                await self.describe(question, option.removeprefix(OWN))
            else:
                await self.press_option(question, option)
        if question.kind == "several" and self.question == question:
            await self.press("Done")

    async def describe(self, question: Question, own_words: str) -> int:
        """Write own words where the question takes them."""
        described = question.own_words_option
        assert described is not None
        await self.press_label(self._label(self.collection_words(described.label)))
        return await self.say(own_words)

    async def press_option(self, question: Question, option_id: str) -> None:
        """Press an option by its words, or by the number that stands before them in the text."""
        await self.press_label(self.option_label(question, option_id))

    def option_label(self, question: Question, option_id: str) -> str:
        """The label to press for an option."""
        if option_id == OPT_OUT:
            return self._label(self.words("Prefer not to answer"))
        option = question.option(option_id)
        assert option is not None
        words = self.collection_words(option.label)
        if any(label.strip(_MARKS) == words for label in self.labels):
            return self._label(words)
        line = next(line for line in self.screen.splitlines() if line.endswith(f". {words}"))
        return self._label(line.strip(_MARKS).partition(".")[0])

    def _label(self, words: str) -> str:
        found = next((label for label in self.labels if label.strip(_MARKS) == words), None)
        assert found is not None, f"no button {words!r}\n{self.person.describe_screen()}"
        return found

    async def newest_file(self, files: int = 1) -> Stored:
        """The newest file in the chat, once so many stand there: the outbox worker sends them by itself."""
        await until(lambda: len(self.person.files) >= files)
        await self.settle()
        return self.person.files[-1]

    # --- what they keep ---------------------------------------------------------------------------------------------

    @property
    def goodbye(self) -> str:
        """The receipt for leaving as it stands in the chat: word of what is still owed comes beneath it."""
        title = self.words("Your receipt for leaving")
        return next((m.text for m in self.person.messages if m.author == "bot" and m.text.startswith(title)), "")

    @property
    def receipt(self) -> str:
        """The receipt's text as it stands in the chat."""
        title = self.words("Your receipt")
        return next((m.text for m in self.person.messages if m.author == "bot" and m.text.startswith(title)), "")

    @property
    def code(self) -> str:
        """The code on the receipt, while it stands there."""
        found = CODE.search(self.receipt)
        assert found is not None, f"no code in the chat\n{self.person.describe_screen()}"
        return found[0]

    @property
    def speaks(self) -> str:
        """Their language's own name."""
        return language_name(self.language, self.language)
