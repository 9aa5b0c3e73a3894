"""Counts of several installations: a file tells what a region's picture shows, and joining it adds nothing to that."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import demographics

from flows.collection import Collection, Targets
from flows.joining import Counts, counts_of, digest, joined, strangers
from flows.painting import joined_picture, picture
from flows.picture import Picture
from flows.progress import NOTHING_MET, chose, reads, took
from flows.snapshots import Snapshot
from flows.tallies import CONSENTED, INVITED, SUBMITTED
from flows.words import Percent, Text

DEMOGRAPHICS = demographics()
NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
HERE, THERE = "a" * 32, "b" * 32


def snapshot(**cells: int) -> Snapshot:
    """Cells by short names: people, minutes, languages and ages."""
    names = {
        "invited": INVITED, "agreed": CONSENTED, "sent": SUBMITTED, "eight": took(8), "en": reads("en"),
        "ar": reads("ar"), "young": chose("age", "age_18_24"), "old": chose("age", "age_75_up"),
    }  # fmt: skip
    return Snapshot(NOW, 100, {names[name]: count for name, count in cells.items()})


def counts(installation: str = HERE, collection: Collection = DEMOGRAPHICS, **regions: Snapshot) -> Counts:
    return counts_of(collection, regions, installation)


def lines(seen: Picture, title: str) -> dict[str, str]:
    """What a part says, by label: messages with their values in place."""
    part = next(each for each in seen.parts if each.title.message == title)
    return {
        str(next(iter(line.label.values.values()), line.label.message)): line.said.message.format(**in_place(line.said))
        for line in part.lines
    }


def in_place(said: Text) -> dict[str, object]:
    return {name: f"{each.value}%" if isinstance(each, Percent) else each for name, each in said.values.items()}


def all_of(seen: Picture) -> str:
    return repr([(part.title, part.lines) for part in seen.parts])


EGYPT = snapshot(invited=213, agreed=121, sent=98, eight=98, en=19, ar=61, young=44, old=27)


def test_a_region_by_itself_looks_as_it_does_where_it_was_counted() -> None:
    """Nothing else than the picture is in a file, and nothing of the picture is missing."""
    seen = joined_picture(DEMOGRAPHICS, joined([counts(EG=EGYPT)]), ("EG",))
    assert all_of(seen) == all_of(picture(DEMOGRAPHICS, {"EG": EGYPT}, ("EG",)))
    assert seen.where == picture(DEMOGRAPHICS, {"EG": EGYPT}, ("EG",)).where


def test_a_file_has_no_number_of_a_group() -> None:
    told = json.loads(counts(EG=EGYPT).model_dump_json())["regions"][0]
    assert told["people"] == {INVITED: 210, CONSENTED: 120, SUBMITTED: 90}
    assert told["languages"] == {"en": 15, "ar": 85}
    assert told["minutes"] == 8
    assert told["questions"]["age"] == {"age_18_24": 65, "age_75_up": 35}


def test_zones_are_added_up_and_shares_weigh_as_much_as_people_answered() -> None:
    there = snapshot(invited=500, sent=300, en=150, ar=150)
    both = joined([counts(HERE, EG=snapshot(sent=100, en=20, ar=80)), counts(THERE, SA=there)])
    assert both.installations == 2
    seen = joined_picture(DEMOGRAPHICS, both, ("EG", "SA"))
    assert lines(seen, "How far people come")[("Sent their answers")] == "400+"
    # 100 people of whom 20 percent read English, and 300 of whom 50 percent do: 42.5 percent
    assert lines(seen, "Languages")["Language(language='en', own=False)"] == "about 45%"


def test_what_a_zone_does_not_show_is_not_in_its_file_and_adds_nothing() -> None:
    small = Snapshot(NOW, 100, {})
    first = joined_picture(DEMOGRAPHICS, joined([counts(EG=EGYPT)]), ("EG", "SA"))
    both = joined_picture(DEMOGRAPHICS, joined([counts(EG=EGYPT), counts(THERE, SA=small)]), ("EG", "SA"))
    assert lines(both, "How far people come") == lines(first, "How far people come")


def test_a_group_that_is_alone_counts_as_the_ten_that_are_known_of_it() -> None:
    alone, other = snapshot(sent=200, ar=120), snapshot(sent=30, en=15, ar=15)
    told = counts(EG=alone).regions[0].languages
    assert told == {"ar": None}
    both = joined([counts(EG=alone), counts(THERE, SA=other)])
    seen = joined_picture(DEMOGRAPHICS, both, ("EG", "SA"))
    # 15 people of 40 that are known
    assert lines(seen, "Languages")["Language(language='en', own=False)"] == "about 40%"


cells = st.fixed_dictionaries(
    {}, optional={name: st.integers(10, 400) for name in ("invited", "agreed", "sent", "eight", "en", "ar", "young")}
)


@given(cells, cells, st.integers(0, 9), st.integers(10, 400))
def test_a_joined_picture_is_made_of_what_the_zones_show_and_of_nothing_else(
    here: dict[str, int], there: dict[str, int], more: int, took_eight: int
) -> None:
    """Two worlds that look alike zone by zone look alike together, whatever lies beneath."""
    also = {name: count - count % 10 + more for name, count in there.items()}
    also |= {"eight": took_eight} if "eight" in there else {}
    first, second, third = snapshot(**here), snapshot(**there), snapshot(**also)
    assert picture(DEMOGRAPHICS, {"SA": second}, ("SA",)) == picture(DEMOGRAPHICS, {"SA": third}, ("SA",))
    assert counts(THERE, SA=second) == counts(THERE, SA=third)
    one = joined([counts(EG=first), counts(THERE, SA=second)])
    other = joined([counts(EG=first), counts(THERE, SA=third)])
    places = ("EG", "SA")
    assert joined_picture(DEMOGRAPHICS, one, places) == joined_picture(DEMOGRAPHICS, other, places)


@given(cells, cells)
def test_files_are_read_back_as_they_were_written(here: dict[str, int], there: dict[str, int]) -> None:
    written = counts(EG=snapshot(**here), US=snapshot(**there))
    assert Counts.model_validate_json(written.model_dump_json()) == written
    assert list(strangers(written, DEMOGRAPHICS)) == []


def test_a_target_is_met_where_its_zone_says_so() -> None:
    """Rounded shares alone would say otherwise: 19 of 100 are seen as about 20 percent."""
    aimed = DEMOGRAPHICS.model_copy(
        update={"targets": {"EG": Targets(people=50, languages={"ar": 20}, questions={"age": {"age_75_up": 90}})}}
    )
    told = counts(collection=aimed, EG=snapshot(sent=100, en=810, ar=190, young=10, old=80))
    met = joined([told]).reached["EG"]
    assert met.people
    assert met.languages == frozenset()
    seen = joined_picture(aimed, joined([told]), ("EG",))
    assert set(lines(seen, "Groups we still hope to hear from").values()) == {"hoped for 20%", "hoped for 90%"}
    assert joined([counts(EG=EGYPT)]).reached["EG"] == NOTHING_MET


def damaged(**changes: object) -> dict[str, object]:
    """A file with a region's fields changed, and its digest made to fit."""
    written = counts(EG=EGYPT)
    region = written.regions[0].model_copy(update=changes)
    changed = written.model_copy(update={"regions": (region,)})
    value: dict[str, object] = changed.model_copy(update={"sha256": digest(changed)}).model_dump(mode="json")
    return value


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"people": {SUBMITTED: 0}}, "greater than or equal to 10"),
        ({"people": {SUBMITTED: 95}}, "multiple of 10"),
        ({"languages": {"en": 13, "ar": 87}}, "multiple of 5"),
        ({"languages": {"en": 100}}, "one group by itself has no share"),
        ({"languages": {"en": None, "ar": 50}}, "only a group that is alone has no share"),
        ({"languages": {"en": 5, "ar": 35}}, "its shares come to 40 percent"),
        ({"minutes": 11}, "no picture shows 11"),
    ],
)
def test_numbers_that_no_installation_writes_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Counts.model_validate(damaged(**changes))


def test_one_changed_digit_is_found() -> None:
    written = counts(EG=EGYPT).model_dump_json().replace(f'"{INVITED}":210', f'"{INVITED}":290')
    with pytest.raises(ValueError, match="digest"):
        Counts.model_validate_json(written)
