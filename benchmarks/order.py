"""What is ordered of a run: how often, for how long, with how many people."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rounds import Plan


@dataclass(frozen=True, slots=True)
class Order:
    """`few` and `many` are the sizes that are held beside one another; `recipients` are those of a broadcast."""

    rounds: int
    plan: Plan
    crowd: int
    """How many people the updates are measured with once more; 0: not again."""
    few: int
    many: int
    recipients: int
    taps: int
    messages: int
    folder: Path | None
    """Where databases are put; a temporary folder where none is named."""
    kept: Path | None
    """Where people who were made up are kept for the next run."""
    only: tuple[str, ...]
    """Contestants of the updates; all where none is named."""
    say: Callable[[str], None]
