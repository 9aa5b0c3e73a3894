"""Releases that one steward wants, until another confirms them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import release_orders
from flows.releases import OrderState, ReleaseOrder


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that waits for a second steward."""

    id: str
    wanted: dict[str, Any]
    ordered_by: str
    ordered_at: dt.datetime
    release: str | None = None
    state: str = OrderState.WAITING.value
    told: dict[str, Any] = field(default_factory=dict)
    also_by: str = ""


async def keep(connection: AsyncConnection, order: Waiting) -> None:
    """Let an order wait."""
    await connection.execute(insert(release_orders), asdict(order))


async def waiting(connection: AsyncConnection) -> list[Waiting]:
    """Orders that nobody has confirmed yet, oldest first."""
    columns = (release_orders.c[name] for name in Waiting.__slots__)
    query = (
        select(*columns).where(release_orders.c.state == OrderState.WAITING.value).order_by(release_orders.c.ordered_at)
    )
    return [Waiting(*row) for row in await connection.execute(query)]


async def made(connection: AsyncConnection, order: str, release: str) -> bool:
    """What came of an order, where nothing has come of it yet; whether nothing had."""
    open_still = release_orders.c.state.in_([OrderState.WAITING.value, OrderState.MAKING.value])
    written = await connection.execute(
        update(release_orders)
        .where(release_orders.c.id == order, open_still)
        .values(release=release, state=OrderState.MADE.value)
    )
    return written.rowcount == 1


SHOWN = 30
"""So many orders, the newest, are in front of the team; `surveybot releases` has all of them."""


async def newest(connection: AsyncConnection) -> list[ReleaseOrder]:
    """The newest ones, as the team's screens see them."""
    columns = (release_orders.c[name] for name in Waiting.__slots__)
    query = select(*columns).order_by(release_orders.c.ordered_at.desc()).limit(SHOWN)
    return [as_order(Waiting(*row)) for row in await connection.execute(query)]


def as_order(row: Waiting) -> ReleaseOrder:
    """An order as the team's screens see it."""
    wanted, told = row.wanted, {**row.told, **({"release": row.release} if row.release else {})}
    return ReleaseOrder(
        row.id, wanted["collection"], wanted["purpose"], wanted["recipient"], wanted["format"],
        bool(wanted.get("own_words")), row.ordered_by, row.ordered_at, OrderState(row.state), told, row.also_by,
    )  # fmt: skip


async def read(connection: AsyncConnection, order: str) -> Waiting | None:
    """One of them."""
    columns = (release_orders.c[name] for name in Waiting.__slots__)
    row = (await connection.execute(select(*columns).where(release_orders.c.id == order))).first()
    return Waiting(*row) if row is not None else None


async def move(
    connection: AsyncConnection, order: str, before: OrderState, after: OrderState, told: Mapping[str, Any]
) -> bool:
    """Change the state, where it is `before`, with what is told of it; whether it was."""
    mine = (release_orders.c.id == order) & (release_orders.c.state == before.value)
    written = await connection.execute(update(release_orders).where(mine).values(state=after.value, told=dict(told)))
    return written.rowcount == 1


async def tell(connection: AsyncConnection, order: str, told: Mapping[str, Any]) -> None:
    """What is told of it now, whatever its state."""
    await connection.execute(update(release_orders).where(release_orders.c.id == order).values(told=dict(told)))
