"""A release of many people, beside a plain writer of the same rows, and its memory beside a release of ten thousand."""

import asyncio

from benchmarks.exports.measure import Measured, measure_in
from benchmarks.figures import Figure, at_most, figure
from benchmarks.order import Order
from benchmarks.people import copied, made, somewhere

SMALL = 10_000
FORMAT = "csv"
TIMES_AS_LONG, TIMES_THE_MEMORY = 2.0, 1.2
"""What was wanted beside a plain writer, and beside a release of few."""


async def measured(order: Order) -> list[Figure]:
    """The whole command, from its start to the folder under its name."""
    runs: dict[int, list[Measured]] = {min(SMALL, order.many): [], order.many: []}
    async with somewhere(order) as where:
        sources = {count: await made(order, count, where) for count in runs}
        for number in range(order.rounds):
            for count, source in sources.items():
                folder = await copied(source, where / "round")
                runs[count].append(await asyncio.to_thread(measure_in, folder, count, FORMAT))
                order.say(f"round {number + 1}: {count:,} people released in {runs[count][-1].seconds:.1f} s")
    return figures(runs)


def figures(runs: dict[int, list[Measured]]) -> list[Figure]:
    """Of each size; the larger one's memory beside the smaller one's."""
    found: list[Figure] = []
    smaller: Figure | None = None
    for count, each in runs.items():
        what = f"release of {count:,} as {FORMAT}"
        within = at_most(TIMES_THE_MEMORY) if smaller is not None else None
        plain = figure(f"{what}: a plain writer", "s", (run.plain for run in each))
        used = (1000 * run.processor / run.contributors for run in each)
        memory = figure(f"{what}: memory at most", "MB", (run.megabytes for run in each), smaller, within)
        found += [plain, figure(what, "s", (run.seconds for run in each), plain, at_most(TIMES_AS_LONG))]
        found += [figure(f"{what}: processor time", "ms a person", used), memory]
        smaller = smaller or memory
    return found
