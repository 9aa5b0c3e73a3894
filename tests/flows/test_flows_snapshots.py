"""Snapshots tell nobody about fewer than ten people: attacked by trying every world that fits what was published."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.small_counts import FEWEST
from flows.snapshots import Snapshot, is_due, renewed, shares, together, without

NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)

cells = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 60), min_size=1, max_size=6)
histories = st.lists(cells, min_size=1, max_size=6)


def published(history: Sequence[Mapping[str, int]]) -> list[Snapshot]:
    """Snapshots in sequence, ten submissions apart."""
    found: list[Snapshot] = []
    for number, counts in enumerate(history, 1):
        new = renewed(found[-1] if found else None, counts, FEWEST * number, NOW)
        assert new is not None
        found.append(new)
    return found


@given(histories)
def test_nothing_under_ten_is_ever_in_one(history: list[dict[str, int]]) -> None:
    assert all(value >= FEWEST for snapshot in published(history) for value in snapshot.cells.values())


@given(histories)
def test_a_cell_that_changed_by_less_than_ten_keeps_its_value(history: list[dict[str, int]]) -> None:
    snapshots = published(history)
    for before, counts, after in zip(snapshots, history[1:], snapshots[1:], strict=False):
        for cell, count in counts.items():
            old = before.cells.get(cell)
            if old is not None and abs(count - old) < FEWEST:
                assert after.cells[cell] == old


@given(histories)
def test_a_value_that_changed_has_changed_by_ten_or_more_and_is_true(history: list[dict[str, int]]) -> None:
    snapshots = published(history)
    for before, counts, after in zip(snapshots, history[1:], snapshots[1:], strict=False):
        for cell, value in after.cells.items():
            if before.cells.get(cell) != value:
                assert value == counts[cell]
                assert abs(value - before.cells.get(cell, 0)) >= FEWEST


@given(histories)
def test_what_may_not_be_counted_any_more_goes_at_once(history: list[dict[str, int]]) -> None:
    for counts, snapshot in zip(history, published(history), strict=True):
        assert snapshot.cells.keys() <= counts.keys()
        assert without(snapshot, {}).cells == {}


@given(st.integers(0, 100), st.integers(0, 100), cells)
def test_a_new_one_waits_for_ten_submissions_and_withdrawals(
    moved_before: int, more: int, counts: dict[str, int]
) -> None:
    before = Snapshot(NOW, moved_before, {})
    moved = moved_before + more
    assert is_due(before, moved) == (more >= FEWEST)
    assert (renewed(before, counts, moved, NOW) is None) == (more < FEWEST)
    assert (renewed(None, counts, more, NOW) is None) == (more < FEWEST)


MOST = 47
INSIDE = MOST - 3 * (FEWEST - 1)
"""What was published up to here has all of its worlds among those that are tried: nine are lost by
rounding, and a value can be nine behind the truth twice."""


@pytest.fixture(scope="module")
def worlds_of_one_cell() -> dict[tuple[int | None, ...], list[tuple[int, ...]]]:
    """Every history of one cell over three snapshots, by what is seen of it. No cell depends on another one, and no
    total is published, so this is every attack there is on a cell by itself."""
    found: dict[tuple[int | None, ...], list[tuple[int, ...]]] = defaultdict(list)
    for history in product(range(MOST + 1), repeat=3):
        seen = tuple(each.seen.get("a") for each in published([{"a": count} for count in history]))
        found[seen].append(history)
    return {seen: worlds for seen, worlds in found.items() if all(value is None or value <= INSIDE for value in seen)}


def test_no_count_under_ten_can_be_worked_out_from_all_snapshots(
    worlds_of_one_cell: dict[tuple[int | None, ...], list[tuple[int, ...]]],
) -> None:
    for seen, worlds in worlds_of_one_cell.items():
        for place in range(3):
            possible = {world[place] for world in worlds}
            assert len(possible) > 1 or min(possible) >= FEWEST, seen


def test_no_change_under_ten_can_be_worked_out_from_all_snapshots(
    worlds_of_one_cell: dict[tuple[int | None, ...], list[tuple[int, ...]]],
) -> None:
    for seen, worlds in worlds_of_one_cell.items():
        for before, after in ((0, 1), (1, 2), (0, 2)):
            possible = {world[after] - world[before] for world in worlds}
            small = {change for change in possible if abs(change) < FEWEST}
            assert len(possible) > 1 or not small, seen


def test_no_step_of_a_funnel_under_ten_can_be_worked_out() -> None:
    """Two stages, of which the second is never more than the first, over two snapshots."""
    worlds: dict[tuple[int | None, ...], set[tuple[int, int, int, int]]] = defaultdict(set)
    for first, second, more, much_more in product(range(41), range(41), (0, 1, 5, 9, 10, 15), (0, 1, 5, 9, 10, 15)):
        if second <= first and second + much_more <= first + more:
            history = [{"a": first, "b": second}, {"a": first + more, "b": second + much_more}]
            shown = tuple(each.seen.get(cell) for each in published(history) for cell in "ab")
            worlds[shown].add((first, second, more, much_more))
    for shown, possible in worlds.items():
        if any(value is not None and value > 20 for value in shown):
            continue  # some of what fits it was not tried
        steps = {first - second for first, second, _, _ in possible}
        later = {first + more - second - much_more for first, second, more, much_more in possible}
        for values in (steps, later, {world[2] for world in possible}, {world[3] for world in possible}):
            assert len(values) > 1 or min(values) >= FEWEST, shown


def test_who_preferred_not_to_answer_cannot_be_worked_out() -> None:
    """Of all who submitted, in tens, some are in one of two groups, some preferred not to answer, some are not counted.

    Every world of fewer than 40 people: whatever is shown, more than one number of each fits, however large it is.
    """
    worlds: dict[tuple[object, ...], set[tuple[int, int, int, int]]] = defaultdict(set)
    for one, other, opted_out, uncounted in product(range(40), repeat=4):
        everybody = one + other + opted_out + uncounted
        if everybody >= 40:
            continue
        snapshot = renewed(None, {"submitted": everybody, "one": one, "other": other}, FEWEST, NOW)
        assert snapshot is not None
        groups = shares({name: snapshot.seen.get(name) for name in ("one", "other")})
        found = ("one" in snapshot.seen, "other" in snapshot.seen)
        worlds[snapshot.seen.get("submitted"), *groups.values(), *found].add((one, other, opted_out, uncounted))
    for shown, possible in worlds.items():
        assert len({world[2] for world in possible}) > 1, shown
        for cell in (0, 1, 3):
            values = {world[cell] for world in possible}
            assert len(values) > 1 or min(values) >= FEWEST, shown


@given(st.dictionaries(st.sampled_from("xyz"), cells, min_size=1, max_size=3), st.sampled_from("xyz"))
def test_every_filter_is_made_of_the_same_snapshots(regions: dict[str, dict[str, int]], left_out: str) -> None:
    """All regions less one is nothing but the sum of the others' snapshots."""
    each = {name: published([counts])[0] for name, counts in regions.items()}
    others = {name: snapshot for name, snapshot in each.items() if name != left_out}
    gone = each[left_out].seen if left_out in each else {}
    whole, rest = together(each), together(others)
    assert {cell: n - rest.get(cell, 0) for cell, n in whole.items() if n - rest.get(cell, 0)} == dict(gone)


@given(st.dictionaries(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(10, 500)), max_size=6))
def test_shares_tell_nothing_of_what_is_not_shown(groups: dict[str, int | None]) -> None:
    seen = {group: count for group, count in groups.items() if count is not None}
    found = shares(groups)
    assert found.keys() == groups.keys()
    assert all(found[group] is None for group, count in groups.items() if count is None)
    if len(seen) > 1:
        assert {group: found[group] for group in seen} == shares(seen)
        assert all(share is not None and share % 5 == 0 for share in (found[group] for group in seen))
    else:
        assert set(found.values()) <= {None}, "one group alone would be all of it"


def test_a_small_cell_does_not_give_itself_away_by_going() -> None:
    """Ten that became none: if the cell went, it would be known that there is nobody."""
    first, second = published([{"a": 10}, {"a": 0}])
    assert first.cells == second.cells == {"a": 10}
    assert published([{"a": 19}, {"a": 9}])[1].cells == {}
