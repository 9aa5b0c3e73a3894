"""What is owed, and what has become of it: each under a keyed hash that no pseudonym leads to."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.audit import CLOSED
from bot.storage.tables import audit, entitlements, halts, voucher_codes
from flows.consent import pay_reference
from flows.on_record import PayState


class Entitlement(NamedTuple):
    """One account's pay for one collection. Days are UTC midnights."""

    holder: bytes
    collection: str
    amount: str
    currency: str
    accrued_on: dt.datetime
    kept_until: dt.datetime
    territory: str | None
    reference: str
    state: PayState
    state_on: dt.datetime
    way: str | None
    reason: str | None
    told: bool
    left: bool
    given: int
    """How often it went to a provider, each time with another number."""
    export: int | None
    """The provider's file that it was given in last."""


_COLUMNS = [entitlements.c[name] for name in Entitlement._fields]
_BY_HOLDER = select(*_COLUMNS).where(entitlements.c.holder == bindparam("whose"))


def day_of(moment: dt.datetime) -> dt.datetime:
    """The day alone: an exact time would join what is owed to a pseudonym."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def next_day_of(moment: dt.datetime) -> dt.datetime:
    """The end of the day, where a day must not seem longer ago than the moment was."""
    return day_of(moment) + dt.timedelta(days=1)


async def entitlement(connection: AsyncConnection, holder: bytes) -> Entitlement | None:
    """What one account is owed for one collection."""
    row = (await connection.execute(_BY_HOLDER, {"whose": holder})).one_or_none()
    return Entitlement(*row)._replace(state=PayState(row.state)) if row is not None else None


_AT_A_TIME = 500
"""SQLite takes only so many values in a statement."""


async def named_apart(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows that are to be written, each with a reference that nobody else has.

    Forty bits are few among millions: of a million references two are the same in one installation out of three.
    """
    taken = await _taken(connection, [row["reference"] for row in rows])
    apart: list[dict[str, Any]] = []
    for row in rows:
        reference = row["reference"]
        while reference in taken:
            reference = pay_reference(secrets.token_bytes(5))
            taken |= await _taken(connection, [reference])
        taken.add(reference)
        apart.append({**row, "reference": reference})
    return apart


async def _taken(connection: AsyncConnection, references: Sequence[str]) -> set[str]:
    taken: set[str] = set()
    for start in range(0, len(references), _AT_A_TIME):
        some = entitlements.c.reference.in_(references[start : start + _AT_A_TIME])
        taken.update(await connection.scalars(select(entitlements.c.reference).where(some)))
    return taken


async def change(connection: AsyncConnection, holder: bytes, **values: Any) -> None:  # noqa: ANN401  # columns
    """Write down what has become of it."""
    await connection.execute(update(entitlements).where(entitlements.c.holder == holder).values(**values))


async def count_by_state(connection: AsyncConnection, collection: str) -> list[tuple[str | None, str, int]]:
    """How many of a collection's are in which state: territory, state, count."""
    columns = (entitlements.c.territory, entitlements.c.state)
    mine = entitlements.c.collection == collection
    query = select(*columns, func.count()).where(mine).group_by(*columns).order_by(*columns)
    return [(row[0], row[1], row[2]) for row in await connection.execute(query)]


MAY_COME_BACK = dt.timedelta(days=30)
"""How long what was sent may still come back: until then it can be told by its reference."""

_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_NO_CURRENCY = "XXX"
"""ISO 4217's code for no currency."""


FORGOTTEN_TOGETHER = 500
"""A whole day's people are over at the same midnight: more at a time would keep everybody else waiting, and a statement
takes no more than some ten thousand values."""

_LEAVE_A_MARK = (
    update(entitlements)
    .where(entitlements.c.holder == bindparam("whose"))
    .values(
        amount="0",
        currency=_NO_CURRENCY,
        accrued_on=_LONG_AGO,
        kept_until=_LONG_AGO,
        territory=None,
        reference=bindparam("mark"),
        state=PayState.PAID_BEFORE.value,
        state_on=_LONG_AGO,
        way=None,
        reason=None,
        told=True,
        left=True,
        given=0,
        export=None,
    )
)


async def keep_mark(connection: AsyncConnection, holders: Sequence[bytes]) -> None:
    """Of pay that was sent, keep one keyed mark and nothing else: no sum, no place, no day, no reference, no code."""
    if not holders:
        return
    await _spend_codes(connection, holders)
    marks = [{"whose": holder, "mark": f"MARK-{secrets.token_urlsafe(8)}"} for holder in holders]
    await connection.execute(_LEAVE_A_MARK, marks)


async def _spend_codes(connection: AsyncConnection, holders: Sequence[bytes]) -> None:
    """A code stays known as spent, under what leads nowhere."""
    spent = update(voucher_codes).where(voucher_codes.c.holder.in_(holders))
    await connection.execute(spent.values(holder=voucher_codes.c.digest, sealed=b""))


def _written_out(state: PayState) -> ColumnElement[str]:
    """Written out, so that its partial index is used."""
    return literal(state.value, literal_execute=True)


