"""Stores with people in them who agreed to be counted, and what a release for the same purpose says of them."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from support import stores
from support.made_up import dice
from support.running import settings_for

from bot.broadcasts.seeding import seed
from bot.doors import Lookout, open_ground, open_lookout
from bot.settings import Settings
from bot.stewardship import recipients
from bot.stewardship.archive import open_archive
from bot.stewardship.export import export, order
from bot.stewardship.formats import FORMATS
from bot.storage.recipients import Recipient
from flows.collection import Collection
from flows.progress import chose, reads

PEOPLE = 1_200
FIRST = 7_000_000_001


@dataclass(frozen=True)
class Place:
    """Stores in a folder of their own."""

    folder: Path
    settings: Settings

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return stores.rows(self.folder, query, *values)

    async def seed(self, count: int, first: int) -> None:
        async with open_ground(self.settings, "", dice()) as ground:
            assert await seed(ground, first, count) == count

    async def rows_released(self) -> list[dict[str, str]]:
        """Everybody, as a release for balance has them: read by nothing that is tested here."""
        async with open_lookout(self.settings) as lookout:
            wanted = order(lookout.collections, "demographics", "balance", "team", FORMATS["csv"])
        wanted = replace(wanted, smallest_group=1)  # everybody is counted, and so nobody may be left out
        now = dt.datetime.now(dt.UTC)
        async with open_archive(self.settings) as archive:
            if not await recipients.everybody(archive, now):
                until = now.date() + dt.timedelta(days=30)
                await recipients.add(archive, Recipient("team", "DUA-1", ("balance",), "x@example.org", until, 30, now))
            made = await export(archive, wanted, self.folder / "out", lambda: now)
        with made.files[0].path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    async def released(self) -> dict[str, Counter[str]]:
        """Territory -> cell -> how many, of the same."""
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in await self.rows_released():
            cells = found[row["region"]]
            cells[reads(row["language"])] += 1
            for name, value in row.items():
                if name.endswith(".status") and value == "answered":
                    question = name.removesuffix(".status")
                    cells.update(chose(question, option) for option in row[question].split())
        return found


@pytest.fixture(scope="session")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once."""
    folder = tmp_path_factory.mktemp("counted")
    asyncio.run(Place(folder, settings_for(folder, "http://127.0.0.1:9")).seed(PEOPLE, FIRST))
    return folder


@pytest.fixture
def place(peopled: Path, tmp_path: Path) -> Place:
    folder = tmp_path / "stores"
    stores.copied(peopled, folder)
    return Place(folder, settings_for(folder, "http://127.0.0.1:9"))


@pytest.fixture
async def lookout(place: Place) -> AsyncIterator[Lookout]:
    async with open_lookout(place.settings) as opened:
        yield opened


@pytest.fixture
def demographics(lookout: Lookout) -> Collection:
    return lookout.collections[0]
