"""Territories, and what may be asked there about gender, sex, orientation and ancestry: dated and sourced.

A row stands for what was read on a day, not for the truth of today: a reviewer who knows better corrects it here, with
a source and a date. A territory without a row is closed, and where there is doubt it is locked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Level(StrEnum):
    """What a territory allows of a subject."""

    OPEN = "open"
    """May be asked, always optional."""
    CLOSED = "closed"
    """Off, unless a named regional expert and counsel have both signed."""
    LOCKED = "locked"
    """Never shown, nor any own words about it. Nobody can override it."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a row comes from, and on which day that was read."""

    title: str
    read_on: dt.date
    """Or, of what was held against nothing yet, the day on which it was noted."""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One territory (ISO 3166, as CLDR has it)."""

    territory: str
    gender: Level
    """Gender identity, sex and orientation."""
    grounds: tuple[Ground, ...]
    ancestry: Level = Level.OPEN
    """Ancestry by name; stand-ins such as a first language are questions of their own."""
    note: str = ""

    @property
    def reviewed_on(self) -> dt.date:
        """The day on which the newest of its sources was read."""
        return max(ground.read_on for ground in self.grounds)


_READ_ON = dt.date(2026, 11, 23)

_OUTLAWED = Ground(
    "Human Rights Watch, Outlawed: laws on gender expression, and policing",
    _READ_ON,
    "features.hrw.org/features/features/lgbt_laws",
)
_TERROR = Ground(
    'Human Rights Watch 2023, "All This Terror Because of a Photo": digital evidence used by police', _READ_ON
)
_LISTED = Ground("StreetComplete: territories that criminalise same-sex acts or propaganda; codes repaired", _READ_ON)
_REMEMBERED = Ground("Held against no source yet", _READ_ON)
_KENYA = Ground("KBC, K24, Standard: ethnicity was what people were killed for in 2007-08", _READ_ON)
_NIGERIA = Ground("Tribune, Nation: the censuses of 1991, 2006 and 2023 leave ethnicity and religion out", _READ_ON)
_MINORITIES = Ground("Held against no source yet: sect, tribe and minority identities endanger", _READ_ON)
_INDIA = Ground("The Hindu, 2023 and 2026: the census; its official category is caste", _READ_ON)
_US = Ground("OMB, SPD 15, 89 FR 22182 (2024)", _READ_ON, "spd15revision.gov/question-format")
_GB = Ground("ONS, Census 2021: a voluntary question on gender identity", _READ_ON)
_DE = Ground("Personenstandsgesetz since December 2018", _READ_ON, "statistikportal.de")
_BR = Ground("IBGE, Censo 2022", _READ_ON)
_ZA = Ground("Stats SA, Census 2022", _READ_ON)
_JP = Ground("Nikkei on the Cabinet Office's working group on the sex field", _READ_ON)

_SINCE = "Acts may have been decriminalised since; locked until a reviewer settles it."
_LATELY = "Criminalised lately, as far as is known; locked until a reviewer settles it."
_PENDING = "A law is pending or new; locked until a reviewer settles it."

_ROWS = (
    Row("US", Level.OPEN, (_US,)),
    Row("GB", Level.OPEN, (_GB,)),
    Row("DE", Level.OPEN, (_DE,)),
    Row("BR", Level.OPEN, (_BR,)),
    Row("ZA", Level.OPEN, (_ZA,)),
    Row("JP", Level.OPEN, (_JP,), note="Opens with a regional review."),
    Row("IN", Level.OPEN, (_INDIA,), ancestry=Level.CLOSED, note="Opens with a regional review."),
    Row("AE", Level.LOCKED, (_OUTLAWED, _LISTED)),
    Row("AF", Level.LOCKED, (_LISTED,)),
    Row("BD", Level.LOCKED, (_LISTED,)),
    Row("BF", Level.LOCKED, (_REMEMBERED,), note=_LATELY),
    Row("BI", Level.LOCKED, (_LISTED,)),
    Row("BN", Level.LOCKED, (_OUTLAWED, _LISTED)),
    Row("BY", Level.LOCKED, (_REMEMBERED,), note=_PENDING),
    Row("CM", Level.LOCKED, (_LISTED,)),
    Row("DM", Level.LOCKED, (_LISTED,), note=_SINCE),
    Row("DZ", Level.LOCKED, (_LISTED,)),
    Row("EG", Level.LOCKED, (_TERROR, _LISTED, _MINORITIES), ancestry=Level.CLOSED),
    Row("ER", Level.LOCKED, (_LISTED,)),
    Row("ET", Level.LOCKED, (_LISTED,)),
    Row("GD", Level.LOCKED, (_LISTED,)),
    Row("GE", Level.LOCKED, (_REMEMBERED,), note=_PENDING),
    Row("GH", Level.LOCKED, (_LISTED,)),
    Row("GM", Level.LOCKED, (_LISTED,)),
    Row("GN", Level.LOCKED, (_LISTED,)),
    Row("GY", Level.LOCKED, (_LISTED,)),
    Row("ID", Level.LOCKED, (_LISTED,)),
    Row("IQ", Level.LOCKED, (_TERROR, _LISTED)),
    Row("IR", Level.LOCKED, (_LISTED,)),
    Row("JM", Level.LOCKED, (_LISTED,)),
    Row("JO", Level.LOCKED, (_TERROR,)),
    Row("KE", Level.LOCKED, (_LISTED, _KENYA), ancestry=Level.CLOSED),
    Row("KG", Level.LOCKED, (_LISTED,), note="A law against propaganda. The list said KY, the Cayman Islands."),
    Row("KI", Level.LOCKED, (_LISTED,)),
    Row("KM", Level.LOCKED, (_LISTED,)),
    Row(
        "KW",
        Level.LOCKED,
        (_TERROR, _LISTED),
        note="Article 198 was struck down on 2022-02-16; other laws and police practice stand.",
    ),
    Row("LB", Level.LOCKED, (_TERROR, _LISTED)),
    Row("LC", Level.LOCKED, (_LISTED,), note=f"The list said WL, which is no code. {_SINCE}"),
    Row("LK", Level.LOCKED, (_LISTED,)),
    Row("LR", Level.LOCKED, (_LISTED,)),
    Row("LY", Level.LOCKED, (_LISTED,)),
    Row("MA", Level.LOCKED, (_TERROR, _LISTED)),
    Row("ML", Level.LOCKED, (_REMEMBERED,), note=_LATELY),
    Row("MM", Level.LOCKED, (_LISTED,)),
    Row("MR", Level.LOCKED, (_LISTED,)),
    Row("MV", Level.LOCKED, (_LISTED,)),
    Row("MW", Level.LOCKED, (_OUTLAWED, _LISTED)),
    Row("MY", Level.LOCKED, (_OUTLAWED, _LISTED), note="Sharia law of the states."),
    Row("NA", Level.LOCKED, (_LISTED,), note=_SINCE),
    Row("NG", Level.LOCKED, (_OUTLAWED, _LISTED, _NIGERIA), ancestry=Level.CLOSED, note="The northern states."),
    Row("NU", Level.LOCKED, (_LISTED,)),
    Row("OM", Level.LOCKED, (_OUTLAWED, _LISTED)),
    Row("PG", Level.LOCKED, (_LISTED,)),
    Row("PK", Level.LOCKED, (_LISTED,)),
    Row("QA", Level.LOCKED, (_LISTED,)),
    Row("RU", Level.LOCKED, (_LISTED,), note="Laws against propaganda."),
    Row(
        "SA",
        Level.LOCKED,
        (_OUTLAWED, _TERROR, _LISTED, _MINORITIES),
        ancestry=Level.CLOSED,
        note="No code says it; arrests are routine.",
    ),
    Row("SB", Level.LOCKED, (_LISTED,)),
    Row("SD", Level.LOCKED, (_LISTED,)),
    Row("SL", Level.LOCKED, (_LISTED,)),
    Row("SN", Level.LOCKED, (_LISTED,)),
    Row("SO", Level.LOCKED, (_LISTED,)),
    Row("SS", Level.LOCKED, (_OUTLAWED, _LISTED)),
    Row("SZ", Level.LOCKED, (_LISTED,)),
    Row("TD", Level.LOCKED, (_LISTED,)),
    Row("TG", Level.LOCKED, (_LISTED,)),
    Row("TM", Level.LOCKED, (_LISTED,)),
    Row("TN", Level.LOCKED, (_TERROR, _LISTED)),
    Row("TO", Level.LOCKED, (_OUTLAWED, _LISTED)),
    Row("TT", Level.LOCKED, (_REMEMBERED,), note=_LATELY),
    Row("TV", Level.LOCKED, (_LISTED,)),
    Row("TZ", Level.LOCKED, (_LISTED,)),
    Row("UG", Level.LOCKED, (_LISTED,)),
    Row("UZ", Level.LOCKED, (_LISTED,)),
    Row("VC", Level.LOCKED, (_LISTED,), note="The list said WV, which is no code."),
    Row("WS", Level.LOCKED, (_LISTED,)),
    Row("YE", Level.LOCKED, (_LISTED,)),
    Row("ZM", Level.LOCKED, (_LISTED,)),
    Row("ZW", Level.LOCKED, (_LISTED,)),
)

ROWS: Mapping[str, Row] = MappingProxyType({row.territory: row for row in _ROWS})
"""Every territory that somebody has looked at."""
