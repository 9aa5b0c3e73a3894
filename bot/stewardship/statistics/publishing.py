"""Publishing: the order of things, which is what makes the promises hold.

1. Everybody is counted in one state of the data.
2. In one transaction, during which nobody can withdraw: where somebody has withdrawn since, it is counted again; else
   it is remembered how each table was published. Suppressed tables are thereby published. For private ones the budget
   is spent, by one statement.
3. Only then noise is drawn. A process that ends before it has written down what it drew has spent the budget for
   nothing; that is never given back, for somebody may have seen it.
4. What was published stays in the data, so that its files can be written again without counting or drawing anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.stewardship.archive import Archive
from bot.stewardship.refusing import Refused
from bot.stewardship.statistics import noise
from bot.stewardship.statistics.content import private_content, suppressed_content
from bot.stewardship.statistics.counting import Counted, Progress, counted
from bot.stewardship.statistics.noise import MILLION, Noise
from bot.storage import releases
from bot.storage import statistics as stored
from bot.storage.statistics import Publication
from flows.collection import Collection, Purpose
from flows.statistics import LANGUAGES, Table, every_cell, suppressed, tables

_TRIES = 5
"""How often it is counted again because somebody withdrew meanwhile."""


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it."""

    publication: Publication
    unreadable: int
    """Contributions that did not open with their keys, and are not counted."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """What a steward wants to publish, of which collection."""

    archive: Archive
    collection: Collection
    by: str
    clock: Clock
    languages_apart: bool = False
    progress: Progress = lambda _people: None

    async def suppressed(self) -> Published:
        """Publish every table that was not published yet, small cells suppressed. Raises Refused."""
        purpose = self._purpose()
        async with self.archive.database.read() as connection:
            known = await stored.kinds(connection, self.collection.id)
        _check_first(self.collection.id, known)
        of = [each for each in self._tables() if each.id not in known]

        async def settle(connection: AsyncConnection, found: Counted) -> Publication:
            if await stored.kinds(connection, self.collection.id) != known:
                raise Refused("somebody else has just published of this collection; look at: surveybot statistics list")
            made = self._publication("suppressed", purpose, of, 0)
            seen = suppressed(found.cells, of)
            made = replace(made, content=suppressed_content(self.collection, made, of, seen))
            await stored.mark(connection, self.collection.id, made.tables, "suppressed")
            await stored.put(connection, made)
            return made

        made, found = await self._count_and(settle, purpose, of, {})
        return Published(made, found.unreadable)

    async def private(self, epsilon: int, names: Sequence[str], most: Mapping[str, int]) -> Published:
        """Publish some tables, or each that may be, with noise that costs `epsilon` millionths in all.

        `most`: question -> in how many of its cells one person is counted, where that is fewer than they could be in.
        Raises Refused.
        """
        noise.check_there()
        purpose = self._purpose()
        of = await self._private_tables(names)
        noises = self._noises(of, epsilon, most)
        spent = sum(each.epsilon for each in noises.values())

        async def settle(connection: AsyncConnection, _found: Counted) -> Publication:
            kinds = await stored.kinds(connection, self.collection.id)
            _check_not_seen(of, kinds)
            if not await stored.reserve(connection, self.collection.id, spent):
                raise Refused(await _what_is_left(connection, self.collection.id, spent))
            made = self._publication("private", purpose, of, spent)
            await stored.mark(connection, self.collection.id, made.tables, "private")
            await stored.put(connection, made)
            return made

        made, found = await self._count_and(settle, purpose, of, {name: each.most for name, each in noises.items()})
        values: dict[tuple[str, tuple[str, str], str], int] = {}
        for table in of:
            cells = list(every_cell([table]))
            numbers = noise.drawn([found.cells.get(cell, 0) for cell in cells], noises[table.id])
            values.update(zip(cells, numbers, strict=True))
        made = replace(made, content=private_content(self.collection, made, of, values, noises))
        async with self.archive.database.write() as connection:
            await stored.complete(connection, made, self.clock())
        return Published(made, found.unreadable)

    async def _count_and(
        self,
        settle: Callable[[AsyncConnection, Counted], Awaitable[Publication]],
        purpose: Purpose,
        of: Sequence[Table],
        most: Mapping[str, int],
    ) -> tuple[Publication, Counted]:
        """Count, and settle in a transaction before which nobody has withdrawn since."""
        # Regions' languages say who is counted at all, also where their table is not published.
        counting = of if of[0].id == LANGUAGES else [self._tables()[0], *of]
        database = self.archive.database
        for _ in range(_TRIES):
            async with database.read() as connection:
                before = await stored.newest_withdrawal(connection, self.collection.id)
                found = await counted(
                    self.archive, connection, self.collection, purpose, counting, most, self.clock(), self.progress
                )
            self._refuse_if_nobody(found)
            try:
                async with database.write() as connection:
                    await releases.hold_withdrawals(connection)
                    if await stored.newest_withdrawal(connection, self.collection.id) == before:
                        return await settle(connection, found), found
            except stored.PublishedMeanwhile:
                raise Refused("somebody else is publishing the same just now; nothing was published here") from None
        raise Refused("people withdrew each time that it was counted; nothing was published. Try again a little later")

    def _refuse_if_nobody(self, found: Counted) -> None:
        if not found.people:
            why = f"; {found.unreadable} contributions do not open with their keys" if found.unreadable else ""
            raise Refused(f"there is nobody to count in {self.collection.id}{why}")

    def _purpose(self) -> Purpose:
        purpose = self.collection.statistics_purpose
        if purpose is None:
            raise Refused(
                f"no purpose of {self.collection.id} covers publishing numbers. One does with `statistics: true` in "
                "collection.yaml, and on the cards that people agree to"
            )
        return purpose

    def _tables(self) -> tuple[Table, ...]:
        return tables(self.collection, languages_apart=self.languages_apart)

    async def _private_tables(self, names: Sequence[str]) -> list[Table]:
        async with self.archive.database.read() as connection:
            kinds = await stored.kinds(connection, self.collection.id)
            if await stored.budget(connection, self.collection.id) is None:
                raise Refused(
                    f"{self.collection.id} has no budget yet: surveybot statistics budget {self.collection.id} "
                    "--allow 1 says how much all private tables may cost, for good"
                )
        known = {each.id: each for each in self._tables()}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise Refused(f"there is no table {unknown[0]!r} in {self.collection.id}; there is: {', '.join(known)}")
        of = [each for each in known.values() if each.id in names] if names else list(known.values())
        if not names:
            of = [each for each in of if kinds.get(each.id) != "suppressed"]
        if not of:
            raise Refused("every table was published suppressed already, and so none can be private any more")
        _check_not_seen(of, kinds)
        return of

    def _noises(self, of: Sequence[Table], epsilon: int, most: Mapping[str, int]) -> dict[str, Noise]:
        """Each table's noise, for an equal part of epsilon."""
        wrong = [name for name in most if name not in {each.id for each in of}]
        if wrong:
            raise Refused(f"--most-choices: {wrong[0]!r} is none of the tables that are published")
        part = epsilon // len(of)
        if part < MILLION // 1000:
            raise Refused(f"--epsilon: {epsilon / MILLION:g} is too little for {len(of)} tables: 0.001 each at least")
        bounds = {each.id: min(each.most_choices, most.get(each.id, each.most_choices)) for each in of}
        return {name: noise.noise_for(part, bound) for name, bound in bounds.items()}

    def _publication(self, kind: stored.Kind, purpose: Purpose, of: Sequence[Table], epsilon: int) -> Publication:
        id_ = str(uuid.UUID(bytes=self.archive.vault.randomness(16), version=4))
        names = [each.id for each in of]
        return Publication(
            id_, self.collection.id, kind, purpose.id, self.languages_apart, names, epsilon, self.by, self.clock(), None
        )


