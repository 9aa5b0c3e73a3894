"""How much waits in the data: bare counts, and nothing of whom they are about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.asking import REPLY, UNASKED
from bot.storage.tables import broadcasts, key_destructions, outbox, processes, schedule


@dataclass(frozen=True, slots=True)
class Standing:
    """What waits."""

    owed: int
    """Messages and files in the outbox."""
    overdue: int
    """Entries of the schedule whose time has come."""
    destructions: int
    """Keys that are still to be destroyed."""
    invites: int
    """Of broadcasts that have not ended: people who have no invite yet."""
    processes: int = 1
    """Processes that serve; where only one can, that one."""


def _overdue(lane: str, now: dt.datetime) -> ScalarSelect[int]:
    """By itself, since the index is one of lanes."""
    mine = (schedule.c.lane == lane, schedule.c.due_at <= now)
    return select(func.count()).select_from(schedule).where(*mine).scalar_subquery()


async def standing(connection: AsyncConnection, now: dt.datetime) -> Standing:
    """Counts that are small, indexed, or counted already (a broadcast's): this is asked every few seconds."""
    ended = broadcasts.c.delivered + broadcasts.c.unreachable + broadcasts.c.unknown + broadcasts.c.cancelled
    query = select(
        select(func.count()).select_from(outbox).scalar_subquery(),
        _overdue(REPLY, now) + _overdue(UNASKED, now),
        select(func.count()).select_from(key_destructions).scalar_subquery(),
        select(func.coalesce(func.sum(broadcasts.c.recipients - ended), 0))
        .where(broadcasts.c.ended_at.is_(None))
        .scalar_subquery(),
        select(func.count()).select_from(processes).where(processes.c.alive_until >= now).scalar_subquery(),
    )
    owed, overdue, destructions, invites, alive = (await connection.execute(query)).one()
    return Standing(int(owed), int(overdue), int(destructions), int(invites), max(1, int(alive)))
