"""`surveybot new`: begin a collection by answering questions, or unasked with options."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.asking import Asking, beware, explain, heading, well

if TYPE_CHECKING:
    from bot.beginning.wanted import NewRegion, Wanted

_Several = list[str] | None


@dataclass(frozen=True, slots=True)
class _Given:
    """What was said beforehand, as it was typed."""

    said: Mapping[str, str]
    title: Mapping[str, str]
    what_for: Mapping[str, str]
    regions: tuple[str, ...]
    languages: tuple[str, ...]
    without: frozenset[str]
    pay: Mapping[str, str]
    floor: Mapping[str, str]
    floor_source: Mapping[str, str]


def new(
    name: Annotated[str, typer.Argument(help="Its id, which is its folder's name: a-z, 0-9 and _.")],
    *,
    into: Annotated[Path | None, typer.Option(help="The folder of collections that it is put into.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: take the options.")] = False,
    title: Annotated[_Several, typer.Option(help="Its name; in other languages, such as ar=..., say it again.")] = None,
    what_for: Annotated[_Several, typer.Option(help="One line on what it is for; likewise.")] = None,
    organisation: Annotated[str, typer.Option(help="Who asks.")] = "",
    page: Annotated[str, typer.Option(help="Their own page that names this bot.")] = "",
    contact: Annotated[str, typer.Option(help="An address or a number that a person answers.")] = "",
    address: Annotated[str, typer.Option(help="Where they can be written to.")] = "",
    role: Annotated[str, typer.Option(help="The role that answers for the collection.")] = "",
    assessment: Annotated[str, typer.Option(help="Where the impact assessment is filed.")] = "",
    region: Annotated[
        _Several, typer.Option(help="A place, by name or as ISO 3166 writes it; say it for each.")
    ] = None,
    language: Annotated[_Several, typer.Option(help="A language; by default what is read in those places.")] = None,
    without: Annotated[_Several, typer.Option(help="A purpose to leave out: balance, link or invites.")] = None,
    kept: Annotated[str, typer.Option(help="How long answers are kept, such as P24M.")] = "",
    stored_in: Annotated[str, typer.Option(help="The place where they are stored, such as DE.")] = "",
    pay: Annotated[_Several, typer.Option(help="Of a place that does not ship: what is paid, such as FR=2.50.")] = None,
    floor: Annotated[_Several, typer.Option(help="Likewise what an hour must be worth, such as FR=18.")] = None,
    floor_source: Annotated[_Several, typer.Option(help="Likewise where that figure comes from.")] = None,
) -> None:
    """Begin a collection from the one that ships. What it makes passes check but for what only people can give."""
    from bot.beginning.making import CannotBegin, make

    asking = Asking(not yes)
    if asking.somebody and not somebody_is_there():
        raise typer.BadParameter("there is nobody to ask here; run it in a terminal, or say --yes")
    said = {
        "organisation": organisation, "page": page, "contact": contact, "address": address, "role": role,
        "assessment": assessment, "kept": kept, "stored_in": stored_in,
    }  # fmt: skip
    given = _Given(
        said, _by_language(title), _by_language(what_for), tuple(region or ()), tuple(language or ()),
        frozenset(without or ()), _pairs(pay), _pairs(floor), _pairs(floor_source),
    )  # fmt: skip
    today = dt.datetime.now(dt.UTC).date()
    target = into or _by_default()
    try:
        wanted = _wanted(asking, name, given)
        folder = make(wanted, target, today)
    except CannotBegin as fault:
        raise console.refuse(fault) from None
    except (typer.Abort, KeyboardInterrupt):
        raise console.refuse("\nStopped. Nothing was made.") from None
    well(f"{folder} is there: {len(wanted.regions) + len(wanted.new_regions)} regions, {', '.join(wanted.languages)}")
    _say_what_is_left(folder, today)


def somebody_is_there() -> bool:
    """Whether there is a terminal to ask at."""
    return sys.stdin.isatty()


def _by_default() -> Path:
    """Where collections are read from; never into the program's own files."""
    from bot import shipped

    found = console.settings_without_token().collections
    return Path("collections") if found == shipped.ready_collections() else found


