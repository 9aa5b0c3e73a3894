"""Choosing whom to invite by answers: never by what could endanger somebody, and whose group is heard enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import READY

from flows.choosing import NotToChooseBy, chosen_by, is_heard, may_be_chosen_by, never_chosen_by, same_question
from flows.collection import Targets
from flows.load import load_collection
from flows.progress import Met, chose, countable, met, reads
from flows.safety import LOCKED
from flows.tallies import SUBMITTED

COLLECTION = load_collection(READY)
EVERYWHERE = tuple(region.territory for region in COLLECTION.regions)


def test_an_answer_is_named_as_it_stands_in_the_collection() -> None:
    assert chosen_by(COLLECTION, "age=age_65_74", EVERYWHERE) == ("age", "age_65_74")
    assert chosen_by(COLLECTION, " ancestry = asian ", ("US", "EG")) == ("ancestry", "asian")


@pytest.mark.parametrize(
    ("who", "territories", "said"),
    [
        ("gender_identity=woman", ("US",), "community links"),
        ("gender_identity=nothing", ("EG",), "community links"),
        ("ancestry=asian", ("EG",), "community links"),
        ("age", EVERYWHERE, "question=option"),
        ("hobby=a", EVERYWHERE, "questions to choose by: age"),
        ("age=age_12", EVERYWHERE, "no option 'age_12'"),
        ("age=prefer_not_to_answer", EVERYWHERE, "no option 'prefer_not_to_answer'"),
    ],
)
def test_nobody_is_chosen_so(who: str, territories: tuple[str, ...], said: str) -> None:
    with pytest.raises(NotToChooseBy, match=said):
        chosen_by(COLLECTION, who, territories)


def test_gender_identity_serves_nowhere_and_ancestry_only_where_it_is_open() -> None:
    gender, ancestry = COLLECTION.question("gender_identity"), COLLECTION.question("ancestry")
    assert gender is not None
    assert never_chosen_by(gender)
    assert not any(may_be_chosen_by(gender, place) for place in (*EVERYWHERE, *LOCKED))
    assert may_be_chosen_by(ancestry, "US")
    assert not may_be_chosen_by(ancestry, "EG")
    assert not may_be_chosen_by(ancestry, None)


def test_a_question_is_the_same_elsewhere_where_it_means_the_same() -> None:
    other = COLLECTION.model_copy(update={"id": "other"})
    assert same_question("age", COLLECTION, other)
    region = COLLECTION.regions[0]
    age = region.questions[0]
    renamed = age.options[0].model_copy(update={"label": "Young"})
    changed = age.model_copy(update={"options": (renamed, *age.options[1:])})
    regions = (region.model_copy(update={"questions": (changed,)}),)
    assert not same_question("age", COLLECTION, other.model_copy(update={"regions": regions}))
    assert not same_question("nothing", COLLECTION, other)


groups = st.sets(st.tuples(st.sampled_from("pq"), st.sampled_from("abc")))


@given(groups, groups, groups)
def test_whoever_belongs_to_one_group_that_is_still_hoped_for_is_not_heard_enough(
    answers: set[tuple[str, str]], hoped_for: set[tuple[str, str]], reached: set[tuple[str, str]]
) -> None:
    heard = is_heard(answers, Met(options=frozenset(reached & hoped_for)), hoped_for)
    missing = {group for group in answers & hoped_for if group not in reached}
    assert heard == (bool(answers & hoped_for) and not missing)


def test_targets_are_met_by_what_may_be_seen() -> None:
    targets = Targets(people=100, languages={"es": 20}, questions={"age": {"age_18_24": 50, "age_75_up": 5}})
    seen = {
        SUBMITTED: 100,
        reads("en"): 80,
        reads("es"): 20,
        chose("age", "age_18_24"): 40,
        chose("age", "age_25_34"): 50,
    }
    assert met(targets, seen) == Met(people=True, languages=frozenset({"es"}))
    assert met(targets, {**seen, SUBMITTED: 90}).people is False
    assert met(targets, {**seen, chose("age", "age_25_34"): 40}).options == {("age", "age_18_24")}
    assert met(targets, {reads("es"): 500, SUBMITTED: 0}) == Met(), "a group that is seen alone is no share"
    assert met(None, seen) == Met()


def test_what_preferred_not_to_answer_means_is_in_no_cell() -> None:
    for region in COLLECTION.regions:
        cells = countable(COLLECTION, region)
        assert not any("prefer_not" in cell for cell in cells)
        assert any(cell.startswith("answer:gender_identity") for cell in cells) == (
            region.question("gender_identity") is not None
        )
