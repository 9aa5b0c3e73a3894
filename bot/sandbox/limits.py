"""A model of Telegram's rates, off unless asked for.

Called a model because the real limits are unpublished and move. What is modelled: about one message a second in a
chat with short bursts, an overall rate, and a `retry_after` that doubles each time it is not waited for. The overall
rate is about bulk: `replies=False` leaves out what is sent to somebody who has just said or pressed something.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.sandbox.refusals import too_many_requests

_BURST: Final = 3
_LONGEST: Final = 36_000
_JUST_NOW: Final = 10.0
_NOBODY: Final[Mapping[int, float]] = MappingProxyType({})
_METERED: Final = ("send", "edit", "copy", "forward")


@dataclass(slots=True)
class _Bucket:
    level: float
    filled_at: float
    blocked_until: float = 0.0
    ignored: int = 0


class Limits:
    def __init__(self, clock: Callable[[], float], heard: Mapping[int, float] = _NOBODY) -> None:
        """`heard` says when somebody has last said or pressed something, by their chat."""
        self._clock = clock
        self._heard = heard
        self._counts_replies = True
        self._per_second: float | None = None
        self._per_chat: float | None = None
        self._burst = _BURST
        self._buckets: dict[str, _Bucket] = {}

    def enforce(
        self,
        *,
        per_second: float | None = 30,
        per_chat: float | None = 1.0,
        burst: int = _BURST,
        replies: bool = True,
    ) -> None:
        self._per_second, self._per_chat, self._burst = per_second, per_chat, burst
        self._counts_replies = replies
        self._buckets.clear()

    @property
    def enforced(self) -> bool:
        return self._per_second is not None or self._per_chat is not None

    def lift(self) -> None:
        self.enforce(per_second=None, per_chat=None)

    def admit(self, method: str, chat_id: object) -> None:
        """Let the call pass, or refuse it with how long to wait."""
        if not self.enforced or not method.startswith(_METERED):
            return
        if self._per_chat is not None and chat_id is not None:
            self._take(f"chat {chat_id}", self._per_chat, self._burst)
        if self._per_second is not None and (self._counts_replies or not self._is_reply(chat_id)):
            self._take("all", self._per_second, max(1.0, self._per_second))

    def _is_reply(self, chat_id: object) -> bool:
        heard = self._heard.get(chat_id) if isinstance(chat_id, int) else None
        return heard is not None and self._clock() - heard <= _JUST_NOW

    def _take(self, name: str, rate: float, capacity: float) -> None:
        now = self._clock()
        bucket = self._buckets.setdefault(name, _Bucket(capacity, now))
        bucket.level = min(capacity, bucket.level + (now - bucket.filled_at) * rate)
        bucket.filled_at = now
        if now >= bucket.blocked_until and bucket.level >= 1:
            bucket.level -= 1
            bucket.ignored = 0
            return
        raise too_many_requests(self._longer(bucket, rate, now))

    def _longer(self, bucket: _Bucket, rate: float, now: float) -> int:
        """Twice as long for each call that came although it had been told to wait."""
        bucket.ignored += 1
        wait = min(_LONGEST, math.ceil(max(1.0, 1 / rate)) << min(bucket.ignored - 1, 20))
        bucket.blocked_until = now + wait
        return wait
