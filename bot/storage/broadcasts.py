"""Broadcasts: what was planned, how far it is, and who may have it go on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Text, Update, bindparam, cast, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import held
from bot.storage.tables import broadcasts
from flows.broadcasts import ENDED, Broadcast, BroadcastState

SEALED_ANSWER = "sealed_answer"
"""Of an audience that is still to be chosen: by which answer, sealed. It goes with the choosing."""

PLANNED_FOR = "planned_for"
"""Of an audience that was chosen: the regions that were open then, of those that were asked for."""


def is_for(audience: Mapping[str, Any], territory: str) -> bool:
    """Whether a broadcast with this audience is for people who live there."""
    regions = audience.get(PLANNED_FOR) or audience.get("regions")
    return not regions or territory in regions


async def begin(
    connection: AsyncConnection, values: Mapping[str, Any], state: BroadcastState = BroadcastState.PLANNING
) -> int:
    """Write a broadcast that is being planned, or is to be; its id."""
    nothing = {"fallen_out": {}, "recipients": 0, "delivered": 0, "unreachable": 0, "unknown": 0, "cancelled": 0}
    row = {**nothing, **values, "state": state.value}
    written = await connection.execute(insert(broadcasts).values(row))
    assert written.inserted_primary_key is not None  # noqa: S101  # one row was inserted
    return int(written.inserted_primary_key[0])


async def read(connection: AsyncConnection, broadcast: int) -> Broadcast | None:
    """One broadcast. In a writing transaction of PostgreSQL it is locked."""
    query = held(connection, select(broadcasts).where(broadcasts.c.id == broadcast))
    row = (await connection.execute(query)).first()
    return _read(row) if row is not None else None


async def every(connection: AsyncConnection) -> list[Broadcast]:
    """All broadcasts, oldest first."""
    return [_read(row) for row in await connection.execute(select(broadcasts).order_by(broadcasts.c.id))]


async def newest(connection: AsyncConnection, most: int) -> list[Broadcast]:
    """The newest ones. In a writing transaction of PostgreSQL they are not locked: `move` looks again."""
    query = select(broadcasts).order_by(broadcasts.c.id.desc()).limit(most)
    return [_read(row) for row in await connection.execute(query)]


async def in_state(connection: AsyncConnection, *states: BroadcastState) -> list[Broadcast]:
    """Those in some states, oldest first."""
    query = select(broadcasts).where(broadcasts.c.state.in_([s.value for s in states])).order_by(broadcasts.c.id)
    return [_read(row) for row in await connection.execute(query)]


def _read(row: Sequence[Any]) -> Broadcast:
    values = list(row)
    values[2] = BroadcastState(values[2])
    return Broadcast(*values)


async def change(connection: AsyncConnection, broadcast: int, **values: Any) -> None:  # noqa: ANN401  # columns
    """Write some columns of a broadcast."""
    await connection.execute(update(broadcasts).where(broadcasts.c.id == broadcast).values(**values))


async def move(
    connection: AsyncConnection,
    broadcast: int,
    before: Sequence[BroadcastState],
    after: BroadcastState,
    **values: Any,  # noqa: ANN401
) -> bool:
    """Change the state, where it is one of `before`; whether it was."""
    query = update(broadcasts).where(broadcasts.c.id == broadcast, broadcasts.c.state.in_([s.value for s in before]))
    written = await connection.execute(query.values(state=after.value, **values))
    if after is BroadcastState.CANCELLED:
        await _forget_answers(connection)
    return written.rowcount == 1


async def count(connection: AsyncConnection, broadcast: int, more: Mapping[str, int]) -> None:
    """So many more deliveries have come to each end."""
    await connection.run_sync(count_in, broadcast, more)


def count_in(connection: Connection, broadcast: int, more: Mapping[str, int]) -> None:
    """`count`, for who writes in one go."""
    added = {name: number for name, number in more.items() if number}
    if added:
        values = {f"b_{name}": number for name, number in added.items()}
        connection.execute(_adding(tuple(sorted(added))), {"b_broadcast": broadcast, **values})


@cache
def _adding(names: tuple[str, ...]) -> Update:
    """Put together once for each set of ends: at a paid rate it is made a hundred times a second."""
    sums = {name: broadcasts.c[name] + bindparam(f"b_{name}", type_=Integer()) for name in names}
    return update(broadcasts).where(broadcasts.c.id == bindparam("b_broadcast")).values(sums)


async def going_on(connection: AsyncConnection, collection: str) -> int:
    """How many broadcasts of a collection have not come to their end."""
    which = broadcasts.c.state.not_in([state.value for state in ENDED]) & (broadcasts.c.collection == collection)
    return int(await connection.scalar(select(func.count()).select_from(broadcasts).where(which)) or 0)


async def stop_for_good(
    connection: AsyncConnection, why: str, now: dt.datetime, *, collection: str | None = None
) -> None:
    """Cancel everything that has not come to its end, of one collection or of all."""
    await _stop(connection, () if collection is None else (broadcasts.c.collection == collection,), why, now)


async def stop_of_pilot(
    connection: AsyncConnection, collection: str, begun_at: dt.datetime, why: str, now: dt.datetime
) -> None:
    """Cancel what has not come to its end of a pilot's own invites: planned since it was begun, and for no other reason
    that would let them go out without one."""
    own = (broadcasts.c.planned_at >= begun_at, broadcasts.c.any_hour.is_(False), broadcasts.c.without_pilot.is_(None))
    await _stop(connection, (*own, broadcasts.c.collection == collection), why, now)


async def _stop(connection: AsyncConnection, which: Sequence[ColumnElement[bool]], why: str, now: dt.datetime) -> None:
    still = broadcasts.c.state.not_in([state.value for state in ENDED])
    values = {"state": BroadcastState.CANCELLED.value, "ended_at": now, "why": why}
    await connection.execute(update(broadcasts).where(still, *which).values(**values))
    await _forget_answers(connection)


async def _forget_answers(connection: AsyncConnection) -> None:
    """Of what was given up before anybody was chosen, nothing says by which answer they would have been."""
    query = select(broadcasts.c.id, broadcasts.c.audience).where(
        broadcasts.c.state == BroadcastState.CANCELLED.value,
        cast(broadcasts.c.audience, Text()).contains(SEALED_ANSWER, autoescape=True),
    )
    for number, audience in (await connection.execute(query)).all():
        rest = {name: value for name, value in audience.items() if name != SEALED_ANSWER}
        await connection.execute(update(broadcasts).where(broadcasts.c.id == number).values(audience=rest))
