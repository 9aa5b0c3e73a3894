"""Counts what may be published: contributions under a live consent for the purpose that it is published for.

They are opened some at a time with that purpose's key and no other. Of what was opened nothing stays but numbers.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.stewardship.archive import Archive
from bot.stewardship.rows import Contribution, Reader
from bot.storage import consents
from flows.collection import Collection, Purpose
from flows.meaning import May
from flows.statistics import Cell, Person, Table, cells_of, is_counted

TOGETHER = 500
"""Contributions that are opened together: few enough that memory does not grow with how many there are."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Counted:
    """True counts. They are published as they are nowhere."""

    cells: Mapping[Cell, int]
    people: int
    unreadable: int
    """Contributions that did not open with their keys, and are not counted."""


async def counted(
    archive: Archive,
    connection: AsyncConnection,
    collection: Collection,
    purpose: Purpose,
    of: Sequence[Table],
    most: Mapping[str, int],
    now: dt.datetime,
    progress: Progress,
) -> Counted:
    """Count, in one state of the data. `most`: table -> in how many of its cells one person is counted at most.

    Where somebody is in more, which of them count is drawn anew each time, from the system's randomness.
    """
    reader = Reader(archive, collection, purpose, May.STATISTICS)
    dice = random.SystemRandom()
    territories = [region.territory for region in collection.regions]
    cells: Counter[Cell] = Counter()
    people = unreadable = 0
    after = ""
    while True:
        names = await consents.submitted_after(connection, collection.id, territories, after, TOGETHER, now)
        if not names:
            return Counted(cells, people, unreadable)
        standing = await reader.standing(connection, names, now)
        opened = await reader.opened(connection, standing, now)
        unreadable += len(standing) - len(opened)
        for person in map(_person, opened):
            if is_counted(person, of):
                people += 1
                cells.update(cells_of(person, of, most, dice.sample))
        after = names[-1]
        progress(people)


def _person(contribution: Contribution) -> Person:
    return Person(contribution.submitted.territory, contribution.submitted.language, contribution.answers)
