"""Which letters a language is written with, and what may stand on its screens in others."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Mapping

from babel import Locale
from babel.core import get_global

_OTHERWISE: Mapping[str, frozenset[str]] = {
    "Hans": frozenset({"CJK", "IDEOGRAPHIC"}),
    "Hant": frozenset({"CJK", "IDEOGRAPHIC", "BOPOMOFO"}),
    "Jpan": frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}),
    "Kore": frozenset({"HANGUL", "CJK"}),
    "Beng": frozenset({"BENGALI"}),
    "Orya": frozenset({"ORIYA"}),
}
"""Scripts of CLDR's that Unicode's names of letters call otherwise, or that are written in several of Unicode's."""


def letters_of(name: str) -> frozenset[str]:
    """How Unicode's names of a script's letters begin: as CLDR's English name of it, where nothing else is said."""
    return _OTHERWISE.get(name) or frozenset({Locale("en").scripts[name].upper().split()[0]})


# Commands, addresses and codes are written alike everywhere; they are no language's words.
_NOBODYS = re.compile(r"/[a-z]+|https?://\S+|\S+@\S+|\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")


def script(language: str) -> str:
    """The script that a language names, or else the one that CLDR thinks it likely written in."""
    said = Locale.parse(language).script
    if said is not None:
        return said
    likely: str = get_global("likely_subtags")[language.partition("_")[0]]
    return likely.split("_")[1]


def words_in(text: str) -> list[str]:
    """Runs of letters, with the marks that belong to them: Hindi writes its vowels as marks."""
    return "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in _NOBODYS.sub(" ", text)).split()


def foreign_words(text: str, language: str) -> set[str]:
    """Letters together that the language is not written with; Japanese sets no space before a foreign word."""
    own = letters_of(script(language))
    found: set[str] = set()
    for word in words_in(text):
        # A mark goes with the letter that it stands on.
        letters = re.findall(r".[\u0300-\u036f\u064b-\u0670\u0900-\u0903\u093a-\u094f\u3099\u309a]*", word)
        runs = itertools.groupby(letters, lambda letter: _beginning(letter[0]) in own)
        found |= {"".join(run) for belongs, run in runs if not belongs}
    return found


def _beginning(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]
