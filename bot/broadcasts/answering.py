"""Answers for choosing an audience: read only of people who agreed to be counted and chosen so, and only there.

Gender identity, and whatever is locked or closed somewhere, is never read for it, whoever asks: who is to be heard of
those groups is found through community links. Of what is opened nothing is kept, and nothing that is written down says
by which answer a broadcast was chosen: beside the chats that it went to, that would be their answer in clear.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.stewardship.archive import Archive
from bot.stewardship.rows import Reader
from bot.storage import consents
from bot.vault import purpose_lock
from flows.choosing import Answered, same_question
from flows.collection import Collection
from flows.meaning import May
from flows.questions import Status
from flows.safety import may_be_asked

_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Answers:
    """Reads what people have answered, in any collection, to questions of one."""

    archive: Archive
    collections: tuple[Collection, ...]
    asked_in: Collection
    """Whose questions are meant. In another collection the same is one of the same id, subject and options."""

    async def of(
        self, chats: Sequence[bytes], questions: Iterable[str], now: dt.datetime
    ) -> Mapping[bytes, set[Answered]]:
        """Chat -> question and option that were chosen, for those who agreed to it now; nothing of anybody else."""
        wanted = tuple(questions)
        found: defaultdict[bytes, set[Answered]] = defaultdict(set)
        for collection in self.collections:
            known = [each for each in wanted if same_question(each, self.asked_in, collection)]
            purpose = collection.balance_purpose
            if purpose is None or not known:
                continue
            if not self.archive.vault.has_lock(purpose_lock(collection.id, purpose.id)):
                continue
            for start in range(0, len(chats), _TOGETHER):
                await self._read(collection, chats[start : start + _TOGETHER], known, now, found)
        return found

    async def _read(
        self,
        collection: Collection,
        chats: Sequence[bytes],
        questions: Sequence[str],
        now: dt.datetime,
        found: defaultdict[bytes, set[Answered]],
    ) -> None:
        purpose = collection.balance_purpose
        assert purpose is not None  # noqa: S101  # whoever calls has looked
        reader = Reader(self.archive, collection, purpose, May.BALANCE)
        async with self.archive.database.read() as connection:
            whose = await consents.submitted_by(connection, collection.id, chats)
            standing = await reader.standing(connection, list(whose), now)
            opened = await reader.opened(connection, standing, now, questions)
        for each in opened:
            territory = each.submitted.territory
            region = collection.region(territory)
            for name, answer in each.answers.items():
                question = region.question(name) if region is not None else None
                if question is None or not may_be_asked(territory, question) or answer.status is not Status.ANSWERED:
                    continue
                found[whose[each.submitted.pseudonym]] |= {(name, option) for option in answer.options}