_IS_MARK = entitlements.c.state == _written_out(PayState.PAID_BEFORE)
_IS_NO_MARK = entitlements.c.state != _written_out(PayState.PAID_BEFORE)
_WAS_SENT = entitlements.c.state == _written_out(PayState.SENT)
_NEVER_SENT = entitlements.c.state != _written_out(PayState.SENT)


async def forget_settled(connection: AsyncConnection, now: dt.datetime) -> bool:
    """Forget what was owed once the time that consent named is over, and keep no more than a mark of what was sent:
    of some, and whether there may be others."""
    columns = entitlements.c
    over = (columns.kept_until < now) & _IS_NO_MARK
    stays_sent = columns.left & (columns.state_on < now - MAY_COME_BACK)
    found = []
    for settled in (over & _WAS_SENT, stays_sent & _WAS_SENT):  # each has an index, and both in one query have none
        sent = await _some(connection, settled)
        await keep_mark(connection, sent)
        found.append(len(sent))
    dropped = await _some(connection, over & _NEVER_SENT)
    if dropped:
        await _spend_codes(connection, dropped)  # one that was held for them may have been seen
        await connection.execute(delete(entitlements).where(columns.holder.in_(dropped)))
    return FORGOTTEN_TOGETHER in {*found, len(dropped)}


async def _some(connection: AsyncConnection, which: ColumnElement[bool]) -> list[bytes]:
    query = select(entitlements.c.holder).where(which).limit(FORGOTTEN_TOGETHER)
    return list(await connection.scalars(query))


async def forget_marks(connection: AsyncConnection, collections: Sequence[str]) -> None:
    """Marks of collections that are no longer there: nobody can be paid for them twice."""
    closed = _IS_MARK & entitlements.c.collection.not_in(collections)
    await connection.execute(delete(entitlements).where(closed))


_CLOSED = literal(CLOSED, literal_execute=True)
"""Written out, so that its partial index is used."""


async def forget_marks_of_closed(connection: AsyncConnection) -> None:
    """Marks that were made since their collection was closed; of one that was opened again since, they stay."""
    stands_still = (halts.c.collection == audit.c.collection) & halts.c.territory.is_(None)
    # A halt comes before the closing that it is of.
    was_closed = stands_still & (audit.c.action == _CLOSED) & (audit.c.at >= halts.c.at)
    closed = entitlements.c.collection.in_(select(halts.c.collection).where(was_closed))
    await connection.execute(delete(entitlements).where(_IS_MARK, closed))


async def collections_untold(connection: AsyncConnection) -> list[str]:
    """Collections that somebody has gone from without being told what becomes of their pay."""
    found: list[str] = []
    while True:  # a step a collection, where DISTINCT would read every row
        beyond = entitlements.c.collection > (found[-1] if found else "")
        query = select(func.min(entitlements.c.collection)).where(entitlements.c.left, ~entitlements.c.told, beyond)
        nearest = await connection.scalar(query)
        if nearest is None:
            return found
        found.append(nearest)


async def gone_untold(connection: AsyncConnection, holders: Sequence[bytes]) -> list[bytes]:
    """Who of some has gone without being told what becomes of their pay."""
    untold = entitlements.c.holder.in_(holders) & entitlements.c.left & ~entitlements.c.told
    return list(await connection.scalars(select(entitlements.c.holder).where(untold)))


async def tell_again(connection: AsyncConnection, holders: Sequence[bytes]) -> set[str]:
    """Those of them that are still owed are to be told; which collections they are of."""
    mine = entitlements.c.holder.in_(holders) & (entitlements.c.state == PayState.OWED.value)
    found = set(await connection.scalars(select(entitlements.c.collection).where(mine)))
    await connection.execute(update(entitlements).where(mine).values(told=False))
    return found


async def with_state(connection: AsyncConnection, collection: str, states: Sequence[PayState]) -> list[Entitlement]:
    """A collection's in some states, in the order of their references, which is none."""
    mine = (entitlements.c.collection == collection) & entitlements.c.state.in_([each.value for each in states])
    rows = await connection.execute(select(*_COLUMNS).where(mine).order_by(entitlements.c.reference))
    return [Entitlement(*row)._replace(state=PayState(row.state)) for row in rows]


async def under_way(connection: AsyncConnection, export: int) -> list[Entitlement]:
    """What was given to a provider in one file and is not settled yet, in the order of references."""
    mine = (entitlements.c.export == export) & (entitlements.c.state == PayState.UNDER_WAY.value)
    rows = await connection.execute(select(*_COLUMNS).where(mine).order_by(entitlements.c.reference))
    return [Entitlement(*row)._replace(state=PayState(row.state)) for row in rows]


async def named(connection: AsyncConnection, references: Sequence[str]) -> dict[str, Entitlement]:
    """Those with these references."""
    rows = await connection.execute(select(*_COLUMNS).where(entitlements.c.reference.in_(references)))
    found = [Entitlement(*row)._replace(state=PayState(row.state)) for row in rows]
    return {each.reference: each for each in found}
