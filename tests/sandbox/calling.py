"""What the sandbox's tests share: a clock that they set, and the shape of a call."""

from collections.abc import Awaitable
from typing import Any, Protocol

from support.running import until

from bot.sandbox.contributor import Person

Json = dict[str, Any]


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.now += seconds


class Call(Protocol):
    def __call__(self, method: str, /, **parameters: object) -> Awaitable[Json]: ...


def keyboard(*labels: str) -> Json:
    """One button a row; pressing it sends its label in lower case."""
    return {"inline_keyboard": [[{"text": label, "callback_data": label.lower()}] for label in labels]}


async def unanswered(person: Person) -> str:
    """The press that waits for an answer: the page shows that it waits before the sandbox has heard of it."""
    await until(lambda: person.unanswered)
    return person.unanswered[0]
