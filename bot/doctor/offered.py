"""Collections: what cannot be read, which regions are closed and why, and which sign-offs end soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from bot.checking.launching import refuse_unfit
from bot.doctor.findings import Finding, fault, warning, well
from bot.settings import Settings
from bot.zones import my_zone
from flows.collection import Collection
from flows.load import CollectionFaults
from flows.shelf import Shelf
from flows.why_closed import language_closed, region_closed

_SOON = dt.timedelta(days=30)


def faults_in(error: CollectionFaults) -> Iterator[Finding]:
    """Each fault of each collection, with its place and remedy."""
    for each in error.faults:
        yield fault("collections", f"{each.file}:{each.line}: {each.problem}", each.remedy)


def zones(settings: Settings) -> Iterator[Finding]:
    """Which zone this is. A fault ends the start."""
    try:
        zone, _ = my_zone(settings)
    except CollectionFaults as error:
        for each in error.faults:
            yield fault("zones", f"{each.file}:{each.line}: {each.problem}", each.remedy)
        return
    if zone is not None:
        yield well("zones", f"this installation is {settings.zone}: {', '.join(zone.regions)}")


def unfit(folder: Path, today: dt.date, *, nobody_real: bool) -> Iterator[Finding]:
    """What `surveybot check` calls an error: with any of it the bot does not start."""
    try:
        refuse_unfit(folder, today, nobody_real=nobody_real)
    except CollectionFaults as error:
        yield from faults_in(error)


def regions(shelf: Shelf, today: dt.date, *, unreviewed: bool) -> Iterator[Finding]:
    """Where people can take part, and where they cannot."""
    anywhere = False
    for collection in shelf.collections.values():
        opened = shelf.beginning(collection, today)
        for territory, bot in shelf.in_other_zones(collection).items():
            yield well("zones", f"{collection.id}: {territory} is served by @{bot}, and people there are sent to it")
        anywhere = anywhere or bool(opened)
        if opened:
            yield well("regions", f"{collection.id} is open in {', '.join(region.territory for region in opened)}")
        if not unreviewed:
            yield from _reviewed(shelf, collection, today)
    if not anywhere:
        yield warning("regions", "nobody can take part: no region is open", _REVIEW)


def _reviewed(shelf: Shelf, collection: Collection, today: dt.date) -> Iterator[Finding]:
    """What is closed, and what closes soon, by region; and by language where only some are."""
    others = shelf.in_other_zones(collection)
    for region in (each for each in collection.regions if each.territory not in others):
        why = region_closed(shelf, collection, region, today)
        if why is not None:
            yield warning("regions", f"{collection.id} is closed in {why}", _REVIEW)
            continue
        for language in region.languages:
            place = f"{region.territory}/{language}"
            closed = language_closed(shelf, collection, region.territory, language, today)
            until = shelf.review(collection.id, region.territory, language).until
            if closed is not None:
                yield warning("regions", f"{collection.id} is closed in {place}: {closed}", _REVIEW)
            elif until is not None and until - today <= _SOON:
                yield warning("regions", f"{collection.id} closes in {place} after {until}", _REVIEW)


_REVIEW = "have it reviewed and signed off (docs/review.md)"
