"""Faults that come of several processes writing at once, and are over when it is tried again.

On PostgreSQL two processes may make the row of one new chat at the same time (SQLSTATE 23505), or stand in each other's
way (`bot.storage.unavailable.Contended`). On SQLite there is one writer at a time, so none of these is anything but a
fault.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from bot.storage.conversations import Overtaken
from bot.storage.unavailable import Contended

_THERE_ALREADY = "23505"


def met_another(error: BaseException) -> bool:
    """Whether somebody else was writing just there."""
    if isinstance(error, Overtaken | Contended):
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _THERE_ALREADY
