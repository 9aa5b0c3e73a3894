"""`surveybot catalogs`: the words of collections, brought into their catalogs and compiled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.catalogs import Domain


def catalogs(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A folder of collections, or a collection; by default SURVEYBOT_COLLECTIONS."),
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; end with 1 where there is something to do.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring what a collection says into the catalogs of its languages, compile them, and say what to translate."""
    from bot.catalogs import problems_of

    found = [_domain(each) for each in _folders(folder)]
    if not check:
        for domain in found:
            _write(domain)
    problems = {domain.name: problems_of(domain) for domain in found}
    if as_json:
        console.say_json({"to_do": problems})
    else:
        for domain in found:
            _say(domain, problems[domain.name], written=not check)
    if check and any(problems.values()):
        raise typer.Exit(1)


def _folders(named: Path | None) -> list[Path]:
    from flows.load import CollectionFaults, collection_folders

    if named is not None and (named / "collection.yaml").exists():
        return [named]
    try:
        return collection_folders(named if named is not None else console.settings_without_token().collections)
    except CollectionFaults as faults:
        raise console.refuse(faults) from None


def _domain(folder: Path) -> Domain:
    """A collection's catalogs, where each of its files can be read. What else is wrong with it, check says."""
    from yaml import YAMLError

    from bot.catalogs import collection_domain
    from flows.load import CollectionFaults, read_collection

    reading = read_collection(folder)
    unreadable = CollectionFaults(list(reading.faults))
    if reading.base is None or reading.questions is None:
        raise console.refuse(unreadable)
    try:
        return collection_domain(folder.absolute())
    except (YAMLError, ValueError):
        raise console.refuse(unreadable) from None


def _write(domain: Domain) -> None:
    from babel import UnknownLocaleError

    from bot.catalogs import write_domain

    try:
        write_domain(domain)
    except (UnknownLocaleError, ValueError) as error:
        raise console.refuse(f"{domain.folder.parent}: {error}; write languages as CLDR does: sw, pt_BR") from None
    except OSError as error:
        raise console.refuse(f"{error.filename or domain.folder}: {error.strerror}; nothing else was written") from None


def _say(domain: Domain, problems: list[str], *, written: bool) -> None:
    done = "looked at" if not written else "written"
    console.say(f"{domain.name}: {', '.join(domain.languages) or 'no language but English'}: {done}")
    for each in problems:
        console.say(f"  {each}")
    if problems:
        console.say("  Translate what is empty or fuzzy in these .po files, and then: surveybot catalogs")
