"""A pilot: a collection opens for so many people, stops, and shows how it went before many are invited.

Pure. A pilot is open until somebody ends it. While it is, nobody new begins outside its regions, and once as many have
agreed as it is for, nobody new begins at all: it closes before the next consent and never after, as a budget does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from flows.collection import Collection
from flows.small_counts import FEWEST

FEWEST_PEOPLE = FEWEST
"""Of fewer people no count could be shown, so a pilot would report nothing."""

MOST_PEOPLE = 1_000
"""Above that it is no pilot any more."""

Tallied = Mapping[str, Mapping[str, int]]
"""Territory -> what is counted (`flows.tallies`) -> how many."""


@dataclass(frozen=True, slots=True)
class OpenPilot:
    """What has to be known of a pilot that goes on, to say who may begin."""

    id: int
    collection: str
    regions: tuple[str, ...]
    people: int
    agreed: int

    def closes(self, collection: Collection, more: int) -> Iterator[tuple[str, str]]:
        """Regions of its collection that take nobody new; `more` have agreed beside those that are counted."""
        is_full = self.agreed + more >= self.people
        for region in collection.regions:
            if is_full or region.territory not in self.regions:
                yield self.collection, region.territory


@dataclass(frozen=True, slots=True)
class Pilot:
    """One pilot. Times are UTC."""

    id: int
    collection: str
    regions: tuple[str, ...]
    people: int
    agreed: int
    begun_by: str
    begun_at: dt.datetime
    before: Tallied
    """The collection's counters when it began."""
    ended_by: str | None = None
    ended_at: dt.datetime | None = None
    after: Tallied | None = None
    """The counters when it ended."""

    @property
    def is_full(self) -> bool:
        """Whether as many have agreed as it is for."""
        return self.agreed >= self.people

    @property
    def is_finished(self) -> bool:
        """Whether it ended after everybody had agreed that it is for. One that was broken off tells too little."""
        return self.ended_at is not None and self.is_full


class MayInvite(StrEnum):
    """Whether people may be invited to a collection."""

    ANYBODY = "anybody"
    """A pilot is finished."""
    AS_MANY = "as many as the pilot has places left"
    FULL = "the pilot is full and has not been ended"
    BROKEN_OFF = "the pilot was ended before it was full"
    NOBODY = "there was no pilot"


@dataclass(frozen=True, slots=True)
class Invitable:
    """Who may be invited to a collection."""

    who: MayInvite
    places: int = 0
    """How many, where it is the pilot's own."""
    regions: tuple[str, ...] = ()
    """Where, for a pilot's own; empty: everywhere."""

    def takes(self, recipients: int) -> bool:
        """Whether so many may be invited."""
        return self.who is MayInvite.ANYBODY or (self.who is MayInvite.AS_MANY and recipients <= self.places)

    @property
    def is_refused(self) -> bool:
        """Whether nobody may be invited."""
        return self.who in {MayInvite.FULL, MayInvite.BROKEN_OFF, MayInvite.NOBODY}


NOT_PILOTED = Invitable(MayInvite.NOBODY)
PILOTED = Invitable(MayInvite.ANYBODY)


def invitable(pilots: Iterable[Pilot]) -> Mapping[str, Invitable]:
    """Who may be invited to each collection that had a pilot; to any other, nobody may be."""
    found: dict[str, Invitable] = {}
    for pilot in sorted(pilots, key=lambda each: (each.ended_at is None, each.id)):
        if pilot.ended_at is None and pilot.is_full:
            found[pilot.collection] = Invitable(MayInvite.FULL)
        elif pilot.ended_at is None:
            # In tens, since whoever reads how many are invited could work out how many have agreed.
            places = pilot.people - pilot.agreed + pilot.agreed % FEWEST
            found[pilot.collection] = Invitable(MayInvite.AS_MANY, places, pilot.regions)
        elif pilot.is_finished:
            found[pilot.collection] = PILOTED
        else:
            found.setdefault(pilot.collection, Invitable(MayInvite.BROKEN_OFF))
    return found
