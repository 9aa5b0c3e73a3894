"""Who is invited: everybody is looked at, some at a time, and each is written down or falls out for one reason.

Languages and answers are sealed. Where an audience is chosen by them, or a target may be met, people are opened some
at a time, off the event loop, and nothing of them is kept.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.broadcasts.answering import Answers
from bot.broadcasts.letters import languages_of
from bot.chats import open_addressee
from bot.storage.audiences import Person
from bot.storage.keystore import KeyStore
from bot.vault import CONTACT, CannotOpen, Vault
from flows.broadcasts import Reason
from flows.choosing import Answered, is_heard, may_be_chosen_by
from flows.collection import Collection
from flows.negotiation import negotiate
from flows.progress import NOTHING_MET, Met

_KEYS_TOGETHER = 500


@dataclass(slots=True)
class Tally:
    """How many are invited, and how many fall out for which reason."""

    recipients: int
    fallen_out: Counter[Reason]

    def fall_out(self, reasons: Iterable[Reason]) -> None:
        """Some of them do after all."""
        before = self.fallen_out.total()
        self.fallen_out.update(reasons)
        self.recipients -= self.fallen_out.total() - before

    def draw(self, drawn: int) -> None:
        """Only so many of them were drawn."""
        self.fallen_out[Reason.NOT_DRAWN] += self.recipients - drawn
        self.recipients = drawn

    @classmethod
    def begin(cls) -> Tally:
        """Nobody was looked at yet."""
        return cls(0, Counter())


@dataclass(frozen=True, slots=True)
class Heard:
    """What is met of a collection's targets, and which there are for groups."""

    met: Mapping[str, Met]
    """By territory."""
    hoped_for: Mapping[str, frozenset[Answered]]
    """By territory: groups with a target, of questions that people may be chosen by."""

    @property
    def needs_languages(self) -> bool:
        """Whether it takes languages to know who falls out."""
        return any(met.languages for met in self.met.values())

    @property
    def questions(self) -> frozenset[str]:
        """Questions that it takes the answers to: where a group has been heard, all of those about groups."""
        concerned = [hoped for place, hoped in self.hoped_for.items() if self.met[place].options & hoped]
        return frozenset(question for hoped in concerned for question, _ in hoped)


NOBODY_HEARD = Heard({}, {})


@dataclass(frozen=True, slots=True)
class Sieve:
    """Tells who of some people is invited."""

    keystore: KeyStore
    vault: Vault
    collection: Collection
    languages: tuple[str, ...]
    answers: Answers
    now: dt.datetime
    heard: Heard = NOBODY_HEARD
    who: Answered | None = None
    """Only who gave this answer."""

    @property
    def reads_answers(self) -> bool:
        """Whether anybody's answers are opened for it."""
        return self.who is not None or bool(self.heard.questions)

    async def invited(self, people: Sequence[Person], tally: Tally) -> list[Person]:
        """Those who are, in order; the others are counted by their reason."""
        tally.fallen_out.update(person.why_not for person in people if person.why_not is not None)
        left = [person for person in people if person.why_not is None]
        left = self._kept(left, [Reason.HEARD if self._met(each).people else None for each in left], tally)
        if left and (self.languages or self.heard.needs_languages):
            left = self._kept(left, await self._by_language(left), tally)
        if left and self.reads_answers:
            left = self._kept(left, await self._by_answers(left), tally)
        tally.recipients += len(left)
        return left

    def _kept(self, people: Sequence[Person], why_not: Sequence[Reason | None], tally: Tally) -> list[Person]:
        tally.fallen_out.update(reason for reason in why_not if reason is not None)
        return [person for person, reason in zip(people, why_not, strict=True) if reason is None]

    def _met(self, person: Person) -> Met:
        return self.heard.met.get(person.region or "", NOTHING_MET)

    # --- languages -------------------------------------------------------------------------------------------------

    async def _by_language(self, people: Sequence[Person]) -> list[Reason | None]:
        wraps: dict[tuple[bytes, str], bytes] = {}
        for start in range(0, len(people), _KEYS_TOGETHER):
            key_ids = [person.key_id for person in people[start : start + _KEYS_TOGETHER]]
            wraps.update(await self.keystore.wraps(key_ids, (CONTACT,)))
        return await asyncio.to_thread(self._why_not_by_language, people, wraps)

    def _why_not_by_language(
        self, people: Sequence[Person], wraps: Mapping[tuple[bytes, str], bytes]
    ) -> list[Reason | None]:
        spoken = languages_of(self.collection)
        found: list[Reason | None] = []
        for person in people:
            reads = negotiate(self._language(person, wraps), spoken)
            if self.languages and reads not in self.languages:
                found.append(Reason.OTHER_LANGUAGE)
            else:
                found.append(Reason.HEARD if reads in self._met(person).languages else None)
        return found

    def _language(self, person: Person, wraps: Mapping[tuple[bytes, str], bytes]) -> str | None:
        try:
            opened = open_addressee(person.chat, person.key_id, person.sealed, wraps, self.vault)
        except CannotOpen:
            return None
        return opened.language if opened is not None else None

    # --- answers ---------------------------------------------------------------------------------------------------

    async def _by_answers(self, people: Sequence[Person]) -> list[Reason | None]:
        questions = self.heard.questions | ({self.who[0]} if self.who is not None else set())
        read = await self.answers.of([person.chat for person in people], questions, self.now)
        return [self._why_not_by_answers(person, read.get(person.chat, set())) for person in people]

    def _why_not_by_answers(self, person: Person, read: set[Answered]) -> Reason | None:
        """By what they may be chosen by where they live now."""
        here = {each for each in read if may_be_chosen_by(self.collection.question(each[0]), person.region)}
        if self.who is not None and self.who not in here:
            return Reason.OTHER_ANSWER
        hoped_for = self.heard.hoped_for.get(person.region or "", frozenset())
        return Reason.HEARD if is_heard(here, self._met(person), hoped_for) else None


Progress = Callable[[int, int], None]
"""Called with how many people were looked at, and how many there are."""


def since(last_invited: int | str | None, now: dt.datetime) -> dt.datetime | None:
    """Before when the last invite has to lie; None where it does not matter, or where there may be none."""
    return now - dt.timedelta(days=last_invited) if isinstance(last_invited, int) else None
