"""What contributors write to a human, and the answers: rows in, rows out; `bot.team.desk` seals and opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import key_destructions, letters


async def read_letters(
    connection: AsyncConnection, about: Collection[str], senders: Collection[bytes]
) -> Sequence[Any]:
    """Letters that wait for an answer, those named, and every one of some senders."""
    waiting = or_(letters.c.answered_at.is_(None), letters.c.not_right)
    wanted = or_(waiting, letters.c.id.in_(list(about)), letters.c.sender.in_(list(senders)))
    found: Sequence[Any] = (await connection.execute(select(letters).where(wanted).order_by(letters.c.id))).all()
    return found


async def written_by(connection: AsyncConnection, sender: bytes, now: dt.datetime) -> Sequence[Any]:
    """What somebody has written that is still to be kept, oldest first."""
    mine = (letters.c.sender == sender) & (letters.c.keep_until > now)
    query = select(letters).where(mine).order_by(letters.c.at, letters.c.id)
    found: Sequence[Any] = (await connection.execute(query)).all()
    return found


async def erase_of(connection: AsyncConnection, sender: bytes, collection: str | None, at: dt.datetime) -> bool:
    """Somebody leaves: what they wrote goes, of one collection or all; whether there was anything."""
    mine = letters.c.sender == sender
    return await _erase(connection, mine if collection is None else mine & (letters.c.collection == collection), at)


async def forget_old(connection: AsyncConnection, now: dt.datetime) -> None:
    """What has been kept as long as its collection said goes."""
    await _erase(connection, letters.c.keep_until <= now, now)


async def _erase(connection: AsyncConnection, which: Any, at: dt.datetime) -> bool:  # noqa: ANN401  # a condition
    keys = list(await connection.scalars(select(letters.c.key_id).where(which)))
    if keys:
        await connection.execute(delete(letters).where(which))
        rows = [{"key_id": key_id, "lock": None, "at": at} for key_id in keys]
        await connection.execute(insert(key_destructions), rows)
    return bool(keys)


async def close_restored(connection: AsyncConnection, destroyed: Collection[bytes]) -> None:
    """After a backup is put back: letters whose keys are destroyed go again."""
    gone = set(destroyed)
    rows = await connection.execute(select(letters.c.id, letters.c.key_id))
    for each in [row.id for row in rows if row.key_id in gone]:
        await connection.execute(delete(letters).where(letters.c.id == each))
