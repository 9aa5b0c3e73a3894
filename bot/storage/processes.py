"""Processes that serve the same data: who is alive, and what one that is not had in hand.

What somebody has in hand carries the process's number. A process says every few seconds until when it is to be taken
for alive; one whose time is over has its work taken over by another. It may only have been slow: so whatever it does
after that finds another number, or none, and changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, and_, delete, exists, insert, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import deliveries, notices
from bot.storage.outbox import at_once
from bot.storage.tables import conversations, outbox, processes, schedule


@dataclass(frozen=True, slots=True)
class Process:
    """A process that serves, or did."""

    id: int
    place: str
    """Host and number, for people."""
    fetches: bool
    """By long polling, which only one may do."""
    began_at: dt.datetime
    alive_until: dt.datetime


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What processes that are gone had under way, of which nobody can know whether it arrived."""

    invites: int
    notices: int


async def arrive(
    connection: AsyncConnection, place: str, now: dt.datetime, until: dt.datetime, *, fetches: bool
) -> int:
    """A process begins to serve; its number, which no other one ever has."""
    row = {"place": place, "fetches": fetches, "began_at": now, "alive_until": until}
    written = await connection.execute(insert(processes).values(row))
    assert written.inserted_primary_key is not None  # noqa: S101  # one row was inserted
    return int(written.inserted_primary_key[0])


async def every(connection: AsyncConnection) -> list[Process]:
    """All that have not been taken over, oldest first."""
    return [Process(*row) for row in await connection.execute(select(processes).order_by(processes.c.id))]


async def beat(connection: AsyncConnection, number: int, until: dt.datetime) -> bool:
    """A process is alive until then; False where it has been taken for dead, and its work given to others."""
    query = update(processes).where(processes.c.id == number).values(alive_until=until)
    return (await connection.execute(query)).rowcount == 1


async def gone(connection: AsyncConnection, me: int, now: dt.datetime) -> list[int]:
    """Processes whose time is over, which are the caller's to take over from now on."""
    query = delete(processes).where(processes.c.id != me, processes.c.alive_until < now).returning(processes.c.id)
    return list(await connection.scalars(query))


_CARRIED = union(
    select(outbox.c.holder).where(outbox.c.holder.is_not(None)),
    select(outbox.c.left_to).where(outbox.c.left_to.is_not(None)),
    select(schedule.c.holder).where(schedule.c.holder.is_not(None)),
    select(conversations.c.shown_by).where(conversations.c.owed),
    select(deliveries.IN_HAND.subquery().c.holder),
    select(notices.IN_HAND.subquery().c.holder),
).subquery()
_NUMBER = _CARRIED.c[0]


async def lost(connection: AsyncConnection) -> list[int]:
    """Numbers that something in hand carries and no process has: those that ended while they, or another one beside
    them, were just committing it."""
    somebody = exists().where(processes.c.id == _NUMBER)
    return list(await connection.scalars(select(_NUMBER).where(_NUMBER.is_not(None), ~somebody).order_by(_NUMBER)))


async def take_over(connection: AsyncConnection, holders: Sequence[int] | None, now: dt.datetime) -> TakenOver:
    """What some had in hand is anybody's again, at once; None stands for whatever is in hand, also of processes from
    before they had numbers. What was about to leave may have arrived, and is never sent again."""
    leased = or_(schedule.c.leased_until.is_not(None), schedule.c.holder.is_not(None))
    in_hand = or_(outbox.c.holder.is_not(None), outbox.c.attempts == 0)
    if holders is not None:
        leased = _is_of(schedule.c.holder, holders)
        in_hand = or_(_is_of(outbox.c.holder, holders), _is_of(outbox.c.left_to, holders))
    await connection.execute(update(schedule).where(leased).values(leased_until=None, holder=None))
    owed = update(outbox).where(in_hand)
    await connection.execute(owed.values(due_at=at_once(now), holder=None, left_to=None))
    lanes = update(conversations).where(conversations.c.owed, conversations.c.shown_by.is_not(None))
    if holders is not None:
        lanes = lanes.where(conversations.c.shown_by.in_(holders))
    await connection.execute(lanes.values(shown_by=None))
    invites = await deliveries.take_over(connection, now, holders)
    return TakenOver(invites, await notices.take_over(connection, holders))


def _is_of(column: Column[int], holders: Sequence[int]) -> ColumnElement[bool]:
    """Whether it is one of theirs, in the words of the index that has what is in hand and nothing else."""
    return and_(column.is_not(None), column.in_(holders))
