"""Contributions as a steward's work finds them: by their consent, their collection, and what they stand under."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.conversations import ContributionRow
from bot.storage.tables import answers, consent_records, contributions

_TOGETHER = 2_000

KEPT_TOGETHER = 250
"""How many are looked at in one go where everybody is: what a tap that comes just then waits for."""


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


async def of_collection(connection: AsyncConnection, collection: str, beyond: str = "") -> list[ContributionRow]:
    """Some contributions to a collection, also of those that nobody has agreed to yet, by pseudonym, from beyond one
    on."""
    of = contributions.c
    query = select(contributions).where(of.collection == collection, of.pseudonym > beyond)
    found = await connection.execute(query.order_by(of.pseudonym).limit(KEPT_TOGETHER))
    return [ContributionRow(*row) for row in found]


async def count_of_collection(connection: AsyncConnection, collection: str) -> int:
    """How many there are, also of those that nobody has agreed to yet."""
    query = select(func.count()).where(contributions.c.collection == collection)
    return int(await connection.scalar(query) or 0)


async def still_there(connection: AsyncConnection, rows: Sequence[ContributionRow]) -> list[ContributionRow]:
    """Contributions as they stand now: somebody may have left, or agreed anew, since they were looked up."""
    query = select(contributions).where(contributions.c.pseudonym.in_([row.pseudonym for row in rows]))
    return [ContributionRow(*row) for row in await connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Kept:
    """A contribution under a live consent, and what says until when it may be kept.

    The consent is the one in force, or an earlier one that something submitted still stands under.
    """

    row: ContributionRow
    record: str
    given_at: dt.datetime
    expires_at: dt.datetime
    purposes: Mapping[str, str]
    """Purpose -> how long it may be used, as the collection said when that was agreed to."""
    answers: str | None = None
    """How long answers are kept, as it said then; None where an earlier program wrote the record."""

    @property
    def is_earlier(self) -> bool:
        """Whether another consent is in force by now."""
        return self.record != self.row.record


_SAID_THEN = (
    consent_records.c.given_at, consent_records.c.expires_at, consent_records.c.kept, consent_records.c.answers_kept,
)  # fmt: skip
"""Columns of a consent record that say until when what stands under it may be kept."""

_KEPT = (
    select(contributions, *_SAID_THEN)
    .join(consent_records, consent_records.c.id == contributions.c.record)
    .where(contributions.c.collection == bindparam("in_collection"), contributions.c.pseudonym > bindparam("beyond"))
    .order_by(contributions.c.pseudonym)
    .limit(bindparam("together", type_=Integer()))
)


async def kept(connection: AsyncConnection, collection: str, beyond: str = "") -> list[Kept]:
    """Some of a collection's contributions that a consent is in force for, by pseudonym, from beyond one on."""
    width = len(contributions.c)
    wanted = {"in_collection": collection, "beyond": beyond, "together": KEPT_TOGETHER}
    rows = (await connection.execute(_KEPT, wanted)).all()
    return [_kept(ContributionRow(*row[:width]), row.record, row) for row in rows]


def _kept(contribution: ContributionRow, record: str, said: Any) -> Kept:  # noqa: ANN401  # a row
    return Kept(contribution, record, said.given_at, said.expires_at, said.kept or {}, said.answers_kept)


_KEPT_EARLIER = (
    select(consent_records.c.pseudonym, consent_records.c.id, *_SAID_THEN)
    .join(contributions, contributions.c.pseudonym == consent_records.c.pseudonym)
    .where(
        consent_records.c.pseudonym.in_(bindparam("whose", expanding=True)),
        consent_records.c.id != contributions.c.record,
        or_(
            consent_records.c.id == contributions.c.submitted_under,
            exists().where(
                answers.c.pseudonym == consent_records.c.pseudonym, answers.c.record == consent_records.c.id
            ),
        ),
    )
    .order_by(consent_records.c.pseudonym, consent_records.c.given_at)
)


async def kept_earlier(connection: AsyncConnection, rows: Sequence[ContributionRow]) -> list[Kept]:
    """Some contributions once more, for each earlier consent that something submitted still stands under."""
    of = {row.pseudonym: row for row in rows}
    found = await connection.execute(_KEPT_EARLIER, {"whose": list(of)})
    return [_kept(of[row.pseudonym], row.id, row) for row in found]


async def last_end(connection: AsyncConnection, collection: str) -> dt.datetime | None:
    """When the last consent that is in force for a collection comes to its end."""
    query = select(func.max(consent_records.c.expires_at)).join(
        contributions, contributions.c.record == consent_records.c.id
    )
    found: dt.datetime | None = await connection.scalar(query.where(contributions.c.collection == collection))
    return found
