"""What is asked: a collection, its purposes, questions, regions and consent documents, as frozen records.

A collection is read from a folder by `flows.load`; nothing here opens a file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from flows import language as lang

OPT_OUT = "prefer_not_to_answer"
"""The option that every question has. It is added here, never by a collection, so that none can leave it out."""

MOST_OPTIONS = 40
"""Ten rows of four numbered buttons; own words and the opt-out below them are still in sight."""

RELEASE_COLUMNS = (
    "contributor",
    "collection",
    "region",
    "language",
    "consent_record",
    "consent_version",
    "consent_sha256",
    "consent_given_at",
    "submitted_at",
    "purposes",
    "participant",
)
"""Columns that every release begins with (docs/exports.md): no question may take their names."""

CARDS = 4
"""Cards in a consent document: as many as somebody reads, and one for each thing that has to be understood."""


def _identifier(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
        raise ValueError("use a-z, 0-9 and _ only, beginning with a letter, at most 40 characters")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?", value) or not lang.known_language(value):
        raise ValueError("write the language as CLDR does: en, ar, pt_BR, zh_Hans")
    return value


def _language_code(value: str) -> str:
    if not lang.has_name(value):
        raise ValueError("write the language as CLDR does: hi, fil, pcm")
    return value


def _period(value: str) -> str:
    if not re.fullmatch(r"P[1-9]\d{0,2}[DMY]", value):
        raise ValueError("write the time as ISO 8601 in one unit: P24M, P30D or P2Y")
    return value


def _currency(value: str) -> str:
    if not lang.known_currency(value):
        raise ValueError("write the currency as ISO 4217 does: USD, EGP")
    return value


def _time_zone(value: str) -> str:
    if not lang.known_time_zone(value):
        raise ValueError("name the time zone as the IANA list does: Africa/Cairo")
    return value


def _clock_time(value: object) -> object:
    # YAML reads 21:00 without quotes as a number to the base of 60: 1260.
    if not isinstance(value, str | dt.time):
        raise ValueError('write the time in quotes: "21:00"')  # noqa: TRY004  # pydantic wants ValueError
    return value


def _web_page(value: str) -> str:
    if not re.fullmatch(r"https://[^\s]+", value):
        raise ValueError("write the whole address, beginning with https://")
    return value


Id = Annotated[str, AfterValidator(_identifier)]
LanguageId = Annotated[str, AfterValidator(_language)]
LanguageCode = Annotated[str, AfterValidator(_language_code)]
"""Any language that has a name; not necessarily one that can be spoken here."""
Period = Annotated[str, AfterValidator(_period)]
Currency = Annotated[str, AfterValidator(_currency)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
ClockTime = Annotated[dt.time, BeforeValidator(_clock_time)]
WebPage = Annotated[str, AfterValidator(_web_page)]
Words = Annotated[str, Field(min_length=1, max_length=1000)]
Sum = Annotated[Decimal, Field(max_digits=15, decimal_places=4)]
"""More digits than any sum of money has, and none that could not be written out."""
Count = Annotated[int, Field(ge=1, le=10_000)]
"""Of versions: each of them is looked at on its own."""


def _doubled(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


class Record(BaseModel):
    """Frozen, and strict about names: a misspelt field is a fault and not a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Subject(StrEnum):
    """What a question is about. Safety rules go by subject, so a question may not hide behind `other`."""

    AGE = "age"
    ANCESTRY = "ancestry"
    GENDER_IDENTITY = "gender_identity"
    SEX = "sex"
    ORIENTATION = "orientation"
    RELIGION = "religion"
    CASTE = "caste"
    TRIBE = "tribe"
    NATIONALITY = "nationality"
    FIRST_LANGUAGE = "first_language"
    GREW_UP = "grew_up"
    HEALTH = "health"
    OTHER = "other"


class Option(Record):
    """One thing that can be chosen."""

    id: Id
    label: Words
    language: LanguageCode | None = None
    """The language that the option is: contributors read its name as CLDR writes it, and `label` stands in files."""
    heading: Words | None = None
    """A line above the option, where a new group of options begins. Buttons are then numbered."""
    parent: Id | None = None
    """The broader group that a release may put it into when few people share it."""
    own_words: bool = False
    exclusive: bool = False
    age_from: int | None = None
    age_to: int | None = None


