"""The durable due-list: what comes due, claimed with a lease so that one process carries it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.asking import REPLY, lane_of
from bot.storage.holding import held, is_server
from bot.storage.in_hand import not_anothers
from bot.storage.tables import schedule


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be done at a time. One per kind and key: a later one takes the earlier one's place."""

    kind: str
    key: str
    due_at: dt.datetime
    note: int = 0
    holder: int | None = field(default=None, compare=False)
    """Of what was claimed, the process that claimed it."""

    @property
    def lane(self) -> str:
        """Whether somebody waits for it (`bot.storage.asking`)."""
        return lane_of(self.kind)


def _put(maker: Any) -> Any:  # noqa: ANN401  # two dialects, one shape
    query = maker(schedule)
    return query.on_conflict_do_update(
        index_elements=["kind", "key"],
        set_={
            "due_at": query.excluded.due_at,
            "note": query.excluded.note,
            "leased_until": None,
            "holder": None,
            "lane": query.excluded.lane,
        },
    )


_PUT = {"sqlite": _put(sqlite_insert), "postgresql": _put(postgresql_insert)}


async def put_due(connection: AsyncConnection, dues: Sequence[Due]) -> None:
    """Write what comes due, over what was due for the same kind and key."""
    if not dues:
        return
    rows = {(due.kind, due.key): due for due in dues}
    await connection.execute(
        _PUT[connection.dialect.name],
        [
            {"kind": d.kind, "key": d.key, "due_at": d.due_at, "note": d.note, "leased_until": None, "lane": d.lane}
            for d in rows.values()
        ],
    )


async def put_due_once(connection: AsyncConnection, due: Due) -> None:
    """Write what comes due, unless the same is due already: a start does not put off what is waiting."""
    known = await connection.scalar(
        select(schedule.c.due_at).where(schedule.c.kind == due.kind, schedule.c.key == due.key)
    )
    if known is None:
        await put_due(connection, [due])


_IS_FREE = schedule.c.leased_until.is_(None)

_LEASED = (
    update(schedule)
    .where(schedule.c.kind == bindparam("b_kind"), schedule.c.key == bindparam("b_key"))
    .values(leased_until=bindparam("leased_until"), holder=bindparam("holder"))
)
"""One by one: SQLite goes through the whole table for pairs of values in a list."""


async def claim_due(
    connection: AsyncConnection,
    now: dt.datetime,
    lease: dt.timedelta,
    limit: int,
    holder: int | None = None,
    lane: str = REPLY,
) -> list[Due]:
    """What is due in a lane and nobody's, now leased to the caller, a process's number. A lease ends by the clock of
    whoever has it, or with its process."""
    free = or_(_IS_FREE, and_(schedule.c.leased_until < now, not_anothers(connection, holder, schedule.c.holder)))
    query = (
        select(schedule.c.kind, schedule.c.key, schedule.c.due_at, schedule.c.note)
        .where(schedule.c.lane == lane, schedule.c.due_at <= now, free)
        .order_by(schedule.c.due_at)
        .limit(limit)
    )
    due = [Due(*row, holder) for row in await connection.execute(held(connection, query, skip_others=True))]
    if due:
        common = {"leased_until": now + lease, "holder": holder}
        await connection.execute(_LEASED, [{"b_kind": d.kind, "b_key": d.key, **common} for d in due])
    return due


async def renew(connection: AsyncConnection, dues: Sequence[Due], until: dt.datetime, holder: int | None) -> None:
    """The caller goes on with what takes longer, where it still has it."""
    for due in dues:
        mine = update(schedule).where(schedule.c.kind == due.kind, schedule.c.key == due.key)
        mine = mine.where(schedule.c.due_at == due.due_at, schedule.c.leased_until.is_not(None))
        await connection.execute(mine.where(schedule.c.holder.is_not_distinct_from(holder)).values(leased_until=until))


async def is_in_hand(connection: AsyncConnection, due: Due) -> bool:
    """Whether what was claimed is still its process's, and stays so until this transaction ends where that writes.
    Where there is only one process, nobody else can have it."""
    if due.holder is None:
        return True
    mine = select(schedule.c.holder).where(schedule.c.kind == due.kind, schedule.c.key == due.key)
    holder: int | None = await connection.scalar(held(connection, mine))
    return holder == due.holder


