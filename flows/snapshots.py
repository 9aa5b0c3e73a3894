"""What of a region's counts is published, and when: a snapshot that everybody sees, whatever they filter by.

No picture is made of live counts. A region has one snapshot, and every picture is made of the regions' snapshots: of
one of them or of all of them together. So two filters that are subtracted from each other give a third snapshot, which
may be seen anyway. Snapshots are held to rules, which `tests/flows/test_flows_snapshots.py` attacks:

- A new snapshot takes the old one's place only after ten submissions and withdrawals together.
- A cell under ten is not in it. A cell that changed by one to nine keeps its value.
- No total is in it of anything whose parts are: nothing is there to be subtracted from. How many were counted, how many
  answered a question and how many preferred not to is never a cell, also where it would be large.
- What is seen of a cell is seen in tens: so many, or a few more. Values are true when they change: without it, one that
  goes up by thirteen and down by nine would tell of a change of four. So nothing is to be learnt either from
  subtracting one step of a funnel from the one before it. Groups are seen as shares of the groups that are seen, in
  steps of five percent: parts of which nobody knows the whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flows.small_counts import FEWEST

SHARE_STEP = 5
"""Percent to whose multiples a share is shown."""

_Group = TypeVar("_Group", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one region's pictures are made of. Nobody sees `cells`: pictures are made of what `seen` gives."""

    taken_at: dt.datetime
    moved: int
    """Submissions and withdrawals that there had been."""
    cells: Mapping[str, int]
    """Those of ten and more. A cell that is missing is not shown, and may be anything under ten."""

    @property
    def seen(self) -> Mapping[str, int]:
        """What may be seen: each cell in tens, rounded down."""
        return {cell: value - value % FEWEST for cell, value in self.cells.items()}


def is_due(before: Snapshot | None, moved: int) -> bool:
    """Whether a new snapshot may take the old one's place, now that there were so many submissions and withdrawals."""
    return abs(moved - (before.moved if before is not None else 0)) >= FEWEST


def renewed(before: Snapshot | None, counts: Mapping[str, int], moved: int, now: dt.datetime) -> Snapshot | None:
    """The snapshot that follows from true counts, or None where the old one stays.

    `counts` has every cell that may be counted today, also those of nobody: what is missing in it, as a question that
    has been closed, goes from the snapshot at once.
    """
    if not is_due(before, moved):
        return None
    values = {cell: _published(before.cells.get(cell) if before is not None else None, n) for cell, n in counts.items()}
    return Snapshot(now, moved, {cell: value for cell, value in values.items() if value is not None})


def without(snapshot: Snapshot, countable: Mapping[str, int]) -> Snapshot:
    """The snapshot as it stands, without what may not be counted any more."""
    cells = {cell: value for cell, value in snapshot.cells.items() if cell in countable}
    return Snapshot(snapshot.taken_at, snapshot.moved, cells)


def _published(before: int | None, count: int) -> int | None:
    if before is None:
        return count if count >= FEWEST else None
    if abs(count - before) < FEWEST:
        return before
    if count >= FEWEST:
        return count
    # One that goes tells that at most `before - 10` are left. Where that is less than nine, its going would tell more
    # of a small count than that it is small; from ten to gone would say that nobody is left.
    return None if before - FEWEST >= FEWEST - 1 else before


def together(snapshots: Mapping[str, Snapshot]) -> Mapping[str, int]:
    """What may be seen of several regions as one. A cell that is missing somewhere adds nothing."""
    found: dict[str, int] = {}
    for snapshot in snapshots.values():
        for cell, value in snapshot.seen.items():
            found[cell] = found.get(cell, 0) + value
    return found


def shares(groups: Mapping[_Group, int | None]) -> Mapping[_Group, int | None]:
    """Groups as shares in percent of those that may be seen; None for one that may not, or where it would be alone.

    The whole is the groups that are shown and no other number, so that a share tells nothing of those that are not.
    """
    seen = {group: count for group, count in groups.items() if count is not None}
    whole = sum(seen.values())
    if len(seen) < 2:
        return dict.fromkeys(groups)
    return {group: _rounded(count, whole) if count is not None else None for group, count in groups.items()}


def _rounded(count: int, whole: int) -> int:
    """To the nearest step; half of one goes up."""
    return (200 * count + SHARE_STEP * whole) // (2 * SHARE_STEP * whole) * SHARE_STEP
