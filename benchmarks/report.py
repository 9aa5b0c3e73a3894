"""Every round of every contestant of the updates, in one table; and the machine that they were measured on."""

import os
import platform
import statistics
import timeit
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from rich.table import Table

from benchmarks.contestants import YARDSTICK, Contestant
from benchmarks.rounds import Outcome

LIBRARIES = ("python-telegram-bot", "httpx", "aiogram", "aiogram-dialog", "aiohttp", "SQLAlchemy", "aiosqlite")
COLUMNS = (
    "updates/s",
    "min",
    "median",
    "max",
    "ratio",
    "CPU ms each",
    "p95 wait ms",
    "stand-in busy",
    "a journey",
    "failures",
)

_TURNS = 1_000_000

EXPLANATION = (
    "ratio: to the median of aiogram with aiogram-dialog; CPU: of the bot's process, for each update; stand-in busy: "
    "its share of a core; a journey: updates that it took"
)


@dataclass
class Record:
    """What a contestant did over all rounds."""

    contestant: Contestant
    outcomes: list[Outcome] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def failures(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for outcome in self.outcomes:
            total.update(outcome.failures)
        total.update(self.broken)
        return total


def rows(records: Sequence[Record]) -> list[tuple[str, ...]]:
    yardstick = next((_median_rate(record) for record in records if record.contestant.key == YARDSTICK), None)
    return [_row(record, yardstick) for record in records]


def _median_rate(record: Record) -> float | None:
    return statistics.median(outcome.rate for outcome in record.outcomes) if record.outcomes else None


def _row(record: Record, yardstick: float | None) -> tuple[str, ...]:
    failures = str(record.failures.total())
    median = _median_rate(record)
    if median is None:
        return (record.contestant.name, *("–" for _ in COLUMNS[2:]), failures)
    outcomes = record.outcomes
    rates = [outcome.rate for outcome in outcomes]
    return (
        record.contestant.name,
        f"{min(rates):.0f}",
        f"{median:.0f}",
        f"{max(rates):.0f}",
        f"{median / yardstick:.2f}" if yardstick else "–",
        _median(outcomes, lambda outcome: outcome.bot_cpu_per_update, lambda value: f"{value * 1000:.2f}"),
        _median(outcomes, lambda outcome: outcome.slow_wait, lambda value: f"{value * 1000:.0f}"),
        _median(outcomes, lambda outcome: outcome.stand_in_share, lambda value: f"{value:.0%}"),
        _updates_a_journey(outcomes),
        failures,
    )


def _median(outcomes: Sequence[Outcome], take: Callable[[Outcome], float | None], show: Callable[[float], str]) -> str:
    values = [value for outcome in outcomes if (value := take(outcome)) is not None]
    return show(statistics.median(values)) if values else "–"


def _updates_a_journey(outcomes: Sequence[Outcome]) -> str:
    journeys = sum(outcome.journeys for outcome in outcomes)
    return f"{sum(outcome.updates_in_journeys for outcome in outcomes) / journeys:.1f}" if journeys else "–"


def table(records: Sequence[Record]) -> Table:
    drawn = Table(title="Updates handled a second", caption=EXPLANATION)
    for number, column in enumerate(COLUMNS):
        drawn.add_column(column, justify="right" if number else "left", no_wrap=number == 0)
    for row in rows(records):
        drawn.add_row(*row)
    return drawn


def complaints(records: Sequence[Record]) -> list[str]:
    return [
        f"{record.contestant.name}: {count} × {reason}"
        for record in records
        for reason, count in record.failures.most_common()
    ]


def machine(folder: Path) -> list[str]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return [
        f"{cores} cores ({platform.machine()}), {platform.system()}, {python}",
        f"{turns_a_second() / 1e6:.0f} million turns of an empty loop a second",
        f"databases on {filesystem_of(folder)}",
        ", ".join(f"{library} {version(library)}" for library in LIBRARIES),
    ]


def turns_a_second() -> float:
    """How quick the machine is just now, the best of five tries: the same kind may be twice as quick on another day."""
    return _TURNS / min(timeit.repeat("for _ in range(turns): pass", globals={"turns": _TURNS}, number=1))


def filesystem_of(folder: Path) -> str:
    """A full sync costs nothing in memory: whoever reads the numbers has to know."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "an unknown file system"
    entries = [line.split()[1:3] for line in mounts.read_text().splitlines()]
    holding = [(point, kind) for point, kind in entries if folder.resolve().is_relative_to(point)]
    return max(holding, key=lambda entry: len(entry[0]))[1]
