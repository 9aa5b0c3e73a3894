"""The team's rows: rights, open links and halts. Rows in, rows out; `bot.team` seals and opens them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, not_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.conversations import Overtaken
from bot.storage.holding import held, inserting
from bot.storage.tables import consent_records, contributions, halts, rights, team_links
from flows.halts import Halts, Scope, is_halted

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RightRow:
    """A right as stored. `sealed` opens with its own key, which destroying revokes it by."""

    id: str
    member: str
    role: str
    key_id: bytes
    sealed: bytes = field(repr=False)
    limits: Row
    granted_by: str
    granted_at: dt.datetime
    trained_on: dt.date | None
    code_version: int
    code_accepted_at: dt.datetime | None


@dataclass(slots=True)
class TeamLedger:
    """What a transaction changes about the team, in order: rows to insert, to change by id, and to take out by id."""

    changes: list[tuple[str, Table, Row]] = field(default_factory=list)

    def insert(self, table: Table, row: Row) -> None:
        """A new row."""
        self.changes.append(("insert", table, row))

    def update(self, table: Table, row_id: str, values: Row) -> None:
        """A row changed, which has to be there."""
        self.changes.append(("update", table, {"id": row_id, "values": values}))

    def insert_once(self, table: Table, row: Row) -> None:
        """A new row, unless one that may not be there twice is there already."""
        self.changes.append(("insert once", table, row))

    def delete(self, table: Table, row_id: str) -> None:
        """A row gone, which has to be there: what another process took first is not taken twice."""
        self.changes.append(("delete", table, {"id": row_id}))


async def write_ledger(connection: AsyncConnection, ledger: TeamLedger) -> None:
    """Write what changed. Raises Overtaken where a row is not there any more: nothing of it may then be committed."""
    for how, table, row in ledger.changes:
        if how == "insert":
            await connection.execute(insert(table), row)
            continue
        if how == "insert once":
            await connection.execute(inserting(connection, table).values(row).on_conflict_do_nothing())
            continue
        one = table.c.id == row["id"]
        query = delete(table).where(one) if how == "delete" else update(table).where(one).values(**row["values"])
        if (await connection.execute(query)).rowcount != 1:
            raise Overtaken


async def read_rights(connection: AsyncConnection) -> list[RightRow]:
    """Every right. In a writing transaction of PostgreSQL the team is locked until its end."""
    return [RightRow(*row) for row in await connection.execute(held(connection, select(rights).order_by(rights.c.id)))]


async def read_links(connection: AsyncConnection) -> Sequence[Any]:
    """Every link that has not been opened, expired ones too."""
    query = held(connection, select(team_links).order_by(team_links.c.id))
    found: Sequence[Any] = (await connection.execute(query)).all()
    return found


async def read_halts(connection: AsyncConnection) -> Sequence[Any]:
    """Everything that stands still."""
    found: Sequence[Any] = (await connection.execute(held(connection, select(halts).order_by(halts.c.id)))).all()
    return found


_SCOPES = select(halts.c.collection, halts.c.territory)


async def halted(connection: AsyncConnection) -> Halts:
    """What is halted now, by whichever process: read anew for each step."""
    return frozenset(Scope(*row) for row in await connection.execute(_SCOPES))


async def stands_still(connection: AsyncConnection, collection: str, territory: str) -> bool:
    """Whether nobody may be invited or asked in a collection's region now: asked before each invite."""
    return is_halted(await halted(connection), collection, territory)


async def half_way(connection: AsyncConnection, halt: str, after: bytes, limit: int) -> list[tuple[bytes, str]]:
    """Chats behind one, in order, of people who agreed and have not submitted where something is halted; with the
    collection. Nobody where it goes on again, or stood still before.
    """
    rows = await read_halts(connection)
    mine = next((row for row in rows if row.id == halt), None)
    if mine is None:
        return []
    part, record = contributions.c, consent_records.c
    query = (
        select(part.chat, func.min(part.collection))
        .join(consent_records, record.id == part.record)
        .where(part.submitted_at.is_(None), part.chat > after, *_within(mine))
        .group_by(part.chat)
        .order_by(part.chat)
        .limit(limit)
    )
    for earlier in rows:
        if earlier.at < mine.at:
            query = query.where(not_(and_(true(), *_within(earlier))))
    return [(row[0], row[1]) for row in await connection.execute(query)]


def _within(halt: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401  # a row of halts
    conditions: list[ColumnElement[bool]] = []
    if halt.collection is not None:
        conditions.append(contributions.c.collection == halt.collection)
    if halt.territory is not None:
        conditions.append(consent_records.c.territory == halt.territory)
    return conditions


async def forget_expired_links(connection: AsyncConnection, now: dt.datetime) -> None:
    """Links whose time is over grant nothing, and go."""
    await connection.execute(delete(team_links).where(team_links.c.expires_at <= now))


async def take_halts(connection: AsyncConnection, there: Sequence[Any]) -> int:
    """Have stand still what another database of this installation says does, where it does not yet; how much."""
    known = {row.id for row in await read_halts(connection)}
    missing = [row._asdict() for row in there if row.id not in known]
    if missing:
        await connection.execute(insert(halts), missing)
    return len(missing)


async def close_restored(connection: AsyncConnection, destroyed: Iterable[bytes]) -> int:
    """After a backup is put back: rights revoked since go again, and every open link, which may have been opened."""
    await connection.execute(delete(team_links))
    gone = set(destroyed)
    revoked = [row.id for row in await read_rights(connection) if row.key_id in gone]
    for each in revoked:
        await connection.execute(delete(rights).where(rights.c.id == each))
    return len(revoked)
