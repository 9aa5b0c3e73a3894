"""Faults on demand: what goes wrong between a bot and Telegram, made to go wrong when a test says so."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.sandbox.updates import Updates

Json = dict[str, Any]
Kind = Literal["too_many_requests", "server_error", "cut_before", "cut_after", "slow"]

ALWAYS: Final = math.inf  # as many times as it is met, until it is cleared


@dataclass(slots=True)
class Fault:
    """One thing that is to go wrong, for the next `times` calls of `method` (any, if none is named)."""

    kind: Kind
    times: float
    method: str | None
    chat_id: int | None = None
    retry_after: int = 0
    code: int = 500
    seconds: float = 0.0
    met: int = 0

    def meets(self, method: str, chat_id: object) -> bool:
        named = self.method is None or self.method.lower() == method.lower()
        # getUpdates is spared unless it is named: faults are for what a bot does, and polling is how it hears of it.
        spared = self.method is None and method == "getUpdates"
        return named and not spared and (self.chat_id is None or str(self.chat_id) == str(chat_id))

    def wire(self) -> Json:
        return {"name": self.kind, "chat_id": self.chat_id, "once": self.times == 1, "met": self.met}


class Faults:
    """`changed` is told whenever another fault waits, or one has been met."""

    def __init__(self, updates: Updates, changed: Callable[[], None] = lambda: None) -> None:
        self._updates = updates
        self._updates.on_fault = changed
        self._changed = changed
        self._waiting: list[Fault] = []

    def too_many_requests(
        self, retry_after: int = 3, times: float = 1, method: str | None = None, chat_id: int | None = None
    ) -> None:
        self._add(Fault("too_many_requests", times, method, chat_id, retry_after=retry_after))

    def server_error(
        self, code: int = 502, times: float = 1, method: str | None = None, chat_id: int | None = None
    ) -> None:
        self._add(Fault("server_error", times, method, chat_id, code=code))

    def cut_before(self, times: float = 1, method: str | None = None, chat_id: int | None = None) -> None:
        """The connection breaks and nothing was done."""
        self._add(Fault("cut_before", times, method, chat_id))

    def cut_after(self, times: float = 1, method: str | None = None, chat_id: int | None = None) -> None:
        """It was done, the message is there, and the reply is lost."""
        self._add(Fault("cut_after", times, method, chat_id))

    def slow(self, seconds: float, times: float = 1, method: str | None = None, chat_id: int | None = None) -> None:
        """It takes so long; whatever else waits for the call comes on top."""
        self._add(Fault("slow", times, method, chat_id, seconds=seconds))

    def duplicate_updates(self, times: float = 1) -> None:
        """The next updates are delivered once more, after they were confirmed too."""
        self._updates.duplicates += times
        self._changed()

    def reorder_updates(self, times: float = 1) -> None:
        """The next answers that hold several updates give them in reverse order."""
        self._updates.reversed += times
        self._changed()

    def inject_update(self, raw: Json) -> int:
        """Queue any JSON as an update: malformed, or of a type that nobody knows. Gives it an id."""
        update_id = self._updates.put_raw({key: value for key, value in raw.items() if key != "update_id"}, "raw")
        assert update_id is not None, "raw updates are always queued"  # noqa: S101 - for the type checker
        return update_id

    def clear(self, fault: str | None = None, chat_id: int | None = None) -> None:
        """All of them; or those of one name that are meant for this chat, or for every chat where none is named."""
        if fault is None:
            self._waiting.clear()
        else:
            self._waiting = [each for each in self._waiting if (each.kind, each.chat_id) != (fault, chat_id)]
        if fault in {None, "duplicate_updates"}:
            self._updates.duplicates = 0
        if fault in {None, "reorder_updates"}:
            self._updates.reversed = 0
        self._changed()

    def forget(self, chat_id: int) -> None:
        """Whose chat is gone meets nothing any more."""
        self._waiting = [each for each in self._waiting if each.chat_id != chat_id]
        self._changed()

    def wire(self) -> list[Json]:
        """What waits to go wrong now."""
        queued = {"duplicate_updates": self._updates.duplicates, "reorder_updates": self._updates.reversed}
        updates = [
            {"name": name, "chat_id": None, "once": times == 1, "met": None} for name, times in queued.items() if times
        ]
        return [fault.wire() for fault in self._waiting] + updates

    def delay(self, method: str, chat_id: object) -> float:
        """How many seconds this call has to wait."""
        fault = self._met(lambda fault: fault.kind == "slow" and fault.meets(method, chat_id))
        return fault.seconds if fault else 0.0

    def due(self, method: str, chat_id: object) -> Fault | None:
        """The fault that this call meets, slowness apart; used up by it."""
        return self._met(lambda fault: fault.kind != "slow" and fault.meets(method, chat_id))

    def _add(self, fault: Fault) -> None:
        self._waiting.append(fault)
        self._changed()

    def _met(self, meets: Callable[[Fault], bool]) -> Fault | None:
        fault = next(filter(meets, self._waiting), None)
        if fault is not None:
            fault.times -= 1
            fault.met += 1
            if fault.times <= 0:
                self._waiting.remove(fault)
            self._changed()
        return fault
