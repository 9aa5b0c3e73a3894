"""How near a broadcast comes to a rate that is enforced: `python -m benchmarks.broadcasts.rates`.

One bot, one stand-in, people who answer meanwhile. What counts is the middle of the run: from a fifth of it to four
fifths.
"""

import asyncio
import json
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.broadcasts import ours
from benchmarks.broadcasts.stand_in import BulkStandIn
from benchmarks.processes import cpu_seconds
from benchmarks.rounds import SECONDS_TO_START

TAPS_A_SECOND = 40
WARM_UP = 400
"""Taps before any that count, at most: what comes right after a start is slower."""
_TAP = "i.why.demographics"
"""Why somebody is asked: a button of the invite. The tap is answered once its step is on disk."""

_PATIENCE, _LOOK = 10.0, 0.05
"""Seconds that the last taps are waited for, and between two looks."""


async def taps(stand_in: BulkStandIn, people: int, count: int, dice: random.Random) -> list[float]:
    """Seconds from a tap to its answer, of so many taps at an even pace, whatever becomes of those before. One without
    an answer counts as long as it was waited for."""
    made: list[tuple[str, float]] = []
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for number in range(count):
        await asyncio.sleep(max(0.0, begin + number / TAPS_A_SECOND - loop.time()))
        made.append(stand_in.press(ours.FIRST_CHAT + dice.randrange(people), _TAP))
    for _ in range(round(_PATIENCE / _LOOK)):
        if all(callback in stand_in.answered for callback, _ in made):
            break
        await asyncio.sleep(_LOOK)
    now = time.monotonic()
    return [stand_in.answered.get(callback, now) - at for callback, at in made]


def left_waiting(stand_in: BulkStandIn) -> int:
    """Taps that were never answered."""
    return len(stand_in.pressed - stand_in.answered.keys())


def p99(waits: list[float]) -> float:
    """What 99 of 100 waits stayed under, in milliseconds."""
    return statistics.quantiles(waits, n=100)[-1] * 1000 if len(waits) > 1 else 0.0


def middle_rate(seconds: list[float]) -> float:
    """Messages a second over the middle of a run."""
    some = seconds[len(seconds) // 5 : len(seconds) * 4 // 5]
    return (len(some) - 1) / (some[-1] - some[0]) if len(some) > 1 else 0.0


async def measure(rate: float, people: int, tap_count: int, *, enforced: bool = True) -> dict[str, float]:
    """One run, with people who are made up for it."""
    with tempfile.TemporaryDirectory(prefix="survey-bench-") as name:
        folder = Path(name)
        await ours.made_up(folder, people)
        return await measure_in(folder, rate, people, tap_count, enforced=enforced)


async def measure_in(
    folder: Path, rate: float, people: int, tap_count: int, *, enforced: bool = True, whole: bool = True
) -> dict[str, float]:
    """One run in a folder with people; where not the whole, it ends with the taps."""
    dice = random.Random(1)  # noqa: S311 - the same taps in each run
    async with BulkStandIn(rate if enforced else None) as stand_in:
        settings = ours.environment(folder, stand_in.url, stand_in.token, rate)
        async with ours.serving(settings, folder, 3600) as process:
            await asyncio.wait_for(stand_in.polled.wait(), SECONDS_TO_START)
            await taps(stand_in, people, min(tap_count, WARM_UP), dice)
            before = cpu_seconds(process.pid) or 0.0
            quiet = await taps(stand_in, people, tap_count, dice) if tap_count else []
            used_by_taps = (cpu_seconds(process.pid) or 0.0) - before
            await ours.command(settings, folder, "invite", "demographics", "--any-hour", "--yes")
            before, began = cpu_seconds(process.pid) or 0.0, time.monotonic()
            busy = await taps(stand_in, people, tap_count, dice) if tap_count else []
            while whole and ours.settled(folder)["delivered"] < people:  # noqa: ASYNC110 - a file wakes nobody
                await asyncio.sleep(0.2)
            used, took = (cpu_seconds(process.pid) or 0.0) - before, time.monotonic() - began
        return {
            "rate": rate,
            "reached": round(middle_rate(stand_in.seconds), 2),
            "share": round(middle_rate(stand_in.seconds) / rate, 4),
            "refused": stand_in.refused,
            "twice": sum(count > 1 for count in stand_in.copies.values()),
            "tap_p99_ms_quiet": round(p99(quiet), 1),
            "tap_p99_ms_broadcast": round(p99(busy), 1),
            "tap_median_ms_quiet": round(statistics.median(quiet) * 1000, 1) if quiet else 0,
            "tap_median_ms_broadcast": round(statistics.median(busy) * 1000, 1) if busy else 0,
            "taps": len(busy),
            "taps_left_waiting": left_waiting(stand_in),
            "cpu_ms_a_tap_quiet": round(used_by_taps / max(len(quiet), 1) * 1000, 2),
            "cpu_ms_each": round(used / max(len(stand_in.seconds), 1) * 1000, 2),
            "cores_used": round(used / took, 2),
        }


async def rounds(rate: float, people: int, tap_count: int, count: int) -> list[dict[str, float]]:
    """Several runs among the same people, each on stores of its own."""
    with tempfile.TemporaryDirectory(prefix="survey-bench-") as name:
        crowd = Path(name) / "crowd"
        crowd.mkdir()
        await ours.made_up(crowd, people)
        found = []
        for number in range(count):
            folder = crowd.with_name(f"round-{number}")
            shutil.copytree(crowd, folder)
            found.append(await measure_in(folder, rate, people, tap_count))
            shutil.rmtree(folder)
            typer.echo(json.dumps(found[-1]))
        return found


def main(
    rate: Annotated[float, typer.Option(help="Messages a second.")] = 1000.0,
    people: Annotated[int, typer.Option(help="Recipients.")] = 20_000,
    tap_count: Annotated[int, typer.Option("--taps", help="Taps without and with the broadcast.")] = 400,
    count: Annotated[int, typer.Option("--rounds", help="Runs; the medians come last.")] = 1,
) -> None:
    """Measure and print each run as a line of JSON, and then the median of each figure."""
    found = asyncio.run(rounds(rate, people, tap_count, count))
    medians = {name: statistics.median(each[name] for each in found) for name in found[0]}
    typer.echo(json.dumps(medians, indent=2))


if __name__ == "__main__":
    typer.run(main)
