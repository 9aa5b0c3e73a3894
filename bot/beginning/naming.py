"""Places by their code or by their English name, as somebody types them on a command line."""

from __future__ import annotations

import re

from babel.core import get_global

from flows import language as lang
from flows.finding import every_place, place_called_exactly, places_called

_LIKELY = 3


def territory_of(words: str) -> str:
    """The code of the place that is meant; of words that no place is called by, these words in capitals."""
    code = words.strip().upper()
    if _is_code(code):
        return code
    other = get_global("territory_aliases").get(code, ())
    return other[0] if len(other) == 1 else place_called_exactly(words, lang.FALLBACK) or code


def wrong_territory(territory: str) -> str | None:
    """Why a place cannot be one, and which may be meant."""
    if _is_code(territory):
        return None
    likely = places_called(territory, every_place(), lang.FALLBACK)[:_LIKELY]
    named = " or ".join(f"{each} ({lang.place_name(each, lang.FALLBACK)})" for each in likely)
    meant = f"; is it {named}?" if named else "; write its English name, or as ISO 3166 does: KE, US"
    return f"CLDR knows no territory {territory!r}{meant}"


def _is_code(code: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{2}", code)) and lang.known_territory(code)
