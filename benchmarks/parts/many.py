"""A million people beside a thousand: what a step takes, what the bot holds, its start, a broadcast to all."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from benchmarks import ours
from benchmarks.broadcasts import ours as broadcasting
from benchmarks.broadcasts.stand_in import BulkStandIn
from benchmarks.contestants import Assignment, Contestant
from benchmarks.figures import Figure, at_most, figure
from benchmarks.order import Order
from benchmarks.people import copied, made, somewhere
from benchmarks.processes import most_megabytes
from benchmarks.rounds import SECONDS_TO_START, Outcome, measure_in

TIMES = 1.2
RATE, SENDING = 1000.0, 30.0
"""Messages a second that the stand-in lets pass, and seconds for which a broadcast goes out."""


def _environment(assignment: Assignment) -> dict[str, str]:
    return broadcasting.environment(assignment.folder, assignment.api_url, assignment.token, 1000)


AMONG_MANY = Contestant("ours", "surveybot", ours.COMMAND, _environment, ours.POLICY)


async def measured(order: Order) -> list[Figure]:
    """Nobody, few and many: rounds of the updates' people in front of each, and broadcasts to all of the last two."""
    async with somewhere(order) as where:
        outcomes: dict[int, list[Outcome]] = {0: [], order.few: [], order.many: []}
        broadcasts: dict[int, list[tuple[float, float]]] = {order.few: [], order.many: []}
        sources = {count: await made(order, count, where) for count in outcomes}
        for number in range(order.rounds):
            for count in _rotated(tuple(sources), number):
                source = sources[count]
                folder = await copied(source, where / "round")
                outcomes[count].append(await measure_in(folder, AMONG_MANY, replace(order.plan, rests=True)))
                order.say(f"round {number + 1}: {count:,} people: {outcomes[count][-1]}")
                if count in broadcasts:
                    broadcasts[count].append(await _broadcast(await copied(source, where / "round")))
                    seconds, most = broadcasts[count][-1]
                    order.say(f"round {number + 1}: {count:,} people: planned in {seconds:.1f} s, {most:.0f} MB")
    return figures(order, outcomes, broadcasts)


def _rotated(counts: tuple[int, ...], number: int) -> tuple[int, ...]:
    """Which comes first differs from round to round: what comes first in a round finds less in memory."""
    at = number % len(counts)
    return counts[at:] + counts[:at]


async def _broadcast(folder: Path) -> tuple[float, float]:
    """Seconds of `surveybot invite` beside a bot that serves, from its start until everybody is planned; and megabytes
    that the bot has held at most when it has gone out for a while."""
    async with BulkStandIn(RATE) as stand_in:
        settings = broadcasting.environment(folder, stand_in.url, stand_in.token, RATE)
        async with broadcasting.serving(settings, folder, 3600) as process:
            await asyncio.wait_for(stand_in.polled.wait(), SECONDS_TO_START)
            began = time.monotonic()
            await broadcasting.command(settings, folder, "invite", "demographics", "--any-hour", "--yes")
            planned = time.monotonic() - began
            await asyncio.sleep(SENDING)
            return planned, most_megabytes(process.pid) or 0.0


def figures(
    order: Order, outcomes: dict[int, list[Outcome]], broadcasts: dict[int, list[tuple[float, float]]]
) -> list[Figure]:
    """Each of many beside few; the start beside that with nobody."""
    found: list[Figure] = []
    few, many = f"{order.few:,} people", f"{order.many:,} people"
    within = at_most(TIMES)
    for what, unit, values in (
        ("a step's processor time", "ms", {n: [_used(each) for each in found_] for n, found_ in outcomes.items()}),
        ("memory after steps", "MB", {n: [each.memory or 0.0 for each in found_] for n, found_ in outcomes.items()}),
    ):
        beside = figure(f"{what}, {few}", unit, values[order.few])
        found += [beside, figure(f"{what}, {many}", unit, values[order.many], beside, within)]
    found += [
        figure(
            f"what comes due once a day, {n:,} people", "s of processor time", (each.until_rest for each in outcomes[n])
        )
        for n in (order.few, order.many)
    ]
    nobody = figure("start until it asks, nobody", "s", (each.started for each in outcomes[0]))
    found += [nobody, figure(f"start until it asks, {many}", "s", (o.started for o in outcomes[order.many]), nobody)]
    beside = figure(f"planning a broadcast, {few}", "s", (planned for planned, _ in broadcasts[order.few]))
    found += [beside, figure(f"planning a broadcast, {many}", "s", (p for p, _ in broadcasts[order.many]), beside)]
    beside = figure(f"memory of a broadcast at most, {few}", "MB", (most for _, most in broadcasts[order.few]))
    most = (most for _, most in broadcasts[order.many])
    return [*found, beside, figure(f"memory of a broadcast at most, {many}", "MB", most, beside, within)]


def _used(outcome: Outcome) -> float:
    return 1000 * (outcome.bot_cpu_per_update or 0.0)
