"""Places and languages by whatever somebody calls them: CLDR's names, as typed on a phone.

What was typed is compared and forgotten: nothing here remembers it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from babel.core import get_global
from babel.localedata import exists

from flows import language as lang
from flows.letters import folded

LONGEST = 100
"""Letters that are looked at: no place has a longer name, and "I live in ..." fits."""

_SPOKEN_BY = 10.0
"""Percent of a territory's people, from which on its name in their language counts; so do its official languages.

Names cost memory: Babel reads all of a language to know one. Forty places are spoken in some fifty, 20 MB in all.
"""

_SHORTEST_PART = 3
"""Fewer Latin letters than this only find names that begin with them: "an" is inside of most."""

_SHORTEST_GUESS = 4
_CLOSE = 0.8
"""Egipt, Germeny, Untied States and Jpan are this close to what they mean; Iran and Iraq are not to each other."""


@dataclass(frozen=True, slots=True)
class _Named:
    """Something with names: those that the reader expects, those that others give it, and codes."""

    key: str
    expected: tuple[str, ...]
    others: tuple[str, ...]
    codes: frozenset[str]


def places_called(typed: str, territories: Iterable[str], language: str) -> tuple[str, ...]:
    """Those of some territories that were meant, likeliest first and otherwise in the order given; none, perhaps.

    A territory is known by its name in the reader's language, in English and in its own languages.
    """
    return _found(typed, [_place(territory, language) for territory in territories])


def languages_called(typed: str, languages: Iterable[str], language: str) -> tuple[str, ...]:
    """Those of some languages that were meant. One is known by its own name, the reader's and the English one."""
    return _found(typed, [_language(name, language) for name in languages])


def place_called_exactly(typed: str, language: str) -> str | None:
    """A territory anywhere with just this name, in the reader's language or in English."""
    asked = _asked(typed)
    return _every_place(language).get(asked) if asked else None


def _found(typed: str, among: Sequence[_Named]) -> tuple[str, ...]:
    asked = _asked(typed)
    if not asked:
        return ()
    ranked = [(rank, each.key) for each in among if (rank := _rank(asked, each)) is not None]
    if ranked:
        return tuple(key for _, key in sorted(ranked, key=lambda pair: pair[0]))
    return tuple(each.key for each in among if _is_close(asked, each))


def _asked(typed: str) -> str:
    return folded(typed) if len(typed) <= LONGEST else ""


def _rank(asked: str, named: _Named) -> tuple[int, bool] | None:
    """(0, ...) where it is called just that; more, the less of the name it is; None where it is no part of any.

    The second tells names that the reader does not expect, which stand behind: under A, Arabia before Allemagne.
    """
    if asked in named.codes:
        return 0, False
    found = [(_likeness(asked, name), foreign) for name, foreign in _looked_through(asked, named)]
    return min(((likeness, foreign) for likeness, foreign in found if likeness is not None), default=None)


def _looked_through(asked: str, named: _Named) -> list[tuple[str, bool]]:
    """A letter or two begins too many names in too many languages."""
    others = named.others if _is_part(asked) else ()
    return [*((name, False) for name in named.expected), *((name, True) for name in others)]


def _likeness(asked: str, name: str) -> int | None:
    if name == asked:
        return 0
    if name.startswith(asked):
        return 1
    if f" {asked}" in name:
        return 2
    if _is_part(asked) and asked in name:
        return 3
    return 4 if _is_part(name) and _says(asked, name) else None


def _is_part(text: str) -> bool:
    """Whether so few letters say something inside of others: in scripts that are written word by word, few do not."""
    return len(text) >= _SHORTEST_PART or not text.isascii()


def _says(sentence: str, name: str) -> bool:
    """Whether a sentence names something: word for word, or anywhere in scripts without spaces between words."""
    return f" {name} " in f" {sentence} " or (not name.isascii() and len(name) > 1 and name in sentence)


def _is_close(asked: str, named: _Named) -> bool:
    if len(asked) < _SHORTEST_GUESS:
        return False
    return bool(difflib.get_close_matches(asked, (*named.expected, *named.others), n=1, cutoff=_CLOSE))


@lru_cache(maxsize=4096)
def _place(territory: str, language: str) -> _Named:
    expected, others = (
        tuple(folded(lang.place_name(territory, tongue)) for tongue in tongues)
        for tongues in ((language, lang.FALLBACK), _own_languages(territory))
    )
    return _Named(territory, expected, others, frozenset({territory.lower(), *_codes().get(territory, ())}))


@lru_cache(maxsize=512)
def _own_languages(territory: str) -> tuple[str, ...]:
    spoken = get_global("territory_languages").get(territory, {})
    return tuple(
        name
        for name, facts in spoken.items()
        if exists(name) and (facts["official_status"] == "official" or facts["population_percent"] >= _SPOKEN_BY)
    )


@lru_cache(maxsize=1)
def _codes() -> dict[str, tuple[str, ...]]:
    """Other codes for a territory: USA, UK."""
    found: dict[str, tuple[str, ...]] = {}
    for code, meant in get_global("territory_aliases").items():
        if len(meant) == 1 and code.isalpha():
            found[meant[0]] = (*found.get(meant[0], ()), code.lower())
    return found


@lru_cache(maxsize=1)
def every_place() -> tuple[str, ...]:
    """Every territory; regions of the world, which CLDR names by numbers, are none."""
    codes = map(str, lang.locale(lang.FALLBACK).territories)
    return tuple(code for code in codes if len(code) == 2 and code.isalpha() and code not in _NO_PLACES)


@lru_cache(maxsize=64)
def _every_place(language: str) -> dict[str, str]:
    """Territory by folded name."""
    return {
        folded(lang.place_name(territory, tongue)): territory
        for tongue in (lang.FALLBACK, language)
        for territory in every_place()
    }


_NO_PLACES = frozenset({"CQ", "EU", "EZ", "UN", "XA", "XB", "ZZ"})
"""Unions, made-up accents, "unknown", and Sark, which few languages have a name for: codes of CLDR's."""


@lru_cache(maxsize=4096)
def _language(name: str, reader: str) -> _Named:
    called = tuple(folded(lang.language_name(name, tongue)) for tongue in (name, reader, lang.FALLBACK))
    return _Named(name, called, (), frozenset({folded(name), name.partition("_")[0]}))