def _say_what_is_left(folder: Path, today: dt.date) -> None:
    from bot.checking.check import check_collection

    findings = check_collection(folder, today)
    if findings:
        heading("What is left, which only people can give")
        for each in findings:
            beware(str(each))
            explain([each.remedy])
    heading("Next")
    explain([f"surveybot check {folder}   says all this again, and more once you have changed something"])


# --- what is asked ---------------------------------------------------------------------------------------------------

_QUESTIONS = {
    "organisation": "Who asks (the organisation's name)",
    "page": "Their own page that names this bot (https://...)",
    "contact": "An address or a number that a person answers",
    "address": "Where they can be written to by post",
    "role": "The role that answers for the collection",
    "assessment": "Where the impact assessment is filed (its number)",
}


def _wanted(asking: Asking, name: str, given: _Given) -> Wanted:
    from bot.beginning import making, naming, wanted

    rules: Mapping[str, Callable[[str], str | None]] = {"page": wanted.wrong_page}
    lacking = [f"--{each}" for each in _QUESTIONS if not given.said[each]] if not asking.somebody else []
    lacking += ["--region"] if not asking.somebody and not given.regions else []
    if lacking:
        raise typer.BadParameter(f"with --yes, say {', '.join(lacking)} too: only people can know them")
    if asking.somebody:
        explain(["The questions, cards and categories of the collection that ships are taken over; change them after."])
        heading("Who asks")
    said = {
        each: given.said[each] or _asked(asking, question, rules.get(each, wanted.wrong_words))
        for each, question in _QUESTIONS.items()
    }
    regions, new_regions = _places(asking, given)
    spoken = making.languages_of([*regions, *(each.territory for each in new_regions)])
    languages = given.languages or _languages(asking, spoken)
    title, what_for = _words(asking, given, languages)
    kept = given.said["kept"] or _asked(
        asking, "How long answers are kept (P24M: 24 months)", wanted.wrong_period, "P24M"
    )
    stored_in = given.said["stored_in"] or _asked(
        asking, "Territory where answers are stored", _wrong_place, (*regions, "DE")[0]
    )
    without = given.without or frozenset(
        purpose for purpose, question in _PURPOSES.items() if not asking.yes(question, default=True)
    )
    return wanted.Wanted(
        id=name, title=title, what_for=what_for, regions=regions, new_regions=new_regions, languages=languages,
        kept=kept, stored_in=naming.territory_of(stored_in), without=without,
        organisation=said["organisation"], page=said["page"],
        contact=said["contact"], address=said["address"], role=said["role"], assessment=said["assessment"],
    )  # fmt: skip


_PURPOSES = {
    "balance": "Ask whether people may be counted, so that you see which groups are missing?",
    "link": "Ask whether answers may be joined to another contribution, where a link carries its code?",
    "invites": "Ask whether you may write about later collections?",
}


def _asked(asking: Asking, question: str, wrong: Callable[[str], str | None], default: str = "") -> str:
    """An answer that can be taken; somebody is asked again until it is."""
    answer = asking.text(question, default)
    while asking.somebody and (why := wrong(answer)) is not None:
        beware(why)
        answer = asking.text(question, default)
    return answer


def _places(asking: Asking, given: _Given) -> tuple[tuple[str, ...], tuple[NewRegion, ...]]:
    from bot.beginning.making import ready_regions
    from bot.beginning.naming import territory_of, wrong_territory

    chosen = tuple(map(territory_of, given.regions))
    if not chosen:
        heading("Where")
        explain([f"These ship, each to be reviewed by somebody there: {', '.join(ready_regions())}.", *_ELSEWHERE])

        def wrong(words: str) -> str | None:
            found = _listed(words)
            return next(filter(None, map(wrong_territory, found)), None) if found else "name one place at least"

        chosen = _listed(_asked(asking, "Regions, with commas between them (such as Kenya, US)", wrong))
    known = tuple(dict.fromkeys(each for each in chosen if each in ready_regions()))
    others = dict.fromkeys(each for each in chosen if each not in ready_regions())
    return known, tuple(_new_region(asking, each, given) for each in others)


_ELSEWHERE = ("Of any other place only an age is asked, until an expert of the place has added more.",)


def _listed(words: str) -> tuple[str, ...]:
    """Places with commas between them, or codes with blanks."""
    from bot.beginning.naming import territory_of

    named = (part.split() if _CODES.fullmatch(part) else [part] for part in words.split(","))
    return tuple(territory_of(each) for some in named for each in some if each.strip())


