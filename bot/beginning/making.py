"""A new collection's folder, made of the ready one: whole, or not at all."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot import shipped
from bot.beginning.places import is_read, region_text
from bot.beginning.wanted import NewRegion, Wanted, faults
from bot.catalogs import collection_domain, po_bytes, write_domain
from bot.checking.burden import takes
from bot.checking.check import checked_of
from bot.texts import ORIGINAL
from flows.faults import parsed
from flows.language import language_name
from flows.load import read_collection
from flows.written import text_of

READY = "demographics"


class CannotBegin(Exception):
    """The folder cannot be made; the text says everything that is not right."""


def ready_languages() -> tuple[str, ...]:
    """Languages that the ready collection's cards are in."""
    return tuple(_ready()["languages"])


def ready_regions() -> tuple[str, ...]:
    """Territories whose region ships."""
    return tuple(sorted(path.parent.name for path in _folder().glob("regions/*/region.yaml")))


def languages_of(territories: Iterable[str]) -> tuple[str, ...]:
    """Languages of the ready collection's that are read in some places, in its own order; where none is, the original.

    In a place that ships they are its region's; elsewhere CLDR's.
    """
    spoken = {language for territory in territories for language in _languages_in(territory)}
    return tuple(language for language in ready_languages() if language in (spoken or {ORIGINAL}))


def _languages_in(territory: str) -> list[str]:
    if territory in ready_regions():
        found: list[str] = _region(territory)["languages"]
        return found
    return [language for language in ready_languages() if is_read(territory, language)]


def make(wanted: Wanted, into: Path, today: dt.date) -> Path:
    """The new collection's folder. `today` is when CLDR was read. Raises CannotBegin, and then nothing is there."""
    wrong = list(faults(wanted, ready_languages()))
    unread = [
        territory
        for territory in wanted.regions
        if territory in ready_regions() and not set(languages_of([territory])) & set(wanted.languages)
    ]
    wrong += [f"--language: {each} speaks {', '.join(languages_of([each]))}, and none is chosen" for each in unread]
    wrong += [f"--region: {each} does not ship; say --pay, --floor and --floor-source for it" for each in (
        set(wanted.regions) - set(ready_regions())
    )]  # fmt: skip
    target = into / wanted.id
    if target.exists():
        wrong.append(f"{target} is there already; take another id, or move it away")
    if wrong:
        raise CannotBegin("\n".join(wrong))
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=".new-") as place:
        folder = Path(place) / wanted.id
        _fill(folder, wanted, today)
        _tell_minutes(folder, wanted.new_regions, today)
        folder.rename(target)
    return target


def _fill(folder: Path, wanted: Wanted, today: dt.date) -> None:
    folder.mkdir()
    (folder / "collection.yaml").write_text(_collection_text(wanted), encoding="utf-8")
    shutil.copyfile(_folder() / "questions.yaml", folder / "questions.yaml")
    for language in wanted.languages:
        shutil.copytree(_folder() / "consent" / language, folder / "consent" / language)
        card = folder / "consent" / language / "1.md"
        card.write_text(_without_purposes(card.read_text(encoding="utf-8"), wanted.without), encoding="utf-8")
    asked = _asked(wanted)
    for territory in wanted.regions:
        text = _region_file(territory).read_text(encoding="utf-8")
        _write_region(folder, territory, _of_ours(text, wanted.languages, asked))
    for region in wanted.new_regions:
        _write_region(folder, region.territory, region_text(region, wanted.languages, today))
    _translate(folder, wanted)


def _tell_minutes(folder: Path, regions: Iterable[NewRegion], today: dt.date) -> None:
    """Have the files of places that do not ship say how long it is estimated to take there."""
    if not regions:
        return
    collection = (reading := read_collection(folder)).collection
    estimated = takes(checked_of(reading, today)) if collection is not None else {}
    for each in regions:
        found = estimated.get(each.territory)
        if found is not None and collection is not None and found.minutes != collection.minutes:
            path = folder / "regions" / each.territory / "region.yaml"
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("\npay:\n", f"\nminutes: {found.minutes}\npay:\n", 1), encoding="utf-8")


def _write_region(folder: Path, territory: str, text: str) -> None:
    path = folder / "regions" / territory / "region.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


# --- the files -------------------------------------------------------------------------------------------------------


def _folder() -> Path:
    return shipped.ready_collections() / READY


def _region_file(territory: str) -> Path:
    return _folder() / "regions" / territory / "region.yaml"


