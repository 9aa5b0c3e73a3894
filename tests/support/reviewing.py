"""Reviewers in tests: they sign by the same door as the command line."""

from __future__ import annotations

import datetime as dt

from bot.clock import utc_now
from bot.opening import open_stores
from bot.reading import read_collections, read_texts
from bot.review.office import Asked, places_of, say
from bot.settings import Settings
from flows.sign_offs import Capacity, SignOff, Verdict


async def said(  # what a reviewer says
    settings: Settings,
    territory: str | None = None,
    language: str | None = None,
    *,
    verdict: Verdict = Verdict.SIGNED,
    until: dt.date | None = None,
    at: dt.datetime | None = None,
    words: str = "",
    by: str = "Rita",
    collection: str = "demographics",
    capacity: Capacity = Capacity.REVIEWER,
) -> list[SignOff]:
    """A word on every language of a region, or on one; the stores are made where there are none."""
    collections = tuple(each.model_copy(update={"example": False}) for each in read_collections(settings))
    async with open_stores(settings, collections, utc_now):
        pass
    now = at or utc_now()
    until = (until or now.date() + dt.timedelta(days=90)) if verdict is Verdict.SIGNED else None
    asked = Asked(
        places_of(collections, collection, territory, language), verdict, capacity, "Reviewer", by, until, words=words,
    )  # fmt: skip
    alone = settings.model_copy(update={"one_person_team": True})
    return await say(alone, collections, read_texts(settings, collections), asked, now)
