"""Reviewers' dated words on what people in one place read in one language, and what follows: open, or why not.

A word is bound to a hash of exactly what is shown there (`bot.review.shown`). Words are only ever added: what counts is
worked out here from all of them, so a changed text closes its language without anybody doing anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from flows.collection import Collection
from flows.consent import after
from flows.differing import Difference
from flows.safety import takes_two

LONGEST = "P12M"
"""A sign-off holds for as long as this at most."""

REMARK_LETTERS = 1000
ROLE_LETTERS = 80


class Place(NamedTuple):
    """What one sign-off is about."""

    collection: str
    territory: str
    language: str


class Capacity(StrEnum):
    """As what somebody signs."""

    REVIEWER = "reviewer"
    EXPERT = "expert"
    """Knows the region: its law, and what asking can do to people there."""
    COUNSEL = "counsel"
    """Answers for the law."""


class Verdict(StrEnum):
    """What a reviewer says."""

    SIGNED = "signed"
    REFUSED = "refused"
    REMARKED = "remarked"


@dataclass(frozen=True, slots=True)
class SignOff:
    """One word of one reviewer, as it is kept for good."""

    id: int
    place: Place
    content: str
    """SHA-256 of what was shown."""
    verdict: Verdict
    capacity: Capacity
    role: str
    """What the reviewer is, in their own words."""
    by: str
    """The reviewer's pseudonym in the team."""
    at: dt.datetime
    expires_on: dt.date | None = None
    """The last day on which it holds; of a signature alone."""
    screen: int | None = None
    """The screen that a remark is about, as the booklet numbers them."""
    words: str = field(default="", repr=False)
    alone: bool = False
    """Whether one person did what takes two (SURVEYBOT_ONE_PERSON_TEAM): signed what they wrote, or as both."""


class Closure(StrEnum):
    """Why nobody can take part from a place in a language."""

    SPEECHLESS = "speechless"
    UNREVIEWED = "unreviewed"
    HALF_SIGNED = "half signed"
    """It takes a regional expert and counsel, and one of the two has signed."""
    REFUSED = "refused"
    LAPSED = "lapsed"
    CHANGED = "changed"


class Review(NamedTuple):
    """What all words about a place come to, for what is shown there now."""

    why: Closure | None
    """Why it is closed whatever the day; None where it is signed."""
    until: dt.date | None = None
    """The last day on which the signatures hold."""
    content: str = ""
    """The hash of what is shown there now, which a reviewer names."""
    changed: tuple[Difference, ...] = ()
    """What is not as it was when it was last signed, where that is known."""

    def closure(self, today: dt.date) -> Closure | None:
        """Why nobody new can begin today, or None where they can."""
        if self.why is None and self.until is not None and self.until < today:
            return Closure.LAPSED
        return self.why


UNSIGNED = Review(Closure.UNREVIEWED)

Reviews = Mapping[Place, Review]
Contents = Mapping[Place, str]
"""Place -> SHA-256 of what is shown there now."""


def last_day(today: dt.date) -> dt.date:
    """The latest day until which something can be signed today."""
    return after(dt.datetime.combine(today, dt.time()), LONGEST).date()


def review_of(place: Place, content: str, words: Iterable[SignOff]) -> Review:
    """What is known about a place, from every word on it, oldest first.

    Words on exactly this content count, a person's newest before their older ones. One refusal closes, whoever else has
    signed, until whoever refused signs, or what is shown changes.
    """
    signed: dict[tuple[str, Capacity], SignOff] = {}
    refused: set[str] = set()
    signed_before = False
    for each in words:
        signed_before = signed_before or each.verdict is Verdict.SIGNED
        if each.content != content:
            continue
        if each.verdict is Verdict.REFUSED:
            refused.add(each.by)
        elif each.verdict is Verdict.SIGNED:
            refused.discard(each.by)
            signed[each.by, each.capacity] = each
    if refused:
        return Review(Closure.REFUSED, None, content)
    until = _until(place.territory, list(signed.values()))
    if until is not None:
        return Review(None, until, content)
    if signed:
        return Review(Closure.HALF_SIGNED, None, content)
    return Review(Closure.CHANGED if signed_before else Closure.UNREVIEWED, None, content)


