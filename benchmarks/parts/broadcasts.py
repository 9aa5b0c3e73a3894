"""Broadcast messages a second, each settled on disk, beside a plain loop in two libraries that write nothing down."""

from collections.abc import Mapping

from benchmarks.broadcasts import beside
from benchmarks.figures import Figure, at_least, figure
from benchmarks.order import Order

AIOGRAM, PTB, OURS = "aiogram", "python-telegram-bot", "surveybot"


async def measured(order: Order) -> list[Figure]:
    """Every loop, and ours beside the faster one of each library."""
    return figures(await beside.run(order.messages, order.rounds, order.say))


def figures(found: Mapping[str, list[float]]) -> list[Figure]:
    """Of rates by loop."""
    loops = [figure(name, "messages/s", rates) for name, rates in found.items()]
    mine = next(each for each in loops if each.what.startswith(OURS))
    rows = [each for each in loops if each is not mine]
    for library, wanted in ((AIOGRAM, at_least(1)), (PTB, at_least(4))):
        peer = max((each for each in rows if each.what.startswith(library)), key=lambda each: each.median)
        rows.append(figure(mine.what, mine.unit, mine.values, peer, wanted))
    return rows
