"""What is counted while the bot works: plain attributes, added to once a batch or a call, read when somebody asks."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: from a commit on a fast disk to a call that Telegram keeps waiting."""

POLL = "getUpdates"
"""The one call that takes as long as nothing happens: it is counted, and not timed."""


_TROUBLE = 500
"""From this status on it is a server's own trouble, or of whatever stands before it (RFC 9110, 15.6)."""


class Timing:
    """How long something took, by bounds."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        """How many took longer than the bound before and no longer than this one; the last, longer than all."""
        self.total = 0.0

    def note(self, seconds: float) -> None:
        """One more took so long."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


@dataclass(slots=True)
class Steps:
    """What became of arrivals: updates, and what came due."""

    committed: int = 0
    """Arrivals whose consequences are on disk."""
    batches: int = 0
    replayed: int = 0
    passed_over: int = 0
    contended: int = 0
    """Batches that were tried again, since another process was writing just there."""
    unavailable: int = 0
    """Batches that the store did not take just then."""
    refused: bool = False
    """Whether the store has taken nothing since it last did not take a batch."""
    begun: float | None = None
    """When the batch in hand was begun, by the monotonic clock; None between batches."""
    working: Timing = field(default_factory=Timing)
    """A batch, from being taken in hand to its commit."""
    waiting: Timing = field(default_factory=Timing)
    """From arriving to being on disk: of each batch, whoever waited longest."""

    def begin(self) -> None:
        """A batch is taken in hand."""
        self.begun = time.monotonic()

    def end(self, arrivals: int, first: float | None) -> None:
        """It is on disk. `first`: when the first of it came that somebody waits for."""
        now = time.monotonic()
        if self.begun is not None:
            self.working.note(now - self.begun)
        if first is not None:
            self.waiting.note(now - first)
        self.begun = None
        self.refused = False
        self.batches += 1
        self.committed += arrivals

    def fail(self) -> None:
        """The store did not take it."""
        self.begun = None
        self.refused = True
        self.unavailable += 1


@dataclass(slots=True)
class Calls:
    """What Telegram said to what was asked of it."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Method and status, or what came in place of an answer: how often."""
    taking: Timing = field(default_factory=Timing)
    answered_at: float = field(default_factory=time.monotonic)
    """When Telegram last answered, by the monotonic clock; that it cannot just now is no answer."""

    def note(self, url: str, status: str, begun: float) -> None:
        """A call has come to an end. Of the address, which holds the token, the method alone is kept."""
        now = time.monotonic()
        method = url[url.rfind("/") + 1 :]
        self.answers[method, status] += 1
        if method != POLL:
            self.taking.note(now - begun)
        if status.isdigit() and int(status) < _TROUBLE:
            self.answered_at = now


@dataclass(slots=True)
class Sends:
    """What became of invites that left."""

    states: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Requests:
    """What requests at the webhook were answered with."""

    answers: Counter[int] = field(default_factory=Counter)
    """By status: 200 only where everything is on disk."""
