"""What is on record about a contribution beside its passage: the text agreed to, what became of the consent, releases,
and what was written to a human meanwhile.

It stands in append-only tables and not in the session, so whoever shows a screen of what is held looks it up first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from flows.collection import PayWay
from flows.contact.letter import Letter
from flows.meaning import Meanings
from flows.session import Aside


class ConsentEvent(NamedTuple):
    """Something that happened to a consent: requested, given, renewed, withdrawn, expired."""

    event: str
    at: dt.datetime
    purposes: tuple[str, ...]


class PassedOn(NamedTuple):
    """A release that held the contribution's row."""

    recipient: str
    purpose: str
    at: dt.datetime


class AgreedBefore(NamedTuple):
    """Another text that was agreed to before the one in force."""

    version: int
    language: str
    sha256: str
    given_at: dt.datetime
    text: str


class PayState(StrEnum):
    """What has become of pay."""

    OWED = "owed"
    UNDER_WAY = "under_way"
    """A provider has been told; no word has come back."""
    SENT = "sent"
    NOT_ARRIVED = "not_arrived"
    WITHHELD = "withheld"
    """A person has decided so, and said why."""
    PAID_BEFORE = "paid_before"
    """A mark alone is left, of who was paid and has taken everything back."""


@dataclass(frozen=True, slots=True)
class Owed:
    """Pay that is owed, since which day, until when that is remembered, and what has become of it."""

    amount: Decimal
    currency: str
    on: dt.datetime
    kept_until: dt.datetime
    territory: str
    state: PayState = PayState.OWED
    state_on: dt.datetime | None = None
    way: PayWay | None = None
    has_number: bool = False
    """Whether a number is kept that it is to be sent to."""
    reference: str = field(default="", repr=False)
    reason: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    """The voucher code that was handed out, where it can still be opened."""


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What the tables say of one contribution."""

    text: str = ""
    """The exact text agreed to, as it was hashed."""
    before: tuple[AgreedBefore, ...] = ()
    """Newest first."""
    meant: Meanings = field(default_factory=dict)
    """What purposes meant when the consent in force was given."""
    meant_sha256: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)
    """Purpose -> how long it might be used, as was said then."""
    answers_kept: str | None = None
    """How long answers were kept, as was said then."""
    shown_at: dt.datetime | None = None
    card_answers: tuple[bool, ...] = field(default=(), repr=False)
    minimum_age: int | None = None
    events: tuple[ConsentEvent, ...] = ()
    releases: tuple[PassedOn, ...] = ()
    """Oldest first."""
    owed: Owed | None = None
    may_move: bool = False
    """Whether a person has said that the contributor may move to where they want to."""
    letters: tuple[Letter, ...] = ()
    """What they have written to a human about it, oldest first; without words where nobody is to read these."""

    def withdrawn_at(self, purpose: str) -> dt.datetime | None:
        """When a purpose that had been agreed to was last taken back."""
        return next((e.at for e in reversed(self.events) if e.event == "withdrawn" and purpose in e.purposes), None)

    def has_ended(self, purpose: str) -> bool:
        """Whether a yes to a purpose has ended before, by being taken back or by its time."""
        return any(e.event in {"withdrawn", "expired"} and purpose in e.purposes for e in self.events)

    def agreed_at(self, purpose: str) -> dt.datetime | None:
        """When a purpose was last agreed to."""
        given = {"given", "renewed"}
        return next((e.at for e in reversed(self.events) if e.event in given and purpose in e.purposes), None)


Records = Mapping[str, OnRecord]
"""By collection; letters may also be about one that was not agreed to, or, under the empty id, about none."""

NO_RECORDS: Records = MappingProxyType({})
NOTHING_ON_RECORD = OnRecord()

ASIDES_ON_RECORD = frozenset(
    {
        Aside.MY_DATA,
        Aside.AGREED_TEXT,
        Aside.OWN_COPY,
        Aside.MOVING,
        Aside.PAY,
        Aside.TAKE_BACK,
        Aside.LEAVE_ALL,
        Aside.WHY_INVITED,
    }
)
"""Asides whose screens say what is on record, or whose moves do."""


def letters_in(records: Records) -> tuple[Letter, ...]:
    """Everything that somebody has written to a human, whatever it was about, oldest first."""
    return tuple(sorted((each for record in records.values() for each in record.letters), key=lambda each: each.at))
