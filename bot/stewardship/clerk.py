"""Counts and makes the releases that stewards order in the chat, beside the conversation.

Each is worked on in a thread with connections of its own, so that nobody's tap waits for it. What was ordered is a row,
and that it is to be counted or made one of the schedule (`bot.errands`), which outlives a process that dies.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.settings import Settings
from bot.stewardship.archive import open_archive
from bot.stewardship.export import export
from bot.stewardship.foreseeing import foresee
from bot.stewardship.ordering import Order, confirmed, from_kept
from bot.stewardship.refusing import Refused
from bot.storage import release_orders
from bot.storage.database import Database
from bot.storage.release_orders import Waiting
from bot.storage.schedule import Due
from flows.collection import Collection
from flows.releases import OrderState


class Clerk:
    """Works on orders that the schedule has."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        collections: Sequence[Collection],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._settings = settings
        self._database = database
        self._collections = collections
        self._clock = clock

    async def carry_out(self, due: Due) -> None:
        """Count or make what is ordered, as far as it is to go now."""
        await self._carry_out(due.key.rpartition("/")[2])

    async def _carry_out(self, order: str) -> None:
        async with self._database.read() as connection:
            found = await release_orders.read(connection, order)
        if found is None:
            return
        state = OrderState(found.state)
        if state not in {OrderState.COUNTING, OrderState.MAKING}:
            return
        work = self._count if state is OrderState.COUNTING else self._make
        try:
            wanted = from_kept(self._collections, found.wanted)
            told, after = await asyncio.to_thread(asyncio.run, work(wanted, found))
        except (Refused, OSError) as why:
            told, after = {"why": str(why) if isinstance(why, Refused) else type(why).__name__}, OrderState.REFUSED
        async with self._database.write() as connection:
            if not await release_orders.move(connection, order, state, after, {**found.told, **told}):
                # Its release is in the ledger, which is how it came to be made.
                await release_orders.tell(connection, order, {**found.told, **told})

    async def _count(self, wanted: Order, _found: Waiting) -> tuple[dict[str, Any], OrderState]:
        async with open_archive(self._settings) as archive:
            return await foresee(archive, wanted, self._clock), OrderState.COUNTED

    async def _make(self, wanted: Order, found: Waiting) -> tuple[dict[str, Any], OrderState]:
        folder = self._settings.export_dir.absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        alone = self._settings.one_person_team
        both = confirmed(wanted, found.ordered_by, found.also_by or None, one_person_team=alone)
        async with open_archive(self._settings) as archive:
            made = await export(archive, replace(both, ordered_as=found.id), folder, self._clock)
        return {"folder": str(made.folder)}, OrderState.MADE
