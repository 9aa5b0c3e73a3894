"""Whether people may be invited to a collection: after its pilot, or as many as the pilot has places left.

A pilot's own invites are drawn by lot, so that a large audience can be asked for and few of it get one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from bot.broadcasts.refusal import Refused
from bot.storage import pilots
from bot.storage.audiences import Person
from bot.storage.database import Database
from flows.broadcasts import Broadcast
from flows.pilots import NOT_PILOTED, PILOTED, Invitable, MayInvite, invitable

_REFUSALS: Mapping[MayInvite, str] = MappingProxyType(
    {
        MayInvite.NOBODY: "{collection} was never piloted, and people are invited to it only after a few have tried "
        "it: surveybot pilot begin {collection} 30 opens it for thirty; or say why it needs none: "
        "--without-pilot REASON",
        MayInvite.BROKEN_OFF: "the last pilot of {collection} was broken off before it was full, so it shows too "
        "little: surveybot pilot begin {collection} 30 begins another; or say why it needs none: "
        "--without-pilot REASON",
        MayInvite.FULL: "the pilot of {collection} is full and goes on until somebody ends it: look at surveybot pilot "
        "report {collection}, then surveybot pilot end {collection}",
    }
)


class Asked(Protocol):
    """What is asked for, or was planned."""

    @property
    def collection(self) -> str:
        """That people are invited to."""

    @property
    def any_hour(self) -> bool:
        """Whether it is a rehearsal, which needs no pilot."""

    @property
    def without_pilot(self) -> str | None:
        """Why it needs none."""


async def may_invite(database: Database, asked: Asked) -> Invitable:
    """Who may be invited to a collection now. Raises Refused where nobody may be."""
    if asked.any_hour or asked.without_pilot is not None:
        return PILOTED
    async with database.read() as connection:
        found = invitable(await pilots.every(connection)).get(asked.collection, NOT_PILOTED)
    if found.is_refused:
        raise Refused(_REFUSALS[found.who].format(collection=asked.collection))
    return found


async def check_places(database: Database, broadcast: Broadcast) -> None:
    """Whether what was planned still fits the pilot. Raises Refused."""
    may = await may_invite(database, broadcast)
    if not may.takes(broadcast.recipients):
        raise Refused(
            f"the pilot of {broadcast.collection} has {may.places} places left by now, and this would invite more; "
            "plan it again"
        )


class Lot:
    """Draws so many of however many come, each as likely as any other, and holds no more than are drawn."""

    def __init__(self, places: int, randomness: Callable[[int], bytes]) -> None:
        self._places = places
        self._dice = random.Random(int.from_bytes(randomness(16), "big"))  # noqa: S311  # seeded by what is none
        self._met = 0
        self.drawn: list[Person] = []

    def put_in(self, people: Iterable[Person]) -> None:
        """Some more people (reservoir sampling)."""
        for person in people:
            self._met += 1
            if len(self.drawn) < self._places:
                self.drawn.append(person)
            elif (place := self._dice.randrange(self._met)) < self._places:
                self.drawn[place] = person
