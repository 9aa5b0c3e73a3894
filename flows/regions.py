"""What a region allows today: which regions are open, and the questions that are asked there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

from flows.collection import Collection, Question, Region, Subject
from flows.safety import Level, level, may_be_asked


def questions_for(region: Region, roles: Sequence[str] = ()) -> tuple[Question, ...]:
    """The questions of a region, in order; `roles` are of those who have signed what is shown there.

    Safety is asked again here, so that no path round `load` shows a lock.
    """
    return tuple(question for question in region.questions if may_be_asked(region.territory, question, roles))


def asks_no_more(here: Region, there: Region) -> bool:
    """Whether moving lets nothing be asked of somebody that was locked or closed for them, at no lower an age."""
    levels = (Level.OPEN, Level.CLOSED, Level.LOCKED)

    def strictness(region: Region, subject: Subject) -> int:
        return levels.index(level(region.territory, subject))

    stricter = all(strictness(there, subject) >= strictness(here, subject) for subject in Subject)
    return stricter and there.minimum_age >= here.minimum_age


def is_signed_off(region: Region, today: dt.date) -> bool:
    """Whether somebody has signed off exactly this content, and their word still holds."""
    sign_off = region.sign_off
    return sign_off is not None and sign_off.content == region.content and sign_off.expires_on >= today


class Closure(StrEnum):
    """Why nobody can take part from a region."""

    SPEECHLESS = "speechless"
    UNREVIEWED = "unreviewed"
    LAPSED = "lapsed"
    CHANGED = "changed"


def closure(region: Region, today: dt.date) -> Closure | None:
    """Why a region is closed, or None where it is open."""
    if not region.languages:
        return Closure.SPEECHLESS
    if region.sign_off is None:
        return Closure.UNREVIEWED
    if region.sign_off.expires_on < today:
        return Closure.LAPSED
    return Closure.CHANGED if region.sign_off.content != region.content else None


def why_closed(region: Region, today: dt.date) -> str | None:
    """For whoever runs the bot: why nobody can take part from here, or None if they can."""
    lapsed_on = region.sign_off.expires_on if region.sign_off is not None else None
    match closure(region, today):
        case None:
            return None
        case Closure.SPEECHLESS:
            why = "none of its languages has every word"
        case Closure.UNREVIEWED:
            why = "nobody has reviewed it; sign-off.yaml is missing"
        case Closure.LAPSED:
            why = f"the sign-off lapsed on {lapsed_on}"
        case Closure.CHANGED:
            why = f"its content changed since the sign-off (now {region.content[:12]})"
    return f"{region.territory}: {why}"


def open_regions(collection: Collection, today: dt.date, *, unreviewed: bool) -> tuple[Region, ...]:
    """Regions in which people can take part today. `unreviewed` opens all: a rehearsal, never Telegram."""
    return tuple(
        region for region in collection.regions if region.languages and (unreviewed or is_signed_off(region, today))
    )


def spoken(collection: Collection) -> tuple[str, ...]:
    """Languages that the collection has consent cards in."""
    return tuple(language for language in collection.languages if language in collection.documents)


def in_every_language(collection: Collection) -> Collection:
    """The collection with each region in all languages that have texts: to look at what is not offered there."""
    regions = tuple(region.model_copy(update={"languages": spoken(collection)}) for region in collection.regions)
    return collection.model_copy(update={"regions": regions})
