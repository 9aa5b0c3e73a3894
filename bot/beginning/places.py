"""A region that no collection which ships knows: what CLDR says of the place, and an age, until an expert adds more."""

from __future__ import annotations

import datetime as dt
import json

from babel.core import get_global
from babel.languages import get_territory_language_info
from babel.numbers import get_territory_currencies

from bot.beginning.wanted import NewRegion

_FILE = """\
# Begun by `surveybot new`. Only an age is asked here: an expert of the place adds what may be asked, from which
# categories, and names somebody to talk to. flows/safety.py says what is never asked, and no file overrides it.
languages: [{languages}]
minimum_age: 18
pay:
  amount: "{amount}"
  currency: {currency}
  floor_per_hour: "{floor}"
  floor_source: {floor_source}
time_zones: [{zones}]
quiet_hours: {{start: "21:00", end: "08:00"}}
help_lines: []
sources:
  - title: "Unicode CLDR: languages, money and time zones of the place"
    address: https://cldr.unicode.org
    read_on: {today}
questions:
  - id: age
"""


def region_text(region: NewRegion, languages: tuple[str, ...], today: dt.date) -> str:
    """The file of a new region. Of the languages, those that are read most there come first."""
    shares = {name: _readers(region.territory, name)[0] for name in languages}
    read = sorted((name for name in languages if shares[name] >= 1), key=lambda name: -shares[name])
    return _FILE.format(
        languages=", ".join(read or languages),
        amount=region.amount,
        currency=currency_of(region.territory),
        floor=region.floor_per_hour,
        floor_source=json.dumps(region.floor_source, ensure_ascii=False),
        today=today,
        zones=", ".join(zones_of(region.territory)),
    )


_MANY = 20
"""Percent of a place's people who read a language, from which on it is proposed for the place."""

_OFFICIAL = frozenset({"official", "de_facto_official"})


def is_read(territory: str, language: str) -> bool:
    """Whether a language is official in a place, or many read it there (CLDR)."""
    share, is_official = _readers(territory, language)
    return is_official or share >= _MANY


def _readers(territory: str, language: str) -> tuple[float, bool]:
    """Percent of a place's people, and whether the language is official there."""
    known = get_territory_language_info(territory)
    found = known.get(language) or known.get(language.split("_", maxsplit=1)[0]) or {}
    return float(found.get("population_percent") or 0), found.get("official_status") in _OFFICIAL


def currency_of(territory: str) -> str:
    """The money that people pay with there today (CLDR)."""
    return next(iter(get_territory_currencies(territory)), "USD")


def zones_of(territory: str) -> list[str]:
    """Every time zone of a territory, by the names of the IANA list that CLDR knows."""
    zones = get_global("zone_territories")
    return sorted(zone for zone, where in zones.items() if where == territory and "/" in zone) or ["UTC"]
