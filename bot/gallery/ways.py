"""How to come by each screen in a chat: what to open, press and write, in the words of somebody's language.

What only time or a change of what is on offer brings about cannot be walked to, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.texts import Texts
from flows.explore import PARTICIPANT, Way, acts_to, in_language
from flows.walk import (
    Act,
    AnswerInvite,
    Ask,
    GetReminded,
    Meanwhile,
    Open,
    OpenLink,
    Pays,
    Press,
    SendPicture,
    Station,
    Vouch,
    Wait,
    Worlds,
    Write,
    button,
)
from flows.worlds import SECOND

CODE = r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}"
"""What the code on a receipt looks like."""

Doing = dict[str, Any]
"""One of {"start": payload}, {"press": label}, {"say": words}, {"say_found": pattern} and {"picture": True}."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nobody can walk to a screen just like that."""

    words: str


def obstacle(way: Way, number: int) -> Obstacle | None:
    """What stands in the way of walking to a screen in a chat, or None."""
    found = (_obstacle(act) for act in acts_to(way, number))
    return next((each for each in found if each is not None), None)


_NEEDS: Mapping[type[Act], str] = {
    Wait: "it takes time to pass",
    GetReminded: "it takes time to pass",
    Vouch: "it takes a person's word",
    Pays: "it takes a person who looks at it",
    Meanwhile: "it takes a change of what is open",
    AnswerInvite: "it takes an invite",
    OpenLink: "it takes a link that the team has made",
}


def _obstacle(act: Act) -> Obstacle | None:
    second = isinstance(act, Open) and act.collection in {SECOND, ""}
    if second or (isinstance(act, Press) and act.verb == "choose_collection"):
        return Obstacle("it takes a second collection")
    return Obstacle(_NEEDS[type(act)]) if type(act) in _NEEDS else None


def doings(way: Way, worlds: Worlds, collection: str, language: str, number: int, texts: Texts) -> list[Doing]:
    """What to do, one after the other, to come by a screen. Raises LookupError where nobody can."""
    numbers = list(_numbers(way, number))
    met = in_language(way, worlds, collection, language, numbers)
    if obstacle(way, number) is not None or number not in met:
        raise LookupError("nobody can walk there")
    before: list[Station | None] = [None, *(met[each] for each in numbers)]
    pairs = zip(before, numbers, strict=False)
    return [_doing(way[each].act, station, worlds, language, texts) for station, each in pairs]


def _numbers(way: Way, number: int) -> Iterator[int]:
    """The screens on the way, from the first."""
    before = way[number].before
    if before is not None:
        yield from _numbers(way, before)
    yield number


def _doing(act: Act, station: Station | None, worlds: Worlds, language: str, texts: Texts) -> Doing:
    match act:
        case Open(collection, participant):
            return {"start": f"{collection}-{PARTICIPANT}" if participant else collection}
        case Ask(command):
            return {"say": f"/{command}"}
        case Write(None):
            return {"say_found": CODE}
        case Write(words):
            return {"say": words}
        case SendPicture():
            return {"picture": True}
        case Press() if station is not None and (place := button(act, station, worlds[station.world])) is not None:
            return {"press": texts.plain(station.screen.choices[place].label, language)}
    raise LookupError("nobody can do this in a chat")
