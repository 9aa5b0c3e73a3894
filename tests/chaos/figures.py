"""What runs came to, added up over days in one small file: `make chaos` goes on where it stopped."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .running import Outcome

_MOST_KEPT = 200
"""Runs in which something did not hold, of which the words are kept."""


@dataclass(slots=True)
class Figures:
    """Runs so far."""

    next_seed: int = 1
    runs: int = 0
    broken: int = 0
    """Runs in which something did not hold."""
    seconds: float = 0.0
    longest: float = 0.0
    over_five: int = 0
    """Runs that took more than five seconds."""
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)
    """Seed, version of the program and words of what did not hold."""
    first: str = ""
    last: str = ""

    def add(self, outcome: Outcome, today: dt.date, version: str) -> None:
        """Count a run, and go on behind its seed."""
        self.next_seed = max(self.next_seed, outcome.plan.seed + 1)
        self.runs += 1
        self.seconds = round(self.seconds + outcome.seconds, 3)
        self.longest = round(max(self.longest, outcome.seconds), 3)
        self.over_five += outcome.seconds > 5
        self.counts += outcome.counts
        if outcome.broken:
            self.broken += 1
            told = {"seed": outcome.plan.seed, "on": today.isoformat(), "version": version}
            self.faults = [*self.faults, {**told, "broken": list(outcome.broken)}][-_MOST_KEPT:]
        self.first = self.first or today.isoformat()
        self.last = today.isoformat()

    def told(self) -> Sequence[str]:
        """In a few lines."""
        mean = self.seconds / self.runs if self.runs else 0.0
        return [
            f"{self.runs} runs from {self.first} to {self.last}; in {self.broken} something did not hold",
            f"{mean:.1f} seconds each, {self.longest:.1f} at most; {self.over_five} took more than five",
            ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()) if ":" not in what),
            ", ".join(
                f"{count} {what.partition(': ')[2]}" for what, count in sorted(self.counts.items()) if ":" in what
            ),
        ]


def read(path: Path) -> Figures:
    """Figures of earlier days; new ones where there are none."""
    if not path.exists():
        return Figures()
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Figures(**{**said, "counts": Counter(said["counts"])})


def write(path: Path, figures: Figures) -> None:
    """Keep figures: the old ones or the new ones, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {name: getattr(figures, name) for name in Figures.__slots__}
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)
