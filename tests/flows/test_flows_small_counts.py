"""Counts that are shown tell nobody about fewer than ten people, however they are subtracted."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from flows.small_counts import FEWEST, Shown, apart, shown

cells = st.dictionaries(
    st.sampled_from("abcdef"), st.one_of(st.integers(0, 12), st.integers(0, 2000)), min_size=1, max_size=6
)


@given(cells)
def test_nothing_under_ten_is_shown(counts: dict[str, int]) -> None:
    seen = shown(counts)
    assert all(count is None or count >= FEWEST for count in (seen.total, *seen.cells.values()))


@given(cells)
def test_what_is_shown_is_true(counts: dict[str, int]) -> None:
    seen = shown(counts)
    assert seen.total in {None, sum(counts.values())}
    assert all(count in {None, counts[cell]} for cell, count in seen.cells.items())
    assert seen.cells.keys() == counts.keys()


@given(cells)
def test_no_small_count_can_be_worked_out(counts: dict[str, int]) -> None:
    """Whoever knows the total, the cells that are shown and the rule finds more than one value for each small one."""
    seen = shown(counts)
    if seen.total is None:
        return
    hidden = [cell for cell, count in seen.cells.items() if count is None]
    small = [cell for cell in hidden if counts[cell] < FEWEST]
    left = seen.total - sum(count for count in seen.cells.values() if count is not None)
    for cell in small:
        assert len(_values(cell, hidden, small, left)) > 1


def _values(cell: str, hidden: list[str], small: list[str], left: int) -> set[int]:
    """Every value that a cell could have, for all that can be known: small ones add up to what is left, with at least
    ten for each larger one that is hidden."""
    larger = len(hidden) - len(small)
    others = [each for each in small if each != cell]
    found = set()
    for value in range(FEWEST):
        for rest in product(range(FEWEST), repeat=min(len(others), 3)):
            taken = value + sum(rest)
            beside = len(others) - len(rest)
            lowest, highest = FEWEST * larger, (left if larger else 0) + 9 * beside
            if lowest <= left - taken <= max(highest, lowest if larger else 0):
                found.add(value)
                break
    return found


def test_one_small_count_hides_the_smallest_of_the_others_too() -> None:
    assert shown({"many": 500, "some": 40, "few": 3}) == Shown(543, {"many": 500, "some": None, "few": None})


def test_two_small_ones_hide_each_other() -> None:
    assert shown({"many": 500, "few": 3, "fewer": 2}) == Shown(505, {"many": 500, "few": None, "fewer": None})


def test_cells_that_are_all_empty_would_be_worked_out_from_the_total() -> None:
    """Nobody fell out: with 500 of 500 shown, each empty cell would be known to be empty."""
    assert shown({"many": 500, "none": 0, "nobody": 0}).cells == {"many": None, "none": None, "nobody": None}


def test_fewer_than_ten_in_all_show_nothing() -> None:
    found: Mapping[str, int] = {"a": 5, "b": 4}
    assert shown(found) == Shown(None, {"a": None, "b": None})


def test_large_counts_are_shown_as_they_are() -> None:
    assert shown({"a": 10, "b": 4000}) == Shown(4010, {"a": 10, "b": 4000})


@given(cells)
def test_counts_without_a_total_are_each_seen_from_ten_on(counts: dict[str, int]) -> None:
    assert apart(counts) == {cell: count if count >= FEWEST else None for cell, count in counts.items()}
