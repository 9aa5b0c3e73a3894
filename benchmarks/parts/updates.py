"""Updates handled a second in journeys of the shipped collection, beside other ways of making such a bot."""

import sys
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console

from benchmarks import ours, report
from benchmarks.contestants import CONTESTANTS, YARDSTICK, Contestant
from benchmarks.figures import Figure, at_least, at_most, figure
from benchmarks.order import Order
from benchmarks.processes import BotEndedError
from benchmarks.report import Record
from benchmarks.rounds import measure, order_of_round

FLOOR, OURS = "bare", "ours"
_WIDE = 120


async def measured(order: Order) -> list[Figure]:
    """Every contestant, and ours beside the yardstick and beside the least that a bot can do; then the crowd, in front
    of ours and the yardstick."""
    contestants = chosen(order.only)
    found = await _in_front_of(contestants, order, "")
    if order.crowd and any(each.key == OURS for each in contestants):
        crowd = replace(order, plan=replace(order.plan, people=order.crowd))
        two = tuple(each for each in contestants if each.key in {OURS, YARDSTICK})
        found += await _in_front_of(two, crowd, f", {order.crowd} people")
    return found


async def _in_front_of(contestants: tuple[Contestant, ...], order: Order, suffix: str) -> list[Figure]:
    order.say(f"{order.plan.people} people at once")
    records = await rounds(contestants, order)
    Console(width=None if sys.stdout.isatty() else _WIDE).print(report.table(records))
    for line in report.complaints(records):
        order.say(line)
    return figures(records, suffix)


def chosen(only: Sequence[str]) -> tuple[Contestant, ...]:
    """Those that are named, or all."""
    if only:
        return tuple(contestant for contestant in CONTESTANTS if contestant.key in only)
    return tuple(contestant for contestant in CONTESTANTS if contestant.key != OURS or ours.is_built())


async def rounds(contestants: tuple[Contestant, ...], order: Order) -> list[Record]:
    """Every round of every contestant, in an order that rotates."""
    records = {contestant.key: Record(contestant) for contestant in contestants}
    for number in range(order.rounds):
        for contestant in order_of_round(contestants, number):
            await _add_round(records[contestant.key], number, order)
    return list(records.values())


async def _add_round(record: Record, number: int, order: Order) -> None:
    name = record.contestant.name
    try:
        outcome = await measure(record.contestant, order.plan)
    except BotEndedError as error:
        record.broken.append(str(error))
        order.say(f"round {number + 1}: {name} could not be measured")
        return
    record.outcomes.append(outcome)
    order.say(f"round {number + 1}: {name}: {outcome.told}")


def figures(records: Sequence[Record], suffix: str = "") -> list[Figure]:
    """Rates of all; of ours, beside both that it is held against, and its processor time. `suffix` ends every name."""
    rates = {
        each.contestant.key: figure(
            f"{each.contestant.name}{suffix}", "updates/s", (outcome.rate for outcome in each.outcomes)
        )
        for each in records
        if each.outcomes
    }
    waiting = sum(each.failures.total() for each in records)
    left = replace(
        figure(f"left waiting, whoever served{suffix}", "updates", [waiting], wanted=at_most(0, "")), must=True
    )
    found = [left, *(rate for key, rate in rates.items() if key != OURS)]
    if OURS not in rates:
        return found
    mine = rates[OURS]
    for key, wanted in ((YARDSTICK, at_least(2.5)), (FLOOR, at_least(0.5))):
        if key in rates:
            found.append(figure(mine.what, mine.unit, mine.values, rates[key], wanted))
    if len(rates) == 1:
        found.append(mine)
    record = next(each for each in records if each.contestant.key == OURS)
    used = [each.bot_cpu_per_update * 1000 for each in record.outcomes if each.bot_cpu_per_update is not None]
    return [*found, *([figure(f"{mine.what}: processor time", "ms an update", used)] if used else [])]
