"""Posts: an invite that stands in a channel or a group, with a button that leads into a private chat.

Nothing is read there. Of the place no more is known than what somebody of the team wrote to name it.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from flows.collection import Collection, Region
from flows.halts import Halts, is_halted
from flows.screens import Choice, Screen, body, quiet, title
from flows.words import Money, asked, say, say_count

LANGUAGES_AT_MOST = 4
"""In one post: each takes a quarter of what Telegram allows a message at most."""

_NAME = re.compile(r"(?:https?://)?(?:t\.me/|@)([A-Za-z]\w{3,31})/?", re.ASCII)
_NUMBER = re.compile(r"-\d{5,16}", re.ASCII)
"""Groups and channels have numbers below zero; people's are above."""


class PostState(StrEnum):
    """How far a post is."""

    ASKED = "asked"
    POSTING = "posting"
    POSTED = "posted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """No answer came: it may be there."""


class WhyNot(StrEnum):
    """Why nothing was posted."""

    NOT_THERE = "not_there"
    NO_RIGHT = "no_right"
    LATER = "later"
    NOT_TAKEN = "not_taken"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Post:
    """An invite that somebody of the team has put somewhere, or wants to."""

    id: str
    link: str
    collection: str
    place: str
    languages: tuple[str, ...]
    territory: str
    """Whose pay it says; empty where it says none."""
    state: PostState
    why: str
    asked_by: str
    asked_at: dt.datetime


def place_named(words: str) -> str | None:
    """The channel or group that somebody names: @name, t.me/name, or a number below zero. None where it is none."""
    words = words.strip()
    if found := _NAME.fullmatch(words):
        return f"@{found[1]}"
    return words if _NUMBER.fullmatch(words) else None


def stands_still(collection: Collection, territory: str, halts: Halts) -> bool:
    """Whether who came by it could begin nowhere, or not in the region that it names, since that is halted."""
    where = [territory] if territory else [region.territory for region in collection.regions]
    return all(is_halted(halts, collection.id, each) for each in where)


def post_screen(collection: Collection, region: Region | None, address: str) -> Screen:
    """What stands there: who asks, what for, minutes, in a region the pay, and the way into a private chat."""
    if region is None:
        costs = say_count(
            "About {count} minute. Nothing is kept unless you agree. "
            "We never ask for money, passwords or identity papers.",
            "About {count} minutes. Nothing is kept unless you agree. "
            "We never ask for money, passwords or identity papers.",
            collection.minutes_in(None),
        )
    else:
        costs = say_count(
            "About {count} minute, and {pay} for your time. Looking costs nothing, and you decide.",
            "About {count} minutes, and {pay} for your time. Looking costs nothing, and you decide.",
            collection.minutes_in(region),
            pay=Money(region.pay.amount, region.pay.currency, region.territory),
        )
    blocks = (
        quiet(say("An invite from {organisation}", organisation=asked(collection.id, collection.organisation.name))),
        title(asked(collection.id, collection.title)),
        body(asked(collection.id, collection.what_for)),
        body(costs),
        quiet(say("This bot reads nothing here. It talks with you in a private chat alone.")),
    )
    return Screen("post", blocks, ((Choice(say("Have a look"), "", url=address),),))
