"""A person's word that a contributor may move to a place where more is asked than where they lived so far."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import audit
from bot.storage.tables import move_permissions


async def allow(connection: AsyncConnection, code: str, territory: str, until: dt.datetime) -> None:
    """Whoever holds the code of this hash may move there until then; a later word takes an earlier one's place."""
    await connection.execute(delete(move_permissions).where(move_permissions.c.code == code))
    await connection.execute(insert(move_permissions).values(code=code, territory=territory, until=until))


async def is_allowed(connection: AsyncConnection, code: str, territory: str, now: dt.datetime) -> bool:
    """Whether somebody has said yes to this code and place, and the word still holds."""
    allowed = move_permissions.c
    query = select(allowed.code).where(allowed.code == code, allowed.territory == territory, allowed.until > now)
    return await connection.scalar(query) is not None


async def forget_old(connection: AsyncConnection, now: dt.datetime) -> None:
    """Words that no longer hold."""
    await connection.execute(delete(move_permissions).where(move_permissions.c.until <= now))


async def note(connection: AsyncConnection, at: dt.datetime, territory: str, reason: str) -> None:
    """An audit entry: that somebody may move, where to, and why. Neither code nor contributor."""
    detail = {"to": territory, "reason": reason}
    entry = {"at": at, "actor": "steward", "action": "move allowed", "collection": None, "pseudonym": None}
    await audit.append(connection, [{**entry, "detail": detail}])
