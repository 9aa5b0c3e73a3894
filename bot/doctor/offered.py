"""Collections: what cannot be read, which regions are closed and why, and which sign-offs end soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from bot.doctor.findings import Finding, fault, warning, well
from flows.collection import Collection
from flows.load import CollectionFaults
from flows.shelf import Shelf
from flows.why_closed import language_closed, region_closed

_SOON = dt.timedelta(days=30)


def faults_in(error: CollectionFaults) -> Iterator[Finding]:
    """Each fault of each collection, with its place and remedy."""
    for each in error.faults:
        yield fault("collections", f"{each.file}:{each.line}: {each.problem}", each.remedy)


def regions(shelf: Shelf, today: dt.date, *, unreviewed: bool) -> Iterator[Finding]:
    """Where people can take part, and where they cannot."""
    anywhere = False
    for collection in shelf.collections.values():
        opened = shelf.beginning(collection, today)
        anywhere = anywhere or bool(opened)
        if opened:
            yield well("regions", f"{collection.id} is open in {', '.join(region.territory for region in opened)}")
        if not unreviewed:
            yield from _reviewed(shelf, collection, today)
    if not anywhere:
        yield warning("regions", "nobody can take part: no region is open", _REVIEW)


def _reviewed(shelf: Shelf, collection: Collection, today: dt.date) -> Iterator[Finding]:
    """What is closed, and what closes soon, by region; and by language where only some are."""
    for region in collection.regions:
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
