"""Contributions opened for one purpose, and the cells of their rows."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import answer_place, open_what_leaves
from bot.stewardship.archive import Archive
from bot.stewardship.columns import Asked, Offered
from bot.stewardship.ladder import Given
from bot.storage import agreed_texts, consents
from bot.storage.consents import Submitted
from bot.vault import CannotOpen, purpose_lock, unseal
from flows.collection import Collection, Purpose
from flows.meaning import NOT_KNOWN, May, Meanings, may_still
from flows.questions import Answer, Status

Cell = str | int | None
_KNOWN = 4_096
"""Answers whose cells are kept at hand: most people give one that others have given."""
_SealedAnswer = tuple[str, bytes, int, str]
"""Question, sealed answer, collection version, and the consent record that it stands under."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A contribution that may be read for the purpose now: agreed to, and with a key for it."""

    submitted: Submitted
    wrapped: bytes = field(repr=False)
    passage_wrapped: bytes | None = field(repr=False)
    """The key of the passage, wrapped for the purpose; none where a later consent does not allow it."""
    purposes: tuple[str, ...]
    """Every purpose that is agreed to now and, where it uses answers, has its key."""
    may: frozenset[May]
    """What the purpose may do with it, by the consent that it stands under."""


class _Opens(NamedTuple):
    """A key of one consent, and what it may be used for."""

    key: bytes
    may: frozenset[May]


@dataclass(frozen=True, slots=True)
class Contribution:
    """A contribution, opened."""

    submitted: Submitted
    purposes: tuple[str, ...]
    answers: Mapping[str, Answer] = field(repr=False)
    participant: str | None = field(repr=False)
    exactly: bool = False
    """What was chosen at review for answers that few people share: as said, or in a broader group."""


class Reader:
    """Reads contributions for one purpose. Only that purpose's key opens anything here: no wrap, no row.

    What the purpose may do beside that is for each consent to say, and for the collection to narrow (`flows.meaning`).
    """

    def __init__(self, archive: Archive, collection: Collection, purpose: Purpose, to: May | None = None) -> None:
        """`to`: what answers are read for, where a release is not it; whoever has not agreed to that is not read."""
        self._archive = archive
        self._to = to
        self._collection = collection
        self._purpose = purpose
        self._lock = purpose_lock(collection.id, purpose.id)
        self._locks = [purpose_lock(collection.id, each.id) for each in collection.purposes if each.uses == "answers"]

    async def standing(
        self, connection: AsyncConnection, pseudonyms: Sequence[str], now: dt.datetime
    ) -> list[Standing]:
        """Those that may be read now, in the order given."""
        found = await consents.submitted(connection, self._collection.id, pseudonyms, now)
        may = await self._may(connection, [each.meanings for each in found])
        agreed = [each for each in found if self._purpose.id in each.purposes and self._is_meant(may(each.meanings))]
        key_ids = dict.fromkeys(key_id for each in agreed for key_id in (each.key_id, each.passage_key_id))
        wraps = await self._archive.keystore.wraps(list(key_ids), self._locks)
        return [
            Standing(
                each,
                wraps[each.key_id, self._lock],
                wraps.get((each.passage_key_id, self._lock)),
                tuple(self._live(each, wraps)),
                may(each.meanings),
            )
            for each in agreed
            if (each.key_id, self._lock) in wraps
        ]

    async def _may(
        self, connection: AsyncConnection, hashes: Sequence[str | None]
    ) -> Callable[[str | None], frozenset[May]]:
        """What the purpose may do, by the hash of what purposes meant to somebody."""
        known: Mapping[str | None, Meanings] = await agreed_texts.meanings(connection, hashes)
        return lambda sha256: may_still(known.get(sha256, NOT_KNOWN), self._purpose)

    def _is_meant(self, may: frozenset[May]) -> bool:
        return self._to is None or self._to in may

    def _live(self, submitted: Submitted, wraps: Mapping[tuple[bytes, str], bytes]) -> Iterator[str]:
        for purpose in self._collection.purposes:
            key = (submitted.key_id, purpose_lock(self._collection.id, purpose.id))
            if purpose.id in submitted.purposes and (purpose.uses != "answers" or key in wraps):
                yield purpose.id

    async def opened(
        self,
        connection: AsyncConnection,
        standing: Sequence[Standing],
        now: dt.datetime,
        questions: Sequence[str] | None = None,
    ) -> list[Contribution]:
        """Those of them that open, in the order given; they are opened beside the event loop.

        `questions`: the only ones whose answers are opened; None for all of them.

        An answer that was not submitted anew stays under the consent that it was given under, and opens with that
        one's key or not at all. So do own words: they are left out where that consent does not let them go.
        """
        sealed: dict[str, list[_SealedAnswer]] = {}
        for row in await consents.answers_of(connection, [each.submitted.pseudonym for each in standing]):
            if questions is None or row[1] in questions:
                sealed.setdefault(row[0], []).append((row[1], row[2], row[3], row[4]))
        keys = await self._keys_of_earlier_consents(connection, standing, sealed, now)
        return await asyncio.to_thread(self._open_all, standing, sealed, keys)

    def _open_all(
        self, standing: Sequence[Standing], sealed: Mapping[str, Sequence[_SealedAnswer]], keys: Mapping[str, _Opens]
    ) -> list[Contribution]:
        found = (self._open(each, sealed.get(each.submitted.pseudonym, []), keys) for each in standing)
        return [contribution for contribution in found if contribution is not None]

    async def _keys_of_earlier_consents(
        self,
        connection: AsyncConnection,
        standing: Sequence[Standing],
        sealed: Mapping[str, Sequence[_SealedAnswer]],
        now: dt.datetime,
    ) -> Mapping[str, _Opens]:
        """Keys by record, for answers that stand under another consent than the rest of their contribution."""
        earlier = {answer[3] for answers in sealed.values() for answer in answers}
        earlier -= {each.submitted.record for each in standing}
        if not earlier:
            return {}
        found = await consents.keys_for(connection, sorted(earlier), self._purpose.id, now)
        may = await self._may(connection, [sha256 for _, sha256 in found.values()])
        wraps = await self._archive.keystore.wraps(list({key_id: None for key_id, _ in found.values()}), [self._lock])
        return {
            record: _Opens(self._archive.vault.unwrap(self._lock, key_id, wraps[key_id, self._lock]), may(sha256))
            for record, (key_id, sha256) in found.items()
            if (key_id, self._lock) in wraps and self._is_meant(may(sha256))
        }

    def _open(
        self, standing: Standing, sealed: Sequence[_SealedAnswer], keys: Mapping[str, _Opens]
    ) -> Contribution | None:
        submitted, vault = standing.submitted, self._archive.vault
        try:
            own = vault.unwrap(self._lock, submitted.key_id, standing.wrapped)
            opens = {**keys, submitted.record: _Opens(own, standing.may)}
            answers = {
                question: _answer(
                    unseal(opens[record].key, blob, answer_place(submitted.pseudonym, question, version)),
                    worded=May.OWN_WORDS in opens[record].may,
                )
                for question, blob, version, record in sealed
                if record in opens
            }
            participant, exactly = None, False
            if standing.passage_wrapped is not None:
                key = own
                if submitted.passage_key_id != submitted.key_id:
                    key = vault.unwrap(self._lock, submitted.passage_key_id, standing.passage_wrapped)
                participant, exactly = open_what_leaves(submitted.pseudonym, submitted.sealed, key)
        except CannotOpen:
            return None
        if May.PARTICIPANT not in standing.may:
            participant = None
        return Contribution(submitted, standing.purposes, answers, participant, exactly)


