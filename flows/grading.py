"""What people's first answers to the questions on the cards say of the document: they grade it, and not the people.

Where too many answer one off the mark, the card is not clear in that language, and whoever agrees may not know to what.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_GRADED = "graded"


@dataclass(frozen=True, slots=True)
class Grading:
    """From when on a card counts as not understood."""

    percent: int = 40
    """So many in a hundred first answers off the mark are too many."""
    at_least: int = 20
    """Of fewer answers nothing is concluded."""


@dataclass(frozen=True, slots=True)
class CardPause:
    """A language in which nobody new is asked to agree, until somebody has looked at a card. Times are UTC."""

    collection: str
    language: str
    card: int
    version: int
    """Of the consent document."""
    off: int
    answers: int
    at: dt.datetime

    @property
    def id(self) -> str:
        """What it is called: there is one at a time of a collection and language."""
        return f"{self.collection}/{self.language}"


Paused = frozenset[tuple[str, str]]
"""Collections and languages in which nobody new is asked."""


def graded(version: int, language: str, card: int, *, understood: bool) -> str:
    """What a first answer to a card's question is counted as."""
    return f"{_GRADED}:{version}:{language}:{card}:{'as_meant' if understood else 'off'}"


def is_off(what: str) -> bool:
    """Whether a counter is of answers off the mark."""
    return what.startswith(f"{_GRADED}:") and what.endswith(":off")


def not_understood(
    collection: str, version: int, counts: Iterable[Mapping[str, int]], rules: Grading, now: dt.datetime
) -> Iterator[CardPause]:
    """Cards of a version that too many answer off the mark, the worst of a language alone; `counts` by territory."""
    added = sum((Counter(each) for each in counts), Counter[str]())
    found: dict[str, CardPause] = {}
    for what, off in added.items():
        if not is_off(what):
            continue
        _, of_version, language, card, _ = what.split(":")
        answers = off + added[graded(int(of_version), language, int(card), understood=True)]
        if int(of_version) != version or answers < rules.at_least or off * 100 <= rules.percent * answers:
            continue
        pause = CardPause(collection, language, int(card), version, off, answers, now)
        worst = found.get(language)
        if worst is None or pause.off * worst.answers > worst.off * pause.answers:
            found[language] = pause
    yield from found.values()


def counted_in(pause: CardPause, what: str) -> bool:
    """Whether a counter is about what was paused: it begins anew, so that lifting a pause lets people answer again."""
    return what.startswith(f"{_GRADED}:") and what.split(":")[2] == pause.language
