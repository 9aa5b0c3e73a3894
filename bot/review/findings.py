"""What `surveybot check` says of a collection, for the booklet. The one place that asks it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection as Collected
from pathlib import Path

from bot.checking.check import check_collection
from bot.spoken import words_missing
from bot.texts import ORIGINAL
from flows.collection import Collection
from flows.sign_offs import Place


def findings_of(folder: Path, collection: Collection, today: dt.date, places: Collected[Place]) -> list[str]:
    """What is found about some places or about all, a line each; a folder with a fault is not loaded, so there is no
    booklet of one.

    Sign-offs are left out: whoever reads the booklet is about to give one. So are other places and languages.
    """
    territories = {None, *(place.territory for place in places)}
    languages = {None, ORIGINAL, *(place.language for place in places)}
    found = [
        f"{_named(each.path, folder)}:{each.line}: {each.what}. {each.remedy} ({each.severity.value}, {each.rule})"
        for each in check_collection(folder, today)
        if each.rule not in _SIGN_OFFS and each.region in territories and each.language in languages
    ]
    missing = words_missing(folder, collection)
    return found + [
        f"{language}: {len(messages)} of its words are missing, such as {messages[0]!r}: it is offered to nobody"
        for language, messages in missing.items()
        if language in languages
    ]


def _named(path: Path, folder: Path) -> Path:
    """A file as a reviewer can be told of it: of one beside the collection, such as the file of zones, its name."""
    return path.relative_to(folder if path.is_relative_to(folder) else path.parent)


_SIGN_OFFS = frozenset({"regions.no_sign_off", "regions.lapsed", "regions.changed"})
