"""The clock of a real installation. Whatever needs the time is given it; this is where it is given from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]
"""What time it is, in UTC."""


def utc_now() -> dt.datetime:
    """What time it is."""
    return dt.datetime.now(dt.UTC)
