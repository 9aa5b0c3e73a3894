"""What reviewers' words come to: pure, from all that was ever said about a place."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import lru_cache

import pytest

from bot import shipped
from flows.collection import Collection
from flows.load import load_collection
from flows.safety import takes_two
from flows.sign_offs import (
    Capacity,
    Closure,
    MayNotSign,
    Place,
    Review,
    SignOff,
    Verdict,
    checked,
    last_day,
    review_of,
    signed_last,
)

TODAY = dt.date(2026, 12, 1)
AT = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)
KENYA, FRANCE = Place("demographics", "KE", "sw"), Place("demographics", "FR", "fr")
END = dt.date(2027, 6, 1)


@lru_cache(maxsize=1)
def demographics() -> Collection:
    """The one that ships, as if its names were real: an example is signed off by nobody."""
    return load_collection(shipped.ready_collections() / "demographics").model_copy(update={"example": False})


def test_an_example_is_signed_off_by_nobody() -> None:
    example = demographics().model_copy(update={"example": True, "written_by": ("m_2",)})
    with pytest.raises(MayNotSign, match="take `example` out"):
        checked(word(), example, TODAY, alone=True)


def word(verdict: Verdict = Verdict.SIGNED, by: str = "m_1", *, place: Place = KENYA, content: str = "now",
         capacity: Capacity = Capacity.REVIEWER, until: dt.date = END) -> SignOff:  # fmt: skip
    """One reviewer's word."""
    return SignOff(0, place, content, verdict, capacity, "Reviewer", by, AT, until, words="Because.")


def written_by(*names: str) -> Collection:
    """The ready collection as if they had written it."""
    return demographics().model_copy(update={"written_by": names})


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], Closure.UNREVIEWED),
        ([word()], None),
        ([word(Verdict.REMARKED)], Closure.UNREVIEWED),
        ([word(content="before")], Closure.CHANGED),
        ([word(), word(Verdict.REFUSED, "m_2")], Closure.REFUSED),
        ([word(), word(Verdict.REFUSED, "m_2"), word(by="m_3")], Closure.REFUSED),
        ([word(Verdict.REFUSED, "m_2"), word(by="m_2")], None),
        ([word(Verdict.REFUSED, "m_2", content="before"), word()], None),
    ],
)
def test_the_words_on_what_is_shown_now_say_whether_it_is_open(said: list[SignOff], why: Closure | None) -> None:
    assert review_of(KENYA, "now", said) == Review(why, END if why is None else None, "now")


def test_the_last_day_still_counts_and_the_next_one_does_not() -> None:
    review = review_of(KENYA, "now", [word()])
    assert review.closure(END) is None
    assert review.closure(END + dt.timedelta(days=1)) is Closure.LAPSED


def test_where_gender_identity_is_closed_an_expert_and_counsel_sign_who_are_two_people() -> None:
    assert takes_two("FR")
    assert not takes_two("KE"), "locked: nothing of it is ever asked there, whoever signs"
    expert = word(place=FRANCE, capacity=Capacity.EXPERT)
    counsel = word(place=FRANCE, by="m_2", capacity=Capacity.COUNSEL, until=dt.date(2027, 3, 1))
    assert review_of(FRANCE, "now", [word(place=FRANCE), word(by="m_2", place=FRANCE)]).why is Closure.HALF_SIGNED
    assert review_of(FRANCE, "now", [expert]).why is Closure.HALF_SIGNED
    assert review_of(FRANCE, "now", [expert, replace(counsel, by="m_1")]).why is Closure.HALF_SIGNED
    assert review_of(FRANCE, "now", [expert, counsel]) == Review(None, dt.date(2027, 3, 1), "now")
    alone = [replace(expert, alone=True), replace(counsel, by="m_1", alone=True)]
    assert review_of(FRANCE, "now", alone).why is None


def signed_by(capacity: Capacity, content: str, *, until: dt.date = END) -> SignOff:
    """A signature where two sign, by somebody who always signs as the same."""
    return word(place=FRANCE, by=f"m_{capacity}", content=content, capacity=capacity, until=until)


def both(content: str, *, until: dt.date = END) -> list[SignOff]:
    """An expert's signature and counsel's."""
    return [signed_by(each, content, until=until) for each in (Capacity.EXPERT, Capacity.COUNSEL)]


EXPERT_ON_C1, EXPERT_ON_C2 = signed_by(Capacity.EXPERT, "c1"), signed_by(Capacity.EXPERT, "c2")


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ([], None),
        ([EXPERT_ON_C1], None),
        ([EXPERT_ON_C1, signed_by(Capacity.COUNSEL, "c2")], None),
        ([EXPERT_ON_C1, signed_by(Capacity.REVIEWER, "c1")], None),
        ([word(Verdict.REMARKED, place=FRANCE, content="c1")], None),
        (both("c1"), "c1"),
        ([*both("c1"), EXPERT_ON_C2], "c1"),
        ([*both("c1"), EXPERT_ON_C2, signed_by(Capacity.REVIEWER, "c2")], "c1"),
        ([*both("c1"), EXPERT_ON_C2, word(Verdict.REFUSED, "m_counsel", place=FRANCE, content="c2")], "c1"),
        ([EXPERT_ON_C1, EXPERT_ON_C2, signed_by(Capacity.COUNSEL, "c1")], "c1"),
        ([*both("c1"), *both("c2")], "c2"),
        ([*both("c1"), *both("c2"), *both("c1")], "c1"),
        (both("c1", until=TODAY - dt.timedelta(days=1)), "c1"),
        ([*both("c1"), word(Verdict.REFUSED, "m_counsel", place=FRANCE, content="c1")], "c1"),
        ([word(content="c1"), word(content="c2"), word(Verdict.REFUSED, content="c3")], "c2"),
    ],
)
def test_what_differs_is_held_against_what_everybody_who_has_to_has_signed(
    said: list[SignOff], last: str | None
) -> None:
    found = signed_last(said)
    assert (found.content if found is not None else None) == last


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (word(until=TODAY), "still to come"),
        (word(until=last_day(TODAY) + dt.timedelta(days=1)), "12 months at most"),
        (replace(word(), role=" "), "say what you are"),
        (replace(word(Verdict.REFUSED), words=" "), "say why"),
        (word(by="M_WRITER"), "nobody signs what they wrote"),
    ],
)
def test_what_may_not_be_signed_is_said_with_what_helps(said: SignOff, why: str) -> None:
    with pytest.raises(MayNotSign, match=why):
        checked(said, written_by("m_writer"), TODAY, alone=False)


def test_without_a_writer_nobody_is_somebody_else() -> None:
    with pytest.raises(MayNotSign, match="written_by"):
        checked(word(), written_by(), TODAY, alone=False)


def test_somebody_signs_twelve_months_at_most_and_one_person_what_they_wrote_where_that_is_allowed() -> None:
    assert last_day(TODAY) == dt.date(2027, 12, 1)
    until = word(until=last_day(TODAY))
    assert checked(until, written_by("m_9"), TODAY, alone=False) == until
    assert checked(word(), written_by("m_1"), TODAY, alone=True).alone
