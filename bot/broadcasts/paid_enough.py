"""Whether pay meets the floor for the minutes that it took, which `surveybot check` finds once ten have submitted.

Before that many the folder's own numbers are held against the floor when the bot starts. A bot that runs is not stopped
by what it measures, since whoever is in it must be able to leave; but nobody else is invited below the floor: neither
when invites are planned, nor when they are sent off, nor by those that leave later, when more people have been measured
or pay is another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcasts.refusal import Refused
from bot.storage.database import Database
from bot.storage.tallies import tallied
from flows.collection import Collection, Region
from flows.pilot_report import minutes_of, needed_for

RULE = "pay.below_floor"
"""Of `surveybot check`, which can be waived."""


async def refuse_underpaid(
    database: Database, collection: Collection, territories: Container[str], today: dt.date
) -> None:
    """Raise Refused where a region among these pays less than its floor for the median of the minutes it took there."""
    async with database.read() as connection:
        why = await underpaid(connection, collection, territories, today)
    if why is not None:
        raise Refused(why)


async def underpaid(
    connection: AsyncConnection, collection: Collection, territories: Container[str], today: dt.date
) -> str | None:
    """Which region among these pays less than its floor for the median of the minutes it took there; None: none."""
    counts = await tallied(connection, collection.id)
    for region in collection.regions:
        took = minutes_of(counts.get(region.territory, {}))
        if took is None or region.territory not in territories or _is_waived(collection, region, today):
            continue
        needed = needed_for(took.median, region.pay.floor_per_hour, region.pay.currency)
        if region.pay.amount < needed:
            return (
                f"{region.territory}: half of those who took part needed {took.median} minutes or less, and "
                f"{region.pay.amount} {region.pay.currency} for that is below the floor of {region.pay.floor_per_hour} "
                f"an hour: pay {needed} at least, or ask less (surveybot check --explain {RULE})"
            )
    return None


def _is_waived(collection: Collection, region: Region, today: dt.date) -> bool:
    return any(
        waiver.rule == RULE and waiver.region in {None, region.territory} and today <= waiver.until
        for waiver in collection.waived
    )