_CODES = re.compile(r"\s*[A-Za-z]{2}(\s+[A-Za-z]{2})*\s*")


def _wrong_place(words: str) -> str | None:
    from bot.beginning.naming import territory_of, wrong_territory

    return wrong_territory(territory_of(words))


def _new_region(asking: Asking, territory: str, given: _Given) -> NewRegion:
    from bot.beginning.making import CannotBegin
    from bot.beginning.naming import wrong_territory
    from bot.beginning.places import currency_of
    from bot.beginning.wanted import NewRegion, wrong_words

    if (why := wrong_territory(territory)) is not None:
        raise CannotBegin(why)
    lacking = [
        option
        for option, said in (("--pay", given.pay), ("--floor", given.floor), ("--floor-source", given.floor_source))
        if territory not in said
    ]
    if lacking and not asking.somebody:
        raise CannotBegin(f"{territory} does not ship: say {', '.join(f'{each} {territory}=...' for each in lacking)}")
    money = currency_of(territory)
    floor = given.floor.get(territory) or _asked(
        asking, f"{territory}: what an hour must be worth at least, in {money}", _wrong_amount
    )
    source = given.floor_source.get(territory) or _asked(
        asking, f"{territory}: where that figure comes from", wrong_words
    )
    amount = given.pay.get(territory) or _asked(asking, f"{territory}: what is paid, in {money}", _wrong_amount)
    for said in (floor, amount):
        if (why := _wrong_amount(said)) is not None:
            raise CannotBegin(f"{territory}: {said!r}: {why}")
    return NewRegion(territory, Decimal(amount), Decimal(floor), source)


def _wrong_amount(words: str) -> str | None:
    try:
        amount = Decimal(words)
    except InvalidOperation:
        amount = Decimal(0)
    return None if amount.is_finite() and amount > 0 else "write a number above nothing, such as 2.50"


def _languages(asking: Asking, spoken: tuple[str, ...]) -> tuple[str, ...]:
    from bot.beginning.making import ready_languages

    def wrong(words: str) -> str | None:
        unknown = [each for each in words.replace(",", " ").split() if each not in ready_languages()]
        return f"the cards that ship are in {', '.join(ready_languages())}" if unknown else None

    answer = _asked(asking, "Languages, with commas between them", wrong, ", ".join(spoken))
    chosen = answer.replace(",", " ").split()
    return tuple(each for each in ready_languages() if each in chosen)


def _words(asking: Asking, given: _Given, languages: tuple[str, ...]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Title and line: what was said beforehand, or the ready collection's, or its own in every language."""
    from bot.beginning.wanted import wrong_words

    if given.title or given.what_for or not asking.somebody:
        return given.title, given.what_for
    heading("What it is called")
    explain(["The one that ships: “Does AI work well for everyone?”, in every language."])
    title = asking.text("Its name in English (Enter: as it ships)")
    if not title:
        return {}, {}
    what_for = _asked(asking, "One line on what it is for, in English", wrong_words)
    names, lines = {"en": title}, {"en": what_for}
    for language in (each for each in languages if each != "en"):
        names |= {language: said} if (said := asking.text(f"Its name in {language} (Enter: later)")) else {}
        lines |= {language: said} if (said := asking.text(f"The line in {language} (Enter: later)")) else {}
    return names, lines


# --- options ---------------------------------------------------------------------------------------------------------


def _by_language(given: Iterable[str] | None) -> dict[str, str]:
    """Words, and those of other languages, which begin with it: ar=..."""
    from bot.beginning.making import ready_languages

    found: dict[str, str] = {}
    for each in given or ():
        language, equals, words = each.partition("=")
        is_other = bool(equals) and language in ready_languages()
        found[language if is_other else "en"] = words if is_other else each
    return found


def _pairs(given: Iterable[str] | None) -> dict[str, str]:
    from bot.beginning.naming import territory_of

    found: dict[str, str] = {}
    for each in given or ():
        territory, equals, words = each.partition("=")
        if not equals:
            raise typer.BadParameter(f"{each!r}: write the place first, such as FR=2.50")
        found[territory_of(territory)] = words
    return found
