"""Links to a collection: one per channel, supplier, poster or list, so that it is known where people came from.

What is known of that are bare counts per link, and never who. A link rests when it is opened far faster than usual, is
closed when it is ended or its supplier's attestation has lapsed, and takes no more people a day than its ceiling says.
All of that comes before a consent: whoever has agreed goes on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from flows.collection import Collection, Supplier
from flows.consent import letters_of
from flows.small_counts import FEWEST

CODE_LETTERS = 10
"""50 random bits in letters that are read aloud without doubt; nobody guesses one of a few thousand links."""

PREFIX = "L-"
"""What a link carries behind `?start=`. No collection's id begins with a capital."""

NAME_LETTERS = 60

WINDOW = dt.timedelta(hours=1)
FASTER = 10
"""A burst is so many times what the link's busiest hour before had, and the installation's least besides."""

MOST_DAILY = 1_000_000
"""A ceiling beyond it would be none."""

DAILY_CHOICES = (None, 20, 50, 100, 200, 500)
"""Ceilings that can be chosen with buttons; on the command line any number up to the most."""

WARNED = dt.timedelta(days=14)
"""How long before an attestation lapses it is said."""


class LinkKind(StrEnum):
    """What a link is handed out by."""

    CHANNEL = "channel"
    SUPPLIER = "supplier"
    POSTER = "poster"
    LIST = "list"


class LinkState(StrEnum):
    """What was last done with a link."""

    OPEN = "open"
    PAUSED = "paused"
    ENDED = "ended"


class Passed(StrEnum):
    """How far somebody got by a link; each is counted once."""

    OPENED = "opened"
    CONSENTED = "consented"
    SUBMITTED = "submitted"


class LinkStanding(StrEnum):
    """What a link is to whoever opens it just now."""

    OPEN = "open"
    RESTING = "resting"
    """Paused, or full for today: it may go on later."""
    CLOSED = "closed"


class Doorway(NamedTuple):
    """Where a link leads, and whether it does just now."""

    collection: str
    standing: LinkStanding


@dataclass(frozen=True, slots=True)
class CollectionLink:
    """A link, and how many came by it. Times and days are UTC."""

    id: str
    collection: str
    kind: LinkKind
    name: str
    """What coordinators call it; of a channel, a poster or a supplier, and nobody's own."""
    supplier: str | None
    territory: str | None
    """The region that it is handed out in: who looks after it, and whose pay a poster says. Where somebody lives is
    asked of them all the same."""
    daily: int | None
    """Consents a day at most."""
    state: LinkState
    why: str
    """`burst` where it paused by itself."""
    made_by: str
    made_at: dt.datetime
    opened: int = 0
    consented: int = 0
    submitted: int = 0
    day: dt.date | None = None
    """The day that `day_consented` is of."""
    day_consented: int = 0
    since: dt.datetime | None = None
    """When the hour began that `since_opened` is of."""
    since_opened: int = 0
    busiest: int = 0
    """Openings in the busiest hour before."""

    @property
    def rests_by_itself(self) -> bool:
        """Whether a burst has paused it, and nobody has looked at it since."""
        return self.state is LinkState.PAUSED and self.why == BURST


BURST = "burst"


def new_code(token: bytes) -> str:
    """A link's code, drawn from an event's token."""
    return letters_of(token[5:12], CODE_LETTERS)


def payload(link: str, participant: str | None = None) -> str:
    """What a link carries behind `?start=`: 12 letters, with a participant's code 37 at most (Telegram takes 64)."""
    return f"{PREFIX}{link}-{participant}" if participant else f"{PREFIX}{link}"


def address(bot_name: str, link: str, participant: str | None = None) -> str:
    """What somebody opens."""
    return f"https://t.me/{bot_name}?start={payload(link, participant)}"


def standing(link: CollectionLink, collection: Collection | None, now: dt.datetime) -> LinkStanding:
    """What a link is to whoever opens it, or agrees by it, now."""
    if collection is None or link.state is LinkState.ENDED or not attested(link, collection, now.date()):
        return LinkStanding.CLOSED
    if link.state is LinkState.PAUSED or is_full(link, now):
        return LinkStanding.RESTING
    return LinkStanding.OPEN


def is_full(link: CollectionLink, now: dt.datetime) -> bool:
    """Whether as many have agreed today as may."""
    today = link.day_consented if link.day == now.date() else 0
    return link.daily is not None and today >= link.daily


def supplier_of(link: CollectionLink, collection: Collection) -> Supplier | None:
    """Who hands it out, where the collection still names them."""
    return next((each for each in collection.suppliers if each.id == link.supplier), None)


def attested(link: CollectionLink, collection: Collection, today: dt.date) -> bool:
    """Whether whoever hands it out may recruit today; where no supplier does, it is the organisation's own."""
    found = supplier_of(link, collection)
    return link.supplier is None or (found is not None and found.is_attested(today))


def passed(link: CollectionLink, how_far: Passed, now: dt.datetime, least: int) -> CollectionLink:
    """The link once one more has got so far. It pauses with the opening that makes a burst.

    `least` is how many openings in an hour are never too many (SURVEYBOT_LINK_BURST).
    """
    if how_far is Passed.SUBMITTED:
        return replace(link, submitted=link.submitted + 1)
    if how_far is Passed.CONSENTED:
        before = link.day_consented if link.day == now.date() else 0
        return replace(link, consented=link.consented + 1, day=now.date(), day_consented=before + 1)
    link = _in_this_hour(link, now)
    link = replace(link, opened=link.opened + 1, since_opened=link.since_opened + 1)
    too_fast = link.since_opened > max(least, FASTER * link.busiest)
    return replace(link, state=LinkState.PAUSED, why=BURST) if too_fast and link.state is LinkState.OPEN else link


def _in_this_hour(link: CollectionLink, now: dt.datetime) -> CollectionLink:
    if link.since is not None and now - link.since < WINDOW:
        return link
    return replace(link, since=now, since_opened=0, busiest=max(link.busiest, link.since_opened))


def resumed(link: CollectionLink) -> CollectionLink:
    """Open again, by a human: how fast it was opened when it paused is usual from now on."""
    busiest = max(link.busiest, link.since_opened)
    return replace(link, state=LinkState.OPEN, why="", busiest=busiest)


def shown_counts(link: CollectionLink) -> Mapping[Passed, int | None]:
    """How many got how far, in tens, rounded down; None where it is not shown.

    None under ten, and none that is so near a count before it that the difference, who did not get further, is under
    ten (`flows.small_counts`). In tens, two looks mostly say the same, and nobody is seen to come.
    """
    shown: dict[Passed, int | None] = {}
    before: int | None = None
    for how_far, count in ((p, getattr(link, p.value)) for p in Passed):
        is_shown = count >= FEWEST and (before is None or before - count >= FEWEST)
        shown[how_far] = count - count % 10 if is_shown else None
        before = count if is_shown else before
    return shown


def lapses(collection: Collection, today: dt.date) -> tuple[Supplier, ...]:
    """Suppliers whose attestation has lapsed, or does within two weeks; the next first."""
    soon = [s for s in collection.suppliers if s.ends_on is not None and s.ends_on - today <= WARNED]
    return tuple(sorted(soon, key=lambda each: (each.ends_on or today, each.id)))
