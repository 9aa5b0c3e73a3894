"""What a pilot shows: how long it takes, where people stop, what is not understood, and what pay that calls for.

From bare counters (`flows.tallies`), as `flows.small_counts` allows: no count under ten, and none that could be worked
out from others. Who stopped is split into those who stopped before agreeing and those who did after; nobody is in both,
so that neither gives the other away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise

from babel.numbers import get_currency_precision

from flows import tallies
from flows.collection import Collection, Region
from flows.pilots import Pilot, Tallied
from flows.small_counts import FEWEST, apart, shown


@dataclass(frozen=True, slots=True)
class Minutes:
    """How long it took those who submitted; each minute that was begun counts as one."""

    median: int
    quarter: int
    """A quarter of them took so long or less."""
    three_quarters: int


@dataclass(frozen=True, slots=True)
class RegionPay:
    """What is paid in a region, and what its floor asks for."""

    territory: str
    currency: str
    paid: Decimal
    floor_per_hour: Decimal
    minutes: int | None
    """The median there; of everybody, where fewer than ten submitted there; None where fewer than ten did at all."""
    is_its_own: bool
    """Whether those minutes are the region's own."""
    needed: Decimal | None
    """So that the median minutes are paid at the floor."""
    told: int
    """Minutes that people there are told it takes."""

    @property
    def is_met(self) -> bool | None:
        """Whether what is paid meets the floor; None where it cannot be told."""
        return None if self.needed is None else self.paid >= self.needed


@dataclass(frozen=True, slots=True)
class Report:
    """What may be seen of a pilot. None stands for a count under ten, or one that would give such a one away."""

    agreed: int | None
    submitted: int | None
    left: int | None
    stopped: Mapping[str, int | None]
    """By the screen that somebody saw last so far, in the screens' order."""
    not_understood: Mapping[str, int | None]
    """By what the card is about: how many answered off the mark at first."""
    minutes: Minutes | None
    pay: tuple[RegionPay, ...]


def report(pilot: Pilot, collection: Collection, now: Tallied) -> Report:
    """The report of a pilot, given the collection's counters now; of one that has ended, as it ended."""
    counts = _since(pilot, pilot.after if pilot.after is not None else now)
    before, after, submitted = _stopped(pilot, collection, counts)
    lost_early, lost_late = shown(before), shown({**after, tallies.SUBMITTED: submitted})
    stopped = {**lost_early.cells, **{name: lost_late.cells[name] for name in after}}
    everywhere = sum(counts.values(), Counter[str]())
    unclear = {subject: everywhere[tallies.not_understood(subject)] for subject in _ASKED_ABOUT}
    return Report(
        agreed=apart({"": pilot.agreed})[""],
        submitted=lost_late.cells[tallies.SUBMITTED],
        left=apart({"": everywhere[tallies.LEFT]})[""],
        stopped=stopped,
        not_understood=apart(unclear),
        minutes=minutes_of(everywhere),
        pay=tuple(
            _pay(region, collection.minutes_in(region), counts, everywhere)
            for region in collection.regions
            if region.territory in counts
        ),
    )


_ASKED_ABOUT = tuple(subject for card, subject in tallies.SUBJECTS.items() if card > 1)


def _since(pilot: Pilot, now: Tallied) -> dict[str, Counter[str]]:
    """What was counted while it went on. What came before it is not taken for its own."""
    empty: Mapping[str, int] = {}
    return {
        territory: Counter(now.get(territory, empty)) - Counter(pilot.before.get(territory, empty))
        for territory in pilot.regions
    }


def _stopped(
    pilot: Pilot, collection: Collection, counts: Mapping[str, Counter[str]]
) -> tuple[dict[str, int], dict[str, int], int]:
    """How many saw which screen last: before they agreed, and after it; and how many submitted.

    Who began before the pilot did can have passed a screen that they were not counted on: nobody is less than none.
    """
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for region in collection.regions:
        if region.territory in pilot.regions:
            met = counts[region.territory]
            early, late = _screens(region)
            before.update(_lost(met, (*early, tallies.CONSENTED)))
            after.update(_lost(met, (*late, tallies.SUBMITTED)))
    order = screens_of(region for region in collection.regions if region.territory in pilot.regions)
    submitted = sum(met[tallies.SUBMITTED] for met in counts.values())
    return (
        {name: before[name] for name in order if name in before},
        {name: after[name] for name in order if name in after},
        submitted,
    )


def _screens(region: Region) -> tuple[tuple[str, ...], tuple[str, ...]]:
    every = tallies.screens([question.id for question in region.questions])
    early = every.index(tallies.DECIDE) + 1
    return every[:early], every[early:]


def _lost(met: Mapping[str, int], screens: Sequence[str]) -> dict[str, int]:
    return {screen: max(met.get(screen, 0) - met.get(after, 0), 0) for screen, after in pairwise(screens)}


def screens_of(regions: Iterable[Region]) -> tuple[str, ...]:
    """Every screen of some regions, in the order in which they are met."""
    order: list[str] = []
    for region in regions:
        place = 0
        for screen in tallies.screens([question.id for question in region.questions]):
            if screen in order:
                place = order.index(screen) + 1
            else:
                order.insert(place, screen)
                place += 1
    return tuple(order)


def minutes_of(counts: Mapping[str, int]) -> Minutes | None:
    """The minutes of those who submitted; None where they are fewer than ten."""
    found = ((tallies.minutes_of(what), count) for what, count in counts.items())
    histogram = sorted((minutes, count) for minutes, count in found if minutes is not None and count > 0)
    people = sum(count for _, count in histogram)
    if people < FEWEST:
        return None
    return Minutes(*(_at(histogram, people, share) for share in (Decimal("0.5"), Decimal("0.25"), Decimal("0.75"))))


def _at(histogram: Sequence[tuple[int, int]], people: int, share: Decimal) -> int:
    """Minutes that this share of people needed at most (nearest rank)."""
    rank, met = (share * people).to_integral_value(ROUND_CEILING), 0
    for minutes, count in histogram:
        met += count
        if met >= rank:
            return minutes
    return histogram[-1][0]


def _pay(region: Region, told: int, counts: Mapping[str, Counter[str]], everywhere: Mapping[str, int]) -> RegionPay:
    own = minutes_of(counts[region.territory])
    measured = own or minutes_of(everywhere)
    pay = region.pay
    needed = None if measured is None else needed_for(measured.median, pay.floor_per_hour, pay.currency)
    minutes, is_own = None if measured is None else measured.median, own is not None
    return RegionPay(region.territory, pay.currency, pay.amount, pay.floor_per_hour, minutes, is_own, needed, told)


def needed_for(minutes: int, floor_per_hour: Decimal, currency: str) -> Decimal:
    """The pay that meets an hourly floor for so many minutes, rounded up to the currency's smallest coin."""
    coin = Decimal(1).scaleb(-get_currency_precision(currency))
    return (floor_per_hour * minutes / 60).quantize(coin, ROUND_CEILING)
