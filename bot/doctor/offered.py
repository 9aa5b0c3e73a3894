"""Collections: what cannot be read, which regions are closed and why, and which sign-offs end soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.checking.launching import refuse_unfit
from bot.doctor.findings import Finding, fault, warning, well
from flows.collection import Collection
from flows.load import CollectionFaults
from flows.regions import open_regions, why_closed

_SOON = dt.timedelta(days=30)


def faults_in(error: CollectionFaults) -> Iterator[Finding]:
    """Each fault of each collection, with its place and remedy."""
    for each in error.faults:
        yield fault("collections", f"{each.file}:{each.line}: {each.problem}", each.remedy)


def unfit(folder: Path, today: dt.date, *, nobody_real: bool) -> Iterator[Finding]:
    """What `surveybot check` calls an error: with any of it the bot does not start."""
    try:
        refuse_unfit(folder, today, nobody_real=nobody_real)
    except CollectionFaults as error:
        yield from faults_in(error)


def regions(collections: Sequence[Collection], today: dt.date, *, unreviewed: bool) -> Iterator[Finding]:
    """Where people can take part, and where they cannot."""
    anywhere = False
    for collection in collections:
        opened = open_regions(collection, today, unreviewed=unreviewed)
        anywhere = anywhere or bool(opened)
        if opened:
            yield well("regions", f"{collection.id} is open in {', '.join(region.territory for region in opened)}")
        for region in collection.regions:
            why = None if unreviewed else why_closed(region, today)
            if why is not None:
                yield warning("regions", f"{collection.id} is closed in {why}", _REVIEW)
            elif region.sign_off is not None and region.sign_off.expires_on - today <= _SOON:
                until = region.sign_off.expires_on
                yield warning("regions", f"{collection.id} closes in {region.territory} after {until}", _REVIEW)
    if not anywhere:
        yield warning("regions", "nobody can take part: no region is open", _REVIEW)


_REVIEW = "have it reviewed and signed off (docs/collections.md)"
