"""Contributions as a steward's work finds them: by their consent, their collection, and what they stand under."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.conversations import ContributionRow
from bot.storage.tables import consent_records, contributions

_TOGETHER = 2_000


async def every_record(connection: AsyncConnection) -> AsyncIterator[tuple[str, str]]:
    """Id and pseudonym of every consent record that was ever written."""
    found = await connection.stream(select(consent_records.c.id, consent_records.c.pseudonym))
    async for some in found.partitions(_TOGETHER):
        for row in some:
            yield row.id, row.pseudonym


async def of_pseudonym(connection: AsyncConnection, pseudonym: str) -> ContributionRow | None:
    """The contribution of this pseudonym, where it is there."""
    row = (await connection.execute(select(contributions).where(contributions.c.pseudonym == pseudonym))).first()
    return ContributionRow(*row) if row is not None else None


async def of_collection(connection: AsyncConnection, collection: str) -> list[ContributionRow]:
    """Every contribution to a collection, also those that nobody has agreed to yet."""
    query = select(contributions).where(contributions.c.collection == collection)
    return [ContributionRow(*row) for row in await connection.execute(query)]


async def still_there(connection: AsyncConnection, rows: Sequence[ContributionRow]) -> list[ContributionRow]:
    """Contributions as they stand now: somebody may have left, or agreed anew, since they were looked up."""
    query = select(contributions).where(contributions.c.pseudonym.in_([row.pseudonym for row in rows]))
    return [ContributionRow(*row) for row in await connection.execute(query)]
