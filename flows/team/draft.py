"""An invite while it is being made ready: who is to get it, and what is written into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flows.broadcasts import NEVER, Audience


class Who(StrEnum):
    """How people stand in the collection that they are invited to."""

    NEW = "new"
    BEGUN = "begun"
    FINISHED = "finished"


LAST_INVITED = ("", "30", "90", NEVER)
"""Days since the last invite that can be chosen; empty where it does not matter."""

_FINISHED: Mapping[Who, bool | None] = {Who.NEW: None, Who.BEGUN: False, Who.FINISHED: True}


@dataclass(frozen=True, slots=True)
class Draft:
    """As chosen so far. What nobody touches asks for everybody who is not in the collection yet."""

    who: Who = Who.NEW
    last_invited: str = ""
    language: str = ""
    """Only who reads it; empty for every language."""
    answered: str = field(default="", repr=False)
    """`question=option`: only who answered so; empty for anybody, and only `question=` while the option is chosen."""
    paragraphs: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Language -> what is added in it."""
    shown: str = ""
    """The language that is looked at."""
    languages: tuple[str, ...] = ()
    """Those that a post is in."""
    looks: tuple[tuple[float, int], ...] = ()
    """The last two looks at how it goes: when (seconds since 1970) and how many deliveries had come to an end."""

    @property
    def answer(self) -> str | None:
        """By which answer people are chosen, if by any."""
        return self.answered if self.answered.partition("=")[2] else None

    def audience(self, regions: tuple[str, ...]) -> Audience:
        """Who is asked for, in these regions."""
        last: int | str | None = int(self.last_invited) if self.last_invited.isdecimal() else self.last_invited or None
        return Audience(
            regions, (self.language,) if self.language else (), _FINISHED[self.who], last, self.answer is not None
        )


NO_DRAFT = Draft()


def draft_to_json(draft: Draft) -> dict[str, Any]:
    """A draft as JSON values."""
    return {
        "who": draft.who.value,
        "last_invited": draft.last_invited,
        "language": draft.language,
        "answered": draft.answered,
        "paragraphs": dict(draft.paragraphs),
        "shown": draft.shown,
        "languages": list(draft.languages),
        "looks": [list(look) for look in draft.looks],
    }


def draft_from_json(data: Mapping[str, Any]) -> Draft:
    """The draft that `draft_to_json` wrote; of a visit from before there were any, an empty one."""
    if not data:
        return NO_DRAFT
    return Draft(
        who=Who(data["who"]),
        last_invited=data["last_invited"],
        language=data["language"],
        answered=data.get("answered", ""),
        paragraphs=dict(data["paragraphs"]),
        shown=data["shown"],
        languages=tuple(data.get("languages", ())),
        looks=tuple((at, settled) for at, settled in data["looks"]),
    )
