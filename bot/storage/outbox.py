"""The outbox: what is owed and cannot be derived again (files, deletions, receipts), one row each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import held, is_server
from bot.storage.tables import outbox


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One thing owed to a chat. `sealed` opens with the chat's contact key."""

    id: str
    chat: bytes
    lane: str
    kind: str
    sealed: bytes = field(repr=False)
    broadcast: str | None
    position: int
    due_at: dt.datetime
    attempts: int
    created_at: dt.datetime


async def put(connection: AsyncConnection, rows: Sequence[OutboxRow]) -> None:
    """Owe these."""
    if rows:
        names = OutboxRow.__slots__
        await connection.execute(insert(outbox), [{name: getattr(row, name) for name in names} for row in rows])


async def turn_into(connection: AsyncConnection, row_id: str, kind: str) -> None:
    """A row has become one of another kind."""
    await connection.execute(update(outbox).where(outbox.c.id == row_id).values(kind=kind))


async def done(connection: AsyncConnection, ids: Sequence[str]) -> None:
    """These were delivered, or never can be."""
    if ids:
        await connection.execute(delete(outbox).where(outbox.c.id.in_(ids)))


async def cancel_for(connection: AsyncConnection, chats: Sequence[bytes]) -> None:
    """Nothing is owed to these chats any more."""
    if chats:
        await connection.execute(delete(outbox).where(outbox.c.chat.in_(chats)))


async def cancel_broadcasts_for(connection: AsyncConnection, chats: Sequence[bytes]) -> None:
    """Nothing unasked is owed to these chats any more; replies still are."""
    if chats:
        await connection.execute(delete(outbox).where(outbox.c.chat.in_(chats), outbox.c.lane == "broadcast"))


async def claim(connection: AsyncConnection, now: dt.datetime, lease: dt.timedelta, limit: int) -> list[OutboxRow]:
    """What is due, in order, leased by moving its due time: whoever claims and dies leaves it to be claimed again."""
    query = select(outbox).where(outbox.c.due_at <= now).order_by(outbox.c.due_at, outbox.c.position).limit(limit)
    rows = [OutboxRow(*row) for row in await connection.execute(held(connection, query, skip_others=True))]
    if rows:
        ids = [row.id for row in rows]
        again = update(outbox).where(outbox.c.id.in_(ids))
        await connection.execute(again.values(due_at=now + lease, attempts=outbox.c.attempts + 1))
    return rows


async def release(connection: AsyncConnection, postponed_in_hand: str) -> None:
    """Let go of what a process that died had in hand, and of a kind that is postponed while it is in hand.

    SQLite serves one process; elsewhere another may have it.
    """
    if not is_server(connection):
        in_hand = update(outbox).where(or_(outbox.c.attempts == 0, outbox.c.kind == postponed_in_hand))
        await connection.execute(in_hand.values(due_at=outbox.c.created_at))


async def pull_back(connection: AsyncConnection, latest: dt.datetime, now: dt.datetime) -> None:
    """What waits for later than this is due now."""
    await connection.execute(update(outbox).where(outbox.c.due_at > latest).values(due_at=now))


async def next_due(connection: AsyncConnection) -> dt.datetime | None:
    """When the next row is to be sent."""
    moment: dt.datetime | None = await connection.scalar(select(func.min(outbox.c.due_at)))
    return moment


async def owing(connection: AsyncConnection, chats: Sequence[bytes]) -> dict[bytes, set[str]]:
    """What is still owed to some chats, by its ids."""
    found: dict[bytes, set[str]] = {}
    if chats:
        for chat, row_id in await connection.execute(
            select(outbox.c.chat, outbox.c.id).where(outbox.c.chat.in_(chats))
        ):
            found.setdefault(chat, set()).add(row_id)
    return found


async def postpone(connection: AsyncConnection, ids: Sequence[str], until: dt.datetime) -> None:
    """Not now: try again then."""
    if ids:
        later = update(outbox).where(outbox.c.id.in_(ids))
        await connection.execute(later.values(due_at=until, attempts=outbox.c.attempts + 1))
