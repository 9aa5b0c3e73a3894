"""A clock that tests put forward, for the bot and the stand-in alike."""

from __future__ import annotations

import datetime as dt
import time


class Clock:
    """The time of bot and stand-in; tests let it pass."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta()

    def now(self) -> dt.datetime:
        """The bot's."""
        return dt.datetime.now(dt.UTC) + self.ahead

    def seconds(self) -> float:
        """The stand-in's."""
        return time.time() + self.ahead.total_seconds()
