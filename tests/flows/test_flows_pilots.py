"""What a pilot shows and what it never does, and who may be invited around one."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from made_up import demographics

from flows import tallies
from flows.pilot_report import minutes_of, needed_for, report, screens_of
from flows.pilots import PILOTED, MayInvite, OpenPilot, Pilot, invitable
from flows.small_counts import FEWEST

NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)


def pilot(agreed: int = 30, *, over: bool = False, number: int = 1, **changes: object) -> Pilot:
    """A pilot for thirty people."""
    ended = {"ended_by": "Kim", "ended_at": NOW} if over else {}
    values = {"regions": ("GB", "KE"), "people": 30, "begun_by": "Kim", "begun_at": NOW, "before": {}}
    return Pilot(number, "demographics", agreed=agreed, **{**values, **ended, **changes})  # type: ignore[arg-type]


def funnel(territory: str, people: list[int], took: list[int]) -> Counter[str]:
    """The counters of people of whom each came to the screen with this number at most; who came to the end took so
    many minutes."""
    region = demographics().region(territory)
    assert region is not None
    every = tallies.screens([question.id for question in region.questions])
    counts: Counter[str] = Counter()
    for number, far in enumerate(people):
        counts[tallies.OPENED] += 1
        counts.update(every[: far + 1])
        if far > every.index(tallies.DECIDE):
            counts[tallies.CONSENTED] += 1
        if far >= len(every):
            counts[tallies.SUBMITTED] += 1
            counts[tallies.minutes(took[number % len(took)])] += 1
    return counts


somebody = st.integers(0, 12)
people = st.one_of(st.lists(somebody, max_size=60), st.lists(st.just(12), min_size=9, max_size=40))
took = st.lists(st.integers(1, 60), min_size=1, max_size=9)


@given(people, people, took)
def test_no_count_under_ten_is_shown_nor_one_that_could_be_worked_out(
    here: list[int], there: list[int], minutes: list[int]
) -> None:
    found = report(pilot(), demographics(), {"GB": funnel("GB", here, minutes), "KE": funnel("KE", there, minutes)})
    counts = (*found.stopped.values(), *found.not_understood.values(), found.submitted, found.left, found.agreed)
    assert all(count is None or count >= FEWEST for count in counts)
    submitted = funnel("GB", here, minutes)[tallies.SUBMITTED] + funnel("KE", there, minutes)[tallies.SUBMITTED]
    assert (found.minutes is None) is (submitted < FEWEST)
    assert found.submitted in {None, submitted}
    # Of what is left when the shown are taken from everybody who agreed, more than one cell is hidden, or none.
    early = [name for name in found.stopped if name in tallies.screens([])[:-1]]
    late = [*(found.stopped[name] for name in found.stopped if name not in early), found.submitted]
    for group in ([found.stopped[name] for name in early], late):
        assert group.count(None) != 1


@given(people, took)
def test_the_middle_of_the_minutes_lies_in_the_middle(many: list[int], minutes: list[int]) -> None:
    counts = funnel("GB", many, minutes)
    found = minutes_of(counts)
    if found is None:
        return
    every = sorted(n for what, count in counts.items() if (n := tallies.minutes_of(what)) is not None
                   for _ in range(count))  # fmt: skip
    assert found.quarter <= found.median <= found.three_quarters
    assert sum(n <= found.median for n in every) * 2 >= len(every)
    assert sum(n >= found.median for n in every) * 2 >= len(every)


@given(st.integers(1, 240), st.decimals("0.01", "5000", places=2), st.sampled_from(["USD", "JPY", "KES"]))
def test_the_pay_that_is_needed_meets_the_floor_and_a_coin_less_does_not(
    minutes: int, floor: Decimal, currency: str
) -> None:
    needed, coin = needed_for(minutes, floor, currency), Decimal(1 if currency == "JPY" else "0.01")
    assert needed * 60 >= floor * minutes
    assert (needed - coin) * 60 < floor * minutes


def test_a_region_where_few_submitted_is_measured_by_everybodys_minutes() -> None:
    found = report(pilot(), demographics(), {"GB": funnel("GB", [12] * 20, [12]), "KE": funnel("KE", [12] * 3, [30])})
    by_region = {each.territory: each for each in found.pay}
    assert (by_region["GB"].minutes, by_region["GB"].is_its_own) == (12, True)
    assert (by_region["KE"].minutes, by_region["KE"].is_its_own) == (12, False)
    for each in found.pay:
        assert each.is_met is (each.needed is not None and each.paid >= each.needed)


def test_what_was_counted_before_a_pilot_is_none_of_its_own() -> None:
    before = {"GB": funnel("GB", [12] * 50, [12])}
    now = {"GB": funnel("GB", [12] * 55, [12])}
    found = report(pilot(before=before), demographics(), now)
    assert (found.submitted, found.minutes) == (None, None)
    assert report(pilot(after=now, over=True), demographics(), before).minutes is not None
    assert report(pilot(after={}, over=True), demographics(), now).minutes is None


def test_screens_of_regions_that_ask_different_things_stand_in_one_order() -> None:
    regions = [r for r in demographics().regions if r.territory in {"US", "EG"}]
    order = screens_of(regions)
    for region in regions:
        mine = [each for each in order if each in tallies.screens([q.id for q in region.questions])]
        assert mine == list(tallies.screens([question.id for question in region.questions]))
    assert len(set(order)) == len(order)


def test_people_may_be_invited_after_a_finished_pilot_and_as_many_as_one_has_places() -> None:
    assert invitable([]) == {}
    assert invitable([pilot(30, over=True)])["demographics"] == PILOTED
    broken_off = pilot(29, over=True)
    assert invitable([broken_off])["demographics"].who is MayInvite.BROKEN_OFF
    assert invitable([broken_off])["demographics"].is_refused
    assert invitable([broken_off, pilot(30, number=2, over=True)])["demographics"] == PILOTED
    assert invitable([pilot(30)])["demographics"].who is MayInvite.FULL
    going_on = invitable([pilot(30, over=True), pilot(0, number=2)])["demographics"]
    assert (going_on.takes(30), going_on.takes(31), going_on.regions) == (True, False, ("GB", "KE"))


@given(st.integers(0, 29))
def test_the_places_that_are_left_do_not_tell_how_few_have_agreed(agreed: int) -> None:
    assert invitable([pilot(agreed)])["demographics"].places == 30 - agreed // 10 * 10


@given(st.integers(0, 40), st.integers(0, 40))
def test_nobody_new_begins_once_as_many_have_agreed(agreed: int, more: int) -> None:
    going_on = OpenPilot(1, "demographics", ("GB",), 30, agreed)
    closed = {territory for _, territory in going_on.closes(demographics(), more)}
    everywhere = {region.territory for region in demographics().regions}
    assert closed == (everywhere if agreed + more >= 30 else everywhere - {"GB"})
