"""Which groups the rows of a draft are in, so that none becomes too small when somebody leaves while it is made.

On disk, without a name: a million rows are not held in memory. No answer stands there, only numbers of groups.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self


class Watch:
    """Notes each row's groups, and says whose rows have to go too when some go."""

    def __init__(self, folder: Path, smallest: int) -> None:
        self._smallest = smallest
        self._file = tempfile.TemporaryFile("w+", encoding="ascii", dir=folder)  # noqa: SIM115  # closed with us
        self._numbers: dict[object, int] = {}
        self._sizes: Counter[int] = Counter()
        self._fallen: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._file.close()

    def note(self, pseudonym: str, groups: Sequence[object], *, exactly: bool) -> None:
        """A row is in these groups. Who chose to be passed on exactly counts, and stays whatever becomes of others."""
        numbers = [self._numbers.setdefault(group, len(self._numbers)) for group in groups]
        self._sizes.update(numbers)
        self._file.write(f"{pseudonym} {int(exactly)} {' '.join(map(str, numbers))}\n")

    def falling_with(self, gone: set[str]) -> set[str]:
        """Whose rows are in a group that is too small once these are gone too, and those whom that draws along."""
        fallen = self._fallen | gone
        while True:
            sizes = self._sizes.copy()
            for pseudonym, _, groups in self._rows():
                if pseudonym in fallen:
                    sizes.subtract(groups)
            more = {
                pseudonym
                for pseudonym, exactly, groups in self._rows()
                if not exactly and pseudonym not in fallen and any(sizes[each] < self._smallest for each in groups)
            }
            if not more:
                break
            fallen |= more
        drawn = fallen - self._fallen - gone
        self._fallen = fallen
        return drawn

    def _rows(self) -> Iterator[tuple[str, bool, list[int]]]:
        self._file.seek(0)
        for line in self._file:
            pseudonym, exactly, *groups = line.split()
            yield pseudonym, exactly == "1", [int(each) for each in groups]
        self._file.seek(0, 2)
