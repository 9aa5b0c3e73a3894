"""A collection's folder -> Collection, or every fault at once, each with file, line and remedy.

Nothing in `flows` but this and what it calls opens a file. Layout of a folder: `docs/collections.md`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.pofile import PoFileError, read_po
from pydantic import ValidationError

from flows.card_files import placeholder_disagreements, read_document
from flows.change_files import change_disagreements, read_changes
from flows.collection import Card, Collection, Question, Region
from flows.faults import CollectionFaults, Fault, Place, YamlFile, mistyped, read_yaml
from flows.language import has_name, known_territory
from flows.safety import COUNSEL, EXPERT, Level, level, may_be_opened_by, subjects_of, takes_two, told_by_id
from flows.target_files import read_targets
from flows.written import leading_out

__all__ = [
    "CollectionFaults",
    "Fault",
    "Reading",
    "collection_folders",
    "load_collection",
    "load_collections",
    "read_collection",
]


_BASE = "collection.yaml"


def load_collections(folder: Path) -> tuple[Collection, ...]:
    """Every collection in a folder of collections, by name. Raises CollectionFaults with all faults of all of them."""
    faults: list[Fault] = []
    collections = []
    for each in collection_folders(folder):
        try:
            collections.append(load_collection(each))
        except CollectionFaults as found:
            faults += found.faults
    if faults:
        raise CollectionFaults(faults)
    return tuple(collections)


def collection_folders(folder: Path) -> list[Path]:
    """Each collection's own folder in a folder of collections, by name. Raises CollectionFaults where it is none."""
    if (folder / _BASE).exists():
        problem, remedy = "this is a collection itself", f"Name the folder that it lies in: {folder.absolute().parent}"
        raise CollectionFaults([Fault(folder, 1, problem, remedy)])
    folders = sorted(path for path in folder.glob("[!._]*") if path.is_dir()) if folder.is_dir() else []
    if not folders:
        raise CollectionFaults([Fault(folder, 1, "no collection here", f"Put a folder with a {_BASE} into it")])
    return folders


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a collection's folder, and every fault that was met; a collection only where there is none.

    Whoever looks for more than faults (`bot.checking`) goes on with what there is: a slip in one file hides no other.
    """

    folder: Path
    collection: Collection | None
    faults: tuple[Fault, ...]
    base: YamlFile | None = None
    questions: YamlFile | None = None
    regions: tuple[tuple[YamlFile, Region], ...] = ()
    """In the languages that the collection speaks."""
    documents: Mapping[str, tuple[Card, ...]] = field(default_factory=dict)


def load_collection(folder: Path) -> Collection:
    """The collection that a folder holds. Raises CollectionFaults with every fault in it."""
    reading = read_collection(folder)
    if reading.faults or reading.collection is None:
        raise CollectionFaults(list(reading.faults))
    return reading.collection


_OUT = "Put what it leads to in its place, if it belongs to the collection"


def read_collection(folder: Path) -> Reading:
    """All that can be read of a folder, whatever is wrong with it."""
    faults = [
        Fault(path, 1, "this is a link that leads out of the folder, or nowhere", _OUT) for path in leading_out(folder)
    ]
    if faults:
        return Reading(folder, None, tuple(faults))
    base = read_yaml(folder / _BASE, faults)
    questions = read_yaml(folder / "questions.yaml", faults)
    regions = _regions(folder, questions, faults)
    if base is None:
        return Reading(folder, None, tuple(faults), None, questions, tuple(regions))
    if base.value.get("id") != folder.name:
        problem = f"the collection's id is {base.value.get('id')!r} and its folder is {folder.name!r}"
        faults.append(base.fault(("id",), problem, "Give both the same name"))
    languages = languages_named(base)
    documents = {name: read_document(folder / "consent" / name, faults) for name in languages}
    read = {name: cards for name, cards in documents.items() if cards is not None}
    faults += _disagreements(regions, languages)
    faults += _asked_nowhere(folder, regions)
    faults += _below_the_floor(regions, base.value.get("minutes"))
    regions = [(file, _as_offered(region, languages)) for file, region in regions]
    faults += _nameless_languages(regions)
    faults += placeholder_disagreements(folder / "consent", read)
    collection = _collection(base, [region for _, region in regions], read, faults)
    if collection is not None:
        collection = _with_changes(folder / "consent", collection, faults)
        collection = collection.model_copy(update={"targets": read_targets(folder / "regions", collection, faults)})
    faults.extend(_unreadable_catalogs(folder, languages))
    whole = None if faults else collection
    return Reading(folder, whole, tuple(faults), base, questions, tuple(regions), read)


def languages_named(base: YamlFile) -> list[str]:
    """Languages of collection.yaml that can have a folder; of any other, the model says that it is none."""
    return [name for name in map(str, base.items("languages")) if _FOLDER.fullmatch(name)]


_FOLDER = re.compile(r"[A-Za-z_]{2,20}")


def _collection(
    base: YamlFile, regions: Sequence[Region], documents: Mapping[str, tuple[Card, ...]], faults: list[Fault]
) -> Collection | None:
    try:
        return Collection.model_validate({**base.value, "regions": tuple(regions), "documents": dict(documents)})
    except ValidationError as error:
        faults += mistyped(error, base)
        return None


def _with_changes(folder: Path, collection: Collection, faults: list[Fault]) -> Collection:
    """The collection with what each version of its cards changed, in every language."""
    version = collection.consent.version
    changes = {name: read_changes(folder / name, version, faults) for name in collection.languages}
    faults += change_disagreements(folder, changes)
    return collection.model_copy(update={"what_changed": changes})


# --- regions ---------------------------------------------------------------------------------------------------------

_Read = tuple[YamlFile, Region]


def _regions(folder: Path, questions: YamlFile | None, faults: list[Fault]) -> list[_Read]:
    folders = _region_folders(folder)
    if not folders:
        faults.append(Fault(folder / "regions", 1, "no region", "Add regions/XX/region.yaml, XX as ISO 3166 writes it"))
    return [read for each in folders if (read := _region(each, questions, faults)) is not None]


def _region_folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("regions/[!._]*") if path.is_dir())


def _region(folder: Path, questions: YamlFile | None, faults: list[Fault]) -> _Read | None:
    file = read_yaml(folder / "region.yaml", faults)
    faults.extend(_signed_in_a_file(folder / "sign-off.yaml"))
    if file is None or questions is None:
        return None
    if not known_territory(folder.name):
        remedy = "Name the folder by its ISO 3166 code"
        problem = f"CLDR knows no territory {folder.name!r}"
        faults.append(file.fault((), problem, remedy, "regions.unknown_territory"))
    entries = enumerate(file.items("questions"))
    merged = {number: _merged(entry, number, file, questions, faults) for number, entry in entries}
    asked = {number: entry for number, entry in merged.items() if entry is not None}
    value = {**file.value, "territory": folder.name}
    if "questions" in file.value:
        value["questions"] = list(asked.values())
    try:
        region = Region.model_validate(value)
    except ValidationError as error:
        found = mistyped(error, file, partial(_written_at, file, questions, tuple(asked)))
        faults.extend(fault for fault in found if fault not in faults)  # every region that asks it meets the same
        return None
    for number, question in enumerate(region.questions):
        faults.extend(_unsafe(file, number, region.territory, question))
        faults.extend(_broken_bands(file, number, region.minimum_age, question))
    faults.extend(_nobody_to_talk_to(file, region))
    return file, region


def _merged(
    entry: Any,  # noqa: ANN401  # YAML
    number: int,
    file: YamlFile,
    questions: YamlFile,
    faults: list[Fault],
) -> dict[str, Any] | None:
    """A region's entry laid over the collection's question of the same id."""
    place = ("questions", number)
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        remedy = "Write `- id: age`, and below it what this region says otherwise"
        faults.append(file.fault(place, "a question without an id", remedy))
        return None
    known = questions.value.get(entry["id"])
    if not isinstance(known, dict):
        remedy = f"Add {entry['id']} to questions.yaml, or correct the id"
        faults.append(file.fault(place, f"questions.yaml knows no question {entry['id']!r}", remedy))
        return None
    return {**known, **entry}


def _written_at(file: YamlFile, questions: YamlFile, numbers: Sequence[int], place: Place) -> tuple[YamlFile, Place]:
    """Where a field of a region stands: what a question does not say there, it has from questions.yaml.

    `numbers`: which of the file's questions the region was made of.
    """
    if len(place) < 2 or place[0] != "questions" or not isinstance(place[1], int):
        return file, place
    number, inner = numbers[place[1]], place[2:]
    entry = file.items("questions")[number]
    said_here = inner[0] in entry if inner else set(entry) != {"id"}
    return (file, ("questions", number, *inner)) if said_here else (questions, (entry["id"], *inner))


def _unsafe(file: YamlFile, number: int, territory: str, question: Question) -> Iterator[Fault]:
    place = ("questions", number)
    told = told_by_id(question.id)
    if told is not None and question.subject is not told:
        problem = f"the question {question.id!r} is about {told.value} and says {question.subject.value}"
        yield file.fault(place, problem, f"Write `subject: {told.value}`, or give it an id that says what it is about")
    for subject in sorted(subjects_of(question)):
        found = level(territory, subject)
        signed_for = takes_two(territory) and may_be_opened_by(territory, subject, (EXPERT, COUNSEL))
        if found is not Level.OPEN and not signed_for:
            problem = f"{question.id} is about {subject.value}, which is {found.value} in {territory}"
            remedy = "Take the question out: flows/safety.py says why, and no setting overrides it"
            rule = "questions.locked" if question.own_words_option is None else "questions.locked_own_words"
            yield file.fault(place, problem, remedy, rule)


def _nobody_to_talk_to(file: YamlFile, region: Region) -> Iterator[Fault]:
    hurting = [question.id for question in region.questions if question.sensitive]
    if hurting and not region.help_lines:
        problem = f"{region.territory} asks something sensitive ({', '.join(hurting)}) and names no help line"
        yield file.fault(("help_lines",), problem, "Name somebody to talk to there", "regions.no_help_lines")


def _broken_bands(file: YamlFile, number: int, minimum_age: int, question: Question) -> Iterator[Fault]:
    """Age bands begin at the minimum age, follow each other year by year, and the last has no end."""
    bands = [(option.age_from, option.age_to) for option in question.options if option.age_from is not None]
    place = ("questions", number)
    if not bands:
        return
    if bands[0][0] != minimum_age:
        problem = f"{question.id}: the age bands begin at {bands[0][0]} and the minimum age is {minimum_age}"
        rule = "questions.under_age" if bands[0][0] < minimum_age else "questions.age_bands"
        yield file.fault(place, problem, "Begin at the minimum age", rule)
    for (_, end), (start, _) in itertools.pairwise(bands):
        if end is None or start != end + 1:
            problem = f"{question.id}: the age bands around {end} and {start} overlap or leave a gap"
            remedy = "Let each band begin one year after the one before ends"
            yield file.fault(place, problem, remedy, "questions.age_bands")
    if bands[-1][1] is not None:
        problem = f"{question.id}: nobody older than {bands[-1][1]} finds an age band"
        yield file.fault(place, problem, "Leave `age_to` out of the last band", "questions.age_bands")


# --- one with the other ----------------------------------------------------------------------------------------------


def _disagreements(regions: Sequence[_Read], languages: Sequence[str]) -> Iterator[Fault]:
    for file, region in regions:
        if not set(region.languages) & set(languages):
            remedy = f"Name one of {', '.join(languages)}, or add one to collection.yaml, with its consent cards"
            problem = f"{region.territory} speaks {', '.join(region.languages)}, the collection none of them"
            yield file.fault(("languages",), problem, remedy)
        for name in sorted(set(region.not_asked) & {question.id for question in region.questions}):
            yield file.fault(("not_asked",), f"{name} is both asked and not asked", "Take it out of one of the two")
    yield from _meanings(regions)


def _asked_nowhere(folder: Path, regions: Sequence[_Read]) -> Iterator[Fault]:
    """A region whose file says something wrong asks what it asks all the same."""
    asked = {question.id for _, region in regions for question in region.questions}
    if all(set(region.not_asked) <= asked for _, region in regions):
        return
    written = [read_yaml(each / "region.yaml", []) for each in _region_folders(folder)]
    files = [file for file in written if file is not None]
    if len(files) < len(written):
        return  # what that one asks, nobody knows
    entries = [entry for file in files for entry in file.items("questions")]
    asked |= {str(entry.get("id")) for entry in entries if isinstance(entry, dict)}
    for file, region in regions:
        for name in sorted(set(region.not_asked) - asked):
            yield file.fault(("not_asked",), f"not_asked names {name!r}, which no region asks", "Correct the id")


def _as_offered(region: Region, languages: Sequence[str]) -> Region:
    """The region with those of its languages that the collection speaks: others wait until their cards are there."""
    offered = tuple(language for language in region.languages if language in languages)
    return region.model_copy(update={"languages": offered})


def _below_the_floor(regions: Sequence[_Read], minutes: Any) -> Iterator[Fault]:  # noqa: ANN401  # YAML
    if not isinstance(minutes, int) or minutes < 1:
        return  # the model says so
    for file, region in regions:
        pay, told = region.pay, region.minutes or minutes
        an_hour = pay.amount * 60 / told
        if an_hour < pay.floor_per_hour:
            problem = f"{pay.amount} for {told} minutes is {an_hour:.2f} an hour, below {pay.floor_per_hour}"
            yield file.fault(("pay", "amount"), problem, "Pay more, or ask less", "pay.below_floor")


def _nameless_languages(regions: Sequence[_Read]) -> Iterator[Fault]:
    for file, region in regions:
        for number, question in enumerate(region.questions):
            named = [option.language for option in question.options if option.language is not None]
            for name, reader in itertools.product(named, region.languages):
                if not has_name(name, reader):
                    problem = f"{question.id}: CLDR has no name for the language {name} in {reader}"
                    yield file.fault(("questions", number), problem, "Leave `language` out; the label is translated")


def _meanings(regions: Sequence[_Read]) -> Iterator[Fault]:
    """One id, one meaning: a question keeps its subject and kind, an option its words, in every region."""
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    for file, region in regions:
        for number, question in enumerate(region.questions):
            meanings: dict[tuple[str, ...], str] = {(question.id,): f"{question.subject.value}, {question.kind}"}
            meanings |= {(question.id, option.id): option.label for option in question.options}
            for key, meaning in meanings.items():
                first, where = seen.setdefault(key, (meaning, region.territory))
                if first != meaning:
                    problem = f"{'.'.join(key)} means {meaning!r} here and {first!r} in {where}"
                    yield file.fault(("questions", number), problem, "Give one of the two an id of its own")


def _unreadable_catalogs(folder: Path, languages: Sequence[str]) -> Iterator[Fault]:
    """Catalogs that a PO editor cannot have written."""
    for language in languages:
        path = folder / "translations" / language / "LC_MESSAGES" / f"{folder.name}.po"
        if not path.exists():
            continue
        try:
            problem = _no_catalog(path.read_bytes())
        except OSError as error:
            yield Fault(
                path, 1, f"the catalog cannot be read ({error.strerror})", "Look at whose it is, and where it is"
            )
            continue
        if problem is not None:
            yield Fault(path, 1, f"not a catalog: {problem}", "Mend it with a PO editor")


@lru_cache(maxsize=64)
def _no_catalog(content: bytes) -> str | None:
    """Why this is no catalog, or None: kept, as a start reads each collection twice, and most of that is this."""
    try:
        read_po(BytesIO(content), abort_invalid=True)
    except (PoFileError, ValueError, LookupError, TypeError, AttributeError) as error:
        return str(error)
    return None


def _signed_in_a_file(path: Path) -> Iterator[Fault]:
    """A file that anybody can write opens nothing; whoever still has one must not believe that it does."""
    if path.exists():
        remedy = "Take the file away, and have the region signed off: surveybot review (docs/review.md)"
        yield Fault(path, 1, "sign-offs are kept in the database and not in files", remedy)
