"""Messages a second, beside a plain loop in two libraries: `python -m benchmarks.broadcasts.beside`.

The same stand-in without a rate, one run, the order rotated over the rounds. The loops write nothing down; the product
writes each delivery to disk before and after it.
"""

import asyncio
import os
import statistics
import sys
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.broadcasts import ours
from benchmarks.broadcasts.stand_in import BulkStandIn
from benchmarks.processes import ROOT


@dataclass(frozen=True, slots=True)
class Loop:
    name: str
    module: str
    at_once: int = 0
    more: tuple[tuple[str, str], ...] = ()


LOOPS = (
    Loop("python-telegram-bot, one at a time", "ptb", 1),
    Loop("python-telegram-bot, 10 at once", "ptb", 10),
    Loop("aiogram, one at a time", "aiogram_loop", 1),
    Loop("aiogram, 50 at once", "aiogram_loop", 50),
    Loop("aiogram on uvloop, 50 at once", "aiogram_loop", 50, (("UVLOOP", "1"),)),
    Loop("surveybot, each settled on disk", "ours", more=(("UVLOOP", "1"),)),
)


async def once(loop: Loop, folder: Path, count: int) -> float:
    """Messages a second, from the first to the last."""
    async with BulkStandIn() as stand_in:
        settings = {
            **ours.environment(folder, stand_in.url, stand_in.token, 1000),
            "URL": stand_in.url, "TOKEN": stand_in.token, "FIRST": str(ours.FIRST_CHAT), "COUNT": str(count),
            "AT_ONCE": str(loop.at_once), **dict(loop.more),
        }  # fmt: skip
        with (folder / "output.log").open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"benchmarks.broadcasts.loops.{loop.module}",
                cwd=ROOT, env=settings, stdin=DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
            if await process.wait():
                raise RuntimeError((folder / "output.log").read_text()[-2000:])
        if len(stand_in.seconds) != count or any(copies != 1 for copies in stand_in.copies.values()):
            raise RuntimeError(f"{loop.name} sent {len(stand_in.seconds)} messages to {len(stand_in.copies)} chats")
        return (count - 1) / (stand_in.seconds[-1] - stand_in.seconds[0])


async def run(count: int, rounds: int, say: Callable[[str], None] = print) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {loop.name: [] for loop in LOOPS}
    with tempfile.TemporaryDirectory(prefix="survey-bench-") as name:
        folder = Path(name)
        settings = ours.environment(folder, "http://127.0.0.1:9", "1:none", 1000)
        await ours.command(settings, folder, "db", "seed", "--contributors", str(count))
        for number in range(rounds):
            at = number % len(LOOPS)
            for loop in (*LOOPS[at:], *LOOPS[:at]):
                rate = await once(loop, folder, count)
                found[loop.name].append(rate)
                say(f"round {number + 1}: {loop.name}: {rate:,.0f} a second, load {os.getloadavg()[0]:.1f}")
    return found


def main(
    count: Annotated[int, typer.Option(help="Messages a round.")] = 5_000,
    rounds: Annotated[int, typer.Option(help="Rounds.")] = 5,
) -> None:
    """Measure and print one table."""
    found = asyncio.run(run(count, rounds))
    print("\n| loop | min | median | max |\n| --- | --- | --- | --- |")
    for name, rates in found.items():
        print(f"| {name} | {min(rates):,.0f} | {statistics.median(rates):,.0f} | {max(rates):,.0f} |")


if __name__ == "__main__":
    typer.run(main)
