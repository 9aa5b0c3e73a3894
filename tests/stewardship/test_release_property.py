"""Whatever happens in whatever order, no release holds a row without live consent, and every row that left is known."""

from __future__ import annotations

import asyncio
import csv
import random
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest
from support import commands
from support.contributors import Contributor
from support.running import Bot, until

from .conftest import EXPORT, IMPROVEMENT, Arrive, Surveybot, end_purpose, pseudonym_of, take_back, take_part

PURPOSES = ("evaluation", "improvement")
STEPS = 12


@dataclass
class World:
    """What has happened so far, as it should be."""

    bot: Bot
    surveybot: Surveybot
    environment: dict[str, str]
    out: Path
    chooser: random.Random
    here: dict[str, Contributor] = field(default_factory=dict)
    """By pseudonym."""
    agreed: dict[str, set[str]] = field(default_factory=lambda: {purpose: set() for purpose in PURPOSES})
    seen: set[str] = field(default_factory=set)
    """Releases that were looked at."""

    async def come(self, somebody: Contributor) -> None:
        more = self.chooser.random() < 0.7
        await take_part(somebody, *([IMPROVEMENT] if more else []))
        pseudonym = pseudonym_of(self.bot, somebody)
        self.here[pseudonym] = somebody
        self.agreed["evaluation"].add(pseudonym)
        if more:
            self.agreed["improvement"].add(pseudonym)

    async def leave(self) -> None:
        if self.here:
            pseudonym = self.chooser.choice(sorted(self.here))
            await take_back(self.here.pop(pseudonym))
            for who in self.agreed.values():
                who.discard(pseudonym)

    async def end_one(self) -> None:
        both = sorted(self.agreed["improvement"] & set(self.here))
        if both:
            pseudonym = self.chooser.choice(both)
            await end_purpose(self.here[pseudonym], 1)
            self.agreed["improvement"].discard(pseudonym)

    async def export(self) -> None:
        purpose = self.chooser.choice(PURPOSES)
        done = await self.surveybot(*EXPORT, purpose, "--out", self.out)
        assert done.code == (0 if self.agreed[purpose] else 1), done.err

    async def export_and_be_killed(self) -> None:
        """At a moment that differs: while it is written, when it is whole, when it has its entry."""
        before = self.bot.stores.count("releases")
        reached: list[Callable[[], bool]] = [
            lambda: any(self.out.glob(".unfinished-*")),
            lambda: any(self.out.glob(".unfinished-*/*.csv")),
            lambda: any(self.out.glob(".unfinished-*/manifest.json")),
            lambda: self.bot.stores.count("releases") > before,
        ]
        moment = self.chooser.choice(reached)
        words = [*EXPORT, self.chooser.choice(PURPOSES), "--out", str(self.out)]
        with tempfile.TemporaryFile() as said:
            command = await commands.begin(words, self.environment, self.out.parent, said, said, said)
            ended = asyncio.create_task(command.wait())
            await until(lambda: moment() or ended.done())
            if not ended.done():
                command.send(signal.SIGKILL)
            await ended

    def look(self) -> None:
        """At every release that has its name by now."""
        for folder in sorted(self.out.glob("demographics-*")):
            manifest = orjson.loads((folder / "manifest.json").read_bytes())
            release, purpose = manifest["release"], manifest["purpose"]
            [(rows,)] = self.bot.stores.rows("select rows from releases where id = ?", release)
            with (folder / f"{folder.name}.csv").open(encoding="utf-8", newline="") as file:
                names = {row["contributor"] for row in csv.DictReader(file)}
            vault = self.bot.stores.vault()
            query = "select pseudonym from release_rows where release = ?"
            ledger = {vault.release_pseudonym(name, "lab") for (name,) in self.bot.stores.rows(query, release)}
            assert names == ledger, "every row that left is in the ledger, and no other"
            assert len(names) == rows
            if release not in self.seen:
                self.seen.add(release)
                live = {vault.release_pseudonym(name, "lab") for name in self.agreed[purpose]}
                assert names == live, "whoever agrees to the purpose now, and nobody else"


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_sequence_of_consents_withdrawals_exports_and_kills(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, environment: dict[str, str], tmp_path: Path, seed: int
) -> None:
    world = World(bot, surveybot, environment, tmp_path / "out", random.Random(seed))  # noqa: S311  # a test's own
    await world.come(arrive("first"))
    acts = [world.leave, world.end_one, world.export, world.export, world.export_and_be_killed]
    for step in range(STEPS):
        act = world.chooser.choice([*acts, None, None])
        await (act() if act is not None else world.come(arrive(f"P{step}")))
        world.look()

    [listed] = [(await surveybot("withdrawals", "--recipient", "lab", "--json")).value["withdrawn"]]
    gone = {(row["contributor"], release) for row in listed for release in row["releases"]}
    vault = bot.stores.vault()
    query = "select r.id, r.purpose, w.pseudonym from releases r join release_rows w on w.release = r.id"
    for release, purpose, pseudonym in bot.stores.rows(query):
        row = (vault.release_pseudonym(pseudonym, "lab"), release)
        assert (row in gone) == (pseudonym not in world.agreed[purpose]), "whoever left is called back from each"
