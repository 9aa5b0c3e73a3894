"""A stop that does not end is ended: who waits for the process, a service manager or a person, waits no longer.

Nothing is lost by it. What was acknowledged is committed, and what was not is sent by Telegram again: it is the same as
a kill, which the next start takes up from (docs/operating.md, "Stopping, and being stopped").
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import structlog

PATIENCE = 9.0
"""Seconds from being told to stop. Service managers and container engines are asked for ten."""

log = structlog.get_logger()


def end_within(seconds: float, end: Callable[[int], None] = os._exit) -> threading.Timer:
    """End the process with 0 after so many seconds, unless it has ended by itself, or the timer is cancelled.

    A thread does it: the loop may be what does not come back, and a thread of the database would be waited for.
    """

    def out_of_patience() -> None:
        log.warning("stopping took too long; the next start takes up what is left")
        end(0)

    timer = threading.Timer(seconds, out_of_patience)
    timer.daemon = True
    timer.start()
    return timer
