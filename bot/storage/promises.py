"""How many people each region has promised pay to: counts alone."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import pay_promises

Region = tuple[str, str]
"""A collection and a territory."""


async def promised(connection: AsyncConnection) -> Counter[Region]:
    """How many by now. Held until the transaction ends, so that no two processes promise the last one's pay."""
    query = select(pay_promises)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    return Counter({(row.collection, row.territory): row.people for row in await connection.execute(query)})


async def counted(connection: AsyncConnection) -> Counter[Region]:
    """How many by now, for somebody who only looks."""
    rows = await connection.execute(select(pay_promises))
    return Counter({(row.collection, row.territory): row.people for row in rows})


async def add(connection: AsyncConnection, changes: Counter[Region]) -> None:
    """Count people who have agreed, and take out who left before anything was owed to them."""
    maker = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    for (collection, territory), people in changes.items():
        query = maker(pay_promises).values(collection=collection, territory=territory, people=max(people, 0))
        more = {"people": pay_promises.c.people + people}
        await connection.execute(query.on_conflict_do_update(index_elements=["collection", "territory"], set_=more))