class Question(Record):
    """A question as one region sees it. `options` holds the collection's or the region's own, in official order."""

    id: Id
    subject: Subject
    kind: Literal["one", "several"]
    text: Words
    caution: Words | None = None
    """What the card begins with, where asking at all can be unsafe."""
    note: Words | None = None
    sensitive: bool = False
    options: tuple[Option, ...]
    own_words_limit: int = Field(default=200, ge=1, le=1000)

    @model_validator(mode="after")
    def _options_differ(self) -> Self:
        ids = [option.id for option in self.options]
        doubled = _doubled(ids)
        if doubled:
            raise ValueError(f"each option needs an id of its own; doubled: {', '.join(doubled)}")
        if self.id in RELEASE_COLUMNS:
            raise ValueError(f"the id {self.id!r} is a column of every release; take another")
        if {"status", "text"} & set(ids):
            raise ValueError("an option cannot be called status or text: releases have columns of that name")
        if OPT_OUT in ids:
            raise ValueError(f"leave {OPT_OUT} out: every question has it already")
        if len(self.options) < 2:
            raise ValueError("a question needs two options at least")
        if len(self.options) > MOST_OPTIONS:
            raise ValueError(f"ask with {MOST_OPTIONS} options at most, so that every opt-out stays in sight")
        if sum(option.own_words for option in self.options) > 1:
            raise ValueError("only one option of a question takes own words")
        return self

    def option(self, option_id: str) -> Option | None:
        """The option with this id, or None."""
        return next((option for option in self.options if option.id == option_id), None)

    @cached_property
    def own_words_option(self) -> Option | None:
        """The option that takes the contributor's own words, if there is one."""
        return next((option for option in self.options if option.own_words), None)


class Dpv(Record):
    """How a purpose is named in the Data Privacy Vocabulary 2.3, for the receipt that machines read."""

    purpose: str = Field(pattern=r"^dpv:[A-Za-z]+$")
    ai: str | None = Field(default=None, pattern=r"^ai:[A-Za-z]+$")


class Purpose(Record):
    """What answers, or a contact, may be used for. Each has its own yes or no, and its own key."""

    id: Id
    uses: Literal["answers", "contact"]
    required: bool = False
    label: Words
    why: Words | None = None
    needs_participant: bool = False
    """Offered only where the link carried a participant code: without one there is nothing to link."""
    balance: bool = False
    kept: Period | None = None
    """How long it may be used from consent on, where that is shorter than the rest."""
    own_words: bool = Field(default=False, exclude_if=lambda value: not value)
    """Whether what people wrote in their own words may be passed on for it. Left out of what a sign-off is bound to
    where it is not so: sign-offs from before there was such a field still hold."""
    statistics: bool = Field(default=False, exclude_if=lambda value: not value)
    """Whether numbers may be published of what people answered; the cards say so."""
    dpv: Dpv

    @model_validator(mode="after")
    def _required_says_why(self) -> Self:
        if self.required and not self.why:
            raise ValueError("a required purpose says why it is required: add `why`")
        if self.required and self.uses != "answers":
            raise ValueError("only a purpose that uses answers can be required")
        if self.required and self.needs_participant:
            raise ValueError("a purpose that needs a participant code cannot be required: most people come without")
        if self.statistics and self.uses != "answers":
            raise ValueError("`statistics: true` is for a purpose that uses answers")
        return self


class Organisation(Record):
    """Who asks, and where a contributor can see for themselves that it is true."""

    name: Words
    page: WebPage
    """The organisation's own page that names this bot."""
    contact: Words
    """How to reach a human: an address or a number that somebody answers."""
    address: Words


class Responsible(Record):
    """The role that answers for the collection, and the impact assessment behind it."""

    role: Words
    impact_assessment: Words


class Ethics(Record):
    """The committee that approved the collection, and how to reach it: contributors read it on the last card."""

    committee: Words
    approval: Words
    """The number of the approval."""
    expires_on: dt.date
    """The last day on which the approval holds."""
    contact: Words


class Clause(StrEnum):
    """What a statement of work with a supplier has to say."""

    VOLUNTARY = "voluntary"
    """Nobody is pressed, rewarded or put at a disadvantage for taking part or not, and the supplier never asks."""
    TRUE_WORDS = "true_words"
    """Only what the consent cards say is said about the collection."""
    FULL_PAY = "full_pay"
    """Pay reaches contributors in full: the supplier takes nothing of it, and asks nobody for money."""
    NOTHING_PASSES = "nothing_passes"
    """No answer and no personal data of contributors passes through the supplier, or is kept by them."""
    ADULTS = "adults"
    """Nobody is approached who is under the region's minimum age or cannot consent."""
    SAFETY = "safety"
    """Nobody is approached where, or in a way in which, taking part could endanger them."""
    COMPLAINTS = "complaints"
    """Contributors are told how to reach the organisation itself, and complaints are passed on at once."""
    SUBCONTRACTING = "subcontracting"
    """Nobody else recruits for the supplier without the organisation's word, and then under the same clauses."""
    OVERSIGHT = "oversight"
    """The organisation may look at how people are recruited, and end it at any time."""


