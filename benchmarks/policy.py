"""How somebody who reads a screen decides what to press next: by its words, not by its callback data."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.parameters import Json

# A card, a receipt, a notice: what stands above them has scrolled out of sight.
MESSAGES_IN_SIGHT = 4


@dataclass(frozen=True, slots=True)
class Press:
    """Press the first button whose label matches, on a message whose text matches."""

    label: re.Pattern[str]
    on: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Choice:
    press: Press
    message: Json
    label: str
    callback_data: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Presses in the order of a journey, each made once at most; the first that the screens in sight allow is made."""

    presses: tuple[Press, ...]
    finished: re.Pattern[str]


def pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE | re.MULTILINE)


def press(label: str, on: str = "") -> Press:
    return Press(pattern(label), pattern(on))


def in_sight(messages: dict[int, Json]) -> list[Json]:
    """The newest messages, newest first."""
    return list(itertools.islice(reversed(messages.values()), MESSAGES_IN_SIGHT))


def is_finished(policy: Policy, messages: Sequence[Json]) -> bool:
    return any(policy.finished.search(message.get("text", "")) for message in messages)


def choose(policy: Policy, messages: Sequence[Json], made: set[Press]) -> Choice | None:
    for candidate in policy.presses:
        if candidate in made:
            continue
        for message in messages:
            choice = _find_button(candidate, message)
            if choice is not None:
                return choice
    return None


def _find_button(candidate: Press, message: Json) -> Choice | None:
    markup = message.get("reply_markup")
    if markup is None or not candidate.on.search(message.get("text", "")):
        return None
    for button in itertools.chain.from_iterable(markup["inline_keyboard"]):
        if "callback_data" in button and candidate.label.search(button["text"]):
            return Choice(candidate, message, button["text"], button["callback_data"])
    return None
