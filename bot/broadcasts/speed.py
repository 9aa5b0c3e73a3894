"""How fast a broadcast goes, and how long it takes still: from what was seen of it, in time that is passed in."""

from __future__ import annotations

from collections import deque

_LOOKED_BACK = 20.0
"""Seconds over which the rate is taken: long enough to be steady, short enough to follow a 429 or a pause."""


class Speed:
    """Looks at how many have been settled, again and again."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def see(self, now: float, settled: int) -> None:
        """So many are settled now."""
        self._seen.append((now, settled))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _LOOKED_BACK:
            self._seen.popleft()

    @property
    def rate(self) -> float:
        """Settled a second lately; 0 while that is not known or nothing moves."""
        (began, before), (ended, after) = self._seen[0], self._seen[-1]
        return (after - before) / (ended - began) if ended > began else 0.0

    def left(self, to_go: int) -> float | None:
        """Seconds that the rest takes at this rate; None where nothing moves, and so nobody can say."""
        return to_go / self.rate if self.rate > 0 else None
