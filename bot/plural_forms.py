"""Plural forms as gettext wants them, made from CLDR's rules.

`babel.messages` has a table of its own that differs from CLDR (Hindi's nought is singular), and what `to_gettext` of
Babel 2.18 makes of CLDR holds operands that no gettext reads (Spanish, Portuguese, French). Only whole numbers are
counted here, and none above `MOST`, so forms for millions and for fractions are left out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel import Locale

MOST = 9_999
"""No message counts further: the longest text that Telegram takes has 4,096 letters."""

_ORDER = ("zero", "one", "two", "few", "many", "other")
_WHOLE = frozenset({"n", "i"})
"""Operands that are the number itself where it is whole; the others, about decimals, are then 0 (UTS 35, part 3)."""


def plural_forms(language: str) -> str:
    """The value of a catalog's `Plural-Forms`; forms stand in CLDR's order, zero to other."""
    conditions = dict(Locale.parse(language).plural_form.abstract)
    names = _forms(language)[:-1]
    chain = "".join(f"{_condition(conditions[name])} ? {place} : " for place, name in enumerate(names))
    return f"nplurals={len(names) + 1}; plural=({chain}{len(names)});" if names else "nplurals=1; plural=0;"


def form_of(language: str, number: int) -> int:
    """Which of a catalog's forms CLDR wants for a number."""
    return _forms(language).index(Locale.parse(language).plural_form(number))


@lru_cache(maxsize=64)
def _forms(language: str) -> list[str]:
    """The forms that some number takes. Polish has an "other" for fractions alone."""
    rule = Locale.parse(language).plural_form
    used = {rule(number) for number in range(MOST + 1)}
    return [name for name in _ORDER if name in used]


def _condition(node: tuple[str, Any]) -> str:
    """A rule's syntax tree as C writes it, without what is always so for whole numbers."""
    said = _said(node)
    if isinstance(said, bool):
        return "1" if said else "0"
    return said


def _said(node: tuple[str, Any]) -> str | bool:
    kind, parts = node
    if kind == "relation":
        return _relation(*parts)
    sides = [_said(part) for part in parts]
    if kind == "not":
        (only,) = sides
        return not only if isinstance(only, bool) else f"!({only})"
    settled = kind == "or"
    if settled in [side for side in sides if isinstance(side, bool)]:
        return settled
    open_sides = [side for side in sides if isinstance(side, str)]
    if not open_sides:
        return not settled
    sign = " || " if kind == "or" else " && "
    return sign.join(f"({side})" if " || " in side else side for side in open_sides)


def _relation(_method: str, operand: tuple[str, Any], ranges: tuple[str, Any]) -> str | bool:
    number = _number(operand)
    bounds = [(low[1][0], high[1][0]) for low, high in ranges[1]]
    if number is None:
        return any(low <= 0 <= high for low, high in bounds)
    return " || ".join(
        f"{number}=={low}" if low == high else f"{number}>={low} && {number}<={high}" for low, high in bounds
    )


def _number(operand: tuple[str, Any]) -> str | None:
    """`n` or `n%10`; None where the operand is 0 for every whole number."""
    kind, parts = operand
    if kind == "mod":
        inner = _number(parts[0])
        return None if inner is None else f"{inner}%{parts[1][1][0]}"
    return "n" if kind in _WHOLE else None
