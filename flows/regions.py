"""What a region allows today: which regions are open, and the questions that are asked there."""

from __future__ import annotations

import datetime as dt

from flows.collection import Collection, Question, Region
from flows.safety import may_be_asked


def questions_for(region: Region) -> tuple[Question, ...]:
    """The questions of a region, in order. Safety is asked again here, so that no path round `load` shows a lock."""
    return tuple(question for question in region.questions if may_be_asked(region.territory, question))


def is_signed_off(region: Region, today: dt.date) -> bool:
    """Whether somebody has signed off exactly this content, and their word still holds."""
    sign_off = region.sign_off
    return sign_off is not None and sign_off.content == region.content and sign_off.expires_on >= today


def why_closed(region: Region, today: dt.date) -> str | None:
    """For whoever runs the bot: why nobody can take part from here, or None if they can."""
    if not region.languages:
        return f"{region.territory}: none of its languages has every word"
    if region.sign_off is None:
        return f"{region.territory}: nobody has reviewed it; sign-off.yaml is missing"
    if region.sign_off.expires_on < today:
        return f"{region.territory}: the sign-off lapsed on {region.sign_off.expires_on}"
    if region.sign_off.content != region.content:
        return f"{region.territory}: its content changed since the sign-off (now {region.content[:12]})"
    return None


def open_regions(collection: Collection, today: dt.date, *, unreviewed: bool) -> tuple[Region, ...]:
    """Regions in which people can take part today. `unreviewed` opens all: a rehearsal, never Telegram."""
    return tuple(
        region for region in collection.regions if region.languages and (unreviewed or is_signed_off(region, today))
    )
