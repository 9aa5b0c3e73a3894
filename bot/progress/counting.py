"""Counts who is heard: answers of those who agreed to be counted, opened some at a time beside the event loop.

Only the key of the purpose for balance opens anything here. Of what was opened nothing stays but numbers, and they are
kept only as far as they are published (`flows.snapshots`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from bot.stewardship.archive import Archive
from bot.stewardship.rows import Contribution, Reader
from bot.storage import consents
from bot.vault import purpose_lock
from flows.collection import Collection
from flows.meaning import May
from flows.progress import chose, reads
from flows.questions import Status

TOGETHER = 500
"""Contributions that are opened together: few enough that memory does not grow with how many there are."""


async def counted(
    archive: Archive, collection: Collection, territories: Sequence[str], now: dt.datetime
) -> Mapping[str, Counter[str]]:
    """Territory -> cell -> how many agreed to be counted there, by language and by what they chose."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    purpose = collection.balance_purpose
    if purpose is None or not territories or not archive.vault.has_lock(purpose_lock(collection.id, purpose.id)):
        return found
    reader = Reader(archive, collection, purpose, May.BALANCE)
    after = ""
    while True:
        async with archive.database.read() as connection:
            names = await consents.submitted_after(connection, collection.id, territories, after, TOGETHER, now)
            if not names:
                return found
            standing = await reader.standing(connection, names, now)
            opened = await reader.opened(connection, standing, now)
        for each in opened:
            found[each.submitted.territory].update(_cells(each))
        after = names[-1]


def _cells(contribution: Contribution) -> list[str]:
    cells = [reads(contribution.submitted.language)]
    for question, answer in contribution.answers.items():
        if answer.status is Status.ANSWERED:
            cells += [chose(question, option) for option in answer.options]
    return cells
