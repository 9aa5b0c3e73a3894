"""People on their way, who press what is on the screen, and try again when nothing comes."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from support.contributors import CODE, OWN, Contributor
from support.presses import Presses, made_up_answers

from bot.sandbox.contributor import Person
from bot.texts import Texts
from flows.collection import Collection
from flows.language import place_name
from flows.words import say

from .plan import Role

AGAIN = 0.6
"""Seconds without anything new on the screen after which somebody tries again. Real people take longer."""

_ENOUGH = 4
"""Updates of theirs that nobody has taken yet, after which somebody presses no more until one is: otherwise ever more
of them would wait on a slow machine."""

LEAVING = "Your receipt for leaving"
OWN_WORDS = "words of my own"
"""What everybody's own words begin with: to be looked for where they may not stand."""

_CODE = re.compile(r"VOUCHER-\d{4}")
_LEAVE = ("Yes, all three", "All three")
_SEEN_CARDS = 2


def read_by(person: Person) -> list[str]:
    """What the bot has said to somebody, also what is out of the chat: a word of theirs takes a goodbye out."""
    return [post.text for post in person.chat.posts.values() if post.from_bot]


class Comer:
    """Somebody in front of a chat; what they do next depends on what they see."""

    opening = "/start"
    """What they write to begin, and when nothing comes."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.codes: set[str] = set()
        """Voucher codes that they have seen."""
        self.is_waiting = False
        """Whether the next word is the bot's: they have confirmed that they leave."""

    @property
    def done(self) -> bool:
        """Whether they are where they wanted to be."""
        raise NotImplementedError

    async def act(self) -> None:
        """One press, by what is on the screen."""
        raise NotImplementedError

    async def go(self) -> None:
        """Until done."""
        await self.person.say(self.opening)
        tries = 0
        while not self.done:
            before = self._seen()
            if len(self.person.chat.activity.unconfirmed) < _ENOUGH:
                await self.act()
            if self.done:
                return
            if await self._something_new(before):
                tries = 0
                continue
            tries += 1
            waits = len(self.person.chat.activity.unconfirmed) >= _ENOUGH
            if tries % 2 == 0 and not waits and (not self.is_waiting or tries > _ENOUGH):
                await self.person.say("/leave" if self.is_waiting else self.opening.partition(" ")[0])

    def look(self) -> None:
        """A code that was seen is a promise."""
        for message in self.person.messages:
            if message.author == "bot":
                self.codes.update(_CODE.findall(message.text))

    def _seen(self) -> tuple[object, ...]:
        self.look()
        return tuple(
            (m.id, m.text, tuple(b.label for b in m.buttons)) for m in self.person.messages if m.author == "bot"
        )

    async def _something_new(self, before: tuple[object, ...]) -> bool:
        """Word of it comes from the stand-in: each call that is over beats this chat's pulse."""
        activity = self.person.chat.activity
        try:
            async with asyncio.timeout(AGAIN):
                while activity.unconfirmed or activity.calls_under_way or self._seen() == before:
                    await activity.pulse.next()
        except TimeoutError:
            return False
        return True


@dataclass
class Mind:
    """What somebody means to say."""

    role: Role
    yes: frozenset[int]
    answers: Mapping[str, Sequence[str]]
    dice: random.Random = field(repr=False)

    @property
    def own_words(self) -> list[str]:
        """What they write in their own words."""
        return [o.removeprefix(OWN) for options in self.answers.values() for o in options if o.startswith(OWN)]


def mind_of(role: Role, who: Contributor, dice: random.Random) -> Mind:
    """What somebody means to say."""
    answers = made_up_answers(who.region.questions, dice, lambda: f"{OWN_WORDS} {dice.getrandbits(32):x}")
    return Mind(role, frozenset(n for n in (1, 2, 3) if dice.random() < 0.5), answers, dice)


class InFrontOfACard(Contributor):
    """Whose screen is the card that can be pressed, whatever else has come below it, such as their pay."""

    @property
    def screen(self) -> str:
        """The newest message of the bot with buttons; without any, the newest."""
        said = [message for message in self.person.messages if message.author == "bot"]
        with_buttons = [message for message in said if message.buttons]
        newest = (with_buttons or said)[-1:]
        return newest[0].text if newest else ""

    def has_read(self, message: str) -> bool:
        """Whether the bot's own message stands, or stood, anywhere in the chat."""
        words = self.words(message)
        return any(words in text for text in read_by(self.person))


