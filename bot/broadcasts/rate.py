"""How fast broadcasts leave, and whatever else nobody has asked for: one pace a token, in time that is passed in
(seconds of any clock that never goes back).

Replies are not paced here: Telegram's 30 a second are about bulk (reference: tdlib/telegram-bot-api issues 309, 677).
"""

from __future__ import annotations

from typing import Protocol

from bot.messenger import TryLater

HEADROOM = 0.997
"""Of the rate that is really used: two clocks may differ, and what leaves evenly does not arrive quite evenly."""

CATCHING_UP = 0.5
"""Seconds that may be caught up after a moment in which nothing left: a commit took longer, somebody was answered."""

AFTER_A_REFUSAL = 0.7
"""Of the pace so far, after a 429. Telegram's limits are unpublished and move, so the next one may be lower too."""

SLOWEST = 1.0
"""Messages a second, under which a pace does not fall."""

CREEPING = 1 / 120
"""Of the full rate that comes back each second: two minutes from the bottom to the top."""


class AnyPace(Protocol):
    """What says when something may leave: a process's own, or its part of one that several share."""

    @property
    def rate(self) -> float:
        """Messages a second, all processes together."""

    def wait(self, now: float, count: int = 1) -> float:
        """Seconds until so many may leave together; 0 where they may now."""

    def rest(self, now: float) -> float:
        """Seconds in which nothing leaves, for somebody who has nothing to send just now."""

    def take(self, now: float, count: int) -> int:
        """How many of so many may leave now; they are taken to leave."""

    def give_back(self, count: int) -> None:
        """So many did not leave after all."""

    def also_left(self, count: int) -> None:
        """So many more have left than were taken: what comes next waits so much longer."""

    def told_to_wait(self, now: float, seconds: float) -> None:
        """A 429."""

    def hold(self, now: float, seconds: float) -> None:
        """Nothing leaves for a while, at no loss of pace."""


def hear(pace: AnyPace, now: float, later: TryLater) -> None:
    """What did not leave has been told to wait, or has not reached Telegram: so does everything else at the pace."""
    if later.told:
        pace.told_to_wait(now, later.seconds)
    else:
        pace.hold(now, later.seconds)


class Pace:
    """A bucket that fills at the rate. After a 429: empty until the time is over, then slower, creeping back up."""

    def __init__(self, rate: float, now: float) -> None:
        self.rate = rate
        self._full = rate * HEADROOM
        self._pace = self._full
        self._most = max(1.0, self._full * CATCHING_UP)
        self._level = 1.0
        self._filled_at = now
        self._waits_until = now

    def wait(self, now: float, count: int = 1) -> float:
        """Seconds until so many may leave together; 0 where they may now."""
        self._fill(now)
        missing = min(float(count), self._most) - self._level
        wait = max(0.0, missing / self._pace)
        return max(wait, self._waits_until - now, 0.0)

    def rest(self, now: float) -> float:
        """Seconds in which nothing leaves."""
        return self.wait(now)

    def take(self, now: float, count: int) -> int:
        """How many of so many may leave now; they are taken to leave."""
        self._fill(now)
        if now < self._waits_until:
            return 0
        taken = min(count, int(self._level + 1e-9))
        self._level -= taken
        return taken

    def give_back(self, count: int) -> None:
        """So many did not leave after all."""
        self._level = min(self._most, self._level + count)

    def also_left(self, count: int) -> None:
        """So many more have left than were taken."""
        self._level -= count

    def told_to_wait(self, now: float, seconds: float) -> None:
        """A 429: nothing leaves for as long as told, however long; of several the latest end holds."""
        self._fill(now)
        if now >= self._waits_until:  # what was under way together is told together, and slows once
            self._pace = max(min(SLOWEST, self._full), self._pace * AFTER_A_REFUSAL)
        self.hold(now, seconds)

    def hold(self, now: float, seconds: float) -> None:
        """Nothing leaves for a while, at no loss of pace."""
        self._fill(now)
        self._level = min(self._level, 0.0)
        self._waits_until = max(self._waits_until, now + seconds)

    def _fill(self, now: float) -> None:
        since = max(self._filled_at, min(self._waits_until, now))
        passed = max(0.0, now - since)
        self._filled_at = max(self._filled_at, now)
        self._level = min(self._most, self._level + passed * self._pace)
        self._pace = min(self._full, self._pace + passed * self._full * CREEPING)
