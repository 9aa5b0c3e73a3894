"""Beginning, looking at and ending pilots, from the command line. Each is written down in the audit with who did it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from bot.broadcasts.refusal import Refused
from bot.storage import broadcasts, consents
from bot.storage import pilots as stored
from bot.storage.consents import Ledger
from bot.storage.database import Database
from bot.storage.tallies import tallied
from flows.collection import Collection
from flows.pilot_report import Report, report
from flows.pilots import FEWEST_PEOPLE, MOST_PEOPLE, Pilot
from flows.shelf import Shelf


class PilotDesk:
    """Opens a collection for a few people, and says how it went."""

    def __init__(self, *, database: Database, shelf: Shelf, clock: Callable[[], dt.datetime]) -> None:
        self._database = database
        self._shelf = shelf
        self._clock = clock

    async def begin(self, name: str, people: int, regions: Sequence[str], by: str) -> Pilot:
        """Open a collection for so many people, in some regions or in all that are open. Raises Refused."""
        collection, now = self._collection(name), self._clock()
        where = self._regions(collection, regions)
        if not FEWEST_PEOPLE <= people <= MOST_PEOPLE:
            raise Refused(
                f"a pilot is for {FEWEST_PEOPLE} to {MOST_PEOPLE:,} people: of fewer it could show nothing, since no "
                f"count under {FEWEST_PEOPLE} is shown"
            )
        async with self._database.write() as connection:
            if any(each.collection == name and each.ended_at is None for each in await stored.every(connection)):
                raise Refused(f"a pilot of {name} goes on already; surveybot pilot end {name} ends it")
            before = {territory: dict(counts) for territory, counts in (await tallied(connection, name)).items()}
            number = await stored.begin(connection, stored.row_of(name, where, people, by, now, before))
            begun = self._note("pilot begun", name, {"pilot": number, "people": people, "by": by})
            await consents.write_ledger(connection, begun)
            return next(each for each in await stored.every(connection) if each.id == number)

    async def end(self, name: str, by: str) -> Pilot:
        """End the pilot of a collection that goes on; if it is not full, its own invites with it. Raises Refused."""
        async with self._database.write() as connection:
            found = [each for each in await stored.every(connection) if each.collection == name]
            going_on = next((each for each in found if each.ended_at is None), None)
            if going_on is None:
                raise Refused(f"no pilot of {name} goes on; surveybot pilot list names those that there were")
            now = self._clock()
            await stored.end(connection, going_on.id, by, now, await tallied(connection, name))
            ended = next(each for each in await stored.every(connection) if each.id == going_on.id)
            if not ended.is_finished:
                await broadcasts.stop_of_pilot(connection, name, ended.begun_at, stored.BROKEN_OFF, now)
            detail = {"pilot": ended.id, "by": by, "finished": ended.is_finished}
            await consents.write_ledger(connection, self._note("pilot ended", name, detail))
            return ended

    async def every(self) -> list[Pilot]:
        """All of them, oldest first."""
        async with self._database.read() as connection:
            return await stored.every(connection)

    async def report(self, name: str) -> tuple[Pilot, Report]:
        """The newest pilot of a collection, and what it shows. Raises Refused."""
        collection = self._collection(name)
        async with self._database.read() as connection:
            found = [each for each in await stored.every(connection) if each.collection == name]
            now = await tallied(connection, name)
        if not found:
            raise Refused(f"there was no pilot of {name} yet; surveybot pilot begin {name} 30 begins one")
        return found[-1], report(found[-1], collection, now)

    def _collection(self, name: str) -> Collection:
        found = self._shelf.collections.get(name)
        if found is None:
            raise Refused(f"there is no collection {name!r}; there is: {', '.join(self._shelf.collections) or 'none'}")
        return found

    def _regions(self, collection: Collection, wanted: Sequence[str]) -> list[str]:
        opened = [region.territory for region in self._shelf.beginning(collection, self._clock().date())]
        for name in wanted:
            if collection.region(name) is None:
                known = ", ".join(region.territory for region in collection.regions)
                raise Refused(f"{collection.id} has no region {name!r}; it has: {known}")
            if name not in opened:
                raise Refused(f"{name} is not open; surveybot check says why")
        if not opened:
            raise Refused(f"{collection.id} is open in no region today; surveybot check says why")
        return list(dict.fromkeys(wanted)) or opened

    def _note(self, action: str, name: str, detail: dict[str, Any]) -> Ledger:
        entry = {
            "at": self._clock(), "actor": "coordinator", "action": action, "collection": name, "pseudonym": None,
            "detail": detail,
        }  # fmt: skip
        return Ledger(audit=[entry])
