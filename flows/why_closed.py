"""Why a place is closed in a language, in the words that the team reads, and for whoever runs the bot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from flows.collection import Collection, Region
from flows.shelf import Shelf
from flows.sign_offs import Closure, Review
from flows.words import Day, Text, say

_WHY: Mapping[Closure, Text] = MappingProxyType(
    {
        Closure.SPEECHLESS: say("none of its languages has every word"),
        Closure.UNREVIEWED: say("nobody has signed it off"),
        Closure.HALF_SIGNED: say("one of two has signed: it takes a regional expert and counsel"),
        Closure.REFUSED: say("a reviewer has refused it"),
        Closure.CHANGED: say("changed since the sign-off"),
        Closure.LAPSED: say("the sign-off has ended"),
    }
)


def why_unsigned(why: Closure, until: dt.date | None) -> Text:
    """The reason in words; `until` is the last day on which a lapsed sign-off held."""
    if why is Closure.LAPSED and until is not None:
        return say("the sign-off ended on {day}", day=Day(until))
    return _WHY[why]


def language_closed(shelf: Shelf, collection: Collection, territory: str, language: str, today: dt.date) -> str | None:
    """Why nobody can begin in one language, in English; None where they can."""
    return closed_in_english(shelf.review(collection.id, territory, language), today)


def closed_in_english(review: Review, today: dt.date) -> str | None:
    """Why nobody can begin in a place that was reviewed so, in English; None where they can."""
    why = review.closure(today)
    return _in_english(why, review.until) if why is not None else None


def region_closed(shelf: Shelf, collection: Collection, region: Region, today: dt.date) -> str | None:
    """Why nobody can take part from a region, in English and with its code; None where somebody can."""
    why = shelf.closure(collection, region, today)
    if why is None:
        return None
    until = shelf.review(collection.id, region.territory, region.languages[0]).until if region.languages else None
    return f"{region.territory}: {_in_english(why, until)}"


def _in_english(why: Closure, until: dt.date | None) -> str:
    if why is Closure.LAPSED:
        return f"the sign-off lapsed on {until}"
    return str(_WHY[why].message)
