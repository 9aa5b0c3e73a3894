"""A million people beside a thousand: what a step takes, what the bot holds in memory, its start, planning for all."""

import time
from pathlib import Path

from benchmarks import ours
from benchmarks.broadcasts import ours as broadcasting
from benchmarks.contestants import Assignment, Contestant
from benchmarks.figures import Figure, at_most, figure
from benchmarks.order import Order
from benchmarks.people import copied, made, somewhere
from benchmarks.rounds import Outcome, measure_in

TIMES = 1.2


def _environment(assignment: Assignment) -> dict[str, str]:
    return broadcasting.environment(assignment.folder, assignment.api_url, assignment.token, 1000)


AMONG_MANY = Contestant("ours", "surveybot", ours.COMMAND, _environment, ours.POLICY)


async def measured(order: Order) -> list[Figure]:
    """Nobody, few and many: rounds of the updates' people in front of each, and broadcasts to all of the last two."""
    async with somewhere(order) as where:
        outcomes: dict[int, list[Outcome]] = {0: [], order.few: [], order.many: []}
        planning: dict[int, list[float]] = {order.few: [], order.many: []}
        sources = {count: await made(order, count, where) for count in outcomes}
        for number in range(order.rounds):
            for count, source in sources.items():
                folder = await copied(source, where / "round")
                outcomes[count].append(await measure_in(folder, AMONG_MANY, order.plan))
                order.say(f"round {number + 1}: {count:,} people: {outcomes[count][-1]}")
                if count in planning:
                    planning[count].append(await _planned(await copied(source, where / "round")))
                    order.say(f"round {number + 1}: {count:,} people: planned in {planning[count][-1]:.1f} s")
    return figures(order, outcomes, planning)


async def _planned(folder: Path) -> float:
    """Seconds of `surveybot invite`, from its start until everybody is planned; nobody sends."""
    settings = broadcasting.environment(folder, "http://127.0.0.1:9", "1:none", 1000)
    began = time.monotonic()
    await broadcasting.command(settings, folder, "invite", "demographics", "--any-hour", "--yes")
    return time.monotonic() - began


def figures(order: Order, outcomes: dict[int, list[Outcome]], planning: dict[int, list[float]]) -> list[Figure]:
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
    nobody = figure("start until it asks, nobody", "s", (each.started for each in outcomes[0]))
    found += [nobody, figure(f"start until it asks, {many}", "s", (o.started for o in outcomes[order.many]), nobody)]
    beside = figure(f"planning a broadcast, {few}", "s", planning[order.few])
    return [*found, beside, figure(f"planning a broadcast, {many}", "s", planning[order.many], beside)]


def _used(outcome: Outcome) -> float:
    return 1000 * (outcome.bot_cpu_per_update or 0.0)
