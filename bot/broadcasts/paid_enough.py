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
from flows import paid_enough
from flows.collection import Collection


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
    found = paid_enough.underpaid(collection, await tallied(connection, collection.id), territories, today)
    if found is None:
        return None
    pay = found.region.pay
    return (
        f"{found.region.territory}: half of those who took part needed {found.minutes} minutes or less, and "
        f"{pay.amount} {pay.currency} for that is below the floor of {pay.floor_per_hour} an hour: pay {found.needed} "
        f"at least, or ask less (surveybot check --explain {paid_enough.RULE})"
    )