async def due_at(connection: AsyncConnection, kind: str, key: str) -> dt.datetime | None:
    """When something comes due; none where nothing does."""
    mine = (schedule.c.kind == kind, schedule.c.key == key)
    moment: dt.datetime | None = await connection.scalar(select(schedule.c.due_at).where(*mine))
    return moment


async def pull_back(connection: AsyncConnection, kind: str, latest: dt.datetime, me: int | None) -> None:
    """Nothing of a kind comes due later than this, but for what another process has in hand."""
    mine = or_(_IS_FREE, not_anothers(connection, me, schedule.c.holder))
    late = update(schedule).where(schedule.c.kind == kind, schedule.c.due_at > latest, mine)
    await connection.execute(late.values(due_at=latest, leased_until=None))


async def let_go(connection: AsyncConnection, latest: dt.datetime, me: int | None) -> None:
    """No lease lasts longer than this, but for another process's. It is not ended: the caller may have in hand what is
    leased to it."""
    late = update(schedule).where(schedule.c.leased_until > latest, not_anothers(connection, me, schedule.c.holder))
    await connection.execute(late.values(leased_until=latest))


async def hurry(connection: AsyncConnection, kind: str, collection: str, now: dt.datetime) -> None:
    """What waits for something about a collection is due now. Keys are a chat and a collection."""
    mine = update(schedule).where(schedule.c.kind == kind, schedule.c.key.endswith(f"/{collection}", autoescape=True))
    await connection.execute(mine.values(due_at=now, leased_until=None, holder=None))


async def hurry_sweep(connection: AsyncConnection, now: dt.datetime) -> None:
    """Keys that are to be destroyed are destroyed soon, and not within the hour."""
    await connection.execute(
        update(schedule).where(schedule.c.kind == "sweep").values(due_at=now, leased_until=None, holder=None)
    )


async def next_due(connection: AsyncConnection, me: int | None = None, lane: str = REPLY) -> dt.datetime | None:
    """When the caller can claim the next thing of a lane: when it comes due, or when a lease on it ends that is not
    another's."""
    in_lane = schedule.c.lane == lane
    first = select(schedule.c.due_at).where(in_lane, _IS_FREE).order_by(schedule.c.due_at).limit(1)
    free = await connection.scalar(first)
    mine = and_(in_lane, not_anothers(connection, me, schedule.c.holder))
    # Filtered, not asked for: SQLite would go through everything in the lane, several entries a person.
    leased = await connection.scalar(select(func.min(schedule.c.leased_until).filter(mine)).where(~_IS_FREE))
    return min((moment for moment in (free, leased) if moment is not None), default=None)


async def done(connection: AsyncConnection, dues: Sequence[Due]) -> None:
    """These have been carried out; one that was put anew meanwhile, for another time, stays."""
    for due in dues:
        await connection.execute(
            delete(schedule).where(
                schedule.c.kind == due.kind, schedule.c.key == due.key, schedule.c.due_at == due.due_at
            )
        )


async def cancel_for(connection: AsyncConnection, keys: Sequence[str]) -> None:
    """Nothing comes due for these chats any more: entries whose key is the chat, or begins with it and a slash."""
    for key in keys:
        await connection.execute(
            delete(schedule).where(or_(schedule.c.key == key, _begins_with(connection, f"{key}/")))
        )


def key_of(chat: bytes, collection: str) -> str:
    """What a chat's part in a collection is called on the schedule."""
    return f"{chat.hex()}/{collection}"


_OF_A_PART = delete(schedule).where(schedule.c.key == bindparam("whose"))


async def cancel_for_parts(
    connection: AsyncConnection, parts: Collection[tuple[bytes, str]], but: str | None = None
) -> None:
    """Nothing comes due any more for chats in a collection that they have left: when it was to end is in a record that
    only knows a pseudonym, and would lead there. `but` is a kind that still does."""
    if parts:
        of_them = [{"whose": key_of(*part)} for part in sorted(set(parts))]
        await connection.execute(_OF_A_PART if but is None else _OF_A_PART.where(schedule.c.kind != but), of_them)


def _begins_with(connection: AsyncConnection, prefix: str) -> ColumnElement[bool]:
    """Keys that begin so, found by the index on keys: SQLite's compares bytes, and a server's is made for patterns."""
    if is_server(connection):
        return schedule.c.key.like(f"{prefix}%")
    return and_(schedule.c.key >= prefix, schedule.c.key < prefix[:-1] + chr(ord(prefix[-1]) + 1))
