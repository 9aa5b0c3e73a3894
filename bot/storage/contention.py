"""Faults that come of several processes writing at once, and are over when it is tried again.

On PostgreSQL two processes may make the row of one new chat at the same time, or want each other's rows (SQLSTATE
23505, 40001, 40P01). On SQLite there is one writer at a time, so none of these is anything but a fault.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from bot.storage.conversations import Overtaken

_OVER_SOON = frozenset({"23505", "40001", "40P01"})


def met_another(error: BaseException) -> bool:
    """Whether somebody else was writing just there."""
    if isinstance(error, Overtaken):
        return True
    return isinstance(error, DBAPIError) and _state(error) in _OVER_SOON


def _state(error: DBAPIError) -> str:
    """SQLSTATE, as asyncpg gives it; empty where the driver says nothing of the kind."""
    found = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return str(found or "")
