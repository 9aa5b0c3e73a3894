"""Takes snapshots: when somebody looks, or hourly, and a region's is old enough. One at a time.

They are sealed with the ring key of the purpose that people are counted for. They hold counts of nobody in particular,
but a copy of the data alone says how many agreed to be counted, and would say more beside them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping

import orjson

from bot.progress.counting import counted
from bot.stewardship.archive import Archive
from bot.storage import snapshots as stored
from bot.storage.snapshots import SnapshotRow
from bot.storage.tallies import tallied
from bot.vault import CannotOpen, purpose_lock
from flows.collection import Collection
from flows.progress import countable, moved, of_tallies
from flows.snapshots import Snapshot, is_due, renewed, without

Snapshots = Mapping[str, Snapshot]
"""Territory -> what is published of it."""


class Taking:
    """The one who takes snapshots and reads them."""

    def __init__(self, archive: Archive, clock: Callable[[], dt.datetime]) -> None:
        self._archive = archive
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def published(self, collection: Collection) -> Snapshots:
        """What is published now, of every region that has a snapshot; without what may not be counted there today."""
        async with self._archive.database.read() as connection:
            rows = await stored.of_collection(connection, collection.id)
        found = {}
        for row in rows:
            region, opened = collection.region(row.territory), self._open(collection, row)
            if region is not None and opened is not None:
                found[row.territory] = without(opened, countable(collection, region))
        return found

    async def refreshed(self, collection: Collection) -> Snapshots:
        """What is published, after every region's snapshot that may be replaced has been."""
        async with self._one_at_a_time:
            await self._take(collection)
        return await self.published(collection)

    async def _take(self, collection: Collection) -> None:
        async with self._archive.database.read() as connection:
            tallies = await tallied(connection, collection.id)
            rows = {row.territory: row for row in await stored.of_collection(connection, collection.id)}
        before = {territory: self._open(collection, row) for territory, row in rows.items()}
        so_far = {territory: moved(tally) for territory, tally in tallies.items()}
        due = [
            region
            for region in collection.regions
            if is_due(before.get(region.territory), so_far.get(region.territory, 0))
        ]
        if not due:
            return
        now = self._clock()
        balance = await counted(self._archive, collection, [region.territory for region in due], now)
        for region in due:
            name = region.territory
            counts = countable(collection, region)
            known = of_tallies(tallies.get(name, Counter())) | balance.get(name, Counter())
            counts |= {cell: number for cell, number in known.items() if cell in counts}
            after = renewed(before.get(name), counts, so_far.get(name, 0), now)
            if after is not None:
                await self._put(collection, name, rows.get(name), after)

    async def _put(self, collection: Collection, territory: str, before: SnapshotRow | None, after: Snapshot) -> None:
        """Where another process has been quicker, its snapshot stays."""
        value = orjson.dumps({"moved": after.moved, "cells": dict(after.cells)})
        sealed = self._archive.vault.seal_counts(_lock(collection), collection.id, territory, value)
        async with self._archive.database.write() as connection:
            await stored.replace(connection, before, SnapshotRow(collection.id, territory, after.taken_at, sealed))

    def _open(self, collection: Collection, row: SnapshotRow) -> Snapshot | None:
        """What a row holds; None where it opens with none of the collection's keys, as if there were no row."""
        vault = self._archive.vault
        locks = [purpose_lock(collection.id, each.id) for each in collection.purposes if each.uses == "answers"]
        for lock in filter(vault.has_lock, locks):
            try:
                held = orjson.loads(vault.open_counts(lock, row.collection, row.territory, row.sealed))
            except CannotOpen:
                continue  # sealed before another purpose was the one for balance
            return Snapshot(row.taken_at, held["moved"], held["cells"])
        return None


def _lock(collection: Collection) -> str:
    purpose = collection.balance_purpose or collection.required_purposes[0]
    return purpose_lock(collection.id, purpose.id)
