"""Faults on demand: what goes wrong between a bot and Telegram, made to go wrong when a test says so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.updates import Updates

Kind = Literal["too_many_requests", "server_error", "cut_before", "cut_after", "slow"]


@dataclass(slots=True)
class Fault:
    """One thing that is to go wrong, for the next `times` calls of `method` (any, if none is named)."""

    kind: Kind
    times: int
    method: str | None
    chat_id: int | None = None
    retry_after: int = 0
    code: int = 500
    seconds: float = 0.0

    def meets(self, method: str, chat_id: object) -> bool:
        named = self.method is None or self.method.lower() == method.lower()
        # getUpdates is spared unless it is named: faults are for what a bot does, and polling is how it hears of it.
        spared = self.method is None and method == "getUpdates"
        return named and not spared and (self.chat_id is None or str(self.chat_id) == str(chat_id))


class Faults:
    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._waiting: list[Fault] = []

    def too_many_requests(
        self, retry_after: int = 3, times: int = 1, method: str | None = None, chat_id: int | None = None
    ) -> None:
        self._add(Fault("too_many_requests", times, method, chat_id, retry_after=retry_after))

    def server_error(
        self, code: int = 502, times: int = 1, method: str | None = None, chat_id: int | None = None
    ) -> None:
        self._add(Fault("server_error", times, method, chat_id, code=code))

    def cut_before(self, times: int = 1, method: str | None = None, chat_id: int | None = None) -> None:
        """The connection breaks and nothing was done."""
        self._add(Fault("cut_before", times, method, chat_id))

    def cut_after(self, times: int = 1, method: str | None = None, chat_id: int | None = None) -> None:
        """It was done, the message is there, and the reply is lost."""
        self._add(Fault("cut_after", times, method, chat_id))

    def slow(self, seconds: float, times: int = 1, method: str | None = None, chat_id: int | None = None) -> None:
        self._add(Fault("slow", times, method, chat_id, seconds=seconds))

    def duplicate_updates(self, times: int = 1) -> None:
        """The next updates are delivered once more, after they were confirmed too."""
        self._updates.duplicates += times

    def reorder_updates(self, times: int = 1) -> None:
        """The next answers that hold several updates give them in reverse order."""
        self._updates.reversed += times

    def inject_update(self, raw: dict[str, Any]) -> int:
        """Queue any JSON as an update: malformed, or of a type that nobody knows. Gives it an id."""
        update_id = self._updates.put_raw({key: value for key, value in raw.items() if key != "update_id"}, "raw")
        assert update_id is not None, "raw updates are always queued"  # noqa: S101 - for the type checker
        return update_id

    def clear(self) -> None:
        self._waiting.clear()
        self._updates.duplicates = 0
        self._updates.reversed = 0

    def due(self, method: str, chat_id: object) -> Fault | None:
        """The fault that this call meets, used up by it."""
        if not self._waiting:
            return None
        return self._first(lambda fault: fault.meets(method, chat_id))

    def _add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def _first(self, meets: Callable[[Fault], bool]) -> Fault | None:
        fault = next(filter(meets, self._waiting), None)
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)
        return fault
