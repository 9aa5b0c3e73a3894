"""Which counts may be shown: none under ten, nor one that could be worked out by subtraction.

Whoever sees that one person in a region has left, knows something of one person. A hidden cell is not safe by itself
where the others and their total are shown, so more are hidden until it cannot be worked out.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

FEWEST = 10
"""The smallest count that is shown (issue of coordinators' pictures: "no cell under ten")."""

_Cell = TypeVar("_Cell", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Shown(Generic[_Cell]):
    """What may be seen of some counts. None stands for one that is hidden."""

    total: int | None
    cells: Mapping[_Cell, int | None]


def shown(cells: Mapping[_Cell, int]) -> Shown[_Cell]:
    """What may be seen of cells and of their total.

    Each cell under ten is hidden. Where those left under a total would give one of them away, the smallest others are
    hidden too, and in the end the total. Who reads it is taken to know this rule.
    """
    total = sum(cells.values())
    if total < FEWEST:
        return Shown(None, dict.fromkeys(cells))
    hidden = {cell for cell, count in cells.items() if count < FEWEST}
    others = sorted((cell for cell in cells if cell not in hidden), key=lambda cell: cells[cell])
    small = len(hidden)
    while small and not _stays_hidden(cells, hidden, small):
        if not others:
            return Shown(None, dict.fromkeys(cells))
        hidden.add(others.pop(0))
    return Shown(total, {cell: None if cell in hidden else count for cell, count in cells.items()})


def apart(cells: Mapping[_Cell, int]) -> Mapping[_Cell, int | None]:
    """What may be seen of counts whose total is shown nowhere: each by itself, and none under ten.

    Only for counts that somebody must see though nearly all of the others are small, as the size of an audience. Their
    total must not be shown beside them: `shown` is for that.
    """
    return {cell: count if count >= FEWEST else None for cell, count in cells.items()}


def _stays_hidden(cells: Mapping[_Cell, int], hidden: set[_Cell], small: int) -> bool:
    """Whether the sum of what is hidden, which anybody can work out, leaves each small cell more than one value.

    Small cells lie between 0 and 9, the others that were hidden with them at 10 or more.
    """
    spread = sum(cells[cell] for cell in hidden) - FEWEST * (len(hidden) - small)
    if len(hidden) == 1 or spread <= 0:
        return False
    most = (FEWEST - 1) * small
    return len(hidden) > small or spread < most


# --- cells of which one person may be in several -------------------------------------------------------------------


def shown_beside(total: int, alone: Mapping[_Cell, int], overlapping: Mapping[_Cell, int]) -> Shown[_Cell] | None:
    """What may be seen of `total` people's cells where the total is known, perhaps from another table.

    Each person is in exactly one cell of `alone`, or else in one or more of `overlapping`. A cell under ten is hidden,
    and so is an overlapping one that all but nine are in. More are hidden, the smallest first, until nobody who knows
    this rule can work a small one out, and until fewer than ten people are never left over by those that are seen.
    None where nothing helps: then the total must not be seen either, here or anywhere else.
    """
    if total < FEWEST:
        return None
    cells = {**alone, **overlapping}
    hidden = {cell for cell, count in cells.items() if count < FEWEST}
    hidden |= {cell for cell, count in overlapping.items() if total - count < FEWEST}
    others = sorted((cell for cell in cells if cell not in hidden), key=lambda cell: cells[cell])
    while not _nothing_follows(total, alone, overlapping, hidden):
        if not others:
            return None
        hidden.add(others.pop(0))
    return Shown(total, {cell: None if cell in hidden else count for cell, count in cells.items()})


def _nothing_follows(
    total: int, alone: Mapping[_Cell, int], overlapping: Mapping[_Cell, int], hidden: set[_Cell]
) -> bool:
    left_over = total - sum(count for cell, count in alone.items() if cell not in hidden)
    if (hidden or overlapping) and left_over < FEWEST:
        return False
    mine = {cell: _limits(count, total) for cell, count in alone.items() if cell in hidden}
    theirs = {cell: _limits(count, total) for cell, count in overlapping.items() if cell in hidden}
    seen = [count for cell, count in overlapping.items() if cell not in hidden]
    small = [cell for cell, (_, most) in (*mine.items(), *theirs.items()) if most < FEWEST]
    return all(_has_values(cell, left_over, mine, theirs, seen) for cell in small)


def _limits(count: int, total: int) -> tuple[int, int]:
    """Between what a hidden cell lies, for whoever knows whether it is a small one."""
    return (0, FEWEST - 1) if count < FEWEST else (FEWEST, total)


_Limits = Mapping[_Cell, tuple[int, int]]


def _has_values(cell: _Cell, left_over: int, mine: _Limits[_Cell], theirs: _Limits[_Cell], seen: list[int]) -> bool:
    """Whether a small hidden cell can have more than one value.

    `left_over` people are in hidden cells of `mine`, each in one, or in `theirs` and the `seen` ones, in as many as
    each likes. Of those p people, no cell has more than p, and all cells together have p at least; nothing else is
    known of them.
    """
    others_least = sum(least for each, (least, _) in mine.items() if each != cell)
    others_most = sum(most for each, (_, most) in mine.items() if each != cell)
    in_cells_most = sum(seen) + sum(most for each, (_, most) in theirs.items() if each != cell)
    people_least = max([*seen, *(least for each, (least, _) in theirs.items() if each != cell)], default=0)
    if cell in mine:
        least = left_over - in_cells_most - others_most
        most = left_over - people_least - others_least
    else:
        least = max(people_least, left_over - others_most) - in_cells_most
        most = left_over - others_least
    return min(most, FEWEST - 1) > max(least, 0)
