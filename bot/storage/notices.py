"""Notices of a breach: whom they go to, and what became of each. Once a delivery has ended, its chat is forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.holding import held
from bot.storage.tables import consent_records, contributions, conversations, notice_deliveries, notices

TOGETHER = 1_000
"""People that are looked at together."""

_LEFT_OVER_TOGETHER = 500
"""Older SQLite takes 999 values in a statement."""

TO_BEGIN = dt.timedelta(hours=1)
"""How long writing down everybody whom a notice concerns may take."""


class NoticeState(StrEnum):
    """How one delivery stands. `gone`: whoever it was for has left meanwhile, and holds nothing here any more."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom it concerns: everybody who agreed to something, or fewer."""

    collection: str | None = None
    regions: tuple[str, ...] = ()
    since: dt.date | None = None
    """Who agreed on this day (UTC) or later."""
    until: dt.date | None = None
    """Who agreed on this day (UTC) or before."""

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        since, until = (each.isoformat() if each is not None else None for each in (self.since, self.until))
        return {"collection": self.collection, "regions": list(self.regions), "since": since, "until": until}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A chat that a notice goes to, as its row says."""

    chat: bytes = field(repr=False)
    key_id: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice, and how far it has come."""

    id: int
    planned_at: dt.datetime
    by: str
    reason: str
    concerns: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, str]] = field(repr=False)
    recipients: int
    begun_at: dt.datetime | None
    ended_at: dt.datetime | None
    states: Mapping[str, int] = field(default_factory=dict)
    """How many deliveries stand how."""


async def concerned(database: Database, wanted: Concerned) -> AsyncIterator[list[Somebody]]:
    """Everybody whom it concerns, some at a time, also those who want no messages. Each some is read by itself."""
    after = b""
    while True:
        async with database.read() as connection:
            rows = (await connection.execute(_query(wanted, after))).all()
        if not rows:
            return
        after = rows[-1][0]
        yield [Somebody(*row) for row in rows]


def _query(wanted: Concerned, after: bytes) -> Select[Any]:
    record, part = consent_records.c, contributions.c
    held = (
        exists()
        .where(part.chat == conversations.c.chat, part.record.is_not(None))
        .where(record.pseudonym == part.pseudonym)
    )
    if wanted.collection is not None:
        held = held.where(part.collection == wanted.collection)
    if wanted.regions:
        held = held.where(record.territory.in_(wanted.regions))
    if wanted.since is not None:
        held = held.where(record.given_at >= _midnight(wanted.since))
    if wanted.until is not None:
        held = held.where(record.given_at < _midnight(wanted.until) + dt.timedelta(days=1))
    columns = (conversations.c.chat, conversations.c.key_id, conversations.c.sealed)
    return select(*columns).where(conversations.c.chat > after, held).order_by(conversations.c.chat).limit(TOGETHER)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


async def plan(connection: AsyncConnection, row: Mapping[str, Any]) -> int:
    """Write a notice down, of which nothing is sent yet; its number."""
    written = await connection.execute(insert(notices).values(**row, recipients=0))
    return int(written.inserted_primary_key[0])  # type: ignore[index]  # the table has one


async def add(connection: AsyncConnection, notice: int, first: int, chats: Sequence[bytes]) -> None:
    """Write recipients down."""
    if chats:
        common = {"notice": notice, "state": NoticeState.PENDING.value}
        rows = [{**common, "position": place, "chat": chat} for place, chat in enumerate(chats, start=first)]
        await connection.execute(insert(notice_deliveries), rows)


async def begin(connection: AsyncConnection, notice: int, recipients: int, now: dt.datetime) -> bool:
    """Everybody is written down: it may be sent. Whether that was in time."""
    query = update(notices).where(notices.c.id == notice, notices.c.ended_at.is_(None))
    return bool((await connection.execute(query.values(recipients=recipients, begun_at=now))).rowcount)


async def going_on(connection: AsyncConnection) -> list[Notice]:
    """Notices that are being sent."""
    query = select(notices).where(notices.c.begun_at.is_not(None), notices.c.ended_at.is_(None))
    return [Notice(*row) for row in await connection.execute(query.order_by(notices.c.id))]


async def every_notice(connection: AsyncConnection) -> list[Notice]:
    """All of them, oldest first, each with how far it has come."""
    counted = select(notice_deliveries.c.notice, notice_deliveries.c.state, func.count())
    states: dict[int, dict[str, int]] = {}
    for notice, state, count in await connection.execute(
        counted.group_by(notice_deliveries.c.notice, notice_deliveries.c.state)
    ):
        states.setdefault(notice, {})[state] = count
    rows = await connection.execute(select(notices).order_by(notices.c.id))
    return [replace(Notice(*row), states=states.get(row.id, {})) for row in rows]


async def waiting(connection: AsyncConnection, notice: int, most: int) -> dict[int, Somebody | None]:
    """Some who wait for it, by position; None where there is no such chat any more."""
    mine = notice_deliveries.c
    query = (
        select(mine.position, conversations.c.chat, conversations.c.key_id, conversations.c.sealed)
        .select_from(notice_deliveries)
        .outerjoin(conversations, conversations.c.chat == mine.chat)
        .where(mine.notice == notice, mine.state == NoticeState.PENDING.value)
        .order_by(mine.position)
        .limit(most)
    )
    return {row[0]: Somebody(*row[1:]) if row[1] is not None else None for row in await connection.execute(query)}


