"""Heads of the audit trail that were put into a channel: one for each time of the schedule."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import inserting
from bot.storage.tables import head_posts


class HeadPostState(StrEnum):
    """How a post stands."""

    POSTING = "posting"
    POSTED = "posted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


async def take(connection: AsyncConnection, slot: dt.datetime, head: int, now: dt.datetime) -> bool:
    """Say that a head is about to be posted for a time; False where somebody has said so before."""
    row = {"slot": slot, "head": head, "state": HeadPostState.POSTING.value, "at": now}
    written = await connection.execute(inserting(connection, head_posts).values(row).on_conflict_do_nothing())
    return written.rowcount == 1


async def settle(connection: AsyncConnection, slot: dt.datetime, state: HeadPostState | None) -> None:
    """What became of it; None where nothing stands there and it is to be tried again."""
    mine = head_posts.c.slot == slot
    if state is None:
        await connection.execute(delete(head_posts).where(mine))
    else:
        await connection.execute(update(head_posts).where(mine).values(state=state.value))


async def take_over(connection: AsyncConnection) -> None:
    """After a process that died: what it was posting may stand there, and is not posted again."""
    posting = head_posts.c.state == HeadPostState.POSTING.value
    await connection.execute(update(head_posts).where(posting).values(state=HeadPostState.UNKNOWN.value))
