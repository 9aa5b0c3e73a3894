"""A million updates, over as many days as it takes: `make fuzz`.

Figures are added up in a small file, so that it can be stopped at any time and goes on where it was. Each leg is an
installation of its own; the seed of the whole and the leg's number give what is sent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random, SystemRandom

import uvloop

from bot import durable

from .by_bytes import FOLDER
from .crowd import Company, Crowd

LEG, PAGE, LOOKED_EACH = 20_000, 100, 4_000
"""Updates of an installation, of a burst (what getUpdates gives at once), and between two looks at the promises."""

BY_HTTP = 10
"""One leg in so many calls the stand-in through a socket, which takes twice as long."""

_IN_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of its own is made there
"""Where a leg's files are, if there is such a place: a disk would be what takes longest."""

MOST_GROWTH = 200 * (1 << 20)
"""Bytes that bot and stand-in together may grow by within a leg, from its first tenth on."""


@dataclass
class Figures:
    """What has come of it so far."""

    seed: int
    updates: int = 0
    legs: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    """Seconds of processor time; how fast it is beside other work is seen by these."""
    largest: int = 0
    """Bytes of memory, at most."""
    growth: int = 0
    """Bytes that it grew by within a leg, at most."""
    data: int = 0
    """Bytes of a leg's database, at most."""
    calls: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)


def read(path: Path) -> Figures:
    """The figures so far; none where there is no file."""
    if not path.exists():
        return Figures(SystemRandom().randrange(1, 1 << 32))
    return Figures(**json.loads(path.read_bytes()))


def resident() -> int:
    """Bytes of memory that this process has (proc(5))."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def company(number: int) -> Company:
    """Who is at the bot in a leg: so many that most have seen what came of the last thing they did."""
    return Company(owners=16, others=112, waits=0.01, by_http=number % BY_HTTP == 0)


async def leg(figures: Figures, path: Path, target: int, place: Path | None) -> None:
    """One installation, for so many updates; figures are written down at its end, or at the first fault."""
    dice = Random(f"{figures.seed}:{figures.legs}")  # noqa: S311  # a test's dice
    begun, wanted = (time.monotonic(), time.process_time()), min(LEG, target - figures.updates)
    with tempfile.TemporaryDirectory(prefix="surveybot-fuzz-", dir=place) as folder:
        crowd = Crowd(Path(folder), dice, company(figures.legs))
        early = looked = 0
        try:
            async with crowd:
                while crowd.updates < wanted and not crowd.faults:
                    await crowd.burst(PAGE)
                    now = resident()
                    figures.largest = max(figures.largest, now)
                    early = early or (now if crowd.updates > wanted // 10 else 0)
                    figures.growth = max(figures.growth, now - early if early else 0)
                    tell(figures, crowd, now)
                    if crowd.updates // LOOKED_EACH > looked:
                        looked = crowd.updates // LOOKED_EACH
                        await crowd.look()
                await crowd.look()
            await crowd.look()  # what a stop leaves behind
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what is looked for
            crowd.faults.append(f"{type(error).__name__}: {error}")
        figures.data = max(figures.data, (Path(folder) / "survey.db").stat().st_size)
    if figures.growth > MOST_GROWTH:
        crowd.faults.append(f"memory grew by {figures.growth:,} bytes")
    figures.updates += crowd.updates
    figures.legs += 1
    figures.seconds += time.monotonic() - begun[0]
    figures.processor += time.process_time() - begun[1]
    for fault in crowd.faults:
        figures.faults[f"leg {figures.legs - 1}: {fault}"] = figures.faults.get(fault, 0) + 1
    for method in ("sendMessage", "editMessageText", "answerCallbackQuery", "deleteMessages"):
        figures.calls[method] = figures.calls.get(method, 0) + crowd.did[method]
    durable.replace(path, json.dumps(asdict(figures), indent=2).encode() + b"\n")


def tell(figures: Figures, crowd: Crowd, now: int) -> None:
    """How far it is."""
    done = figures.updates + crowd.updates
    sys.stderr.write(f"\r{done:,} updates, {now >> 20} MiB, seed {figures.seed}, leg {figures.legs}  ")


def main() -> int:
    """The exit code: 1 where a fault was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--updates", type=int, default=1_000_000)
    asked.add_argument("--state", type=Path, default=FOLDER / "updates.json")
    asked.add_argument("--minutes", type=float, default=0.0, help="stop after so many; 0: when all are done")
    given = asked.parse_args()
    given.state.parent.mkdir(parents=True, exist_ok=True)
    figures, begun = read(given.state), time.monotonic()
    place = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    while figures.updates < given.updates and not figures.faults:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as the bot itself (decision 7)
            runner.run(leg(figures, given.state, given.updates, place))
        if given.minutes and time.monotonic() - begun > given.minutes * 60:
            break
    sys.stderr.write("\n")
    sys.stdout.write(json.dumps(asdict(figures), indent=2) + "\n")
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
