"""A short run: a few seeds in which, between them, everything goes wrong once. `make chaos` is the same many times."""

from __future__ import annotations

import asyncio
import datetime as dt
import resource
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support import stores
from support.standby import Pair

from . import figures
from .ground import Ground, prepare
from .keeping import EXPLAINED, OTHER_POLLER, Keeper, Nursery
from .plan import Kind, plan_of
from .running import Outcome, run

SEEDS = (8, 81, 238, 377, 507)
SEEDS_ON_SERVER = (53506, 24600)

OF_SERVER = {Kind.RESTART, Kind.FAILOVER, Kind.HUNG_UP, Kind.STALLED, Kind.APART}
OTHERWISE_ON_SERVER = {Kind.DISK_FULL, Kind.READ_ONLY, Kind.LOCKED, Kind.SECOND}


def test_between_them_the_seeds_have_everything() -> None:
    plans = [plan_of(seed) for seed in SEEDS]
    assert frozenset().union(*(plan.kinds for plan in plans)) == frozenset(Kind) - OF_SERVER
    assert {plan.webhook for plan in plans} == {True, False}
    assert {plan.days_later > 3 for plan in plans} == {True, False}


def test_between_them_the_seeds_have_everything_that_is_a_servers() -> None:
    plans = [plan_of(seed, on_server=True) for seed in SEEDS_ON_SERVER]
    assert frozenset().union(*(plan.kinds for plan in plans)) >= OF_SERVER | OTHERWISE_ON_SERVER | {Kind.KILL}
    assert max(plan.bots for plan in plans) > 1
    assert {plan.days_later > 3 for plan in plans} == {True, False}


@pytest.mark.parametrize("on_server", [False, True])
def test_a_seed_is_the_same_plan_each_time(on_server: bool) -> None:
    assert plan_of(7, on_server=on_server) == plan_of(7, on_server=on_server)
    assert plan_of(7, on_server=on_server) != plan_of(8, on_server=on_server)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """What every run begins with, made once."""
    return asyncio.run(prepare(tmp_path_factory.mktemp("ground")))


@pytest.mark.chaos
@pytest.mark.sqlite("what goes wrong are its files: a full disk, a lock, a file that may not be written")
async def test_what_is_promised_holds_whatever_goes_wrong(ground: Ground, tmp_path: Path) -> None:
    async with Nursery() as nursery:
        await nursery.read(ground.collections)
        outcomes = [await run(plan_of(seed), ground, nursery, tmp_path / f"run-{seed}") for seed in SEEDS]
    assert not (broken := told(outcomes)), f"{broken}\n`make chaos CHAOS='--seed N --log'` repeats one"


@pytest.mark.chaos
@pytest.mark.server("what goes wrong is the server, and several processes share it")
async def test_what_is_promised_holds_whatever_goes_wrong_with_a_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A server of this test's own, since others would miss theirs."""
    async with AsyncExitStack() as stack:
        database = Pair()
        stack.callback(database.remove)
        await database.make()
        monkeypatch.setenv(stores.SERVER, str(database.address))
        await stores.make_templates()
        ground = await prepare(tmp_path / "ground")
        nursery = await stack.enter_async_context(Nursery())
        await nursery.read(ground.collections)
        plans = [plan_of(seed, on_server=True) for seed in SEEDS_ON_SERVER]
        outcomes = [await run(each, ground, nursery, tmp_path / f"run-{each.seed}", database) for each in plans]
    broken = told(outcomes)
    assert not broken, f"{broken}\n`make chaos CHAOS='--on postgresql --seed N --log'` repeats one"


def told(outcomes: Sequence[Outcome]) -> str:
    """Runs in which something did not hold."""
    return "\n".join(f"{each.plan.told()}\n  " + "\n  ".join(each.broken) for each in outcomes if each.broken)


@pytest.mark.parametrize("over", ["before", "after"])
async def test_a_disk_is_full_no_longer_than_planned_for_a_bot_that_starts_meanwhile(tmp_path: Path, over: str) -> None:
    """The disk is full when the start is asked for, and its trouble is over before the start is, or a moment later."""
    started: list[asyncio.subprocess.Process] = []

    class Slow(Nursery):
        async def start(self, _order: Mapping[str, Any], log: int) -> int:
            started.append(await asyncio.create_subprocess_exec("sleep", "60", stdout=log))
            if over == "before":
                keeper.limit(None)
            return started[0].pid

        async def code(self, _pid: int) -> int:
            return await started[0].wait()

    keeper = Keeper(Slow(), {}, tmp_path / "clock")
    keeper.limit(4096)
    keeper.now = await keeper.start_one()
    limit = resource.prlimit(keeper.now.pid, resource.RLIMIT_FSIZE)[0]
    assert limit == (resource.RLIM_INFINITY if over == "before" else 4096)
    keeper.limit(None)
    assert resource.prlimit(keeper.now.pid, resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    started[0].kill()
    await keeper.now.ended()


@dataclass(frozen=True)
class Ended:
    """A bot that is gone, as its keeper knows of it."""

    code: int
    said: str = ""
    killed: bool = False
    told: bool = False
    served: bool = True

    def process(self) -> Any:  # noqa: ANN401  # what of a Process is looked at
        """Killed or told to stop, or neither; with its last words."""
        serves = asyncio.Event()
        if self.served:
            serves.set()
        return SimpleNamespace(killed=self.killed, told=self.told, serves=serves, lines=[self.said] * bool(self.said))


_WHY = "the database is locked by another program"


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (Ended(-9, killed=True), []),
        (Ended(0, told=True), []),
        (Ended(EXPLAINED, f"{OTHER_POLLER} with this token"), []),
        (Ended(EXPLAINED, _WHY, served=False), []),
        (Ended(EXPLAINED, _WHY, told=True), []),
        (Ended(70, _WHY), ["a bot ended with 70"]),
        (Ended(0), ["a bot ended with 0"]),
        (Ended(-11, told=True), ["a bot ended with -11"]),
        (Ended(EXPLAINED, "Error 5", served=False), ["a bot ended without saying why: 'Error 5'"]),
        (Ended(EXPLAINED, served=False), ["a bot ended without saying why: ''"]),
        (Ended(EXPLAINED, _WHY), [f"a bot that served ended by itself: {_WHY}"]),
    ],
)
def test_whoever_keeps_bots_sees_who_ended_as_nothing_should(tmp_path: Path, ended: Ended, words: list[str]) -> None:
    keeper = Keeper(Nursery(), {}, tmp_path / "clock")
    keeper.past.append((ended.process(), ended.code))
    assert keeper.ends() == words


def test_figures_add_up_over_days_and_go_on_behind_the_last_seed(tmp_path: Path) -> None:
    path, plan = tmp_path / "kept" / "chaos.json", plan_of(1)
    assert figures.read(path).next_seed == 1
    for day in (1, 2):
        known = figures.read(path)
        seed = plan_of(known.next_seed)
        broken = ("somebody is stuck",) if day == 2 else ()
        known.add(Outcome(seed, 3.0 * day, broken, Counter(kills=2)), dt.date(2026, 12, day), "v1")
        figures.write(path, known)
    known = figures.read(path)
    assert (known.next_seed, known.runs, known.broken, known.over_five) == (3, 2, 1, 1)
    assert (known.seconds, known.longest, known.counts["kills"]) == (9.0, 6.0, 4)
    assert known.faults == [{"seed": 2, "on": "2026-12-02", "version": "v1", "broken": ["somebody is stuck"]}]
    assert known.told()[0] == "2 runs from 2026-12-01 to 2026-12-02; in 1 something did not hold"
    assert plan.seed == 1