class Training(Record):
    """What a supplier's people were trained in, and when."""

    held_on: dt.date
    what: Words


class StatementOfWork(Record):
    """The agreement with a supplier, and where in it each clause stands."""

    reference: Words
    expires_on: dt.date | None = None
    """The day on which it ends, where it does: from that day on nobody recruits under it."""
    clauses: dict[Clause, Words]

    @model_validator(mode="after")
    def _every_clause_stands(self) -> Self:
        missing = [clause.value for clause in Clause if clause not in self.clauses]
        if missing:
            raise ValueError(f"say where each clause stands in the agreement; missing: {', '.join(missing)}")
        return self


class Supplier(Record):
    """Who recruits: the organisation itself or a qualified supplier, attested from one day until another."""

    id: Id
    name: Words
    in_house: bool = False
    qualified_on: dt.date | None = None
    expires_on: dt.date | None = None
    training: Training | None = None
    statement_of_work: StatementOfWork | None = None
    contact: Words | None = None

    @model_validator(mode="after")
    def _attested_in_full(self) -> Self:
        needed = ("qualified_on", "expires_on", "training", "statement_of_work", "contact")
        missing = [name for name in needed if getattr(self, name) is None]
        if missing and not self.in_house:
            raise ValueError(
                f"{self.id} lacks {', '.join(missing)}; a supplier has them all. Say `in_house: true` where the "
                "organisation recruits by itself"
            )
        if self.qualified_on and self.expires_on and self.expires_on <= self.qualified_on:
            raise ValueError(f"{self.id}: expires_on is not after qualified_on")
        if self.training and self.expires_on and self.training.held_on >= self.expires_on:
            raise ValueError(f"{self.id}: the training is on or after the day on which the qualification ends")
        return self

    def is_attested(self, today: dt.date) -> bool:
        """Whether they may recruit today. Not any more on the day that `expires_on` names."""
        has_begun = self.qualified_on is None or self.qualified_on <= today
        return has_begun and (self.ends_on is None or today < self.ends_on)

    @property
    def ends_on(self) -> dt.date | None:
        """The day on which their qualification or their agreement ends, whichever is first; None for neither."""
        agreed_until = self.statement_of_work.expires_on if self.statement_of_work is not None else None
        return min((day for day in (self.expires_on, agreed_until) if day is not None), default=None)


class ConsentTerms(Record):
    """Version and life of the consent documents."""

    version: Count
    changes: dict[int, Literal["minor", "material"]] = Field(default_factory=dict)
    """Each version after the first: whether what it changed has to be agreed to anew."""
    expires: Period

    @model_validator(mode="after")
    def _every_version_says_how_much_changed(self) -> Self:
        wanted = set(range(2, self.version + 1))
        missing, unknown = sorted(wanted - set(self.changes)), sorted(set(self.changes) - wanted)
        if missing:
            raise ValueError(f"say in `changes` whether version {missing[0]} is minor or material")
        if unknown:
            raise ValueError(f"`changes` names version {unknown[0]}; it goes from 2 to {self.version}")
        return self

    def asks_again(self, agreed: int) -> bool:
        """Whether something material has changed since a version that somebody agreed to."""
        return any(self.changes[version] == "material" for version in range(agreed + 1, self.version + 1))


class Compensation(Record):
    """When pay is owed. It is for time, so nothing here can look at an answer."""

    accrues: Literal["consent", "half", "last_question"]
    kept: Period
    """How long the note of what is owed outlives a withdrawal."""


class Retention(Record):
    """How long answers stay, and where."""

    answers: Period
    letters: Period = "P12M"
    """What people wrote to a human, and the answers."""
    place: str = Field(pattern=r"^[A-Z]{2}$")
    """The territory where they are stored."""
    when_closed: Literal["keep", "erase"] = "keep"
    """What becomes of answers when the collection is closed: they stay until their own time is over, or go at once."""


