"""Everybody whom a release is made of, and what becomes of each: passed on, left out, or gone before it was made.

Whoever goes meanwhile is counted in nothing that is told of the release; whoever is left in too small a group by that
is counted as left out. What this takes lies on disk, in files without a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from bot.stewardship.protection import Loss, Protection
from bot.stewardship.rows import Contribution, Rows
from bot.stewardship.sheets import Passed
from bot.stewardship.sorting import Sorted
from bot.stewardship.spool import Spool
from bot.stewardship.watching import Watch
from bot.vault import Randomness


class People:
    """Count everybody first, then `settle`, then take who is passed on; then take out who has gone."""

    def __init__(self, rows: Rows, protection: Protection, folder: Path, randomness: Randomness) -> None:
        self._rows = rows
        self._protection = protection
        self._open = ExitStack()
        self._spool = self._open.enter_context(Spool(folder, randomness))
        self._watch = self._open.enter_context(Watch(folder, protection.smallest))
        self.passed = self._open.enter_context(Sorted(folder))
        """Pseudonyms of those who are passed on."""
        self.left_out = self._open.enter_context(Sorted(folder))
        """Pseudonyms of those who are not, since too few are like them."""
        self._purposes: Counter[frozenset[str]] = Counter()
        self._drawn: set[str] = set()
        self.gone: set[str] = set()
        """Who has gone since they were counted."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()

    def count(self, found: Sequence[Contribution]) -> None:
        """Count these, in the order of the file."""
        for each in found:
            self._protection.count(self._rows.place(each), self._rows.given(each), exactly=each.exactly)
        self._spool.put(found)

    def settle(self) -> None:
        """Everybody is counted."""
        self._protection.settle()

    def batches(self) -> Iterator[list[Contribution]]:
        """Everybody, as they were counted."""
        return self._spool.batches()

    def pass_on(self, found: Sequence[Contribution]) -> list[Passed]:
        """Those of them whom protection lets pass, as it does."""
        out = [(each, self._pass_on(each)) for each in found]
        self.passed.add(_name(each) for each, passed in out if passed is not None)
        self.left_out.add(_name(each) for each, passed in out if passed is None)
        return [passed for _, passed in out if passed is not None]

    def _pass_on(self, each: Contribution) -> Passed | None:
        out = self._protection.passed_on(self._rows.place(each), self._rows.given(each), exactly=each.exactly)
        if out is None:
            return None
        self._watch.note(_name(each), out[1], exactly=each.exactly)
        self._purposes[frozenset(each.purposes)] += 1
        return Passed(each, out[0])

    def without(self, gone: set[str]) -> set[str]:
        """Count nobody of `gone` any more. Gives whose rows have to be taken out: theirs, and those of whoever is left
        in too small a group by that, or because somebody went between counting and writing."""
        gone = gone - self.gone
        drawn = self._watch.falling_with(gone)
        taken = {_name(each) for each in self._spool.of(gone | drawn) if self._goes(each, withdrew=_name(each) in gone)}
        self.gone |= gone
        self._drawn |= drawn
        return taken

    def _goes(self, each: Contribution, *, withdrew: bool) -> bool:
        """Count somebody no more, or as left out; whether they had a row until now."""
        given = self._rows.given(each)
        shown = None
        if _name(each) not in self._drawn:
            shown = self._protection.shown(self._rows.place(each), given, exactly=each.exactly)
        self._protection.note(given, shown, -1)
        if not withdrew:
            self._protection.note(given, None)
        if shown is not None:
            self._purposes[frozenset(each.purposes)] -= 1
        return shown is not None

    @property
    def agreed(self) -> frozenset[str]:
        """Purposes that everybody who is passed on agrees to."""
        found = [purposes for purposes, count in self._purposes.items() if count]
        return frozenset.intersection(*found) if found else frozenset()

    @property
    def rows_left_out(self) -> int:
        """How many are left out, since too few are like them."""
        return self._protection.rows_left_out

    def losses(self) -> list[Loss]:
        """What was lost, answer by answer."""
        return self._protection.losses()


def _name(contribution: Contribution) -> str:
    return contribution.submitted.pseudonym
