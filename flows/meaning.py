"""What purposes mean to whoever decides on them: the words that they read, and what each may do with what they say.

Kept by hash beside the cards. What somebody agreed to decides what is done with their answers; what a collection says
today can only take away from it.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from flows.collection import Collection, Purpose


class May(StrEnum):
    """What a purpose may do beside being exported for; called as in collection.yaml."""

    OWN_WORDS = "own_words"
    """What people wrote in their own words leaves for it."""
    STATISTICS = "statistics"
    """Numbers are published under it."""
    BALANCE = "balance"
    """People are counted under it, and chosen for invites by their answers."""
    PARTICIPANT = "needs_participant"
    """The code of another contribution leaves for it."""


NOTHING_BUT_ANSWERS: frozenset[May] = frozenset()


@dataclass(frozen=True, slots=True)
class Meaning:
    """One purpose as somebody decided on it, in the language that they read."""

    label: str
    """Empty where an earlier surveybot wrote the record and what they read is not known for sure."""
    why: str
    may: frozenset[May]


Meanings = Mapping[str, Meaning]
"""By purpose."""

NOT_KNOWN: Meanings = MappingProxyType({})


def may_today(purpose: Purpose) -> frozenset[May]:
    """What a collection says today that a purpose may do."""
    return frozenset(each for each in May if getattr(purpose, each.value))


def may_still(meant: Meanings, purpose: Purpose) -> frozenset[May]:
    """What a purpose may do with what somebody says: what it might when they agreed, as far as it still may today."""
    then = meant.get(purpose.id)
    return then.may & may_today(purpose) if then is not None else NOTHING_BUT_ANSWERS


def means_the_same(then: Meanings, now: Meanings, purpose: str) -> bool:
    """Whether a purpose says and allows what it did; where it is not known what that was, nobody can say so."""
    return purpose in then and then[purpose] == now.get(purpose)


def meanings_of(collection: Collection, words: Callable[[str], str]) -> Meanings:
    """Every purpose of a collection; `words` gives the collection's words in the language of whoever reads."""

    def read(text: str | None) -> str:
        return unicodedata.normalize("NFC", words(text)) if text else ""

    return {each.id: Meaning(read(each.label), read(each.why), may_today(each)) for each in collection.purposes}


def meanings_to_json(meant: Meanings) -> dict[str, Any]:
    """Meanings as JSON values."""
    return {purpose: {"label": each.label, "why": each.why, "may": sorted(each.may)} for purpose, each in meant.items()}


def meanings_from_json(data: Mapping[str, Any]) -> Meanings:
    """What `meanings_to_json` gave. What a later surveybot lets a purpose do is not known here, and not done."""
    known = set(May)
    return {
        purpose: Meaning(each["label"], each["why"], frozenset(May(name) for name in each["may"] if name in known))
        for purpose, each in data.items()
    }


def hash_of_meanings(meant: Meanings) -> str:
    """SHA-256 of meanings, in hex."""
    text = json.dumps(meanings_to_json(meant), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def differs(known: AbstractSet[Meaning], now: Meaning) -> tuple[str, ...]:
    """What of a purpose in collection.yaml says something else than it did to whoever agreed; nothing where it meant
    the same to somebody, or where nobody has."""
    if not known or now in known:
        return ()
    return min((_differing(was, now) for was in known), key=len)


def _differing(was: Meaning, now: Meaning) -> tuple[str, ...]:
    words = [name for name in ("label", "why") if getattr(was, name) != getattr(now, name)]
    return (*words, *sorted(was.may ^ now.may))
