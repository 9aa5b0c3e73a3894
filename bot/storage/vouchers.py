"""Voucher codes: loaded sealed, handed out once each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import held
from bot.storage.tables import voucher_codes


class Code(NamedTuple):
    """A sealed code."""

    id: str
    sealed: bytes


class Stock(NamedTuple):
    """How many codes there are for one region."""

    collection: str
    territory: str
    left: int
    loaded: int

    @property
    def runs_low(self) -> bool:
        """Whether it is time to load more: a tenth is left, or five."""
        return self.left <= max(5, self.loaded // 10)


async def draw(connection: AsyncConnection, collection: str, territory: str, pivot: str) -> Code | None:
    """A code that is nobody's yet, or None; `pivot` is random hex, so that the order of drawing says nothing.

    Held until the transaction ends: on a server nobody else draws it meanwhile, and SQLite has one writer.
    """
    free = select(voucher_codes.c.id, voucher_codes.c.sealed).where(
        voucher_codes.c.collection == collection,
        voucher_codes.c.territory == territory,
        voucher_codes.c.holder.is_(None),
    )
    free = free.order_by(voucher_codes.c.id).limit(1)
    for query in (free.where(voucher_codes.c.id >= pivot), free):
        row = (await connection.execute(held(connection, query, skip_others=True))).one_or_none()
        if row is not None:
            return Code(row.id, row.sealed)
    return None


async def hold_for(connection: AsyncConnection, code_id: str, holder: bytes) -> None:
    """The code is this entitlement's from now on. As it was loaded, so that it is there until it has arrived."""
    mine = update(voucher_codes).where(voucher_codes.c.id == code_id, voucher_codes.c.holder.is_(None))
    await connection.execute(mine.values(holder=holder))


async def hand_over(connection: AsyncConnection, code_id: str, holder: bytes, sealed: bytes) -> None:
    """The code is this entitlement's from now on, and sealed so that its owner alone reads it."""
    nobodys_or_theirs = voucher_codes.c.holder.is_(None) | (voucher_codes.c.holder == holder)
    mine = update(voucher_codes).where(voucher_codes.c.id == code_id, nobodys_or_theirs)
    await connection.execute(mine.values(holder=holder, sealed=sealed))


async def code_of(connection: AsyncConnection, holder: bytes) -> Code | None:
    """The code that was handed out for an entitlement, or is held for it."""
    query = select(voucher_codes.c.id, voucher_codes.c.sealed).where(voucher_codes.c.holder == holder)
    row = (await connection.execute(query)).one_or_none()
    return Code(*row) if row is not None else None


async def known(connection: AsyncConnection, digests: Sequence[bytes]) -> set[bytes]:
    """Which of some codes were loaded before."""
    query = select(voucher_codes.c.digest).where(voucher_codes.c.digest.in_(digests))
    return set(await connection.scalars(query))


async def put(
    connection: AsyncConnection, collection: str, territory: str, codes: Sequence[tuple[str, bytes, bytes]]
) -> None:
    """Load codes, each with its id, digest and sealed self."""
    place = {"collection": collection, "territory": territory, "holder": None}
    rows = [{**place, "id": code_id, "digest": digest, "sealed": sealed} for code_id, digest, sealed in codes]
    if rows:
        await connection.execute(insert(voucher_codes), rows)


async def are_loaded(connection: AsyncConnection, collection: str, territory: str) -> bool:
    """Whether codes were ever loaded for one region."""
    mine = (voucher_codes.c.collection == collection) & (voucher_codes.c.territory == territory)
    return await connection.scalar(select(voucher_codes.c.id).where(mine).limit(1)) is not None


async def stock(connection: AsyncConnection, collection: str, territory: str) -> Stock:
    """How many codes one region has."""
    left = func.count().filter(voucher_codes.c.holder.is_(None))
    query = select(left, func.count()).select_from(voucher_codes)
    mine = query.where(voucher_codes.c.collection == collection, voucher_codes.c.territory == territory)
    row = (await connection.execute(mine)).one()
    return Stock(collection, territory, row[0], row[1])


async def take_out_free(connection: AsyncConnection) -> int:
    """Take out codes that are nobody's; how many there were. In data from a backup, some may be somebody's by now."""
    free = voucher_codes.c.holder.is_(None)
    count = await connection.scalar(select(func.count()).where(free)) or 0
    await connection.execute(delete(voucher_codes).where(free))
    return int(count)
