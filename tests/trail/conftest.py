"""A data file and a key store with entries that were written and sealed as the bot does it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support import stores

from bot.storage import audit
from bot.storage.database import Database
from bot.storage.installation import hold_together
from bot.storage.keystore import KeyStore
from bot.trail.sealer import Sealer
from bot.trail.verifying import Verdict, verify
from bot.vault import FIXED_RING_KEYS, KEY_BYTES, Vault

START = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
ACTIONS = ("consent given", "answers submitted", "purposes withdrawn", "release made", "halted")


@dataclass
class Office:
    """One installation's trail, by hand."""

    folder: Path
    database: Database
    keystore: KeyStore
    vault: Vault
    now: dt.datetime = START
    written: int = 0
    sealers: list[Sealer] = field(default_factory=list)

    def sealer(self, *, behind: dt.timedelta = dt.timedelta(0)) -> Sealer:
        """A process that seals, whose clock is right at first and so much behind from then on."""
        begun = self.now
        return Sealer(
            database=self.database,
            keystore=self.keystore,
            vault=self.vault,
            clock=lambda: self.now - (behind if self.now > begun else dt.timedelta(0)),
            ticks=self._ticks,
        )

    def _ticks(self) -> float:
        return (self.now - START).total_seconds()

    async def write(self, count: int) -> None:
        """Entries, each in a transaction of a few."""
        while count > 0:
            some = min(count, 7)
            async with self.database.write() as connection:
                await audit.append(connection, [self._entry() for _ in range(some)])
            count -= some

    def _entry(self) -> dict[str, Any]:
        self.written += 1
        number = self.written
        return {
            "at": START + dt.timedelta(seconds=number),
            "actor": "contributor" if number % 3 else "steward",
            "action": ACTIONS[number % len(ACTIONS)],
            "collection": "demographics" if number % 4 else None,
            "pseudonym": f"p{number:04}" if number % 2 else None,
            "detail": {"record": f"r{number}", "count": number, "names": ["a", "ü"]},
        }

    async def verdict(self) -> Verdict:
        """What `surveybot audit verify` finds."""
        return await verify(self.database, self.keystore, self.vault)

    def run(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """SQL on the data, as somebody would run it who has got hold of the file."""
        return stores.rows(self.folder, query, *values)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    database = Database.connect(stores.url(tmp_path, stores.DATA))
    keystore = KeyStore.connect(stores.url(tmp_path, stores.KEYS))
    await database.upgrade()
    await keystore.create()
    await hold_together(database, keystore, "an installation")
    vault = Vault({name: os.urandom(KEY_BYTES) for name in FIXED_RING_KEYS}, os.urandom)
    database.note_with(vault.notary())
    yield Office(tmp_path, database, keystore, vault)
    await keystore.close()
    await database.close()
