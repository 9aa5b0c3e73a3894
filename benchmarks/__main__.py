"""Measure every contestant against the same stand-in, in one run, and print one table."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import ours, report
from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.processes import BotEndedError
from benchmarks.report import Record
from benchmarks.rounds import Plan, measure, order_of_round

RESULTS = Path(__file__).with_name("results.md")


def chosen(only: Sequence[str]) -> tuple[Contestant, ...]:
    unknown = set(only) - {contestant.key for contestant in CONTESTANTS}
    if unknown:
        known = ", ".join(contestant.key for contestant in CONTESTANTS)
        raise typer.BadParameter(f"no contestant is called {', '.join(sorted(unknown))}; there are: {known}")
    if only:
        return tuple(contestant for contestant in CONTESTANTS if contestant.key in only)
    return tuple(contestant for contestant in CONTESTANTS if contestant.key != "ours" or ours.is_built())


async def run(contestants: tuple[Contestant, ...], plan: Plan, console: Console) -> list[Record]:
    records = {contestant.key: Record(contestant) for contestant in contestants}
    for number in range(plan.rounds):
        for contestant in order_of_round(contestants, number):
            await _add_round(records[contestant.key], number, plan, console)
    return list(records.values())


async def _add_round(record: Record, number: int, plan: Plan, console: Console) -> None:
    name = record.contestant.name
    with console.status(f"round {number + 1} of {plan.rounds}: {name}"):
        try:
            outcome = await measure(record.contestant, plan)
        except BotEndedError as error:
            record.broken.append(str(error))
            console.print(f"round {number + 1}: {name} could not be measured", markup=False)
            return
    record.outcomes.append(outcome)
    failures = sum(outcome.failures.values())
    note = f", {failures} left waiting" if failures else ""
    console.print(f"round {number + 1}: {name}: {outcome.rate:.0f} updates/s{note}", markup=False, highlight=False)


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the order is rotated over them.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.5, help="Seconds that count in each round.")] = 8.0,
    warm_up: Annotated[float, typer.Option(min=0.0, help="Seconds before them that do not.")] = 2.0,
    people: Annotated[int, typer.Option(min=1, help="People at once, each tapping as soon as answered.")] = 50,
    patience: Annotated[float, typer.Option(min=1.0, help="Seconds until an unanswered tap is a failure.")] = 10.0,
    only: Annotated[list[str] | None, typer.Option(help="A contestant to measure; may be repeated.")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where databases are put; a temporary folder unless told.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write benchmarks/results.md.")] = False,
) -> None:
    """Updates handled a second, beside two peers, in one run against one stand-in."""
    console = Console()
    plan = Plan(rounds, seconds, warm_up, people, patience, folder)
    records = asyncio.run(run(chosen(only or ()), plan, console))
    console.print(report.table(records))
    databases = folder or Path(tempfile.gettempdir())
    for line in (*report.machine(databases), *report.complaints(records)):
        console.print(line, markup=False, highlight=False)
    if write:
        RESULTS.write_text(report.markdown(records, plan, databases))
    if any(record.failures for record in records):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
