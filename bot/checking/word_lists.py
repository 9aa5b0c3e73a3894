"""Lists of words that rules look for, each entry with its source: data files beside this module."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from flows.faults import parsed

_FOLDER = Path(__file__).parent / "words"


class Listed(NamedTuple):
    """An entry of a list: what it looks like, and what may be said instead."""

    pattern: re.Pattern[str]
    instead: str
    about: str
    source: str

    def within(self, words: str) -> str | None:
        """The words that it matches, as they stand there; None where they do not."""
        found = self.pattern.search(_as_written(words))
        return found[0].strip() if found is not None else None


@cache
def entries(name: str, language: str) -> tuple[Listed, ...]:
    """The entries of a list in a language; none where the list does not know the language."""
    return tuple(
        Listed(_pattern(words), group.get("instead", ""), group.get("about", ""), group["source"])
        for group in _list(name).get(language, ())
        for words in group["words"]
    )


@cache
def _list(name: str) -> Mapping[str, Any]:
    _, groups = parsed((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return cast("Mapping[str, Any]", groups)


_VOWELS = re.compile("[\u064b-\u0652\u0640]")
"""Vowel signs of Arabic letters, and the line that draws a word out: written by some, and the same word."""


def _as_written(words: str) -> str:
    """Words as a list spells them, whichever way they were typed: NFC, which takes the dot of a Hindi letter apart."""
    return _VOWELS.sub("", unicodedata.normalize("NFC", words))


def _pattern(words: str) -> re.Pattern[str]:
    """An entry as it is written: plain words stand for themselves, whole; `/.../` is a regular expression."""
    words = _as_written(words)
    if words.startswith("/") and words.endswith("/") and len(words) > 2:
        return re.compile(words[1:-1], re.IGNORECASE)
    whole = re.escape(words)
    # Japanese and Hindi have no word boundary that `\b` would know.
    return re.compile(rf"\b{whole}\b" if words.isascii() else whole, re.IGNORECASE)
