"""How much is taken from one chat: more than a person sends, less than would slow others.

Why these numbers: docs/decisions/0054-floods.md. Kept in memory alone, by process: it is about load, and nothing hangs
on it that has to be remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple


class Pace(NamedTuple):
    """So many at once at most, and one more each so many seconds."""

    at_once: int
    seconds: float


QUICK = Pace(at_once=150, seconds=1 / 20)
"""Nobody's fingers are as quick for as long; a hundred pictures that are forwarded at once pass."""

STEADY = Pace(at_once=2000, seconds=2.0)
"""A whole passage is some thirty updates. Whoever goes round and round for hours slows down."""

LEAVING = Pace(at_once=10, seconds=1.0)
"""Of /leave, and of word that the bot was blocked or let in: a pace of its own, so that no flood stands before it."""

SAID_EACH = 10.0
"""Seconds before somebody is told again that it was too much at once."""

REMEMBERED = 20_000
"""Chats whose pace is remembered, the latest that sent something."""


class _Chat:
    """When each pace would be at rest again, and when something was last said of it; by the monotonic clock."""

    __slots__ = ("leaving", "quick", "said", "steady")

    def __init__(self) -> None:
        self.quick = self.steady = self.leaving = 0.0
        self.said = -SAID_EACH


class Allowances:
    """What each chat may still send."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._chats: OrderedDict[int, _Chat] = OrderedDict()
        self.let_go = 0
        """Updates that were not taken so far."""

    def takes(self, chat_id: int, *, leaving: bool = False) -> bool:
        """Whether one more update of a chat is taken."""
        chat, now = self._of(chat_id), self._now()
        if leaving:
            rest = _after(chat.leaving, LEAVING, now)
            taken = rest is not None
            chat.leaving = rest if rest is not None else chat.leaving
        else:
            quick, steady = _after(chat.quick, QUICK, now), _after(chat.steady, STEADY, now)
            taken = quick is not None and steady is not None
            if quick is not None and steady is not None:
                chat.quick, chat.steady = quick, steady
        self.let_go += not taken
        return taken

    def may_say(self, chat_id: int) -> bool:
        """Whether somebody is to be told that it was too much at once: now and then, and never each time."""
        chat, now = self._of(chat_id), self._now()
        if now - chat.said < SAID_EACH:
            return False
        chat.said = now
        return True

    def _of(self, chat_id: int) -> _Chat:
        chat = self._chats.get(chat_id)
        if chat is None:
            chat = self._chats[chat_id] = _Chat()
            if len(self._chats) > REMEMBERED:
                self._chats.popitem(last=False)
        else:
            self._chats.move_to_end(chat_id)
        return chat


def _after(rest: float, pace: Pace, now: float) -> float | None:
    """When the pace is at rest once this one has been taken; None where it is not taken (GCRA, ITU-T I.371)."""
    begin = max(rest, now)
    return begin + pace.seconds if begin - now <= pace.seconds * (pace.at_once - 1) else None
