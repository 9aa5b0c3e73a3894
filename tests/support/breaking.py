"""Copies of the ready collection with one thing broken, as a coordinator or a translator might break it."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import yaml
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot import shipped
from bot.checking.checked import Known
from flows.load import read_collection
from flows.sign_offs import Closure, Review
from support.opus import silence

READY = shipped.ready_collections() / "demographics"
TODAY = dt.date(2026, 12, 1)
LANGUAGES = tuple(sorted(path.name for path in (READY / "consent").iterdir() if path.name != "en"))
"""That it is translated into."""

REGIONS, SPOKEN = ("BR", "EG", "KE", "US"), ("en", "ar", "es", "de", "pt_BR", "sw")
"""Of the copies: every region and language is looked at alike, and each of them takes its time."""

Breaking = Callable[[Path], None]


def copied(folder: Path, regions: Sequence[str] = REGIONS, languages: Sequence[str] = SPOKEN) -> Path:
    """A copy of the ready collection in a folder, with some of its regions and languages."""
    copy = folder / "collections" / "demographics"
    others = [name for name in LANGUAGES if name not in languages]
    elsewhere = [path.name for path in (READY / "regions").iterdir() if path.name not in regions]
    shutil.copytree(READY, copy, ignore=shutil.ignore_patterns(*others, *elsewhere))
    _of(copy / "collection.yaml", "languages", languages)
    texts = {path: path.read_text(encoding="utf-8") for path in copy.glob("regions/*/region.yaml")}
    asked = {each["id"] for text in texts.values() for each in yaml.safe_load(text)["questions"]}
    for path in texts:
        _of(path, "not_asked", asked)
    return copy


def speaking(language: str) -> tuple[tuple[str], tuple[str, ...]]:
    """A region that offers a language, with as few beside it as may be; and every language that it takes."""
    files = sorted((READY / "regions").glob("*/region.yaml"))
    offered = {path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8"))["languages"] for path in files}
    place = min((each for each, names in offered.items() if language in names), key=lambda each: len(offered[each]))
    return (place,), tuple(dict.fromkeys(("en", *offered[place])))


def _of(path: Path, name: str, kept: Collection[str]) -> None:
    """Leave in a list of a file only what is kept."""

    def only(found: re.Match[str]) -> str:
        left = [each for each in re.findall(r"\w+", found[1]) if each in kept]
        return f"{name}: [{', '.join(left)}]"

    words = path.read_text(encoding="utf-8")
    path.write_text(re.sub(rf"(?m)^{name}: \[(.*?)\]", only, words), encoding="utf-8")


def put(file: str, old: str, new: str) -> Breaking:
    """Put other words where some stand once."""

    def breaking(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return breaking


def put_each(files: str, old: str, new: str) -> Breaking:
    """Put other words wherever some stand in the files of a pattern."""

    def breaking(folder: Path) -> None:
        for path in folder.glob(files):
            path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return breaking


def drop(file: str, pattern: str) -> Breaking:
    """Take out whatever a pattern matches."""

    def breaking(folder: Path) -> None:
        path = folder / file
        text, count = re.subn(pattern, "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert count, f"{pattern!r} is not in {file}"
        path.write_text(text, encoding="utf-8")

    return breaking


def add(file: str, words: str) -> Breaking:
    """Put words at the end of a file."""
    return lambda folder: _write(folder / file, (folder / file).read_text(encoding="utf-8") + words)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def both(*breakings: Breaking) -> Breaking:
    """One thing that takes several changes."""

    def breaking(folder: Path) -> None:
        for each in breakings:
            each(folder)

    return breaking


def gone(file: str) -> Breaking:
    """Take a file away."""
    return lambda folder: (folder / file).unlink()


def moved(old: str, new: str) -> Breaking:
    """Name a folder differently."""

    def breaking(folder: Path) -> None:
        (folder / old).rename(folder / new)

    return breaking


def voiced(folder: Path) -> None:
    """Read every card aloud."""
    for card in folder.glob("consent/*/[0-9].md"):
        card.with_suffix(".ogg").write_bytes(silence(2))


def said(language: str, message: str, translation: str | None = None, *, fuzzy: bool = False) -> Breaking:
    """Translate a message otherwise, or mark it fuzzy; its catalog is compiled as `make catalogs` does."""

    def breaking(folder: Path) -> None:
        po = folder / "translations" / language / "LC_MESSAGES" / "demographics.po"
        with po.open("rb") as file:
            catalog = read_po(file, locale=language)
        found = catalog.get(message)
        assert found is not None, message
        if translation is not None:
            found.string = translation
        if fuzzy:
            found.flags.add("fuzzy")
        with po.open("wb") as file:
            write_po(file, catalog)
        with po.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)

    return breaking


def reworded(file: str, old: str, new: str) -> Breaking:
    """Other words in the original, of which the translations are kept."""

    def breaking(folder: Path) -> None:
        put(file, old, new)(folder)
        for language in sorted(path.name for path in (folder / "translations").iterdir() if path.is_dir()):
            po = folder / "translations" / language / "LC_MESSAGES" / "demographics.po"
            text = po.read_text(encoding="utf-8")
            assert f'msgid "{old}"' in text, old
            po.write_text(text.replace(f'msgid "{old}"', f'msgid "{new}"', 1), encoding="utf-8")
            with po.open("rb") as read:
                catalog = read_po(read, locale=language)
            with po.with_suffix(".mo").open("wb") as file_:
                write_mo(file_, catalog)

    return breaking


def signed(*territories: str, until: dt.date = dt.date(2027, 6, 1), why: Closure | None = None) -> Known:
    """The ready collection's places signed off in every language; all of them where none is named."""
    collection = read_collection(READY).collection
    assert collection is not None
    return Known(
        reviews={
            (region.territory, language): Review(why, until)
            for region in collection.regions
            if not territories or region.territory in territories
            for language in region.languages
        }
    )


OURS = both(
    drop("collection.yaml", r"^example: .*\n"),
    reworded("collection.yaml", "Example Lab", "Institute of Fair Machines"),
    reworded("collection.yaml", "hello@example.org", "hello@fair-machines.int"),
    put("collection.yaml", "https://example.org/surveybot", "https://fair-machines.int/surveybot"),
    put("collection.yaml", "1 Example Street", "7 Weaver Lane"),
    put("collection.yaml", "Lead for data protection at Example Lab", "Lead for data protection"),
    put("collection.yaml", "DPIA-EXAMPLE-1", "DPIA-2026-14"),
    voiced,
)
"""The collection as somebody makes it theirs."""
