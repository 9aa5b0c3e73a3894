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
