"""Which letters a language is written with, and what may stand on its screens in others."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Mapping

from babel import Locale
from babel.core import get_global

LETTERS: Mapping[str, frozenset[str]] = {
    "Latn": frozenset({"LATIN"}),
    "Arab": frozenset({"ARABIC"}),
    "Hans": frozenset({"CJK"}),
    "Deva": frozenset({"DEVANAGARI"}),
    "Hant": frozenset({"CJK", "BOPOMOFO"}),
    "Kore": frozenset({"HANGUL", "CJK"}),
    "Jpan": frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}),
    "Cyrl": frozenset({"CYRILLIC"}),
    "Grek": frozenset({"GREEK"}),
    "Hebr": frozenset({"HEBREW"}),
    "Armn": frozenset({"ARMENIAN"}),
    "Geor": frozenset({"GEORGIAN"}),
    "Ethi": frozenset({"ETHIOPIC"}),
    "Beng": frozenset({"BENGALI"}),
    "Guru": frozenset({"GURMUKHI"}),
    "Gujr": frozenset({"GUJARATI"}),
    "Orya": frozenset({"ORIYA"}),
    "Taml": frozenset({"TAMIL"}),
    "Telu": frozenset({"TELUGU"}),
    "Knda": frozenset({"KANNADA"}),
    "Mlym": frozenset({"MALAYALAM"}),
    "Sinh": frozenset({"SINHALA"}),
    "Thai": frozenset({"THAI"}),
    "Laoo": frozenset({"LAO"}),
    "Khmr": frozenset({"KHMER"}),
    "Mymr": frozenset({"MYANMAR"}),
    "Tibt": frozenset({"TIBETAN"}),
    "Thaa": frozenset({"THAANA"}),
}
"""A script of CLDR's, and how Unicode's names of its letters begin."""

# Commands, addresses and codes are written alike everywhere; they are no language's words.
_NOBODYS = re.compile(r"/[a-z]+|https?://\S+|\S+@\S+|\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")


def script(language: str) -> str:
    """The script that a language's name says, or that CLDR thinks it likely written in."""
    likely: str = get_global("likely_subtags")[language.partition("_")[0]]
    return Locale.parse(language).script or likely.split("_")[1]


def words_in(text: str) -> list[str]:
    """Runs of letters, with the marks that belong to them: Hindi writes its vowels as marks."""
    return "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in _NOBODYS.sub(" ", text)).split()


def foreign_words(text: str, language: str) -> set[str]:
    """Letters together that the language is not written with; Japanese sets no space before a foreign word."""
    own = LETTERS[script(language)]
    found: set[str] = set()
    for word in words_in(text):
        # A mark goes with the letter that it stands on.
        letters = re.findall(r".[\u0300-\u036f\u064b-\u0670\u0900-\u0903\u093a-\u094f\u3099\u309a]*", word)
        runs = itertools.groupby(letters, lambda letter: _beginning(letter[0]) in own)
        found |= {"".join(run) for belongs, run in runs if not belongs}
    return found


def _beginning(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]
