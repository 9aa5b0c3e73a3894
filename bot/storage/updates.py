"""Updates that have been taken, so that one seen twice changes nothing. Ids may come in any order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import inserting, is_server
from bot.storage.tables import seen_updates

REMEMBERED = dt.timedelta(hours=48)
"""Telegram keeps an update for 24 hours; twice that, for a clock that is some hours off."""

_NEWEST = 10_000
"""So many of the newest are remembered however old they are by the clock: one that is days ahead for a moment must not
have those forgotten that may still be repeated."""

_SEEN = select(seen_updates.c.update_id).where(seen_updates.c.update_id.in_(bindparam("ids", expanding=True)))
_INSERT = insert(seen_updates)


async def meet(connection: AsyncConnection, ids: Sequence[int], now: dt.datetime) -> set[int]:
    """Remember that these have come; which of them had been taken before.

    On PostgreSQL another process may be taking one of them just now: then this waits until it has.
    """
    if not is_server(connection):
        known = await seen(connection, ids)
        await remember(connection, list(dict.fromkeys(each for each in ids if each not in known)), now)
        return known
    if not ids:
        return set()
    rows = [{"update_id": each, "seen_at": now} for each in sorted(set(ids))]  # in order, as everybody does
    new = inserting(connection, seen_updates).on_conflict_do_nothing().returning(seen_updates.c.update_id)
    return set(ids) - set(await connection.scalars(new, rows))


async def seen(connection: AsyncConnection, ids: Sequence[int]) -> set[int]:
    """Which of these have been taken before."""
    return set(await connection.scalars(_SEEN, {"ids": ids})) if ids else set()


async def remember(connection: AsyncConnection, ids: Sequence[int], now: dt.datetime) -> None:
    """These have been taken."""
    if ids:
        await connection.execute(_INSERT, [{"update_id": each, "seen_at": now} for each in sorted(ids)])


async def forget_old(connection: AsyncConnection, now: dt.datetime) -> None:
    """Forget ids that Telegram can no longer repeat."""
    at = seen_updates.c.seen_at
    newest = select(at).order_by(at.desc()).offset(_NEWEST).limit(1).scalar_subquery()
    await connection.execute(delete(seen_updates).where(at < now - REMEMBERED, at <= newest))
