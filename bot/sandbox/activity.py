"""What is still under way about one chat, so that a test can wait for quiet without guessing at times."""

import asyncio


class Pulse:
    """Wakes whoever waits, each time something happens."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def beat(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def next(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future


class Activity:
    """Updates not yet confirmed, callbacks not yet answered, and calls being served, about one chat."""

    def __init__(self) -> None:
        self.unconfirmed: set[int] = set()
        self.unanswered: set[str] = set()
        self.calls_under_way = 0
        self.pulse = Pulse()

    def outstanding(self) -> str:
        """What is still waited for, in words; empty when nothing is."""
        parts = []
        if self.unconfirmed:
            parts.append(f"updates not confirmed: {sorted(self.unconfirmed)}")
        if self.unanswered:
            parts.append(f"callbacks not answered: {sorted(self.unanswered)}")
        if self.calls_under_way:
            parts.append(f"calls being served: {self.calls_under_way}")
        return "; ".join(parts)

    def update_sent(self, update_id: int) -> None:
        self.unconfirmed.add(update_id)
        self.pulse.beat()

    def update_confirmed(self, update_id: int) -> None:
        self.unconfirmed.discard(update_id)
        self.pulse.beat()

    def callback_sent(self, callback_id: str) -> None:
        self.unanswered.add(callback_id)

    def callback_over(self, callback_id: str) -> None:
        self.unanswered.discard(callback_id)
        self.pulse.beat()

    def call_begins(self) -> None:
        self.calls_under_way += 1

    def call_ends(self) -> None:
        self.calls_under_way -= 1
        self.pulse.beat()

    async def settled(self, timeout: float, quiet: float) -> None:  # noqa: ASYNC109 - the caller's word for it
        """Until nothing is outstanding and nothing has happened for a quiet moment."""
        try:
            async with asyncio.timeout(timeout):
                await self._quiet(quiet)
        except TimeoutError:
            waited_for = self.outstanding() or "calls kept coming"
            raise TimeoutError(f"not settled after {timeout:g} s; {waited_for}") from None

    async def _quiet(self, quiet: float) -> None:
        while True:
            if self.outstanding():
                await self.pulse.next()
                continue
            try:
                async with asyncio.timeout(quiet):
                    await self.pulse.next()
            except TimeoutError:
                return