def _check_first(collection: str, known: Mapping[str, stored.Kind]) -> None:
    if "suppressed" in known.values():
        raise Refused(
            f"suppressed tables of {collection} were published already. Those of two days could be subtracted from "
            "each other, so they are published once; `surveybot statistics again` writes their files again, and "
            "tables that were not among them can be private"
        )
    if LANGUAGES in known:
        raise Refused(
            f"how many took part in {collection} was published as a private table, and suppressed ones would say it "
            "exactly: only private tables can follow"
        )


def _check_not_seen(of: Sequence[Table], kinds: Mapping[str, stored.Kind]) -> None:
    seen = [each.id for each in of if kinds.get(each.id) == "suppressed"]
    if seen:
        raise Refused(f"{', '.join(seen)}: published suppressed already, and what was seen exactly is not private")


async def _what_is_left(connection: AsyncConnection, collection: str, wanted: int) -> str:
    budget = await stored.budget(connection, collection)
    left = (budget.allowed - budget.spent) / MILLION if budget is not None else 0
    return (
        f"{collection} has {left:g} of its budget left, and this would cost {wanted / MILLION:g}. A budget that was "
        "spent does not come back, and is never raised: nothing more can be published of these people than that allows"
    )


async def allow(archive: Archive, collection: Collection, allowed: int, by: str, clock: Clock) -> None:
    """Set a collection's budget, or lower it. Raises Refused."""
    async with archive.database.write() as connection:
        if not await stored.allow(connection, collection.id, allowed):
            raise Refused(
                f"{collection.id} has spent some of its budget: it cannot be raised any more, nor be less than what "
                "is spent"
            )
        detail: dict[str, object] = {"allowed": allowed, "steward": by}
        await releases.note_act(connection, clock(), "statistics budget set", collection.id, detail)
