"""Which answers of providers were settled, by keyed hashes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.entitlements import day_of
from bot.storage.tables import settled_answers


async def settled_on(connection: AsyncConnection, digest: bytes) -> dt.date | None:
    """The day on which an answer was settled; none where it was not."""
    found = await connection.scalar(select(settled_answers.c.settled_on).where(settled_answers.c.digest == digest))
    return found.date() if found is not None else None


async def note_settled(connection: AsyncConnection, digest: bytes, now: dt.datetime) -> None:
    """An answer is settled."""
    await connection.execute(insert(settled_answers).values(digest=digest, settled_on=day_of(now)))
