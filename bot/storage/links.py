"""Links to a collection as stored: rows in, rows out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Integer, bindparam, case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import held
from bot.storage.tables import links
from flows.links import BURST, CollectionLink, LinkKind, LinkState

_BY_IDS = select(links).where(links.c.id.in_(bindparam("ids", expanding=True))).order_by(links.c.id)
_COUNTED = ("opened", "consented", "day", "day_consented", "since", "since_opened")
"""What steps change. Submissions are counted apart, since nobody looks at the link for them."""

_BUSIER = bindparam("b_busiest", type_=Integer())
_BUSIEST = case((links.c.busiest > _BUSIER, links.c.busiest), else_=_BUSIER)
"""Whoever lets a link go on in the same moment raises it too."""

_WRITTEN = (
    update(links)
    .where(links.c.id == bindparam("b_id"))
    .values({**{name: bindparam(name) for name in _COUNTED}, "busiest": _BUSIEST})
)
_SUBMITTED = (
    update(links).where(links.c.id == bindparam("b_id")).values(submitted=links.c.submitted + bindparam("more"))
)


async def read(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, CollectionLink]:
    """Some links. In a writing transaction of PostgreSQL they are locked, in key order."""
    query = held(connection, _BY_IDS)
    return {row[0]: _read(row) for row in await connection.execute(query, {"ids": sorted(set(ids))})}


async def every(connection: AsyncConnection) -> list[CollectionLink]:
    """All links, the oldest first."""
    rows = await connection.execute(select(links).order_by(links.c.made_at, links.c.id))
    return [_read(row) for row in rows]


async def add(connection: AsyncConnection, link: CollectionLink) -> None:
    """A new link."""
    await connection.execute(insert(links).values(row_of(link)))


async def write(
    connection: AsyncConnection,
    changed: Iterable[CollectionLink],
    paused: Iterable[CollectionLink],
    submitted: Counter[str],
) -> None:
    """Write counts of links that were read in this transaction, let some rest, and count submissions of any."""
    rows = [{"b_id": each.id, "b_busiest": each.busiest, **_counted(row_of(each))} for each in changed]
    if rows:
        await connection.execute(_WRITTEN, rows)
    resting = [each.id for each in paused]
    if resting:
        mine = update(links).where(links.c.id.in_(resting), links.c.state == LinkState.OPEN.value)
        await connection.execute(mine.values(state=LinkState.PAUSED.value, why=BURST))
    if submitted:
        await connection.execute(_SUBMITTED, [{"b_id": link, "more": more} for link, more in submitted.items()])


def _counted(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _COUNTED}


def row_of(link: CollectionLink) -> dict[str, Any]:
    """A link as its row."""
    return {**asdict(link), "kind": link.kind.value, "state": link.state.value}


def _read(row: Any) -> CollectionLink:  # noqa: ANN401  # a row of the table
    values = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's own name for it
    return CollectionLink(**{**values, "kind": LinkKind(values["kind"]), "state": LinkState(values["state"])})
