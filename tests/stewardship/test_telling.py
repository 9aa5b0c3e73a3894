"""How a release's documents put counts: nobody who has its rows too can work out a number smaller than a group."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stewardship.datasheet import protection
from bot.stewardship.protection import Loss
from bot.stewardship.telling import Told

K = 5


def told(*losses: Loss) -> Told:
    release: Any = SimpleNamespace(smallest_group=K, tables=[])
    nothing: Any = None
    asked: Any = [SimpleNamespace(id="kin", labels={})]
    return Told(release, nothing, asked, [], {}, losses, 0, frozenset(), nothing, [], [], None)


def lost(shown: int, gone: int) -> Loss:
    return Loss("kin", "x", shown + gone, gone, 0)


@given(st.integers(0, 100))
def test_whoever_counts_the_rows_that_show_an_answer_learns_of_no_few_that_do_not(shown: int) -> None:
    """Every small loss is told as no loss is."""
    few = [lost(shown, gone) for gone in range(K) if shown + gone >= K]
    of = told(*few)

    assert len({(of.gave(loss), of.lost(loss)) for loss in few}) <= 1
    assert len({protection(told(loss)).partition("| question |")[2] for loss in few}) <= 1
    assert all("x (" not in protection(told(loss)) for loss in few), "nor on the first page"


@pytest.mark.parametrize(
    ("shown", "gone", "gave", "part"),
    [
        (0, 3, "fewer than 5", "not told: fewer gave it than a group has"),
        (20, 0, "20 to 24", "nobody, or fewer than 5"),
        (20, 4, "20 to 24", "nobody, or fewer than 5"),
        (3, 4, "fewer than 8", "nobody, or fewer than 5"),
        (20, 5, "25 to 29", "about 20%"),
        (20, 12, "30 to 34", "about 40%"),
        (0, 12, "10 to 14", "about 100%"),
    ],
)
def test_how_many_gave_an_answer_and_how_many_of_them_are_lost(shown: int, gone: int, gave: str, part: str) -> None:
    loss = lost(shown, gone)

    assert (told().gave(loss), told().lost(loss)) == (gave, part)
    assert f"| {gave} | {part} |" in protection(told(loss))