def _ready() -> dict[str, list[str]]:
    found: dict[str, list[str]] = parsed(text_of(_folder() / "collection.yaml"))[1]
    return found


def _region(territory: str) -> dict[str, Any]:
    found: dict[str, Any] = parsed(text_of(_region_file(territory)))[1]
    return found


def _collection_text(wanted: Wanted) -> str:
    text = (_folder() / "collection.yaml").read_text(encoding="utf-8")
    text = re.sub(r'^# "To be replaced".*\n', "", text, flags=re.MULTILINE)
    text = re.sub(r"^example: .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r" # to be replaced.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\bP24M\b", wanted.kept, text)
    for purpose in sorted(wanted.without):
        text = re.sub(rf"^  - id: {purpose}\n(    .*\n)+", "", text, flags=re.MULTILINE)
    own = {
        "id": wanted.id,
        "languages": f"[{', '.join(wanted.languages)}]",
        "  name": _quoted(wanted.organisation),
        "  page": wanted.page,
        "  contact": _quoted(wanted.contact),
        "  address": _quoted(wanted.address),
        "  role": _quoted(wanted.role),
        "  impact_assessment": _quoted(wanted.assessment),
        "    name": _quoted(f"{wanted.organisation}: our own team"),
        "  place": wanted.stored_in,
    }
    own |= {name: _quoted(words[ORIGINAL]) for name, words in _own_words(wanted).items()}
    for name, value in own.items():
        line = f"{name}: {value}".replace("\\", r"\\")  # nothing of it is a reference to a group
        text = re.sub(rf"^{name}: .*$", line, text, count=1, flags=re.MULTILINE)
    return text


def _quoted(words: str) -> str:
    """Words as YAML takes them whatever stands in them."""
    return json.dumps(words, ensure_ascii=False)


def _own_words(wanted: Wanted) -> dict[str, Mapping[str, str]]:
    said = {"title": wanted.title, "what_for": wanted.what_for}
    return {name: words for name, words in said.items() if ORIGINAL in words}


_LINES = ("improvement", "balance", "link", "invites")
"""Of which purpose each line of the list behind *More* of the first card is, in every language."""


def _without_purposes(card: str, without: frozenset[str]) -> str:
    lines = iter(_LINES)
    kept = [line for line in card.splitlines(keepends=True) if not line.startswith("- ") or next(lines) not in without]
    return "".join(kept)


def _asked(wanted: Wanted) -> frozenset[str]:
    """Questions that some region of the new collection asks."""
    regions = map(_region, wanted.regions)
    return frozenset({"age", *(question["id"] for region in regions for question in region["questions"])})


def _of_ours(text: str, languages: tuple[str, ...], asked: frozenset[str]) -> str:
    """A region's file that names the chosen languages, and of what is not asked only what is asked elsewhere."""

    def only(names: re.Match[str], chosen: Iterable[str]) -> str:
        kept = [name for name in re.findall(r"\w+", names[2]) if name in chosen]
        return f"{names[1]}: [{', '.join(kept)}]"

    text = re.sub(r"^(languages): \[(.*?)\]", lambda found: only(found, languages), text, flags=re.MULTILINE)
    for other in set(ready_languages()) - set(languages):  # a note on why it is offered stands below
        text = re.sub(rf"^# \[M\] {re.escape(language_name(other, ORIGINAL))}: .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^(not_asked): \[(.*?)\]", lambda found: only(found, asked), text, flags=re.MULTILINE)
    return text.replace("not_asked: []\n", "")


# --- its words -------------------------------------------------------------------------------------------------------


def _translate(folder: Path, wanted: Wanted) -> None:
    """The ready catalogs with the new names and words in them, and nothing of regions that are not there."""
    for language in wanted.languages:
        if language == ORIGINAL:
            continue
        po = _folder() / "translations" / language / "LC_MESSAGES" / f"{READY}.po"
        with po.open("rb") as file:
            catalog = read_po(file, locale=language)
        _say_anew(catalog, language, wanted)
        path = folder / "translations" / language / "LC_MESSAGES" / f"{wanted.id}.po"
        path.parent.mkdir(parents=True)
        path.write_bytes(po_bytes(catalog))
    write_domain(collection_domain(folder))


def _say_anew(catalog: Catalog, language: str, wanted: Wanted) -> None:
    catalog.add(wanted.organisation, wanted.organisation)
    catalog.add(wanted.contact, wanted.contact)
    for words in _own_words(wanted).values():
        if language in words:
            catalog.add(words[ORIGINAL], words[language])
