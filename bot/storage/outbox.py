"""The outbox: what is owed and cannot be derived again (files, deletions, receipts), one row each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.asking import REPLY, UNASKED
from bot.storage.holding import held
from bot.storage.in_hand import not_anothers
from bot.storage.tables import outbox


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One thing owed to a chat. `sealed` opens with the chat's contact key."""

    id: str
    chat: bytes
    lane: str
    kind: str
    sealed: bytes = field(repr=False)
    position: int
    due_at: dt.datetime
    attempts: int
    created_at: dt.datetime
    holder: int | None = None
    """The process that has it in hand."""
    left_to: int | None = None
    """The process that shows the chat's screens just now: it sends this with the next."""


_WHOSE = (outbox.c.holder, outbox.c.left_to)


async def put(connection: AsyncConnection, rows: Sequence[OutboxRow]) -> None:
    """Owe these."""
    if rows:
        names = OutboxRow.__slots__
        await connection.execute(insert(outbox), [{name: getattr(row, name) for name in names} for row in rows])


async def waits(connection: AsyncConnection, chat: bytes, kind: str) -> bool:
    """Whether something of a kind is still to be sent to a chat."""
    query = select(literal(1)).where(outbox.c.chat == chat, outbox.c.kind == kind).limit(1)
    return await connection.scalar(query) is not None


async def turn_into(connection: AsyncConnection, row: OutboxRow, kind: str, holder: int | None) -> bool:
    """A row that was read becomes one of another kind. Not where somebody else has it in hand by now, or it is gone;
    whether it did."""
    as_read = (outbox.c.id == row.id, outbox.c.kind == row.kind, outbox.c.holder.is_not_distinct_from(holder))
    turned = await connection.execute(update(outbox).where(*as_read).values(kind=kind))
    return turned.rowcount == 1


async def done(connection: AsyncConnection, ids: Sequence[str]) -> None:
    """These were delivered, or never can be."""
    if ids:
        await connection.execute(delete(outbox).where(outbox.c.id.in_(ids)))


async def cancel_for(connection: AsyncConnection, chats: Sequence[bytes]) -> None:
    """Nothing is owed to these chats any more."""
    if chats:
        await connection.execute(delete(outbox).where(outbox.c.chat.in_(chats)))


async def cancel_unasked_for(connection: AsyncConnection, chats: Sequence[bytes], kinds: Iterable[str]) -> None:
    """Nothing of these kinds is said unasked to these chats any more; replies are, and files still go from them."""
    if chats:
        unasked = (outbox.c.lane == UNASKED, outbox.c.kind.in_(sorted(kinds)))
        await connection.execute(delete(outbox).where(outbox.c.chat.in_(chats), *unasked))


async def claim(
    connection: AsyncConnection,
    now: dt.datetime,
    lease: dt.timedelta,
    limit: int,
    holder: int | None = None,
    lane: str = REPLY,
) -> list[OutboxRow]:
    """What is due in a lane and no other process's, in order, leased by moving its due time: whoever claims and dies
    leaves it to be claimed again."""
    mine = not_anothers(connection, holder, *_WHOSE)
    query = select(outbox).where(outbox.c.lane == lane, outbox.c.due_at <= now, mine)
    query = query.order_by(outbox.c.due_at, outbox.c.position).limit(limit)
    rows = [OutboxRow(*row) for row in await connection.execute(held(connection, query, skip_others=True))]
    if rows:
        ids = [row.id for row in rows]
        again = update(outbox).where(outbox.c.id.in_(ids))
        values = {"due_at": now + lease, "attempts": outbox.c.attempts + 1, "holder": holder, "left_to": None}
        await connection.execute(again.values(**values))
    return rows


async def take_left(
    connection: AsyncConnection, chats: Sequence[bytes], me: int, until: dt.datetime
) -> list[OutboxRow]:
    """What other processes have left to the one that shows these chats' screens; it has them in hand until then."""
    query = select(outbox).where(outbox.c.chat.in_(chats), outbox.c.left_to == me)
    rows = [OutboxRow(*row) for row in await connection.execute(query.order_by(outbox.c.created_at, outbox.c.position))]
    if rows:
        mine = update(outbox).where(outbox.c.id.in_([row.id for row in rows]))
        await connection.execute(mine.values(left_to=None, holder=me, due_at=until))
    return [replace(row, due_at=until) for row in rows]


async def in_hand(connection: AsyncConnection, process: int, but: Iterable[str], limit: int) -> list[OutboxRow]:
    """What one of several processes has in hand beside its steps, the oldest first, but for some kinds. What it has
    tried to send is on its way to be noted."""
    query = select(outbox).where(
        outbox.c.holder == process,
        outbox.c.left_to.is_(None),
        outbox.c.attempts == 0,
        outbox.c.kind.not_in(sorted(but)),
    )
    query = query.order_by(outbox.c.created_at, outbox.c.position)
    return [OutboxRow(*row) for row in await connection.execute(query.limit(limit))]


def at_once(now: dt.datetime) -> ColumnElement[dt.datetime]:
    """Due, each in the order in which it was put; and now what a clock that was ahead put."""
    return case((outbox.c.created_at > now, literal(now, outbox.c.created_at.type)), else_=outbox.c.created_at)


async def hand_back(connection: AsyncConnection, rows: Sequence[OutboxRow], now: dt.datetime) -> None:
    """Whoever had these in hand could not send them: they are due at once. What has changed since they were read, since
    somebody has claimed it, put it off or sent it, is theirs."""
    for row in rows:
        unchanged = (outbox.c.id == row.id, outbox.c.due_at == row.due_at, outbox.c.attempts == row.attempts)
        freed = update(outbox).where(*unchanged)
        await connection.execute(freed.values(due_at=at_once(now), holder=None))


async def pull_back(connection: AsyncConnection, latest: dt.datetime, now: dt.datetime, me: int | None) -> None:
    """What waits for later than this is due now, but for what another process has in hand."""
    late = update(outbox).where(outbox.c.due_at > latest, not_anothers(connection, me, *_WHOSE))
    await connection.execute(late.values(due_at=now))


async def next_due(connection: AsyncConnection, me: int | None = None, lane: str = REPLY) -> dt.datetime | None:
    """When the caller is to send the next row of a lane."""
    mine = and_(outbox.c.lane == lane, not_anothers(connection, me, *_WHOSE))
    moment: dt.datetime | None = await connection.scalar(select(func.min(outbox.c.due_at)).where(mine))
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


async def postpone(
    connection: AsyncConnection, ids: Sequence[str], until: dt.datetime, holder: int | None = None
) -> None:
    """Not now: try again then. A `holder` has them in hand until then."""
    if ids:
        later = update(outbox).where(outbox.c.id.in_(ids))
        values = {"due_at": until, "attempts": outbox.c.attempts + 1, "holder": holder, "left_to": None}
        await connection.execute(later.values(**values))