async def take(
    connection: AsyncConnection, notice: int, positions: Sequence[int], holder: int | None = None
) -> dict[int, bool]:
    """Say of those that wait still that they are about to be sent; their positions, and whether the chat is there."""
    mine = notice_deliveries.c
    query = select(mine.position).where(
        mine.notice == notice, mine.position.in_(positions), mine.state == NoticeState.PENDING.value
    )
    query = query.order_by(mine.position)
    free = list(await connection.scalars(held(connection, query, skip_others=True)))
    if not free:
        return {}
    which = (mine.notice == notice) & mine.position.in_(free)
    await connection.execute(
        update(notice_deliveries).where(which).values(state=NoticeState.SENDING.value, holder=holder)
    )
    found = (
        select(mine.position, conversations.c.chat)
        .select_from(notice_deliveries)
        .outerjoin(conversations, conversations.c.chat == mine.chat)
        .where(which)
        .order_by(mine.position)
    )
    return {row[0]: row[1] is not None for row in await connection.execute(found)}


async def settle(
    connection: AsyncConnection, notice: int, states: Mapping[int, NoticeState], holder: int | None = None
) -> None:
    """What became of some, by position: of several processes, of those that the caller still has. Whoever is to be
    tried again keeps their chat."""
    mine = notice_deliveries.c
    for position, state in states.items():
        values: dict[str, Any] = {"state": state.value, "holder": None}
        if state is not NoticeState.PENDING:
            values["chat"] = None
        query = update(notice_deliveries).where(mine.notice == notice, mine.position == position, _sent_by(holder))
        await connection.execute(query.values(**values))


async def bring_back(connection: AsyncConnection, notice: int, holder: int | None = None) -> None:
    """Whatever says that it is being sent and is not waits again: of several processes, what the caller has."""
    query = update(notice_deliveries).where(notice_deliveries.c.notice == notice, _sent_by(holder))
    await connection.execute(query.values(state=NoticeState.PENDING.value, holder=None))


def _sent_by(holder: int | None) -> ColumnElement[bool]:
    """What is being sent by one process; with one alone, whatever is."""
    mine = notice_deliveries.c
    return and_(mine.state == NoticeState.SENDING.value, mine.holder == holder if holder is not None else true())


IN_HAND = select(notice_deliveries.c.holder).where(notice_deliveries.c.holder.is_not(None))
"""Who has what is being sent, where several serve."""


async def take_over(connection: AsyncConnection, holders: Sequence[int] | None = None) -> int:
    """After processes that died, by default all: what they were sending may have arrived, and is not sent again; how
    many that is."""
    query = update(notice_deliveries).where(notice_deliveries.c.state == NoticeState.SENDING.value)
    mine = (
        query
        if holders is None
        else query.where(notice_deliveries.c.holder.is_not(None), notice_deliveries.c.holder.in_(holders))
    )
    written = await connection.execute(mine.values(state=NoticeState.UNKNOWN.value, chat=None, holder=None))
    return written.rowcount


async def end(connection: AsyncConnection, notice: int, now: dt.datetime) -> Mapping[str, int] | None:
    """Over, once nothing waits and nothing is under way; how many came to what, or None where it is not over."""
    mine = notice_deliveries.c
    counts = select(mine.state, func.count()).where(mine.notice == notice).group_by(mine.state)
    states: dict[str, int] = {row[0]: row[1] for row in await connection.execute(counts)}
    if NoticeState.PENDING.value in states or NoticeState.SENDING.value in states:
        return None
    query = update(notices).where(notices.c.id == notice, notices.c.ended_at.is_(None))
    return states if (await connection.execute(query.values(ended_at=now))).rowcount else None


@dataclass(frozen=True, slots=True)
class Stopped:
    """A notice that was going on, and goes on no more."""

    id: int
    collection: str | None
    states: Mapping[str, int]
    """How many deliveries stand how."""


async def stop(connection: AsyncConnection, now: dt.datetime) -> list[Stopped]:
    """After a backup was put back: who has been told since is not known, so what was going on goes on no more."""
    found = {each.id for each in await going_on(connection)}
    await connection.execute(update(notices).where(notices.c.ended_at.is_(None)).values(ended_at=now))
    while await forget_left_over(connection, now):
        pass
    return [
        Stopped(each.id, each.concerns.get("collection"), each.states)
        for each in await every_notice(connection)
        if each.id in found
    ]


async def forget_left_over(connection: AsyncConnection, now: dt.datetime) -> bool:
    """Of notices that go on no more, whom they have not reached: some of them, and whether there may be others.

    One that was not begun in time never is: writing everybody down was cut off.
    """
    cut_off = (notices.c.begun_at.is_(None), notices.c.ended_at.is_(None), notices.c.planned_at < now - TO_BEGIN)
    await connection.execute(update(notices).where(*cut_off).values(ended_at=now))
    mine = notice_deliveries.c
    query = (
        select(mine.notice, mine.position, notices.c.begun_at)
        .join(notices, notices.c.id == mine.notice)
        .where(notices.c.ended_at.is_not(None), mine.state.in_((NoticeState.PENDING.value, NoticeState.SENDING.value)))
        .limit(_LEFT_OVER_TOGETHER)
    )
    found = (await connection.execute(query)).all()
    for notice, begun_at in {(row[0], row[2]) for row in found}:
        which = (mine.notice == notice) & mine.position.in_([row[1] for row in found if row[0] == notice])
        unknown = update(notice_deliveries).values(state=NoticeState.UNKNOWN.value, chat=None, holder=None)
        await connection.execute((unknown if begun_at is not None else delete(notice_deliveries)).where(which))
    return len(found) == _LEFT_OVER_TOGETHER
