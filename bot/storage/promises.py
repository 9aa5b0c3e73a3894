"""How many people each region has promised pay to: counts alone."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import Turn, held, in_turn, inserting
from bot.storage.tables import pay_promises

Region = tuple[str, str]
"""A collection and a territory."""


async def promised(connection: AsyncConnection) -> Counter[Region]:
    """How many by now. Held until the transaction ends, so that no two processes promise the last one's pay."""
    await in_turn(connection, Turn.PROMISES)  # a region's first promise has no row yet that could be held
    query = held(connection, select(pay_promises))
    return Counter({(row.collection, row.territory): row.people for row in await connection.execute(query)})


async def counted(connection: AsyncConnection) -> Counter[Region]:
    """How many by now, for somebody who only looks."""
    rows = await connection.execute(select(pay_promises))
    return Counter({(row.collection, row.territory): row.people for row in rows})


async def add(connection: AsyncConnection, changes: Counter[Region]) -> None:
    """Count people who have agreed, and take out who left before anything was owed to them."""
    for (collection, territory), people in sorted(changes.items()):
        row = {"collection": collection, "territory": territory, "people": max(people, 0)}
        query = inserting(connection, pay_promises).values(row)
        more = {"people": pay_promises.c.people + people}
        await connection.execute(query.on_conflict_do_update(index_elements=["collection", "territory"], set_=more))