def _answer(opened: bytes, *, worded: bool) -> Answer:
    """What was answered; `worded`: with own words, where there are any."""
    value = orjson.loads(opened)
    return Answer(tuple(value["options"]), value["own_words"] if worded else None)


class Rows:
    """Turns contributions into rows for one recipient."""

    def __init__(
        self, archive: Archive, questions: Sequence[Asked], offered: Offered, recipient: str, *, exact_times: bool
    ) -> None:
        self._vault = archive.vault
        self._questions = questions
        self._offered = offered
        self._recipient = recipient
        self._exact_times = exact_times
        self._known: dict[tuple[str, str | None, Given], tuple[Cell, ...]] = {}

    def given(self, contribution: Contribution) -> dict[str, Given]:
        """What was answered to every question that was ever asked."""
        territory = contribution.submitted.territory
        return {each.id: self._given(territory, each, contribution.answers.get(each.id)) for each in self._questions}

    def _given(self, territory: str, question: Asked, answer: Answer | None) -> Given:
        if answer is None:
            asked = self._offered.is_asked(territory, question.id)
            return Given(Status.NOT_REACHED if asked else Status.NOT_ASKED)
        if answer.status is not Status.ANSWERED:
            return Given(answer.status)
        return Given(Status.ANSWERED, answer.options, answer.own_words)

    def place(self, contribution: Contribution) -> tuple[str, ...]:
        """Where somebody is, and what they read: these tell people apart too."""
        return contribution.submitted.territory, contribution.submitted.language

    def row(
        self, contributor: str, collection: str, contribution: Contribution, given: Mapping[str, Given]
    ) -> tuple[Cell, ...]:
        """The row, in the order of `columns_of`."""
        of = contribution.submitted
        fixed: tuple[Cell, ...] = (
            contributor,
            collection,
            of.territory,
            of.language,
            self._vault.release_record(of.record, self._recipient),
            of.version,
            of.sha256,
            self._time(of.given_at),
            self._time(of.submitted_at),
            " ".join(contribution.purposes),
            contribution.participant,
        )
        cells = (cell for question in self._questions for cell in self.cells(question, given, of.territory))
        return (*fixed, *cells)

    def _time(self, moment: dt.datetime) -> str:
        """The UTC day: exact times would join two recipients' files."""
        if not self._exact_times:
            return moment.date().isoformat()
        return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def cells(self, question: Asked, given: Mapping[str, Given], territory: str | None = None) -> tuple[Cell, ...]:
        """The cells of one question, in the order of `of_question`; without `territory`, as everywhere."""
        each = given[question.id]
        if each.own_words is not None:
            return tuple(self._cells(question, territory, each))
        key = (question.id, territory, each)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            found = self._known[key] = tuple(self._cells(question, territory, each))
        return found

    def _cells(self, question: Asked, territory: str | None, each: Given) -> Iterator[Cell]:
        answered = each if each.status is Status.ANSWERED else None
        yield each.status.value
        yield " ".join(each.options) if answered else None
        for option in question.options:
            yield self._mark(territory, question, option, answered)
        if question.own_words:
            yield answered.own_words if answered else None

    def _mark(self, territory: str | None, question: Asked, option: str, answered: Given | None) -> int | None:
        """1 chosen, 0 not chosen; nothing where the question was not answered, where the answer is passed on in a
        broader group, or where this region offers no such option. Without a region in the row, that last nothing
        would give it away: it is 0 then."""
        if answered is None or answered.broader:
            return None
        if option in answered.options:
            return 1
        elsewhere = territory is not None and self._offered.only_elsewhere(territory, question.id, option)
        return None if elsewhere else 0
