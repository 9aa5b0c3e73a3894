"""Audit entries in and out: the one door that they are written through, and what the log needs of them.

An entry is authenticated in the transaction that does what it tells of, by the notary of the database
(`Database.note_with`). Without one nothing is written: an entry that nobody can hold against anything is none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    bindparam,
    cast,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import held, inserting, is_server
from bot.storage.tables import audit, audit_tiles
from bot.trail.entries import Entry, entry_from_row
from bot.trail.merkle import TILE
from bot.vault import Notary

_TOGETHER = 2_000

CONSENTS = ("consent given", "consent renewed")
"""Actions that a receipt is proved by."""

CLOSED = "collection closed"


class NotAuthenticated(Exception):
    """An audit entry was to be written through a database that has no notary: a fault of ours."""


async def append(connection: AsyncConnection, entries: Sequence[Mapping[str, Any]]) -> None:
    """Write entries: `at`, `actor`, `action`, `collection`, `pseudonym`, `detail`. Raises NotAuthenticated."""
    if not entries:
        return
    notary = _notary(connection)
    await connection.execute(insert(audit), [_authenticated(entry, notary) for entry in entries])


def _notary(connection: AsyncConnection) -> Notary:
    found = connection.sync_connection.get_execution_options().get("notary") if connection.sync_connection else None
    if not isinstance(found, Notary):
        raise NotAuthenticated("this database has no notary to authenticate audit entries; open it with its keys")
    return found


def _authenticated(entry: Mapping[str, Any], notary: Notary) -> dict[str, Any]:
    name = notary.name(entry["at"])
    content = Entry(
        name, entry["at"], entry["actor"], entry["action"], entry["collection"], entry["pseudonym"], entry["detail"]
    ).content
    return {**entry, "entry": name, "mac": notary.mac(content)}


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands, whatever was done to it: nothing here is of a type that can be relied on."""

    id: Any
    entry: Entry | None
    """None where what stands there cannot be an entry."""
    name: Any
    mac: Any = field(repr=False)
    leaf: Any
    seal: Any = field(repr=False)


# Read as they are: a column that was tampered with may hold what its own type cannot read.
_RAW = (
    audit.c.id,
    audit.c.entry,
    type_coerce(audit.c.at, String).label("at"),
    audit.c.actor,
    audit.c.action,
    audit.c.collection,
    audit.c.pseudonym,
    type_coerce(audit.c.detail, String).label("detail"),
    audit.c.mac,
    audit.c.leaf,
    audit.c.seal,
)


# What a server keeps is of its column's type; JSON is read as the text that it is, which its driver would take apart.
_OF_SERVER = tuple(cast(audit.c.detail, Text).label("detail") if each.name == "detail" else each for each in _RAW)


def _raw(connection: AsyncConnection) -> Select[Any]:
    return select(*(_OF_SERVER if is_server(connection) else _RAW))


def _row(found: Any) -> Row:  # noqa: ANN401  # whatever stands there
    entry = entry_from_row(
        found.entry, found.at, found.actor, found.action, found.collection, found.pseudonym, found.detail
    )
    return Row(found.id, entry, found.entry, found.mac, found.leaf, found.seal)


async def waits(connection: AsyncConnection, passed_over: Iterable[int]) -> bool:
    """Whether an entry has no place in the log yet, beside those that get none."""
    known = set(passed_over)
    query = select(audit.c.id).where(audit.c.leaf.is_(None)).limit(len(known) + 1)
    return any(each not in known for each in await connection.scalars(query))


async def to_seal(connection: AsyncConnection, size: int, most: int) -> list[Row]:
    """Entries that no head covers: those with a place beyond it first, which a process that died gave them.

    Two questions, each in the order of an index: in one, all that waits would be sorted each time.
    """
    placed_before = _raw(connection).where(audit.c.leaf >= size).order_by(audit.c.leaf, audit.c.id).limit(most)
    found = [_row(each) for each in await connection.execute(held(connection, placed_before))]
    waiting = _raw(connection).where(audit.c.leaf.is_(None)).order_by(audit.c.id).limit(most - len(found))
    return found + [_row(each) for each in await connection.execute(held(connection, waiting))]


async def placed(connection: AsyncConnection, rows: Sequence[tuple[int, int, bytes]]) -> None:
    """Give entries their place in the log: id, place and seal."""
    change = (
        update(audit).where(audit.c.id == bindparam("b_id")).values(leaf=bindparam("b_leaf"), seal=bindparam("b_seal"))
    )
    await connection.execute(change, [{"b_id": i, "b_leaf": leaf, "b_seal": seal} for i, leaf, seal in rows])


