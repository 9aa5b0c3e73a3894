"""Published counts: one sealed row a region, replaced and never added to, so that no history of them is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import snapshots


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One region's, as it is stored."""

    collection: str
    territory: str
    taken_at: dt.datetime
    sealed: bytes = field(repr=False)


async def of_collection(connection: AsyncConnection, collection: str) -> list[SnapshotRow]:
    """Every region's of a collection."""
    rows = await connection.execute(select(snapshots).where(snapshots.c.collection == collection))
    return [SnapshotRow(*row) for row in rows]


async def replace(connection: AsyncConnection, before: SnapshotRow | None, after: SnapshotRow) -> bool:
    """Put one in the place of another, if that is still the newest: whether it was."""
    values = {"taken_at": after.taken_at, "sealed": after.sealed}
    mine = (snapshots.c.collection == after.collection) & (snapshots.c.territory == after.territory)
    if before is not None:
        query = update(snapshots).where(mine, snapshots.c.sealed == before.sealed).values(values)
        return (await connection.execute(query)).rowcount == 1
    if await connection.scalar(select(snapshots.c.territory).where(mine)) is not None:
        return False
    await connection.execute(insert(snapshots).values(collection=after.collection, territory=after.territory, **values))
    return True
