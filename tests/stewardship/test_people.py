"""Who goes while a release is made, and who is left in too small a group by that: how they are counted."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from bot.stewardship.columns import Asked
from bot.stewardship.ladder import Given
from bot.stewardship.people import People
from bot.stewardship.protection import Protection
from bot.stewardship.rows import Contribution, Rows
from bot.storage.consents import Submitted
from flows.questions import Answer, Status

MOMENT = dt.datetime(2026, 11, 26, 12, 30, tzinfo=dt.UTC)
KIN = Asked("kin", ("x", "y"), own_words=False)


class Place:
    """Everybody lives in one place."""

    def place(self, _each: Contribution) -> tuple[str, ...]:
        return ("US", "en")

    def given(self, each: Contribution) -> Mapping[str, Given]:
        return {name: Given(Status.ANSWERED, answer.options) for name, answer in each.answers.items()}


def somebody(name: str, option: str, *purposes: str, exactly: bool = False) -> Contribution:
    submitted = Submitted(name, b"", b"", b"", MOMENT, "r", 1, "en", "US", "5a" * 32, MOMENT, frozenset(purposes))
    return Contribution(submitted, purposes, {"kin": Answer((option,))}, None, exactly)


def counted(tmp_path: Path, some: list[Contribution]) -> People:
    """Three share what tells them apart, at least."""
    protection = Protection([KIN], 3, apart=False, own_words=False)
    people = People(cast("Rows", Place()), protection, tmp_path, os.urandom)
    people.count(some)
    people.settle()
    people.pass_on(some)
    return people


def told(people: People) -> dict[str, tuple[int, int]]:
    return {loss.option: (loss.gave, loss.left_out) for loss in people.losses()}


def test_who_has_gone_is_not_counted_and_who_is_left_too_few_is_left_out(tmp_path: Path) -> None:
    some = [*(somebody(name, "x", "a", "b") for name in "pqr"), somebody("s", "y", "a", exactly=True)]
    with counted(tmp_path, some) as people:
        assert told(people) == {"x": (3, 0), "y": (1, 0)}
        assert people.agreed == {"a"}

        assert people.without({"p"}) == {"p", "q", "r"}
        assert told(people) == {"x": (2, 2), "y": (1, 0)}
        assert people.rows_left_out == 2

        assert people.without({"p", "q"}) == set(), "they have no row any more"
        assert told(people) == {"x": (1, 1), "y": (1, 0)}
        assert people.rows_left_out == 1


def test_who_was_left_out_and_goes_is_not_counted_as_left_out(tmp_path: Path) -> None:
    some = [somebody(name, "x", "a", "b") for name in "pqr"]
    few = [somebody("s", "y", "b", exactly=True), somebody("t", "y", "a")]
    with counted(tmp_path, [*some, *few]) as people:
        assert list(people.left_out.batches(9)) == [["t"]]
        assert people.agreed == {"b"}
        assert people.without({"t", "s"}) == {"s"}
        assert told(people) == {"x": (3, 0)}
        assert people.rows_left_out == 0
        assert people.agreed == {"a", "b"}


def test_who_was_never_counted_changes_nothing_by_going(tmp_path: Path) -> None:
    with counted(tmp_path, [somebody(name, "x", "a") for name in "pqr"]) as people:
        assert people.without({"nobody"}) == set()
        assert told(people) == {"x": (3, 0)}
