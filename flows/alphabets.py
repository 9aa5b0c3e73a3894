"""Where a name stands among others, in alphabets whose order is not that of code points.

Babel has no collation. Languages that are not named here stand by their letters without accents (Ä with A) and by code
point otherwise, which is the alphabet of Latin letters, of Arabic and of Hindi, and for Japanese kana before kanji.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

from flows.letters import folded

Place = tuple[tuple[int, ...] | bytes | str, str]
"""What names are sorted by; of names that are otherwise alike, accents decide."""

_URDU = "اآبپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھءیے"
"""The alphabet as dictionaries in Urdu have it; its own letters stand behind all Arabic ones in Unicode."""

_ORDERS: Mapping[str, Mapping[str, int]] = {"ur": {letter: place for place, letter in enumerate(_URDU)}}
_SIMPLIFIED_CHINESE = "Hans"


@lru_cache(maxsize=4096)
def looked_up(name: str, language: str = "") -> Place:
    """Where the name is looked up by whoever reads the language; alike for every reader where none is given."""
    if not language:
        return folded(name), name
    locale = Locale.parse(language)
    if locale.language in _ORDERS:
        return _by_alphabet(name, _ORDERS[locale.language]), name
    if locale.script == _SIMPLIFIED_CHINESE:
        # GB 18030 keeps the 3,755 commonest characters of GB 2312 in the order of how they are read (pinyin), and
        # others behind them.
        return folded(name).encode("gb18030"), name
    return folded(name), name


def _by_alphabet(name: str, order: Mapping[str, int]) -> tuple[int, ...]:
    """A space stands before every letter, and a letter that the alphabet lacks behind all of them."""
    letters = (c for c in unicodedata.normalize("NFC", name.casefold()) if unicodedata.category(c) not in {"Mn", "Cf"})
    return tuple(-1 if c == " " else order.get(c, len(order) + ord(c)) for c in letters)