class Traveller(Comer):
    """Somebody who opens the link."""

    opening = "/start demographics"

    def __init__(self, who: InFrontOfACard, mind: Mind) -> None:
        super().__init__(who.person)
        self.who = who
        self.mind = mind
        self.saw_receipt = self.saw_review = self.thanked = self.left = self.declined = False
        self.receipt_codes: set[str] = set()
        """What stood on the receipt, which it does for a while only."""
        self._cards = 0
        self._hand = Presses(who, mind.dice)

    @property
    def done(self) -> bool:
        """Whether they are where they wanted to be."""
        match self.mind.role:
            case Role.LEAVES:
                return self.left
            case Role.DECLINES:
                return self.declined
            case Role.LOOKS:
                return self._cards >= _SEEN_CARDS
        return self.thanked

    @property
    def has_receipt(self) -> bool:
        """Whether a receipt of consent stands in the chat now."""
        return bool(self.who.receipt)

    def look(self) -> None:
        """A receipt that was seen is a promise."""
        super().look()
        self.saw_receipt = self.saw_receipt or self.has_receipt
        self.receipt_codes.update(CODE.findall(self.who.receipt))
        self.declined = self.declined or self.who.has_read(
            "That is quite all right. Nothing about you is kept, and nobody is told."
        )

    async def act(self) -> None:
        """One press, by what is on the screen."""
        who = self.who
        self.look()
        leaving = next((words for words in _LEAVE if who.words(words) in who.labels), None)
        if who.has_read(LEAVING):
            self.left = True
        elif leaving is not None:
            self.is_waiting = leaving == _LEAVE[0]
            await self._hand.press(who.words(leaving))
        elif who.sees("Thank you") and not self.declined:
            self.thanked = True
            if self.mind.role is Role.LEAVES:
                await self.person.say("/leave")
        elif not self.declined:
            await self._go_on()

    async def _go_on(self) -> None:
        who = self.who
        if place_name(who.place, who.language) in who.labels:
            await self._hand.press(place_name(who.place, who.language))
        elif who.words("I do not agree") in who.labels:
            await self._decide()
        elif who.words("Next") in who.labels:
            self._cards += 1
            await self._hand.press(who.words("Next"))
        elif who.words("Submit") in who.labels:
            await self._review()
        elif (right := self.who.offered_right_answer()) is not None:
            self._cards += 1
            if not self.done:
                await self._hand.press(right)
        else:
            await self._answer()

    async def _decide(self) -> None:
        if self.mind.role is Role.DECLINES:
            await self._hand.press(self.who.words("I do not agree"))
            return
        await self._hand.decide(self.mind.yes)

    async def _review(self) -> None:
        self.saw_review |= await self._hand.review(self.mind.answers)

    async def _answer(self) -> None:
        who = self.who
        question = who.question
        if question is None:
            if who.words("Show") in who.labels:  # folded, it does not say what was asked
                await self._hand.press(who.words("Show"))
            return  # otherwise a receipt and nothing below it yet, or something that came by itself
        own_words = next((o for o in self.mind.answers[question.id] if o.startswith(OWN)), None)
        if not any("☐" in label or "☑" in label for label in who.labels) and question.kind == "several":
            if who.words("Show") in who.labels:
                await self._hand.press(who.words("Show"))
            elif own_words is not None:
                await self.person.say(own_words.removeprefix(OWN))
            return
        await self._hand.choose(question, self.mind.answers[question.id])


class Leaver(Comer):
    """Somebody of whom data are held, in whatever language, and who leaves while invites go out."""

    opening = "/leave"

    def __init__(self, person: Person, collection: Collection, texts: Texts) -> None:
        super().__init__(person)
        self._labels = [{texts.plain(say(words), each) for each in collection.languages} for words in _LEAVE]
        self._titles = {texts.plain(say(LEAVING), each) for each in collection.languages}
        self._left = False

    @property
    def done(self) -> bool:
        """Whether they have left."""
        return self._left

    async def act(self) -> None:
        """One press, by what is on the screen."""
        labels = {button.label for button in self.person.buttons}
        found = next((labels & each for each in self._labels if labels & each), None)
        if any(title in text for text in read_by(self.person) for title in self._titles):
            self._left = True
        elif found:
            self.is_waiting = found <= self._labels[0]
            await self.person.press(next(iter(found)))