def _until(territory: str, signed: Sequence[SignOff]) -> dt.date | None:
    """The last day on which those who have to sign have signed; None where somebody has not."""
    ends = [(each, each.expires_on) for each in signed if each.expires_on is not None]
    if not takes_two(territory):
        return max((end for _, end in ends), default=None)
    pairs = [
        min(one_end, other_end)
        for one, one_end in ends
        for other, other_end in ends
        if one.by != other.by or (one.alone and other.alone)
        if (one.capacity, other.capacity) == (Capacity.EXPERT, Capacity.COUNSEL)
    ]
    return max(pairs, default=None)


def by_place(words: Iterable[SignOff]) -> dict[Place, list[SignOff]]:
    """Words by what they are about, in the order in which they were said."""
    found: dict[Place, list[SignOff]] = {}
    for each in words:
        found.setdefault(each.place, []).append(each)
    return found


def reviews_of(contents: Contents, words: Iterable[SignOff]) -> Reviews:
    """What is known about every place that there is."""
    said = by_place(words)
    return {place: review_of(place, content, said.get(place, ())) for place, content in contents.items()}


def signed_last(words: Iterable[SignOff]) -> SignOff | None:
    """The newest signature on what everybody who has to has signed, of a place's words, oldest first; None: all is new.

    Differences are held against it. What one of two has signed does not count: the other has not read it. A refusal
    after it, or a day that is over, does not undo that it was read.
    """
    signed: dict[str, list[SignOff]] = {}
    for each in words:
        if each.verdict is Verdict.SIGNED:
            signed[each.content] = [*signed.pop(each.content, ()), each]
    newest = ((each[-1], _until(each[-1].place.territory, each)) for each in reversed(signed.values()))
    return next((word for word, until in newest if until is not None), None)


def signed_contents(words: Iterable[SignOff]) -> tuple[str, ...]:
    """Everything that somebody has signed, of a place's words: a bot that has run since then may show it still."""
    return tuple(dict.fromkeys(each.content for each in words if each.verdict is Verdict.SIGNED))


class MayNotSign(Exception):
    """Why somebody cannot say this; the text says what helps, `key` which of the reasons it is."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(why)
        self.key = key


def checked(
    word: SignOff, collection: Collection, today: dt.date, *, alone: bool, names: Sequence[str] = ()
) -> SignOff:
    """The word as it may be kept. `names` are what else the reviewer is called. Raises MayNotSign.

    `alone` is SURVEYBOT_ONE_PERSON_TEAM: then somebody may sign what they wrote, or as both, and the word says so.
    """
    if not 0 < len(word.role.strip()) <= ROLE_LETTERS:
        raise MayNotSign("no_role", f"say what you are in {ROLE_LETTERS} letters, such as 'counsel in Nairobi'")
    if word.verdict is not Verdict.SIGNED:
        if not 0 < len(word.words.strip()) <= REMARK_LETTERS:
            raise MayNotSign("no_words", f"say why, in {REMARK_LETTERS} letters at most, so that it can be mended")
        return word
    if collection.example:
        raise MayNotSign(
            "example",
            "this collection is an example: put real names into collection.yaml, and take `example` out, before it is "
            "signed off",
        )
    _check_end(word, collection, today)
    if not collection.written_by:
        raise MayNotSign(
            "no_writer",
            "collection.yaml does not say who wrote it, so nobody can be known to be somebody else: add `written_by`",
        )
    wrote = {each.casefold() for each in collection.written_by} & {each.casefold() for each in (word.by, *names)}
    if wrote and not alone:
        raise MayNotSign(
            "wrote_it", "nobody signs what they wrote themselves: collection.yaml names you under `written_by`"
        )
    return replace(word, alone=alone and (bool(wrote) or takes_two(word.place.territory)))


def _check_end(word: SignOff, collection: Collection, today: dt.date) -> None:
    if word.expires_on is None or word.expires_on <= today:
        raise MayNotSign("end", "a sign-off holds until a day that is still to come")
    if word.expires_on > last_day(today):
        raise MayNotSign("end", f"a sign-off holds for 12 months at most: until {last_day(today)} today")
    ethics = collection.ethics
    if ethics is not None and word.expires_on > ethics.expires_on:
        raise MayNotSign("end", f"the approval of {ethics.committee} ends on {ethics.expires_on}: sign until then")
