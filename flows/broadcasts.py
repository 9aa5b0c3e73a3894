"""What is known of a broadcast: whom it is for, how it stands, how far it is, and which of its counts may be shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flows.small_counts import FEWEST, apart

GIVEN_UP = "given up"
"""Why a plan ended that nobody went on with: nobody of it is remembered."""

TOO_FEW = "too few would be chosen"
"""Why a plan ended that so few would have been chosen for that it could tell who they are."""

NEVER_SENT = frozenset({GIVEN_UP, TOO_FEW})

NEVER = "never"
"""What `last_invited` says where only people are meant who were never invited."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is asked for. Empty regions and languages mean all of them."""

    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    finished: bool | None = None
    """None: who is not in the collection yet. True: who has submitted it. False: who began it and has not."""
    last_invited: int | str | None = None
    """Days since the last invite at least, or `NEVER`."""
    by_answers: bool = False
    """Whether answers were read for it. Which ones is written down nowhere: it would be the recipients' answer."""

    def as_json(self) -> dict[str, Any]:
        """As a broadcast's row has it."""
        return {
            "regions": list(self.regions),
            "languages": list(self.languages),
            "finished": self.finished,
            "last_invited": self.last_invited,
            "by_answers": self.by_answers,
        }


class Reason(StrEnum):
    """Why somebody falls out of an audience, in the order in which it is looked for."""

    NOT_AGREED = "not agreed to invites, or stopped them"
    UNREACHABLE = "not reachable: blocked the bot, or gone"
    OTHER_REGION = "lives in a region that was not asked for"
    CLOSED_REGION = "lives where the collection is not open"
    """Or where it is not piloted, while its pilot goes on elsewhere."""
    ALREADY_IN = "in the collection already"
    NOT_BEGUN = "not in the collection"
    NOT_FINISHED = "not finished"
    FINISHED = "finished already"
    LATELY = "invited too recently"
    OFTEN = "invited as often as one may be"
    OTHER_LANGUAGE = "reads a language that was not asked for"
    NOT_DRAWN = "not drawn: the pilot has fewer places left"
    HEARD = "belongs to groups that have been heard enough"
    OTHER_ANSWER = "has not given this answer, or has not agreed to be chosen by it"


class BroadcastState(StrEnum):
    """How a broadcast stands. Only a running one sends anything."""

    ASKED = "asked for"
    """Somebody asked for it in the chat, and it is planned as soon as its turn comes."""
    PLANNING = "planning"
    """Its recipients are being written down; one that stays so was broken off."""
    PLANNED = "planned"
    UNCONFIRMED = "awaiting confirmation"
    RUNNING = "running"
    """From its time on; what is not sent now waits for waking hours."""
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


ENDED = frozenset({BroadcastState.CANCELLED, BroadcastState.DONE})


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One broadcast as stored. Times are UTC."""

    id: int
    collection: str
    state: BroadcastState
    audience: Mapping[str, Any]
    paragraphs: Mapping[str, str]
    paid: bool
    any_hour: bool
    planned_by: str
    planned_at: dt.datetime
    starts_at: dt.datetime
    ended_at: dt.datetime | None
    why: str | None
    fallen_out: Mapping[str, int]
    recipients: int
    delivered: int
    unreachable: int
    unknown: int
    cancelled: int
    without_pilot: str | None = None
    """Why it goes out though the collection was not piloted."""

    @property
    def has_finished(self) -> bool:
        """Whether it is to those who have finished the collection."""
        return self.audience.get("finished") is True

    @property
    def by_answers(self) -> bool:
        """Whether answers were read to choose whom it is for: then its counts are seen in tens."""
        return bool(self.audience.get("by_answers"))

    @property
    def at_most(self) -> int:
        """So many recipients at most, for what a count is needed for: in tens where their number is not shown."""
        return _up_to_tens(self.recipients) if self.in_tens else self.recipients

    @property
    def in_tens(self) -> bool:
        """Whether neither how many it is for may be seen exactly, nor how many of them are through."""
        return self.by_answers or self.recipients < FEWEST

    @property
    def seen_settled(self) -> int:
        """How many are through, beside `at_most`: of what is over, all."""
        settled = self.recipients - self.to_go
        if not self.in_tens:
            return settled
        return self.at_most if settled == self.recipients else settled - settled % FEWEST

    @property
    def seen_to_go(self) -> int:
        """How many are not through, beside `at_most`."""
        return _up_to_tens(self.to_go) if self.in_tens else self.to_go

    @property
    def to_go(self) -> int:
        """Recipients whose delivery has not come to an end."""
        return self.recipients - self.delivered - self.unreachable - self.unknown - self.cancelled


def _up_to_tens(count: int) -> int:
    return -(-count // FEWEST) * FEWEST


RECIPIENTS = "recipients"


def shown_tally(broadcast: Broadcast) -> Mapping[str, int | None]:
    """What may be seen of how many are invited and how many fall out; of how many all of them are, nothing.

    Where nobody falls out, a total beside the audience's size would say so, and say of each reason that it is nobody's.
    Where answers were read, and of whom has been heard enough, it is seen in tens.
    """
    reasons = {reason.value: broadcast.fallen_out.get(reason.value, 0) for reason in Reason}
    seen = apart({RECIPIENTS: broadcast.recipients, **reasons})
    in_tens = set(seen) if broadcast.by_answers else {Reason.HEARD.value, Reason.OTHER_ANSWER.value}
    return {name: _tens(count) if name in in_tens else count for name, count in seen.items()}


def _tens(count: int | None) -> int | None:
    return count if count is None else count - count % FEWEST


ENDS = ("delivered", "unreachable", "unknown", "cancelled", "to_go")


def shown_ends(broadcast: Broadcast) -> Mapping[str, int | None]:
    """How many came to which end. They are about Telegram and not about answers, so each is said as it is, unless so
    few were invited that even their number is not shown."""
    counts: dict[str, int | None] = {name: getattr(broadcast, name) for name in ENDS}
    if broadcast.state is BroadcastState.CANCELLED:
        counts["cancelled"] = broadcast.cancelled + broadcast.to_go
        counts["to_go"] = 0
    if broadcast.by_answers:
        return {name: _tens(count) for name, count in apart({n: c or 0 for n, c in counts.items()}).items()}
    if broadcast.recipients < FEWEST:
        return {name: 0 if count == 0 else None for name, count in counts.items()}
    return counts
