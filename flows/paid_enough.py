"""Whether pay meets its floor for the minutes that it took people, once enough have submitted for that to be known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal

from flows.collection import Collection, Region
from flows.pilot_report import minutes_of, needed_for
from flows.pilots import Tallied

RULE = "pay.below_floor"
"""Of `surveybot check`, which can be waived."""


@dataclass(frozen=True, slots=True)
class Underpaid:
    """A region that pays less than its floor for the median of the minutes that it took there."""

    region: Region
    minutes: int
    needed: Decimal


def underpaid(collection: Collection, counts: Tallied, territories: Container[str], today: dt.date) -> Underpaid | None:
    """The first region among these that is underpaid by a collection's counters; None where none is."""
    for region in collection.regions:
        took = minutes_of(counts.get(region.territory, {}))
        if took is None or region.territory not in territories or _is_waived(collection, region, today):
            continue
        needed = needed_for(took.median, region.pay.floor_per_hour, region.pay.currency)
        if region.pay.amount < needed:
            return Underpaid(region, took.median, needed)
    return None


def _is_waived(collection: Collection, region: Region, today: dt.date) -> bool:
    return any(
        waiver.rule == RULE and waiver.region in {None, region.territory} and today <= waiver.until
        for waiver in collection.waived
    )