class PayWay(StrEnum):
    """How pay reaches somebody. `none`: no program pays, a person writes about it."""

    VOUCHER = "voucher"
    AIRTIME = "airtime"
    MOBILE_MONEY = "mobile_money"
    BANK = "bank"
    NONE = "none"

    @property
    def needs_number(self) -> bool:
        """Whether a provider has to be told where to send it."""
        return self in {PayWay.AIRTIME, PayWay.MOBILE_MONEY, PayWay.BANK}


class Pay(Record):
    """A region's pay, in its own money, and how it reaches people."""

    amount: Sum = Field(gt=0)
    currency: Currency
    floor_per_hour: Sum = Field(gt=0)
    floor_source: Words
    ways: tuple[PayWay, ...] = Field(default=(PayWay.NONE,), min_length=1)
    budget: Sum | None = Field(default=None, gt=0)
    """What there is to pay people with; once it is promised, nobody new is asked here."""

    @model_validator(mode="after")
    def _budget_pays_somebody(self) -> Self:
        if self.budget is not None and self.budget < self.amount:
            raise ValueError("the budget pays nobody: raise it to one person's pay at least, or leave it out")
        return self

    @model_validator(mode="after")
    def _ways_stand(self) -> Self:
        doubled = _doubled(way.value for way in self.ways)
        if doubled:
            raise ValueError(f"`ways` names each way once; doubled: {', '.join(doubled)}")
        if PayWay.NONE in self.ways and len(self.ways) > 1:
            raise ValueError("`ways` has `none` beside others; none means that a person pays: leave it alone or out")
        return self


class HelpLine(Record):
    """Somebody to talk to, where a question can hurt."""

    name: Words
    contact: Words


class QuietHours(Record):
    """Local hours, 24-hour clock, in which nothing is sent unasked."""

    start: ClockTime
    end: ClockTime


class Source(Record):
    """Where a region's categories come from."""

    title: Words
    address: WebPage | None = None
    read_on: dt.date


class Region(Record):
    """What one territory sees."""

    territory: str = Field(pattern=r"^[A-Z]{2}$")
    languages: tuple[LanguageId, ...] = Field(min_length=1)
    minimum_age: int = Field(ge=18, le=30)
    pay: Pay
    time_zones: tuple[TimeZone, ...] = Field(min_length=1)
    quiet_hours: QuietHours
    help_lines: tuple[HelpLine, ...]
    sources: tuple[Source, ...] = Field(min_length=1)
    questions: tuple[Question, ...] = Field(min_length=1)
    not_asked: tuple[Id, ...] = ()
    minutes: int | None = Field(default=None, ge=1, le=120)
    """How long people here are told that it takes, where that is not as long as elsewhere."""
    kept_in: str | None = Field(default=None, pattern=r"^[A-Z]{2}$", exclude_if=lambda value: value is None)
    """The territory where what people there say is stored, where that is another one than the collection's. Left out of
    what a sign-off is bound to where it is not said: sign-offs from before there was such a field still hold."""

    def question(self, question_id: str) -> Question | None:
        """The question with this id, or None where it is not asked here."""
        return next((question for question in self.questions if question.id == question_id), None)


class Waiver(Record):
    """A rule of `surveybot check` that a collection does not follow for now, with the reason, until a day."""

    rule: str = Field(pattern=r"^[a-z]+\.[a-z_]+$")
    reason: Words
    until: dt.date
    """The last day on which it holds."""
    region: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    """Only there; everywhere where none is named."""
    language: LanguageId | None = None


Percent = Annotated[int, Field(ge=1, le=100)]


class Targets(Record):
    """Whom one region's coordinators hope to hear from. Nobody who takes part is shown any of it."""

    people: int | None = Field(default=None, ge=10)
    """Submissions. Fewer than ten are never counted for anybody to see."""
    languages: dict[LanguageId, Percent] = Field(default_factory=dict)
    """Language -> its share of those who are counted."""
    questions: dict[Id, dict[Id, Percent]] = Field(default_factory=dict)
    """Question -> option -> its share of what is chosen there."""

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if sum(self.languages.values()) > 100:
            raise ValueError("the languages' shares come to more than 100 percent")
        for question, options in self.questions.items():
            if sum(options.values()) > 100:
                raise ValueError(f"the shares of {question} come to more than 100 percent")
        return self


class CardQuestion(Record):
    """The question that ends a card. `right` counts from 0."""

    text: Words
    answers: tuple[Words, ...] = Field(min_length=2, max_length=3)
    right: int
    once_more: Words


