"""A clock that tests put wrong while a process runs by it: seconds in a file that both have open."""

from __future__ import annotations

import datetime as dt
import mmap
import struct
import time
from pathlib import Path

_SECONDS = struct.Struct("d")


class SharedClock:
    """The time, so many seconds off; set in one process, and read in another.

    One that reads it may be ahead of it by a number of seconds that is its own.
    """

    def __init__(self, path: Path, ahead: float = 0.0) -> None:
        self._ahead = ahead
        if not path.exists():
            path.write_bytes(_SECONDS.pack(0.0))
        with path.open("rb+") as file:
            self._shared = mmap.mmap(file.fileno(), _SECONDS.size)

    @property
    def off(self) -> float:
        """Seconds ahead of the time; behind it, if below 0."""
        found: float = _SECONDS.unpack_from(self._shared)[0]
        return found

    @off.setter
    def off(self, seconds: float) -> None:
        _SECONDS.pack_into(self._shared, 0, seconds)

    def now(self) -> dt.datetime:
        """The time by this clock, in UTC."""
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.off + self._ahead)

    def seconds(self) -> float:
        """The same, as seconds since 1970."""
        return time.time() + self.off + self._ahead
