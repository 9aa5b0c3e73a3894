"""Which letters a language is written with, and what may stand on its screens in others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from babel.core import get_global

LETTERS: Mapping[str, frozenset[str]] = {
    "Latn": frozenset({"LATIN"}),
    "Arab": frozenset({"ARABIC"}),
    "Deva": frozenset({"DEVANAGARI"}),
    "Jpan": frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}),
}
"""A script of CLDR's, and how Unicode's names of its letters begin."""

# Commands, addresses and codes are written alike everywhere; they are no language's words.
_NOBODYS = re.compile(r"/[a-z]+|https?://\S+|\S+@\S+|\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")


def script(language: str) -> str:
    """The script that CLDR thinks a language likely written in."""
    likely: str = get_global("likely_subtags")[language.partition("_")[0]]
    return likely.split("_")[1]


def words_in(text: str) -> list[str]:
    """Runs of letters, with the marks that belong to them: Hindi writes its vowels as marks."""
    return "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in _NOBODYS.sub(" ", text)).split()


def foreign_words(text: str, language: str) -> set[str]:
    """Words with letters that the language is not written with."""
    own = LETTERS[script(language)]
    return {word for word in words_in(text) if any(c.isalpha() and _beginning(c) not in own for c in word)}


def _beginning(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]
