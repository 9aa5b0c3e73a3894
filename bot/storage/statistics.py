"""Published statistics: what was published how, and what is left of each collection's budget.

That a table was published, and how, is remembered for good: what was seen exactly is not made private by noise later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import releases
from bot.storage.tables import publications, published_tables, statistics_budgets, withdrawals

Kind = Literal["suppressed", "private"]


class PublishedMeanwhile(Exception):
    """Another process publishes one of these tables in the same moment."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Tables that were published together."""

    id: str
    collection: str
    kind: Kind
    purpose: str
    languages_apart: bool
    tables: list[str]
    epsilon: int
    """What it cost, in millionths; none where nothing is private."""
    made_by: str
    made_at: dt.datetime
    content: dict[str, Any] | None
    """What was published; none where a process ended between reserving and drawing."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What of private tables a collection may lose in all, in millionths of an epsilon."""

    allowed: int
    spent: int


async def kinds(connection: AsyncConnection, collection: str) -> dict[str, Kind]:
    """Table -> how it was published."""
    columns = published_tables.c
    rows = await connection.execute(select(columns.name, columns.kind).where(columns.collection == collection))
    return {row.name: row.kind for row in rows}


async def mark(connection: AsyncConnection, collection: str, names: Sequence[str], kind: Kind) -> None:
    """These tables are published so, from this transaction on. Raises PublishedMeanwhile."""
    known = await kinds(connection, collection)
    new = [{"collection": collection, "name": name, "kind": kind} for name in names if name not in known]
    if new:
        try:
            await connection.execute(insert(published_tables), new)
        except IntegrityError:
            raise PublishedMeanwhile from None


async def budget(connection: AsyncConnection, collection: str) -> Budget | None:
    """A collection's budget; none where nobody has set one."""
    columns = statistics_budgets.c
    query = select(columns.allowed, columns.spent).where(columns.collection == collection)
    row = (await connection.execute(query)).first()
    return Budget(*row) if row is not None else None


async def allow(connection: AsyncConnection, collection: str, allowed: int) -> bool:
    """Set what may be spent in all; False, and nothing changes, where something is spent and it would grow or not
    reach."""
    columns = statistics_budgets.c
    if await budget(connection, collection) is None:
        row = {"collection": collection, "allowed": allowed, "spent": 0}
        await connection.execute(insert(statistics_budgets), row)
        return True
    fits = (columns.spent == 0) | ((columns.spent <= allowed) & (columns.allowed >= allowed))
    query = update(statistics_budgets).where(columns.collection == collection, fits).values(allowed=allowed)
    return (await connection.execute(query)).rowcount == 1


async def reserve(connection: AsyncConnection, collection: str, epsilon: int) -> bool:
    """Spend so much, if so much is left: whether it was. One statement, so that no two can spend the same."""
    columns = statistics_budgets.c
    query = update(statistics_budgets).where(columns.collection == collection)
    query = query.where(columns.spent + epsilon <= columns.allowed).values(spent=columns.spent + epsilon)
    return (await connection.execute(query)).rowcount == 1


async def newest_withdrawal(connection: AsyncConnection, collection: str) -> int:
    """The number of a collection's newest withdrawal; later ones have higher numbers."""
    query = select(func.max(withdrawals.c.id)).where(withdrawals.c.collection == collection)
    return await connection.scalar(query) or 0


async def put(connection: AsyncConnection, publication: Publication) -> None:
    """Remember a publication, with its audit entry."""
    await connection.execute(insert(publications), asdict(publication))
    detail: dict[str, object] = {
        "publication": publication.id, "kind": publication.kind, "purpose": publication.purpose,
        "languages_apart": publication.languages_apart, "tables": publication.tables, "epsilon": publication.epsilon,
        "steward": publication.made_by,
    }  # fmt: skip
    action = "statistics published" if publication.content is not None else "statistics budget spent"
    await releases.note_act(connection, publication.made_at, action, publication.collection, detail)


async def complete(connection: AsyncConnection, publication: Publication, at: dt.datetime) -> None:
    """What was drawn is published."""
    mine = publications.c.id == publication.id
    await connection.execute(update(publications).where(mine).values(content=publication.content))
    detail: dict[str, object] = {"publication": publication.id, "kind": publication.kind}
    await releases.note_act(connection, at, "statistics published", publication.collection, detail)


async def every(connection: AsyncConnection) -> list[Publication]:
    """Every publication, oldest first."""
    names = Publication.__slots__
    query = select(*(publications.c[name] for name in names))
    rows = await connection.execute(query.order_by(publications.c.made_at, publications.c.id))
    return [Publication(*row) for row in rows]
