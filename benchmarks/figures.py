"""A figure: what was measured, in every round of a run, beside its peer or its limit; and the one table of them."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

COLUMNS = ("what", "unit", "min", "median", "max", "beside", "ratio", "wanted", "holds")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. `wanted` is about the ratio where there is one, and otherwise about the median."""

    what: str
    unit: str
    values: tuple[float, ...]
    beside: str = ""
    """What it is held against, with its own median; empty for nothing."""
    ratio: float | None = None
    wanted: str = ""
    holds: bool | None = None
    """Whether it is as wanted; None where nothing was wanted."""
    must: bool = False
    """Whether nothing that was measured says anything where it is not as wanted."""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def as_values(self) -> dict[str, Any]:
        """For `results.json`."""
        return {name: getattr(self, name) for name in self.__slots__}


def from_values(values: dict[str, Any]) -> Figure:
    return Figure(**{**values, "values": tuple(values["values"])})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a figure is to be, in words and as a test of its ratio, or of its median where it has no peer."""

    words: str
    holds: Callable[[float], bool]


def at_least(bound: float, unit: str = "times") -> Wanted:
    return Wanted(f"at least {bound:g} {unit}".rstrip(), lambda found: found >= bound)


def at_most(bound: float, unit: str = "times") -> Wanted:
    return Wanted(f"at most {bound:g} {unit}".rstrip(), lambda found: found <= bound)


def figure(
    what: str,
    unit: str,
    values: Iterable[float],
    peer: Figure | None = None,
    wanted: Wanted | None = None,
) -> Figure:
    """A figure beside a peer of the same run, whose median it is divided by."""
    found = tuple(values)
    median = statistics.median(found)
    ratio = median / peer.median if peer is not None and peer.median else None
    held = median if peer is None else ratio
    return Figure(
        what,
        unit,
        found,
        f"{peer.what}: {shown(peer.median)}" if peer is not None else "",
        ratio,
        wanted.words if wanted is not None else "",
        wanted.holds(held) if wanted is not None and held is not None else None,
    )


def shown(value: float) -> str:
    """A number with as many digits as say something."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def row(each: Figure) -> tuple[str, ...]:
    return (
        each.what,
        each.unit,
        *(shown(value) for value in (min(each.values), each.median, max(each.values))),
        each.beside,
        f"{each.ratio:.2f}" if each.ratio is not None else "",
        each.wanted,
        "" if each.holds is None else "yes" if each.holds else "no",
    )


def table(figures: Sequence[Figure]) -> Table:
    drawn = Table(title="What was measured")
    for number, column in enumerate(COLUMNS):
        drawn.add_column(column, justify="right" if 2 <= number <= 4 or column == "ratio" else "left")
    for each in figures:
        drawn.add_row(*row(each))
    return drawn


def markdown(figures: Iterable[Figure]) -> list[str]:
    """The same as lines of a Markdown table."""
    aligned = ["---:" if 2 <= number <= 4 or column == "ratio" else "---" for number, column in enumerate(COLUMNS)]
    return [_line(COLUMNS), _line(aligned), *(_line(row(each)) for each in figures)]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
