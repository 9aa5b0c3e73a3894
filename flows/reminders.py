"""Whether somebody who agreed and stopped half-way is reminded, and from when on. Pure: once, and never who said no.

Nobody is reminded who has submitted, left, stopped messages, is on the way out, or is to be asked for another consent
first. Where it is closed or halted, nobody is reminded while it is.
"""

from __future__ import annotations

import datetime as dt

from flows.collection import Region
from flows.renewal import why_again
from flows.session import Aside, Passage, Session, Stage
from flows.shelf import Shelf

LOOKS_AGAIN = dt.timedelta(days=1)
"""After so long it is looked again whether a region that was closed is open."""

_HALF_WAY = frozenset({Stage.QUESTION, Stage.REVIEW})

ON_THE_WAY_OUT = frozenset({Aside.LEAVE, Aside.TAKE_BACK, Aside.LEAVE_ALL, Aside.LEFT, Aside.GOODBYE})


def reminds_at(
    session: Session, collection: str, shelf: Shelf, now: dt.datetime, pause: dt.timedelta
) -> dt.datetime | None:
    """From when on somebody may be reminded of a collection, given that nothing happens until then; None for never.

    Times are UTC. The region's waking hours are not looked at.
    """
    passage, found = session.passages.get(collection), shelf.collections.get(collection)
    if passage is None or found is None or session.stopped or session.aside in ON_THE_WAY_OUT:
        return None
    if not is_half_way(passage, now) or passage.reminded or why_again(passage, found, now) is not None:
        return None
    if not shelf.goes_on(found, passage.territory, session.language):
        return now + LOOKS_AGAIN
    return (session.heard_at or now) + pause


def is_half_way(passage: Passage, now: dt.datetime) -> bool:
    """Whether somebody has agreed, is at the questions or the review, and has not submitted."""
    consented = passage.consented
    lasts = consented is not None and consented.expires_at > now
    return lasts and passage.stage in _HALF_WAY and passage.submitted_at is None


def region_of(session: Session, collection: str, shelf: Shelf) -> Region | None:
    """Whose waking hours hold."""
    passage, found = session.passages.get(collection), shelf.collections.get(collection)
    return found.region(passage.territory) if passage is not None and found is not None else None
