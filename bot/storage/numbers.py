"""Numbers that pay is to be sent to: each sealed with a key of its own, for thirty days at most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import schedule
from bot.storage.asking import PAY_DUE
from bot.storage.entitlements import FORGOTTEN_TOGETHER, tell_again
from bot.storage.tables import key_destructions, payout_numbers


class Number(NamedTuple):
    """A sealed number, and the key that opens it."""

    holder: bytes
    key_id: bytes
    sealed: bytes
    kept_until: dt.datetime


_BY_HOLDERS = select(payout_numbers).where(payout_numbers.c.holder.in_(bindparam("holders", expanding=True)))


async def put(connection: AsyncConnection, number: Number, now: dt.datetime) -> None:
    """Keep a number; one that was kept before for the same pay goes, and so does its key."""
    await drop(connection, [number.holder], now)
    await connection.execute(insert(payout_numbers).values(**number._asdict()))


async def drop(connection: AsyncConnection, holders: Sequence[bytes], now: dt.datetime) -> list[bytes]:
    """Numbers go, and the destruction of their keys is decided; whose there were."""
    mine = payout_numbers.c.holder.in_(holders)
    rows = (await connection.execute(select(payout_numbers.c.holder, payout_numbers.c.key_id).where(mine))).all()
    if rows:
        await connection.execute(delete(payout_numbers).where(mine))
        keys = [{"key_id": row.key_id, "lock": None, "at": now} for row in rows]
        await connection.execute(insert(key_destructions), keys)
    return [row.holder for row in rows]


async def of(connection: AsyncConnection, holders: Sequence[bytes]) -> list[Number]:
    """The numbers that are kept for some pay."""
    return [Number(*row) for row in await connection.execute(_BY_HOLDERS, {"holders": holders})]


async def forget_old(connection: AsyncConnection, now: dt.datetime) -> bool:
    """Numbers that have been kept long enough go, and whoever is still owed is to be told: some of them, and whether
    there may be others."""
    query = select(payout_numbers.c.holder).where(payout_numbers.c.kept_until <= now).limit(FORGOTTEN_TOGETHER)
    gone = await drop(connection, list(await connection.scalars(query)), now)
    for collection in await tell_again(connection, gone):
        await schedule.hurry(connection, PAY_DUE, collection, now)
    return len(gone) == FORGOTTEN_TOGETHER
