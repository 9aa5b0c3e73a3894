"""Releases that one steward wants, until another confirms them."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import release_orders


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that waits for a second steward."""

    id: str
    wanted: dict[str, Any]
    ordered_by: str
    ordered_at: dt.datetime
    release: str | None = None


async def keep(connection: AsyncConnection, order: Waiting) -> None:
    """Let an order wait."""
    await connection.execute(insert(release_orders), asdict(order))


async def waiting(connection: AsyncConnection) -> list[Waiting]:
    """Orders that nobody has confirmed yet, oldest first."""
    columns = (release_orders.c[name] for name in Waiting.__slots__)
    query = select(*columns).where(release_orders.c.release.is_(None)).order_by(release_orders.c.ordered_at)
    return [Waiting(*row) for row in await connection.execute(query)]


async def made(connection: AsyncConnection, order: str, release: str) -> None:
    """What came of an order."""
    await connection.execute(update(release_orders).where(release_orders.c.id == order).values(release=release))
