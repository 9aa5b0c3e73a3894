"""Whose something is that a process has in hand: its own for as long as it lives, whatever time it is elsewhere.

Times of leases are written and read by the clock of the process that has them, and those of several machines may be
minutes apart. So another's lease is never over by one's own clock: it ends when its process does, which is told by the
server's clock alone (`bot.presence`), and what the process had in hand is then freed with its number.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.holding import is_server
from bot.storage.tables import processes


def not_anothers(
    connection: AsyncConnection, me: int | None, *columns: ColumnElement[int | None]
) -> ColumnElement[bool]:
    """Whether no other process that lives is named in these columns. On SQLite there is no other one."""
    if not is_server(connection):
        return true()
    others = exists().where(processes.c.id.is_distinct_from(me))
    return and_(*(~others.where(processes.c.id == column) for column in columns))
