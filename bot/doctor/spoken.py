"""Words: catalogs that are missing, incomplete, or not compiled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bot import shipped
from bot.catalogs import bot_domain, collection_domain, problems_of
from bot.doctor.findings import Finding, fault, warning, well
from bot.texts import load_catalogs, missing_catalogs
from flows.collection import Collection

_LONGEST = 100


def catalogs(folder: Path, collections: Sequence[Collection]) -> Iterator[Finding]:
    """Every language that a collection speaks has its catalogs, and they say what the code and the collection say."""
    languages = tuple(dict.fromkeys(language for c in collections for language in c.languages))
    folders = {each.id: folder / each.id for each in collections}
    missing = missing_catalogs(load_catalogs(shipped.translations(), folders, languages))
    for each in missing:
        yield fault("catalogs", f"the words of {each} are missing or not compiled: the bot does not start", _REMEDY)
    problems = of_the_bot(languages)
    for path in folders.values():
        problems += problems_of(collection_domain(path))
    by_file: dict[str, list[str]] = {}
    for problem in problems:
        file, _, what = problem.partition(": ")
        by_file.setdefault(file, []).append(what)
    for file, found in by_file.items():
        yield warning("catalogs", f"{file}: {len(found)} to mend, first: {_short(found[0])}", _REMEDY)
    if not missing and not problems:
        yield well("catalogs", f"every word is there in {len(languages)} languages")


def of_the_bot(languages: Sequence[str]) -> list[str]:
    """What the bot's own catalogs lack in the languages that are spoken here."""
    domain = bot_domain(shipped.translations().parent)
    return problems_of(replace(domain, languages=tuple(each for each in domain.languages if each in languages)))


_REMEDY = "mend the words (see all: python -m bot.catalogs --check), then run: make catalogs"


def _short(what: str) -> str:
    """Messages can be paragraphs."""
    return what if len(what) <= _LONGEST else what[: _LONGEST // 2] + " … " + what[-_LONGEST // 2 :]
