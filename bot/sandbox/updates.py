"""The queue of updates: ids, confirmation by offset, one poller at a time, and how long callbacks live.

After tdlib/telegram-bot-api 10.0 (Client.cpp): a callback waits 150 s in the queue and everything else a day; each
getUpdates ends the one before it; with a webhook set there is no polling.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.activity import Activity
from bot.sandbox.refusals import bad_request, conflict

Json = dict[str, Any]

CALLBACK_LIFE: Final = 150
UPDATE_LIFE: Final = 24 * 3600
POLL_LIMIT: Final = 100
POLL_TIMEOUT: Final = 50

# Left out unless asked for by name, says the Bot API.
_NOT_BY_DEFAULT: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True)
class Pending:
    """An update that waits to be confirmed. `lane` is what Telegram delivers one after another by webhook."""

    update_id: int
    kind: str
    body: Json
    born: float
    lane: str
    activity: Activity | None = None
    callback_id: str | None = None

    def outlived(self, now: float) -> bool:
        return now - self.born > (CALLBACK_LIFE if self.callback_id else UPDATE_LIFE)


class Updates:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # Telegram starts anywhere and counts up; nobody may rely on where.
        self._next_id = 100_000_000 + secrets.randbelow(800_000_000)
        self._pending: dict[int, Pending] = {}
        self._expired_at = clock()
        self._repeats: list[Pending] = []
        self._repeats_out: list[Pending] = []
        self._poll: asyncio.Future[None] | None = None
        self.allowed: frozenset[str] | None = None
        self.webhook_set = False
        self.on_webhook: Callable[[Pending], None] | None = None
        self.on_expired: Callable[[str], None] | None = None
        # Faults: how many of the next deliveries are given twice, and how many answers come in reverse order.
        self.duplicates: float = 0
        self.reversed: float = 0
        self.on_fault: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def is_polled(self) -> bool:
        return self._poll is not None

    def waits(self, pending: Pending) -> bool:
        """Whether it is still to be confirmed; what waited too long no longer is."""
        self.expire()
        return pending.update_id in self._pending

    def pending(self) -> list[Pending]:
        return list(self._pending.values())

    def wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in _NOT_BY_DEFAULT

    def allow(self, kinds: object) -> None:
        """None leaves what was allowed before; an empty list means the default again."""
        if isinstance(kinds, list):
            self.allowed = frozenset(map(str, kinds)) or None

    def put(
        self, kind: str, body: Json, *, lane: str, activity: Activity | None = None, callback_id: str | None = None
    ) -> int | None:
        """Queue an update; None where the bot has not asked for this kind."""
        return self.put_raw({kind: body}, kind, lane=lane, activity=activity, callback_id=callback_id)

    def put_raw(
        self,
        fields: Json,
        kind: str,
        *,
        lane: str = "raw",
        activity: Activity | None = None,
        callback_id: str | None = None,
    ) -> int | None:
        if not self.wanted(kind) and kind != "raw":
            return None
        update_id = self._next_id
        self._next_id += 1
        pending = Pending(
            update_id, kind, {"update_id": update_id, **fields}, self._clock(), lane, activity, callback_id
        )
        self._pending[update_id] = pending
        if activity is not None:
            activity.update_sent(update_id)
        if self.webhook_set and self.on_webhook is not None:
            self.on_webhook(pending)
        self._wake()
        return update_id

    def _wake(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def confirm(self, update_id: int) -> None:
        pending = self._pending.pop(update_id, None)
        if pending is not None and pending.activity is not None:
            pending.activity.update_confirmed(update_id)

    def forget_all(self) -> None:
        for update_id in list(self._pending):
            self.confirm(update_id)

    def forget_about(self, activity: Activity) -> None:
        """What was to be delivered about one chat is not, nor once more."""
        for pending in [pending for pending in self._pending.values() if pending.activity is activity]:
            self.confirm(pending.update_id)
        self._repeats = [pending for pending in self._repeats if pending.activity is not activity]

    def expire(self) -> None:
        """Drop what waited too long; callbacks that die so can no longer be answered."""
        now = self._clock()
        if abs(now - self._expired_at) < 1:
            return  # looking through a long queue at each delivery would make deliveries slow
        self._expired_at = now
        for pending in [pending for pending in self._pending.values() if pending.outlived(now)]:
            self.confirm(pending.update_id)
            if pending.callback_id and self.on_expired is not None:
                self.on_expired(pending.callback_id)

    async def poll(self, offset: int, limit: int, timeout: int, allowed: object) -> list[Json]:  # noqa: ASYNC109 - the Bot API's word
        if self.webhook_set:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self.allow(allowed)
        self._confirm_before(offset)
        limit = limit if 1 <= limit <= POLL_LIMIT else POLL_LIMIT
        timeout = max(0, min(timeout, POLL_TIMEOUT))
        if not self._ready() and timeout:
            await self._long_poll(timeout)
        return self._batch(limit)

    def end_poll(self, reason: str) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(conflict(reason))
        self._poll = None

    async def _long_poll(self, timeout: int) -> None:  # noqa: ASYNC109 - the Bot API's word
        # Only a call that has to wait ends the one that waits already: what is there is given to whoever asks.
        self.end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        poll: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = poll
        try:
            async with asyncio.timeout(timeout):
                await poll
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None

    def _ready(self) -> bool:
        self.expire()
        return bool(self._pending or self._repeats)

    def _confirm_before(self, offset: int) -> None:
        """A negative offset counts from the end, and forgets what is before it; one beyond the end confirms nothing."""
        if offset > self._next_id:
            offset = 0
        if offset < 0:
            offset = sorted(self._pending)[offset] if len(self._pending) >= -offset else 0
        for update_id in _up_to(self._pending, offset):
            self.confirm(update_id)
        for repeated in self._repeats_out:
            if repeated.activity is not None:
                repeated.activity.update_confirmed(-repeated.update_id)
        self._repeats_out = []

    def _batch(self, limit: int) -> list[Json]:
        self.expire()
        repeats, self._repeats = self._repeats, []
        self._repeats_out = repeats
        batch = [pending for pending, _ in zip(self._pending.values(), range(limit), strict=False)]
        bodies = [pending.body for pending in [*repeats, *batch]]
        for pending in batch:
            if self.duplicates <= 0:
                break
            self._repeat(pending)
        if self.reversed and len(bodies) > 1:
            self.reversed -= 1
            bodies.reverse()
            self.on_fault()
        return bodies

    def _repeat(self, pending: Pending) -> None:
        """Given once more with the next answer, confirmed or not. Its own id marks it as outstanding until then."""
        self.duplicates -= 1
        self._repeats.append(pending)
        if pending.activity is not None:
            pending.activity.update_sent(-pending.update_id)
        self.on_fault()


def _up_to(pending: Iterable[int], offset: int) -> list[int]:
    """Ids below the offset; the queue is in order, so it is read no further than needed."""
    found = []
    for update_id in pending:
        if update_id >= offset:
            break
        found.append(update_id)
    return found


def whole(value: object, *, name: str, default: int = 0) -> int:
    if value is None or value == "":
        return default
    try:
        return int(str(value))
    except (TypeError, ValueError):
        raise bad_request(f"invalid {name} specified") from None
