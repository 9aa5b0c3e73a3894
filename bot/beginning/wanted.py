"""What somebody wants a new collection to be, and everything that is not right about it at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bot.beginning.naming import wrong_territory

OPTIONAL = ("balance", "link", "invites")
"""Purposes of the ready collection that another one may do without: the cards speak of each in a line of its own."""


@dataclass(frozen=True, slots=True)
class NewRegion:
    """A place that no collection which ships knows. Only an age is asked there until an expert has added more."""

    territory: str
    amount: Decimal
    floor_per_hour: Decimal
    floor_source: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that a folder is made of. Words by language are in the original first, `en`."""

    id: str
    title: Mapping[str, str]
    """Empty: the ready collection's title and line."""
    what_for: Mapping[str, str]
    organisation: str
    page: str
    contact: str
    address: str
    role: str
    assessment: str
    regions: tuple[str, ...]
    """Territories whose region ships."""
    new_regions: tuple[NewRegion, ...]
    languages: tuple[str, ...]
    kept: str
    stored_in: str
    without: frozenset[str] = field(default_factory=frozenset)
    """Of `OPTIONAL`."""


def wrong_id(name: str) -> str | None:
    """Why a collection cannot be called so; None where it can."""
    fits = re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name)
    return None if fits else "use a-z, 0-9 and _ only, beginning with a letter, at most 40 characters"


def wrong_words(words: str) -> str | None:
    """Why some words cannot stand in a collection's file."""
    if not words.strip():
        return "say something"
    if {"{", "}"} & set(words) or not words.isprintable():
        return "leave out { and }, and whatever cannot be printed"
    return None if len(words) <= 1000 else "say it in at most 1000 letters"


def wrong_page(page: str) -> str | None:
    """Why an address cannot be the organisation's page."""
    fits = re.fullmatch(r"https://[^\s{}]+", page)
    return None if fits else "write the whole address, beginning with https://"


def wrong_period(period: str) -> str | None:
    """Why answers cannot be kept for so long."""
    fits = re.fullmatch(r"P[1-9]\d{0,2}[DMY]", period)
    return None if fits else "write it as ISO 8601 in one unit: P24M, P30D or P2Y"


def faults(wanted: Wanted, ready_languages: tuple[str, ...]) -> Iterator[str]:
    """Whatever keeps a folder from being made, each with its option's name."""
    if (why := wrong_id(wanted.id)) is not None:
        yield f"the id {wanted.id!r}: {why}"
    said = {
        "--organisation": wanted.organisation,
        "--contact": wanted.contact,
        "--address": wanted.address,
        "--role": wanted.role,
        "--assessment": wanted.assessment,
        **{f"--title {language}": words for language, words in wanted.title.items()},
        **{f"--what-for {language}": words for language, words in wanted.what_for.items()},
    }
    for option, words in said.items():
        if (why := wrong_words(words)) is not None:
            yield f"{option}: {why}"
    held = {"--page": wrong_page(wanted.page), "--kept": wrong_period(wanted.kept)}
    yield from (f"{option}: {why}" for option, why in held.items() if why is not None)
    places = (*wanted.regions, *(each.territory for each in wanted.new_regions), wanted.stored_in)
    yield from filter(None, map(wrong_territory, places))
    yield from _wrong_choices(wanted, ready_languages)
    yield from _wrong_pay(wanted.new_regions)


def _wrong_choices(wanted: Wanted, ready_languages: tuple[str, ...]) -> Iterator[str]:
    if not wanted.regions and not wanted.new_regions:
        yield "--region: name one region at least"
    for language in wanted.languages:
        if language not in ready_languages:
            yield f"--language: the cards that ship are in {', '.join(ready_languages)}, and not in {language}"
    for name in sorted(wanted.without - set(OPTIONAL)):
        yield f"--without: {name} is none of {', '.join(OPTIONAL)}"


def _wrong_pay(regions: Iterable[NewRegion]) -> Iterator[str]:
    for region in regions:
        if min(region.amount, region.floor_per_hour) <= 0:
            yield f"--pay and --floor: {region.territory} pays something, above a floor that is something"
        elif (why := wrong_words(region.floor_source)) is not None:
            yield f"--floor-source {region.territory}: {why}"
