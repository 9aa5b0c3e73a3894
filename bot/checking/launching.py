"""What keeps collections from being opened to people: the errors of `surveybot check`, as faults of their files."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path

from bot.checking.check import what_keeps_closed
from bot.checking.findings import Finding
from bot.checking.rules import BY_ID
from flows.faults import CollectionFaults, Fault
from flows.load import collection_folders
from flows.zone_files import FILE as ZONES

Stamp = tuple[tuple[Path, int, int], ...]
"""Every file of a folder and the zones beside it, when it was last written (nanoseconds), and its size (bytes)."""


def refuse_unfit(collections: Path, today: dt.date, *, nobody_real: bool) -> None:
    """Raise CollectionFaults with every error of every collection in a folder.

    Where nobody real is reached, what only people can give is not missed.
    """
    found = [finding for folder in collection_folders(collections) for finding in _errors(folder, today, stamp(folder))]
    wanted = [finding for finding in found if not (nobody_real and BY_ID[finding.rule].by_people)]
    if wanted:
        raise CollectionFaults([_fault(finding) for finding in wanted])


def stamp(folder: Path) -> Stamp:
    """A folder as it stands, and what lies beside it for all of them: any change to a file of it makes another."""
    beside = [path for path in (folder.parent / ZONES,) if path.is_file()]
    files = [*beside, *sorted(path for path in folder.rglob("*") if path.is_file())]
    return tuple((path, (found := path.stat()).st_mtime_ns, found.st_size) for path in files)


@lru_cache(maxsize=32)
def _errors(folder: Path, today: dt.date, _stamp: Stamp) -> tuple[Finding, ...]:
    """Of a folder as it stands; looked at once for as long as none of its files changes."""
    return what_keeps_closed(folder, today)


def _fault(finding: Finding) -> Fault:
    remedy = f"{finding.remedy} (surveybot check --explain {finding.rule})"
    return Fault(finding.path, finding.line, finding.what, remedy, finding.rule)
