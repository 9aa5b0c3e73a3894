"""Reads what several installations wrote of one collection, and refuses with every fault what does not belong together.

Nothing is opened but those files and the collection's folder: no database, no key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flows.collection import Collection
from flows.joining import FORMAT, Counts, strangers

MOST_BYTES = 16 * 1024 * 1024
"""A file of more is none of ours: a region takes some thousand bytes."""


class NotMerged(Exception):
    """Files that cannot be joined; the text has a line for each fault, with file and place."""


@dataclass(frozen=True, slots=True)
class _Read:
    file: Path
    counts: Counts


def read_counts(files: Sequence[Path], collections: Sequence[Collection]) -> tuple[Collection, list[Counts]]:
    """The collection that the files are about, and what they say of it. Raises NotMerged with every fault."""
    faults: list[str] = []
    read = [_Read(file, counts) for file in files if (counts := _counts(file, faults)) is not None]
    collection = _collection(read, collections, faults)
    if collection is not None:
        faults += _disagreements(read, collection)
    faults += _doubled(read)
    if faults or collection is None:
        raise NotMerged("\n".join(faults))
    return collection, [each.counts for each in read]


def _counts(file: Path, faults: list[str]) -> Counts | None:
    content = _content(file, faults)
    if content is None:
        return None
    inner = content.get("counts")
    if not isinstance(inner, dict):
        faults.append(f"{file}: there are no counts in it; write it with: surveybot progress COLLECTION --json > FILE")
        return None
    if inner.get("format") != FORMAT:
        faults.append(
            f"{file}: counts.format: it is {inner.get('format')!r}, and this surveybot reads {FORMAT}; write it with "
            "the same version of surveybot as here"
        )
        return None
    try:
        return Counts.model_validate_json(json.dumps(inner))
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        faults += [f"{file}: {_place(detail['loc'])}: {_reason(detail['msg'])}" for detail in details]
        return None


def _content(file: Path, faults: list[str]) -> dict[str, Any] | None:
    """A file's names and values; nothing of it where it has others."""
    try:
        if file.stat().st_size > MOST_BYTES:
            faults.append(f"{file}: it is too large to be one of ours")
            return None
        value = json.loads(file.read_bytes())
    except OSError as error:
        faults.append(f"{file}: {error.strerror or type(error).__name__}")
    except json.JSONDecodeError as error:
        faults.append(f"{file}: line {error.lineno}, column {error.colno}: this is no whole JSON; write it anew")
    except (UnicodeDecodeError, RecursionError, ValueError):
        faults.append(f"{file}: this is no JSON; write it with: surveybot progress COLLECTION --json > FILE")
    else:
        return value if isinstance(value, dict) else {}
    return None


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(["counts", *(str(part) for part in loc)])


def _reason(message: str) -> str:
    return f"{message.removeprefix('Value error, ')}; write the file anew"


def _collection(read: Sequence[_Read], collections: Sequence[Collection], faults: list[str]) -> Collection | None:
    if not read:
        return None
    first = read[0]
    found = next((each for each in collections if each.id == first.counts.collection), None)
    if found is None:
        known, about = ", ".join(each.id for each in collections), first.counts.collection
        faults.append(f"{first.file}: counts.collection: there is no collection {about!r} here; there is: {known}")
    return found


def _disagreements(read: Sequence[_Read], collection: Collection) -> Iterator[str]:
    for each in read:
        if each.counts.collection != collection.id:
            yield (
                f"{each.file}: counts.collection: it is about {each.counts.collection}, and {read[0].file} about "
                f"{collection.id}; join files of one collection"
            )
        elif each.counts.version != collection.version:
            yield (
                f"{each.file}: counts.version: it is version {each.counts.version} of {collection.id}, and here it is "
                f"{collection.version}; join what is of one version, with that version's folder"
            )
        else:
            yield from (f"{each.file}: {place}: {reason}" for place, reason in strangers(each.counts, collection))


def _doubled(read: Sequence[_Read]) -> Iterator[str]:
    """One installation's regions may lie in several files, but none in two of them."""
    seen: dict[tuple[str, str, str], Path] = {}
    for each in read:
        of_it = [(each.counts.installation, each.counts.collection, region.region) for region in each.counts.regions]
        both = [region for region in of_it if region in seen]
        if both:
            names = ", ".join(territory for _, _, territory in both)
            yield (
                f"{each.file}: counts.installation: it is of the same installation as {seen[both[0]]}, and both have "
                f"{names}; take the newer one alone"
            )
        seen.update(dict.fromkeys(of_it, each.file))
