"""What time it is for everybody who works on the same data."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def moment(connection: AsyncConnection, now: dt.datetime) -> dt.datetime:
    """What time it is for everybody: a server's own clock, since those of several machines may differ."""
    if connection.dialect.name == "sqlite":
        return now
    found: dt.datetime | None = await connection.scalar(select(func.clock_timestamp()))
    return found.astimezone(dt.UTC) if found is not None else now
