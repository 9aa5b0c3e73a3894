"""Languages: which way one runs, and how it writes money, days, lists and names (CLDR).

A language is written as CLDR writes it: `en`, `ar`, `pt_BR`. `flows.negotiation` finds the one to speak.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_timedelta
from babel.lists import format_list
from babel.localedata import exists
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol

from flows.alphabets import looked_up

FALLBACK = "en"
"""Spoken when nothing that a phone asks for is offered. The picker is one press away on every screen."""

# FIRST STRONG ISOLATE, LEFT-TO-RIGHT ISOLATE, POP DIRECTIONAL ISOLATE (UAX 9)
_ISOLATE_BEGINS, _LEFT_TO_RIGHT_ISOLATE, _ISOLATE_ENDS = "\u2068", "\u2066", "\u2069"


@lru_cache(maxsize=256)
def locale(language: str) -> Locale:
    """CLDR's locale for one of our languages."""
    return Locale.parse(language)


def is_right_to_left(language: str) -> bool:
    """Whether the language runs from right to left."""
    return locale(language).text_direction == "rtl"


def isolated(text: str) -> str:
    """Text that keeps its own direction inside a sentence of another (UAX 9)."""
    return f"{_ISOLATE_BEGINS}{text}{_ISOLATE_ENDS}"


@lru_cache(maxsize=4096)
def money(amount: Decimal, currency: str, language: str, territory: str = "") -> str:
    """An amount as the language writes it in a territory; whole amounts without empty decimals.

    In Lagos an English price is ₦1,500, elsewhere NGN 1,500.
    """
    there = _locale_in(language, territory)
    whole = amount == amount.to_integral_value()
    written = format_currency(
        amount,
        currency,
        locale=there,
        decimal_quantization=not whole,
        currency_digits=not whole,
        format=_whole_pattern(there) if whole else None,
    )
    symbol = get_currency_symbol(currency, locale=there)
    written = _LETTER_MEETS_DIGIT.sub("\N{NO-BREAK SPACE}", written)
    if is_right_to_left(language) and any(c.isascii() and c.isalpha() for c in symbol):
        # "US$" would be turned into "$US" where the sentence runs from right to left.
        return written.replace(symbol, f"{_LEFT_TO_RIGHT_ISOLATE}{symbol}{_ISOLATE_ENDS}")
    return written


# CLDR's spacing of currencies (UTS 35, part 3), which Babel 2.18 leaves out: "NGN 1,500" and not "NGN1,500".
_LETTER_MEETS_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@lru_cache(maxsize=1024)
def _locale_in(language: str, territory: str) -> Locale:
    """The language as CLDR knows it in a territory, or the language where CLDR knows no such thing."""
    local = f"{language}_{territory}"
    return Locale.parse(local) if territory and exists(local) else locale(language)


def _whole_pattern(there: Locale) -> str:
    """CLDR's standard pattern without its decimals: $2, not $2.00."""
    return str(there.currency_formats["standard"].pattern).replace(".00", "")


@lru_cache(maxsize=4096)
def number(value: int, language: str) -> str:
    """A whole number with the language's separators.

    Digits are 0 to 9 in every language, as in CLDR's own default for Arabic and Hindi, so that the number on a button
    is the one in the text. What somebody types may have any script's digits.
    """
    return format_decimal(value, locale=locale(language))


@lru_cache(maxsize=256)
def percent(value: int, language: str) -> str:
    """A share of a hundred, as the language writes it; with the digits of `number`."""
    return format_percent(value / 100, locale=locale(language))


@lru_cache(maxsize=4096)
def day(value: dt.date, language: str) -> str:
    """A calendar day, written out: 5 March 2026."""
    return format_date(value, format="long", locale=locale(language))


# Days to a unit as format_timedelta counts them. format_unit has no pattern for months in Arabic, Japanese and others
# (Babel 2.18 prints "24 duration-month"), format_timedelta has.
_UNITS: dict[str, tuple[Literal["day", "month", "year"], int]] = {
    "D": ("day", 1),
    "M": ("month", 30),
    "Y": ("year", 365),
}
_NEVER_A_LARGER_UNIT = 10**9


@lru_cache(maxsize=1024)
def span(period: str, language: str) -> str:
    """An ISO 8601 period of one unit, written out: P24M -> 24 months."""
    unit, days = _UNITS[period[-1]]
    length = dt.timedelta(days=int(period[1:-1]) * days)
    return format_timedelta(length, granularity=unit, threshold=_NEVER_A_LARGER_UNIT, locale=locale(language))


@lru_cache(maxsize=1024)
def minutes(count: int, language: str) -> str:
    """So many minutes, written out with their unit: 4 minutes. Up to 120 stay minutes."""
    length = dt.timedelta(minutes=count)
    return format_timedelta(length, granularity="minute", threshold=_NEVER_A_LARGER_UNIT, locale=locale(language))


def listed(items: Sequence[str], language: str) -> str:
    """Items joined as the language joins them."""
    return format_list(list(items), locale=locale(language))


@lru_cache(maxsize=4096)
def place_name(territory: str, language: str) -> str:
    """A territory's name in a language, or its code where CLDR has no name."""
    return str(locale(language).territories.get(territory, territory))


@lru_cache(maxsize=1024)
def language_name(language: str, reader: str) -> str:
    """A language's name in the reader's language, or the code; CLDR names more languages than it knows how to write.

    A script is named as people name it, where CLDR does: 简体中文, Simplified Chinese.
    """
    names = locale(reader).languages
    name = names.get(language) if "_" not in language or locale(language).script else None
    if name is None and "_" in language:
        name = locale(language).get_display_name(locale(reader))
    return name[:1].upper() + name[1:] if name else language


def has_name(language: str, reader: str = FALLBACK) -> bool:
    """Whether CLDR names the language in the reader's."""
    return language in locale(reader).languages


def known_language(language: str) -> bool:
    """Whether CLDR knows how the language writes, by this very name."""
    return exists(language)


def known_territory(territory: str) -> bool:
    """Whether CLDR knows the territory."""
    return territory in locale(FALLBACK).territories


def known_currency(currency: str) -> bool:
    """Whether CLDR knows the currency."""
    return currency in locale(FALLBACK).currencies


def known_time_zone(zone: str) -> bool:
    """Whether CLDR knows the time zone, by this name or an older one."""
    return zone == "UTC" or zone in get_global("zone_territories") or zone in get_global("zone_aliases")


def sorted_by_name(territories: Iterable[str], language: str) -> list[str]:
    """Territories in the order in which their names would be looked up in the language (`flows.alphabets`)."""
    return sorted(territories, key=lambda territory: looked_up(place_name(territory, language), language))


def sorted_by_own_name(languages: Iterable[str]) -> list[str]:
    """Languages by the names that they have in themselves, alphabet by alphabet: alike for every reader."""
    return sorted(languages, key=lambda name: looked_up(language_name(name, name)))
