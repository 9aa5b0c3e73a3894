"""Updates that have been taken, so that one seen twice changes nothing. Ids may come in any order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import seen_updates

REMEMBERED = dt.timedelta(hours=48)
"""Telegram keeps an update for 24 hours; twice that, so that no clock matters."""

_SEEN = select(seen_updates.c.update_id).where(seen_updates.c.update_id.in_(bindparam("ids", expanding=True)))
_INSERT = insert(seen_updates)


async def seen(connection: AsyncConnection, ids: Sequence[int]) -> set[int]:
    """Which of these have been taken before."""
    return set(await connection.scalars(_SEEN, {"ids": ids})) if ids else set()


async def remember(connection: AsyncConnection, ids: Sequence[int], now: dt.datetime) -> None:
    """These have been taken."""
    if ids:
        await connection.execute(_INSERT, [{"update_id": each, "seen_at": now} for each in sorted(ids)])


async def forget_old(connection: AsyncConnection, now: dt.datetime) -> None:
    """Forget ids that Telegram can no longer repeat."""
    await connection.execute(delete(seen_updates).where(seen_updates.c.seen_at < now - REMEMBERED))
