"""Sorting more lines than fit into memory: sorted runs in files without a name, merged when they are read."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Self

RUN = 50_000
"""Lines that are held in memory."""


class Sorted:
    """Lines added in any order, and given back in order. What is on disk has no name and goes with the process."""

    def __init__(self, folder: Path, run: int = RUN) -> None:
        self._folder = folder
        self._run = run
        self._held: list[str] = []
        self._runs: list[IO[str]] = []
        self._open = ExitStack()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()

    def add(self, lines: Iterable[str]) -> None:
        """Add lines, without line ends."""
        for line in lines:
            self._held.append(line + "\n")
            self.count += 1
            if len(self._held) >= self._run:
                self._put_down()

    def _put_down(self) -> None:
        self._held.sort()
        nameless = tempfile.TemporaryFile("w+", encoding="utf-8", dir=self._folder)  # noqa: SIM115  # closed with us
        file = self._open.enter_context(nameless)
        file.writelines(self._held)
        self._runs.append(file)
        self._held = []

    def batches(self, size: int) -> Iterator[list[str]]:
        """Every line in order, so many at a time."""
        self._held.sort()
        for run in self._runs:
            run.seek(0)
        lines = heapq.merge(self._held, *self._runs)
        while batch := [line.rstrip("\n") for line in islice(lines, size)]:
            yield batch
