"""Files that were written for providers: by their numbers they can be asked for again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.entitlements import day_of
from bot.storage.tables import entitlements, payout_exports
from flows.on_record import PayState


@dataclass(frozen=True, slots=True)
class Exported:
    """A file for a provider, and how much of it is not settled yet."""

    number: int
    on: dt.date
    rows: int
    under_way: int


async def note(connection: AsyncConnection, collection: str, rows: int, now: dt.datetime) -> int:
    """A file is being written; its number."""
    values = {"collection": collection, "made_on": day_of(now), "rows": rows}
    made = await connection.execute(insert(payout_exports).values(values).returning(payout_exports.c.id))
    return int(made.scalar_one())


async def of(connection: AsyncConnection, collection: str) -> list[Exported]:
    """A collection's files, oldest first."""
    mine = payout_exports.c
    waiting = (entitlements.c.export == mine.id) & (entitlements.c.state == PayState.UNDER_WAY.value)
    under_way = select(func.count()).select_from(entitlements).where(waiting).scalar_subquery()
    query = select(mine.id, mine.made_on, mine.rows, under_way).where(mine.collection == collection).order_by(mine.id)
    return [Exported(row[0], row[1].date(), row[2], row[3]) for row in await connection.execute(query)]
