"""Which language to speak to somebody whose phone is set to something.

Telegram's `language_code` is what a phone or a language pack calls itself: `pt-br`, `zh-hans`, `zh-hant-tw`, `es-419`,
`sr-latn`, old names such as `iw`, unknown ones, or nothing. Nearness is CLDR's: aliases, likely scripts and
territories, parents of locales (UTS 35). Nobody is ever offered a script that they did not ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from babel.core import get_global

from flows.language import FALLBACK

_LONGEST_CODE = 35
"""Language, script, territory and variants fit into this (RFC 5646, section 4.4.1)."""

_CODE = re.compile(r"([a-z]{2,3})(?:_([a-z]{4}))?(?:_([a-z]{2}|\d{3}))?(?:_[a-z0-9_]*)?", re.ASCII)


class _Tag(NamedTuple):
    language: str
    script: str
    territory: str


def negotiate(asked: str | None, offered: tuple[str, ...]) -> str:
    """The offered language nearest to what a phone asks for; the fallback, else the first offered."""
    code = (asked or "").replace("-", "_").lower()
    if len(code) > _LONGEST_CODE:
        code = ""
    same = next((name for name in offered if name.lower() == code), None)
    return same or _nearest(_read(code), offered)


@lru_cache(maxsize=1024)
def _nearest(wanted: _Tag | None, offered: tuple[str, ...]) -> str:
    if wanted is None:
        return FALLBACK if FALLBACK in offered else offered[0]
    same = {name: tag for name in offered if (tag := _read(name)) is not None and tag[:2] == wanted[:2]}
    if not same:
        return _nearest(_parent_language(wanted), offered)
    for step in _from_near_to_far(wanted):
        found = next((name for name, tag in same.items() if tag == step), None)
        if found is not None:
            return found
    return next(iter(same))


def _read(code: str) -> _Tag | None:
    """The tag with what it leaves unsaid filled in: `zh-tw` is `zh_Hant_TW`. None for what is no language of CLDR's."""
    found = _CODE.fullmatch(code.lower())
    if found is None:
        return None
    language, script, territory = found[1], (found[2] or "").title(), (found[3] or "").upper()
    alias = get_global("language_aliases").get(language, language).split("_")
    language, script = alias[0], script or "".join(part for part in alias[1:] if len(part) == len("Latn"))
    # Bokmål and Nynorsk are read by whoever reads Norwegian: CLDR gives both the parent `no`.
    language = _parents().get(language, language) if language in {"nb", "nn"} else language
    return _filled_in(language, script, territory)


def _filled_in(language: str, script: str, territory: str) -> _Tag | None:
    likely: Mapping[str, str] = get_global("likely_subtags")
    if language not in likely:
        return None
    asked = (f"{language}_{script}_{territory}", f"{language}_{territory}", f"{language}_{script}", language)
    full = next(likely[key] for key in asked if key in likely).split("_")
    return _Tag(language, script or full[1], territory or full[2])


def _from_near_to_far(tag: _Tag) -> Iterator[_Tag]:
    """es_MX, es_419, es: what CLDR takes words from, one after the other, without leaving the script."""
    yield tag
    parent = _parents().get("_".join(tag)) or _parents().get(f"{tag.language}_{tag.territory}")
    further = _read(parent) if parent else None
    if further is not None and further[:2] == tag[:2]:
        yield from _from_near_to_far(further)
    bare = _filled_in(tag.language, tag.script, "")
    if bare is not None:
        yield bare


def _parent_language(tag: _Tag) -> _Tag | None:
    """Another language, where CLDR says that readers of one read it: Hindi in Latin letters, English."""
    parent = _parents().get(f"{tag.language}_{tag.script}") or _parents().get(tag.language)
    further = _read(parent) if parent else None
    return further if further is not None and further.language != tag.language else None


def _parents() -> Mapping[str, str]:
    return get_global("parent_exceptions")
