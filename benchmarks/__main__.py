"""Measure everything, each beside its peer or its limit, and print one table."""

import asyncio
import datetime as dt
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import figures, kept, report
from benchmarks.contestants import CONTESTANTS
from benchmarks.figures import Figure
from benchmarks.order import Order
from benchmarks.parts import PARTS
from benchmarks.rounds import Plan

_WIDE = 200
"""Columns of a table that goes to a file."""


def _known(named: Sequence[str], known: Sequence[str], what: str) -> tuple[str, ...]:
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise typer.BadParameter(f"no {what} is called {', '.join(unknown)}; there are: {', '.join(known)}")
    return tuple(named)


def _what_is_measured(words: Sequence[str]) -> list[str]:
    """Words of the command without those that say where something lies on this machine."""
    found, left = [], iter(words)
    for word in left:
        name, _, value = word.partition("=")
        if name in {"--keep", "--folder"}:
            if not value:
                next(left, None)
        elif word != "--write":
            found.append(word)
    return found


async def run(parts: Sequence[str], order: Order, *, write: bool) -> list[Figure]:
    """Every part; one that has come to its end is written at once, since the next may take hours."""
    found: list[Figure] = []
    databases = order.folder or Path(tempfile.gettempdir())
    for part in parts:
        order.say(f"-- {part}")
        figured = await PARTS[part](order)
        found += figured
        if write:
            asked = f"python -m benchmarks {shlex.join(_what_is_measured(sys.argv[1:]))}".strip()
            kept.keep(part, figured, asked, databases, dt.datetime.now(dt.UTC))
    return found


def main(  # noqa: PLR0917 - options, which nobody passes by place
    part: Annotated[list[str] | None, typer.Option(help=f"A part: {', '.join(PARTS)}. May be repeated.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the order is rotated over them.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.5, help="Seconds that count in each round of updates.")] = 8.0,
    warm_up: Annotated[float, typer.Option(min=0.0, help="Seconds before them that do not.")] = 2.0,
    people: Annotated[int, typer.Option(min=1, help="People at once, each tapping as soon as answered.")] = 50,
    crowd: Annotated[int, typer.Option(min=0, help="People at once of a second look at updates; 0: none.")] = 300,
    patience: Annotated[float, typer.Option(min=1.0, help="Seconds until an unanswered tap is a failure.")] = 10.0,
    only: Annotated[list[str] | None, typer.Option(help="A contestant of the updates; may be repeated.")] = None,
    messages: Annotated[int, typer.Option(min=10, help="Messages a round beside plain loops.")] = 5_000,
    recipients: Annotated[int, typer.Option(min=100, help="Recipients while people tap.")] = 100_000,
    taps: Annotated[int, typer.Option(min=0, help="Taps without a broadcast, and with one.")] = 2_000,
    few: Annotated[int, typer.Option(min=100, help="People that many are held against.")] = 1_000,
    many: Annotated[int, typer.Option(min=100, help="Many people.")] = 1_000_000,
    folder: Annotated[
        Path | None, typer.Option(help="Where databases are put; a temporary folder unless told.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep people who were made up here, and take them from here next time.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write benchmarks/results.md and results.json.")] = False,
) -> None:
    """Everything that is measured, each beside its peer or its limit. A million people take hours; name parts."""
    console = Console(width=None if sys.stdout.isatty() else _WIDE)

    def say(words: str) -> None:
        console.print(words, markup=False, highlight=False)

    order = Order(
        rounds=rounds, plan=Plan(rounds, seconds, warm_up, people, patience, folder), crowd=crowd, few=few, many=many,
        recipients=recipients, taps=taps, messages=messages, folder=folder, kept=keep,
        only=_known(only or (), [each.key for each in CONTESTANTS], "contestant"), say=say,
    )  # fmt: skip
    parts = _known(part or (), list(PARTS), "part") or tuple(PARTS)
    found = asyncio.run(run(parts, order, write=write))
    console.print(figures.table(found))
    for line in report.machine(folder or Path(tempfile.gettempdir())):
        say(line)
    if any(each.must and not each.holds for each in found):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
