"""The record of what the bot called, for tests to look at and for the page to show."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Call:
    """One call: `result` when Telegram said yes, `error` (its words) when it refused or a fault met it."""

    number: int
    method: str
    parameters: Json
    at: float
    result: Any = None
    error: str | None = None
    faults: list[str] = field(default_factory=list)  # what was made to go wrong with it
    violations: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.error is None