async def put_tiles(connection: AsyncConnection, tiles: Mapping[int, bytes]) -> None:
    """Keep hashes of complete subtrees."""
    if not tiles:
        return
    made = inserting(connection, audit_tiles)
    rows = [{"tile": tile, "hash": each} for tile, each in tiles.items()]
    await connection.execute(
        made.on_conflict_do_update(index_elements=["tile"], set_={"hash": made.excluded.hash}), rows
    )


async def tiles(connection: AsyncConnection, count: int) -> list[bytes]:
    """Hashes of the first tiles, as many as there are of them without a gap."""
    query = select(audit_tiles.c.tile, audit_tiles.c.hash).where(audit_tiles.c.tile < count)
    found = {row.tile: row.hash for row in await connection.execute(query.order_by(audit_tiles.c.tile))}
    whole: list[bytes] = []
    while len(whole) in found:
        whole.append(found[len(whole)])
    return whole


async def leaves(connection: AsyncConnection, first: int, beyond: int) -> list[Row]:
    """Entries with a place from the first one on, up to and without another."""
    query = _raw(connection).where(audit.c.leaf >= first, audit.c.leaf < beyond).order_by(audit.c.leaf, audit.c.id)
    return [_row(found) for found in await connection.execute(query)]


async def tile_leaves(connection: AsyncConnection, tile: int, size: int) -> list[Row]:
    """The entries of one tile of a log of that size."""
    return await leaves(connection, tile * TILE, min((tile + 1) * TILE, size))


async def consent_entries(connection: AsyncConnection, pseudonym: str) -> list[Row]:
    """Entries that say that a consent was given or renewed, newest first."""
    query = _raw(connection).where(audit.c.pseudonym == pseudonym, audit.c.action.in_(CONSENTS))
    return [_row(found) for found in await connection.execute(query.order_by(audit.c.id.desc()))]


async def every_row(connection: AsyncConnection) -> AsyncIterator[Row]:
    """All of it: what has a place by place, then the rest by id."""
    async for row in _in_order(connection, audit.c.leaf.is_not(None)):
        yield row
    async for row in _in_order(connection, audit.c.leaf.is_(None)):
        yield row


async def _in_order(connection: AsyncConnection, which: Any) -> AsyncIterator[Row]:  # noqa: ANN401  # a condition
    found = await connection.stream(_raw(connection).where(which).order_by(audit.c.leaf, audit.c.id))
    async for some in found.partitions(_TOGETHER):
        for row in some:
            yield _row(row)


async def doubled(connection: AsyncConnection) -> list[tuple[str, Any, Any]]:
    """Name, id and place of rows whose name another row has too."""
    names = select(audit.c.entry).group_by(audit.c.entry).having(func.count() > 1)
    query = select(audit.c.entry, audit.c.id, audit.c.leaf).where(audit.c.entry.in_(names))
    return [
        (str(row.entry), row.id, row.leaf) for row in await connection.execute(query.order_by(audit.c.leaf.is_(None)))
    ]


async def without_mac(connection: AsyncConnection) -> list[Row]:
    """Entries from before there was a trail, oldest first."""
    query = _raw(connection).where(audit.c.mac == b"").order_by(audit.c.id)
    return [_row(found) for found in await connection.execute(query)]


async def adopt(connection: AsyncConnection, macs: Sequence[tuple[int, bytes]]) -> None:
    """Authenticate entries from before there was a trail."""
    change = update(audit).where(audit.c.id == bindparam("b_id")).values(mac=bindparam("b_mac"))
    await connection.execute(change, [{"b_id": row_id, "b_mac": mac} for row_id, mac in macs])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries to show; what is None is not asked for."""

    since: Any = None
    actor: str | None = None
    action: str | None = None
    collection: str | None = None
    most: int = 1_000


async def shown(connection: AsyncConnection, wanted: Wanted) -> list[Row]:
    """The newest entries that are wanted, oldest of them first."""
    conditions: list[ColumnElement[bool]] = [audit.c.id.is_not(None)]
    if wanted.since is not None:
        conditions.append(audit.c.at >= wanted.since)
    if wanted.actor is not None:
        by = audit.c.detail["by"].as_string()
        conditions.append(or_(audit.c.actor == wanted.actor, by == wanted.actor))
    if wanted.action is not None:
        conditions.append(audit.c.action == wanted.action)
    if wanted.collection is not None:
        conditions.append(audit.c.collection == wanted.collection)
    query = _raw(connection).where(and_(*conditions)).order_by(audit.c.id.desc()).limit(wanted.most)
    return [_row(found) for found in reversed((await connection.execute(query)).all())]
