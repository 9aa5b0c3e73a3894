"""Somebody who goes the whole way however the bot fares: they press what is on the screen, and try again."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.reading import read_collections, read_texts
from bot.sandbox.server import Sandbox
from flows.language import place_name

from .contributors import OWN, Contributor
from .presses import Presses, made_up_answers
from .running import Stored, settings_for

PATIENCE = 4.0
"""Seconds without anything new on the screen after which somebody tries again."""

_LEAVING = ("Yes, all three", "All three")

NEVER = 40
"""Tries in a row that change nothing: then somebody is stuck. Telegram waits twice as long each time before it tries a
webhook again, so that somebody may wait as long again as the bot was away."""


@dataclass
class Traveller:
    """Somebody on the way: what they mean to say, and what they have seen."""

    chooser: random.Random
    who: Contributor
    leaves: bool
    yes: frozenset[int]
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    saw_receipt: bool = False
    saw_review: bool = False
    thanked: bool = False
    leaving: bool = False
    """Whether "all three" was confirmed: /start would then begin anew."""
    left: bool = False
    tries: int = 0

    @property
    def _hand(self) -> Presses:
        return Presses(self.who, self.chooser)

    @property
    def done(self) -> bool:
        """Whether they are where they wanted to be."""
        return self.left if self.leaves else self.thanked

    # --- one press at a time, by what is on the screen -------------------------------------------------------------

    async def come_and_go(self) -> None:
        """From a link on."""
        await self.who.person.start("demographics")
        await self.go()

    async def go(self) -> None:
        """Until done: press what is visible, wait for something new, and try again when nothing comes."""
        while not self.done:
            before = self._seen()
            await self._act()
            if self.done:
                return
            if await self._something_new(before):
                self.tries = 0
                continue
            self.tries += 1
            assert self.tries < NEVER, f"stuck\n{self.who.person.describe_screen()}"
            if self.tries % 2 == 0 and not self.leaving:
                await self.who.person.say("/start")

    def _seen(self) -> tuple[object, ...]:
        person = self.who.person
        return tuple((m.id, m.text, tuple(b.label for b in m.buttons)) for m in person.messages if m.author == "bot")

    async def _something_new(self, before: tuple[object, ...]) -> bool:
        activity = self.who.person.chat.activity
        try:
            async with asyncio.timeout(PATIENCE):
                while activity.unconfirmed or self._seen() == before:  # noqa: ASYNC110  # what is seen wakes nobody
                    await asyncio.sleep(0.005)
        except TimeoutError:
            return False
        return True

    async def _act(self) -> None:
        who = self.who
        self._look()
        leaving = next((words for words in _LEAVING if who.words(words) in who.labels), None)
        if who.goodbye:
            self.left = True
        elif leaving is not None:
            self.leaving = leaving == _LEAVING[0]
            await self._hand.press(who.words(leaving))
        elif who.sees("Thank you"):
            self.thanked = True
            if self.leaves:
                await who.person.say("/leave")
        else:
            await self._go_on()

    async def _go_on(self) -> None:
        who = self.who
        if place_name(who.place, who.language) in who.labels:
            await self._hand.press(place_name(who.place, who.language))
        elif who.words("I do not agree") in who.labels:
            await self._hand.decide(self.yes)
        elif who.words("Next") in who.labels:
            await self._hand.press(who.words("Next"))
        elif who.words("Submit") in who.labels:
            await self._review()
        elif (right := who.offered_right_answer()) is not None:
            await self._hand.press(right)
        else:
            await self._answer()

    def _look(self) -> None:
        """A receipt that was seen is a promise."""
        if self.who.receipt:
            self.saw_receipt = True

    async def _review(self) -> None:
        self.saw_review |= await self._hand.review(self.answers)

    async def _answer(self) -> None:
        who = self.who
        if who.words("Show") in who.labels:  # the card has folded, and says no more which question it is
            await self._hand.press(who.words("Show"))
            return
        question = who.question
        if question is None:
            await asyncio.sleep(0.01)  # a receipt and nothing below it yet
            return
        own_words = next((o for o in self.answers[question.id] if o.startswith(OWN)), None)
        if not any("☐" in label or "☑" in label for label in who.labels) and question.kind == "several":
            if own_words is not None:
                await who.person.say(own_words.removeprefix(OWN))
            return
        await self._hand.choose(question, self.answers[question.id])


def somebody(sandbox: Sandbox, chooser: random.Random, number: int, folder: Path) -> Traveller:
    """The next one who comes along."""
    settings = settings_for(folder, sandbox.api_url)
    collections = read_collections(settings)
    language, place = chooser.choice([("en", "US"), ("ar", "EG"), ("ar", "US"), ("en", "EG")])
    person = sandbox.person(f"Traveller {number}", language)
    who = Contributor(person, language, place, collections[0], read_texts(settings, collections))
    yes = frozenset(n for n in (1, 2, 3) if chooser.random() < 0.5)
    answers = made_up_answers(who.region.questions, chooser, lambda: f"words of my own {number}")
    return Traveller(chooser, who, chooser.random() < 0.25, yes, answers)


def look_at_what_is_kept(stores: Stored, everybody: list[Traveller]) -> None:
    """Each consent, answer and sum that was acknowledged, once, and as it was pressed."""
    vault = stores.vault()
    stayed = [each for each in everybody if not each.leaves]
    for each in everybody:
        assert each.saw_receipt
        assert each.saw_review
        chat_id = each.who.person.id
        holder = vault.entitlement_hash(chat_id, each.who.collection.id)
        assert stores.rows("select count(*) from entitlements where holder = ?", holder) == [(1,)]
        said = [m.text for m in each.who.person.messages if m.author == "person"]
        assert not any(text.startswith("words of my own") for text in said), "own words stand in no chat"
    for each in stayed:
        chat_id = each.who.person.id
        chat = vault.chat_hash(chat_id)
        ((pseudonym, record),) = stores.rows("select pseudonym, record from contributions where chat = ?", chat)
        records = stores.rows("select id, decisions from consent_records where pseudonym = ?", pseudonym)
        assert [row[0] for row in records] == [record]
        optional = each.who.collection.optional_purposes(linked=False)
        agreed = {purpose.id: number in each.yes for number, purpose in enumerate(optional, start=1)}
        assert json.loads(records[0][1]) == {"evaluation": True, **agreed}
        events = stores.rows("select event from consent_events where pseudonym = ? order by id", pseudonym)
        assert events == [("requested",), ("given",)]
        kept = stores.answers(chat_id)
        assert kept.keys() == each.answers.keys()
        for question, answer in kept.items():
            own = [o.removeprefix(OWN) for o in each.answers[question] if o.startswith(OWN)]
            plain = {o for o in each.answers[question] if not o.startswith(OWN)}
            described = each.who.region.question(question)
            assert described is not None
            if own and described.own_words_option is not None:
                plain.add(described.own_words_option.id)
            assert (set(answer["options"]), answer["own_words"]) == (plain, own[0] if own else None)
    assert stores.count("entitlements") == len(everybody)
    assert stores.count("consent_records") == len(everybody)
    assert stores.count("contributions") == len(stayed)
    assert stores.count("answers") == sum(len(each.answers) for each in stayed)
    given = "select pseudonym from consent_events where event = 'given' group by pseudonym having count(*) > 1"
    assert stores.rows(given) == []
    # A kill between the key store's commit and the data's leaves wraps that belong to nobody; a sweep takes them.
    selves = [key_id for key_id, lock, _ in stores.wraps() if lock == "self"]
    used = {row[0] for row in stores.rows("select key_id from contributions")}
    assert len(selves) == len(set(selves))
    assert used <= set(selves)
