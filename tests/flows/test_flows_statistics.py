"""What is published of exact counts stands up to whoever subtracts, and a person counts as often as is said."""

from __future__ import annotations

import dataclasses
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.collection import Collection
from flows.load import load_collections
from flows.questions import Answer
from flows.small_counts import FEWEST, shown_beside
from flows.statistics import LANGUAGES, NO_ANSWER, Person, cells_of, every_cell, is_counted, suppressed, tables

ALONE, OVERLAPPING = "abc", "xyz"


@st.composite
def peoples_cells(draw: st.DrawFn) -> tuple[int, dict[str, int], dict[str, int]]:
    """Counts that people can have: each in one cell of the first, or else in one or more of the others."""
    sizes = st.one_of(st.integers(0, 12), st.integers(0, 60))
    alone = {cell: draw(sizes) for cell in ALONE[: draw(st.integers(0, 3))]}
    theirs = OVERLAPPING[: draw(st.integers(0 if alone else 1, 3))]
    people = draw(sizes) if theirs else 0
    overlapping = {cell: draw(st.integers(0, people)) for cell in theirs}
    if theirs and sum(overlapping.values()) < people:
        overlapping[theirs[0]] = people
    return sum(alone.values()) + people, alone, overlapping


@given(peoples_cells())
@settings(max_examples=200, deadline=None)
def test_no_small_number_can_be_worked_out(counts: tuple[int, dict[str, int], dict[str, int]]) -> None:
    """The attack knows the total, what is shown, and the rule, and tries every number that the hidden could be."""
    total, alone, overlapping = counts
    seen = shown_beside(total, alone, overlapping)
    if seen is None:
        return
    cells = {**alone, **overlapping}
    hidden = [cell for cell, count in seen.cells.items() if count is None]
    small = [cell for cell in hidden if cells[cell] < FEWEST]
    found: dict[str, set[int]] = {cell: set() for cell in small}
    ranges = [_tried(cells[cell], total) for cell in hidden]
    for values in product(*ranges):
        guess = {**seen.cells, **dict(zip(hidden, values, strict=True))}
        if _can_be(guess, alone, overlapping, total):
            for cell in small:
                found[cell].add(guess[cell] or 0)
        if all(len(values) > 1 for values in found.values()):
            break
    assert all(len(values) > 1 for values in found.values())


def _tried(count: int, total: int) -> list[int]:
    """Every small number; of larger ones those near the true one, and the ends of what is possible."""
    if count < FEWEST:
        return list(range(FEWEST))
    near = {FEWEST, FEWEST + 1, *range(count - 2, count + 3), total - 1, total}
    return sorted(value for value in near if FEWEST <= value <= total)


def _can_be(guess: dict[str, int | None], alone: dict[str, int], overlapping: dict[str, int], total: int) -> bool:
    people = total - sum(guess[cell] or 0 for cell in alone)
    theirs = [guess[cell] or 0 for cell in overlapping]
    return people == 0 if not theirs else max(theirs) <= people <= sum(theirs)


@given(peoples_cells())
@settings(deadline=None)
def test_what_is_shown_is_true_and_leaves_no_few_over(counts: tuple[int, dict[str, int], dict[str, int]]) -> None:
    total, alone, overlapping = counts
    seen = shown_beside(total, alone, overlapping)
    if seen is None:
        return
    assert seen.total == total >= FEWEST
    for cell, count in seen.cells.items():
        assert count is None or (count == {**alone, **overlapping}[cell] and count >= FEWEST)
        assert count is None or cell in alone or total - count >= FEWEST
    if None in seen.cells.values() and not overlapping:
        assert total - sum(count or 0 for count in seen.cells.values()) >= FEWEST


@pytest.fixture(scope="module")
def collection() -> Collection:
    return load_collections(Path("collections"))[0]


def test_cells_come_from_the_packs_alone(collection: Collection) -> None:
    languages, *questions = tables(collection, languages_apart=False)
    assert languages.id == LANGUAGES
    assert set(languages.cells) == {(region.territory, "") for region in collection.regions}
    for table in questions:
        for (territory, _), cells in table.cells.items():
            region = collection.region(territory)
            assert region is not None
            question = region.question(table.id)
            assert question is not None
            assert cells == (*(option.id for option in question.options), NO_ANSWER)


@pytest.mark.parametrize("languages_apart", [False, True])
def test_a_person_is_in_no_more_cells_than_is_said(collection: Collection, *, languages_apart: bool) -> None:
    of = tables(collection, languages_apart=languages_apart)
    for region in collection.regions:
        everything = {q.id: Answer(tuple(option.id for option in q.options)) for q in region.questions}
        for answers in ({}, everything):
            person = Person(region.territory, region.languages[0], answers)
            for table in of:
                whole = list(cells_of(person, [table], {}, lambda some, most: some[:most]))
                fewer = list(cells_of(person, [table], {table.id: 2}, lambda some, most: some[:most]))
                assert len(whole) <= table.most_choices
                assert len(fewer) <= 2
                assert set(whole) <= set(every_cell([table]))


def test_who_is_elsewhere_is_not_counted(collection: Collection) -> None:
    of = tables(collection, languages_apart=False)
    assert not is_counted(Person("XX", "en", {}), of)
    assert not is_counted(Person(collection.regions[0].territory, "xx", {}), of)


def test_a_place_is_shown_whole_or_its_people_are_not(collection: Collection) -> None:
    """One question that gives a small number away beside the number of people hides that number in every table."""
    of = tables(collection, languages_apart=False)
    region = collection.regions[0]
    place, language = (region.territory, ""), region.languages[0]
    question = next(table for table in of if table.id != LANGUAGES and place in table.cells)
    first = question.cells[place][0]
    counts = Counter({(LANGUAGES, place, language): FEWEST, (question.id, place, first): FEWEST})
    seen = suppressed(counts, of)
    assert seen.people[place] is None
    assert not any(count for (_, where, _), count in seen.cells.items() if where == place)


def test_languages_apart_show_no_sum_of_a_region(collection: Collection) -> None:
    of = tables(collection, languages_apart=True)
    region = next(region for region in collection.regions if len(region.languages) > 1)
    large, small = region.languages[:2]
    counts: Counter[tuple[str, tuple[str, str], str]] = Counter()
    for language, people in ((large, 200), (small, 4)):
        counts[LANGUAGES, (region.territory, ""), language] = people
        for table in of[1:]:
            place = (region.territory, language)
            if place in table.cells:
                counts[table.id, place, table.cells[place][0]] = people // 2
                counts[table.id, place, table.cells[place][1]] = people - people // 2
    seen = suppressed(counts, of)
    assert (region.territory, "") not in seen.people
    assert seen.cells[LANGUAGES, (region.territory, ""), small] is None
    assert seen.people[region.territory, small] is None


def test_a_table_is_frozen(collection: Collection) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        tables(collection, languages_apart=False)[0].id = "other"  # type: ignore[misc]
