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

_REMEDY = "run surveybot catalogs, which says what is to be translated; do that, and run it once more"
_OF_THE_BOT = "in a checkout: run make catalogs, translate, and run it once more; of an installed copy, upgrade it"
_LONGEST = 100


def catalogs(folder: Path, collections: Sequence[Collection], missing: Mapping[str, Missing]) -> Iterator[Finding]:
    """Every language that a collection speaks has every word, and catalogs say what code and collection say today."""
    for name, languages in missing.items():
        for language, words in languages.items():
            says = f"{name} is not offered in {language}: {len(words)} words are missing, first: {_short(words[0])}"
            yield warning("languages", says, _REMEDY)
    spoken = tuple(dict.fromkeys(language for c in collections for language in c.languages))
    problems = {_OF_THE_BOT: of_the_bot(spoken), _REMEDY: []}
    for collection in collections:
        problems[_REMEDY] += problems_of_collection(folder / collection.id)
    for remedy, those in problems.items():
        for file, found in _by_file(those).items():
            yield warning("catalogs", f"{file}: {len(found)} to mend, first: {_short(found[0])}", remedy)
    if not any(problems.values()) and not any(missing.values()):
        yield well("languages", f"every word is there in {', '.join(spoken)}")


def _by_file(problems: Sequence[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        file, _, what = problem.partition(": ")
        found.setdefault(file, []).append(what)
    return found


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