class Voice(Record):
    """A card read aloud, as `flows.voice` finds it: part of what is agreed to."""

    seconds: int = Field(ge=1)
    size: int = Field(ge=1)
    """In bytes."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Card(Record):
    """One consent card: what is on the phone at once, and the longer text behind *More*. Markdown."""

    title: Words
    text: str
    more: str
    question: CardQuestion | None = None
    voice: Voice | None = None


class Collection(Record):
    """Everything that a collection's folder says."""

    id: Id
    version: Count
    title: Words
    what_for: Words
    minutes: int = Field(ge=1, le=120)
    languages: tuple[LanguageId, ...] = Field(min_length=1)
    organisation: Organisation
    responsible: Responsible
    written_by: tuple[Words, ...] = ()
    """Members of the team, by pseudonym or name, who wrote or translated it: none of them signs it off."""
    ethics: Ethics | None = None
    suppliers: tuple[Supplier, ...] = Field(min_length=1)
    consent: ConsentTerms
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    compensation: Compensation
    retention: Retention
    regions: tuple[Region, ...] = ()
    documents: dict[str, tuple[Card, ...]] = Field(default_factory=dict)
    """Language to its four cards."""
    what_changed: dict[str, dict[int, str]] = Field(default_factory=dict)
    """Language to what each version after the first changed, in a few words of Markdown."""
    targets: dict[str, Targets] = Field(default_factory=dict)
    """Territory to whom one hopes to hear from there."""
    waived: tuple[Waiver, ...] = Field(default=(), exclude_if=lambda value: not value)
    """Rules that are not followed, and why. Left out of what a sign-off is bound to only where there are none."""
    example: bool = False
    """Whether it is there to be looked at and copied: then nobody is missed who answers for it."""

    @model_validator(mode="after")
    def _purposes_stand(self) -> Self:
        ids = [purpose.id for purpose in self.purposes]
        if len(set(ids)) < len(ids):
            raise ValueError("each purpose needs an id of its own")
        if not any(purpose.required for purpose in self.purposes):
            raise ValueError("one purpose must be required: without it there is nothing to ask for")
        if sum(purpose.balance for purpose in self.purposes) > 1:
            raise ValueError("only one purpose says `balance: true`")
        if sum(purpose.statistics for purpose in self.purposes) > 1:
            raise ValueError("only one purpose says `statistics: true`: numbers of two groups could be subtracted")
        return self

    @model_validator(mode="after")
    def _suppliers_differ(self) -> Self:
        doubled = _doubled(supplier.id for supplier in self.suppliers)
        if doubled:
            raise ValueError(f"each supplier needs an id of its own; doubled: {', '.join(doubled)}")
        return self

    def minutes_in(self, region: Region | None) -> int:
        """How long people are told that it takes: in a region, or, before it is known in which, the longest of all."""
        if region is not None:
            return region.minutes or self.minutes
        return max((self.minutes_in(each) for each in self.regions), default=self.minutes)

    def region(self, territory: str | None) -> Region | None:
        """The region for a territory, or None."""
        return next((region for region in self.regions if region.territory == territory), None)

    def kept_in(self, region: Region) -> str:
        """The territory where what people in a region say is stored."""
        return region.kept_in or self.retention.place

    def question(self, question_id: str) -> Question | None:
        """The question with this id, as the first region that asks it has it, or None."""
        found = (region.question(question_id) for region in self.regions)
        return next((question for question in found if question is not None), None)

    def purpose(self, purpose_id: str) -> Purpose | None:
        """The purpose with this id, or None."""
        return next((purpose for purpose in self.purposes if purpose.id == purpose_id), None)

    @cached_property
    def required_purposes(self) -> tuple[Purpose, ...]:
        """What taking part means."""
        return tuple(purpose for purpose in self.purposes if purpose.required)

    @cached_property
    def balance_purpose(self) -> Purpose | None:
        """The purpose under which people are counted, if there is one."""
        return next((purpose for purpose in self.purposes if purpose.balance), None)

    @cached_property
    def statistics_purpose(self) -> Purpose | None:
        """The purpose under which numbers may be published, if there is one."""
        return next((purpose for purpose in self.purposes if purpose.statistics), None)

    def optional_purposes(self, *, linked: bool) -> tuple[Purpose, ...]:
        """Purposes with a Yes/No row; `linked` says whether the link carried a participant code."""
        return tuple(p for p in self.purposes if not p.required and (linked or not p.needs_participant))
