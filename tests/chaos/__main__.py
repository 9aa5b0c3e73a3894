"""Many runs, one after the other: `make chaos`, which goes on where it stopped (docs/chaos.md)."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop
from support import stores
from support.standby import Pair

from . import figures
from .ground import prepare
from .keeping import Nursery
from .plan import Kind, Plan, plan_of
from .running import Outcome, run


def _arguments() -> argparse.Namespace:
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    kept = Path(os.environ.get("SURVEYBOT_CHAOS_FIGURES") or state / "surveybot" / "chaos.json")
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--runs", type=int, help="how many runs; by default 100, and one with --seed")
    parser.add_argument("--figures", type=Path, default=kept, help=f"where they are added up; by default {kept}")
    parser.add_argument("--on", choices=["sqlite", "postgresql"], default="sqlite", help="what data and keys are on")
    parser.add_argument("--seed", type=int, help="from this seed on; nothing is added up")
    parser.add_argument("--only", choices=[each.value for each in Kind], help="with --seed: pass over seeds without it")
    parser.add_argument("--log", action="store_true", help="show what the bots said where something did not hold")
    return parser.parse_args()


def _version() -> str:
    found = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def _plans(given: argparse.Namespace, known: figures.Figures) -> Iterator[Plan]:
    if given.seed is None:
        seeds = range(known.next_seed, known.next_seed + (given.runs or 100))
        yield from (plan_of(seed, on_server=given.on == "postgresql") for seed in seeds)
        return
    seed, count = given.seed, given.runs or 1
    while count:
        plan = plan_of(seed, on_server=given.on == "postgresql")
        if given.only is None or Kind(given.only) in plan.kinds:
            yield plan
            count -= 1
        seed += 1


def _say(outcome: Outcome, *, log: bool) -> None:
    print(f"{outcome.plan.told()}: {outcome.seconds:.1f} s", flush=True)  # noqa: T201  # a program's words
    for words in outcome.broken:
        print(f"    {words}", flush=True)  # noqa: T201
    if log and outcome.broken:
        print(*outcome.log, sep="\n", flush=True)  # noqa: T201


async def main() -> int:
    """The exit code: 1 where something did not hold, or it was told to stop; the run under way is then not counted."""
    work = asyncio.ensure_future(_runs(_arguments()))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        return 1


async def _server(stack: AsyncExitStack) -> Pair:
    """One for all runs, which the stores are on from now on."""
    database = Pair()
    stack.callback(database.remove)
    await database.make()
    os.environ |= {stores.ON: "postgresql", stores.SERVER: str(database.address)}
    await stores.make_templates()
    return database


async def _runs(given: argparse.Namespace) -> int:
    known, version, broken = figures.read(given.figures), _version(), 0
    async with AsyncExitStack() as stack:
        database = await _server(stack) if given.on == "postgresql" else None
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="surveybot-chaos-"))
        ground = await prepare(Path(folder))
        async with Nursery() as nursery:
            await nursery.read(ground.collections)
            for plan in list(_plans(given, known)):
                with tempfile.TemporaryDirectory(dir=folder) as own:
                    outcome = await run(plan, ground, nursery, Path(own) / "run", database)
                if given.seed is None:
                    known.add(outcome, dt.datetime.now(dt.UTC).date(), version)
                    figures.write(given.figures, known)
                _say(outcome, log=given.log)
                broken += bool(outcome.broken)
    if given.seed is None:
        print(*known.told(), sep="\n")  # noqa: T201
    return int(broken > 0)


if __name__ == "__main__":
    raise SystemExit(uvloop.run(main()))
