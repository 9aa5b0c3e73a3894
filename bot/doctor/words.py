"""Words: languages that are not offered because words are missing, and catalogs that say something old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bot import shipped
from bot.catalogs import bot_domain, collection_domain, problems_of
from bot.doctor.findings import Finding, warning, well
from bot.spoken import Missing
from flows.collection import Collection

_REMEDY = "mend the words (see all: python -m bot.catalogs --check), then run: make catalogs"
_LONGEST = 100


def catalogs(folder: Path, collections: Sequence[Collection], missing: Mapping[str, Missing]) -> Iterator[Finding]:
    """Every language that a collection speaks has every word, and catalogs say what code and collection say today."""
    for name, languages in missing.items():
        for language, words in languages.items():
            says = f"{name} is not offered in {language}: {len(words)} words are missing, first: {_short(words[0])}"
            yield warning("languages", says, _REMEDY)
    spoken = tuple(dict.fromkeys(language for c in collections for language in c.languages))
    problems = [*of_the_bot(spoken)]
    for collection in collections:
        problems += problems_of_collection(folder / collection.id)
    by_file: dict[str, list[str]] = {}
    for problem in problems:
        file, _, what = problem.partition(": ")
        by_file.setdefault(file, []).append(what)
    for file, found in by_file.items():
        yield warning("catalogs", f"{file}: {len(found)} to mend, first: {_short(found[0])}", _REMEDY)
    if not problems and not any(missing.values()):
        yield well("languages", f"every word is there in {', '.join(spoken)}")


def of_the_bot(languages: Sequence[str]) -> list[str]:
    """What the bot's own catalogs lack in the languages that are spoken here."""
    domain = bot_domain(shipped.translations().parent)
    return problems_of(replace(domain, languages=tuple(each for each in domain.languages if each in languages)))


def problems_of_collection(folder: Path) -> list[str]:
    """What a collection's catalogs lack."""
    return problems_of(collection_domain(folder))


def _short(what: str) -> str:
    """Messages can be paragraphs."""
    return what if len(what) <= _LONGEST else what[: _LONGEST // 2] + " … " + what[-_LONGEST // 2 :]
