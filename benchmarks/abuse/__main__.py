"""How much slower others are served while one person floods the bot: `python -m benchmarks.abuse`.

People tap at an even pace, whatever becomes of the taps before, once beside nobody and once beside somebody who sends a
thousand messages a second; in turn, in one run, against the same bot. By webhook, what one person writes comes one
message after another, each when the one before was taken.
"""

import asyncio
import contextlib
import json
import random
import socket
import statistics
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.broadcasts import ours
from benchmarks.broadcasts.rates import left_waiting, p99, taps
from benchmarks.broadcasts.stand_in import BulkStandIn, Nobody
from benchmarks.processes import cpu_seconds
from benchmarks.rounds import SECONDS_TO_START
from benchmarks.stand_in import Chat

_FLOODING = 6_000_000_001
_EACH = 0.02
"""Seconds between one handful of messages and the next."""


async def flood(stand_in: BulkStandIn, rate: float) -> int:
    """One person's messages, so many a second, until cancelled; how many they were. What was not taken by then is let
    go, so that those who tap next do so beside nobody."""
    chat, loop = Chat(_FLOODING, Nobody()), asyncio.get_running_loop()
    begin, sent = loop.time(), 0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            while sent < (loop.time() - begin) * rate:
                stand_in.say(chat, f"flood {sent}")
                sent += 1
            await asyncio.sleep(_EACH)
    stand_in.let_go(chat)
    return sent


async def measure(rate: float, count: int, rounds: int, people: int, *, webhook: bool) -> dict[str, object]:
    """One run: rounds of the two in turn."""
    dice = random.Random(1)  # noqa: S311 - the same taps in each run
    quiet: list[float] = []
    beside: list[float] = []
    sent = 0
    with tempfile.TemporaryDirectory(prefix="survey-bench-") as name:
        folder = Path(name)
        async with BulkStandIn() as stand_in:
            settings = ours.environment(folder, stand_in.url, stand_in.token, 30) | (_webhook() if webhook else {})
            await ours.command(settings, folder, "db", "seed", "--contributors", str(people))
            async with ours.serving(settings, folder, 3600) as process:
                await asyncio.wait_for(stand_in.polled.wait(), SECONDS_TO_START)
                await taps(stand_in, people, 100, dice)
                before = cpu_seconds(process.pid) or 0.0
                for _ in range(rounds):
                    quiet.append(p99(await taps(stand_in, people, count, dice)))
                    flooding = asyncio.create_task(flood(stand_in, rate))
                    await asyncio.sleep(1)
                    beside.append(p99(await taps(stand_in, people, count, dice)))
                    flooding.cancel()
                    sent += await flooding
                    await asyncio.sleep(1)
                lost = left_waiting(stand_in)
                used = (cpu_seconds(process.pid) or 0.0) - before
    ratios = [b / a for a, b in zip(quiet, beside, strict=True)]
    return {
        "by": "webhook" if webhook else "polling",
        "messages_a_second": rate,
        "messages": sent,
        "taps_each": count,
        "taps_not_answered": lost,
        "tap_p99_ms_alone": [round(each, 1) for each in quiet],
        "tap_p99_ms_beside_a_flood": [round(each, 1) for each in beside],
        "ratio_median": round(statistics.median(ratios), 2),
        "ratio_min_max": [round(min(ratios), 2), round(max(ratios), 2)],
        "cpu_seconds": round(used, 1),
    }


def _webhook() -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        here = f"127.0.0.1:{free.getsockname()[1]}"
    return {"SURVEYBOT_WEBHOOK_URL": f"http://{here}", "SURVEYBOT_LISTEN": here}


def main(
    rate: Annotated[float, typer.Option(help="Messages a second of the one who floods.")] = 1000.0,
    count: Annotated[int, typer.Option("--taps", help="Taps of others in each half of a round.")] = 800,
    rounds: Annotated[int, typer.Option(help="Rounds of the two in turn.")] = 5,
    people: Annotated[int, typer.Option(help="Others.")] = 200,
    *,
    webhook: Annotated[bool, typer.Option("--webhook", help="By webhook, not by polling.")] = False,
) -> None:
    """Measure and print it as JSON."""
    print(json.dumps(asyncio.run(measure(rate, count, rounds, people, webhook=webhook)), indent=2))


if __name__ == "__main__":
    typer.run(main)
