"""The bot's pulse: what it counts, what waits, and whether it is alive and ready."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot.storage.database import StoreUnavailable
from bot.storage.standing import Standing
from bot.vitals.counts import Calls, Requests, Sends, Steps

STUCK = 60.0
"""Seconds with one batch in hand after which nothing moves any more: four times as long as a locked store is tried."""

SILENT = 90.0
"""Seconds without a word from Telegram while updates are fetched, which asks at least twice a minute."""

_FRESH = 5.0
"""Seconds for which what waits in the data is not counted anew, however often somebody asks."""

_PATIENCE = 3.0
"""Seconds for the data to answer: whoever asks over HTTP gives up soon after."""

_TRY_EACH = 5.0
"""Seconds between two tries to write something, where the last batch could not be written."""


class Stage(StrEnum):
    """How far the process is."""

    STARTING = "starting"
    SERVING = "serving"
    STOPPING = "stopping"


async def _nothing_yet() -> Standing:
    raise StoreUnavailable("not opened yet")


async def _nothing_written_yet() -> None:
    raise StoreUnavailable("not opened yet")


@dataclass(slots=True)
class Pulse:
    """Filled in by `bootstrap` as the parts are built; `steps`, `calls`, `sends` and `requests` are theirs to add
    to."""

    polls: bool
    """Whether updates are fetched: then Telegram is asked all the time."""
    folders: Sequence[Path] = ()
    """Where data and keys lie on this machine."""
    steps: Steps = field(default_factory=Steps)
    calls: Calls = field(default_factory=Calls)
    sends: Sends = field(default_factory=Sends)
    requests: Requests = field(default_factory=Requests)
    stage: Stage = Stage.STARTING
    inbox: Callable[[], int] = lambda: 0
    """How many arrivals wait for the next batch."""
    let_go: Callable[[], int] = lambda: 0
    """How many updates were not taken, since one chat sent more than a person does."""
    look: Callable[[], Awaitable[Standing]] = _nothing_yet
    """Counts what waits in the data. Raises StoreUnavailable."""
    write: Callable[[], Awaitable[None]] = _nothing_written_yet
    """Writes a little into data and keys, and takes it away again. Raises StoreUnavailable."""
    _known: Standing | None = None
    _known_at: float = float("-inf")
    _trying: asyncio.Task[None] | None = None
    _tried_at: float = float("-inf")

    async def standing(self) -> Standing | None:
        """What waits in the data; None where the data cannot be read just now."""
        if time.monotonic() - self._known_at < _FRESH:
            return self._known
        try:
            async with asyncio.timeout(_PATIENCE):
                self._known = await self.look()
        except (StoreUnavailable, TimeoutError):
            self._known = None
        self._known_at = time.monotonic()
        return self._known

    async def can_be_written(self) -> bool:
        """Whether the last batch was written, or a little has been since.

        The next batch says so too. But a proxy that was told no sends none, so whoever asks has it tried.
        """
        if self.steps.refused and self.stage is Stage.SERVING:
            await self._try()
        return not self.steps.refused

    async def _try(self) -> None:
        """One try at a time, and none beside a batch, which would wait for it. Nobody waits for its end: a locked
        store takes longer than whoever asks has patience."""
        if self._trying is None or self._trying.done():
            if self.steps.begun is not None or time.monotonic() - self._tried_at < _TRY_EACH:
                return
            self._tried_at = time.monotonic()
            self._trying = asyncio.create_task(self._write_a_little())
        await asyncio.wait({self._trying}, timeout=_PATIENCE)

    async def _write_a_little(self) -> None:
        failed = self.steps.unavailable
        with suppress(StoreUnavailable):
            await self.write()
            if self.steps.unavailable == failed:  # a batch that failed meanwhile knows better
                self.steps.refused = False

    async def finish(self) -> None:
        """Try no more: the data is about to be closed."""
        if self._trying is not None:
            self._trying.cancel()
            await asyncio.gather(self._trying, return_exceptions=True)

    def why_not_alive(self) -> str:
        """Why the process should be started anew; empty where it should not."""
        begun = self.steps.begun
        if begun is not None and time.monotonic() - begun > STUCK:
            return "a batch does not come to its end"
        return ""

    async def why_not_ready(self) -> list[str]:
        """Why nobody is answered just now; empty where everybody is."""
        if self.stage is not Stage.SERVING:
            return [str(self.stage)]
        reasons = [self.why_not_alive()]
        if await self.standing() is None:
            reasons.append("the data cannot be read")
        if not await self.can_be_written():
            reasons.append("nothing can be written")
        if self.polls and time.monotonic() - self.calls.answered_at > SILENT:
            reasons.append("Telegram does not answer")
        return [reason for reason in reasons if reason]
