"""The smallest group, over any people: nobody stands out who did not ask to, and nobody is left out without need."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stewardship.columns import SEVERAL, Asked
from bot.stewardship.protection import LAST, Census, Given, Ladder, Protection, Traits
from bot.stewardship.watching import Watch
from flows.collection import Option, Question, Subject
from flows.questions import Status


def asked(name: str, subject: Subject, kind: str, parents: dict[str, str | None]) -> Asked:
    options = tuple(Option(id=each, label=each, parent=parent) for each, parent in parents.items())
    question = Question.model_validate(
        {"id": name, "subject": subject, "kind": kind, "text": name, "options": [o.model_dump() for o in options]}
    )
    known = {each: parent for each, parent in parents.items() if parent}
    return Asked(name, tuple(parents), own_words=False, question=question, parents=known)


AGE = asked("age", Subject.AGE, "one", {"a18": "a18_34", "a25": "a18_34", "a35": "a35_up", "a45": "a35_up"})
KIN = asked("kin", Subject.ANCESTRY, "several", {"x": "xy", "y": "xy", "z": "y", "lone": None})
PETS = asked("pets", Subject.OTHER, "several", {"cat": "animal", "dog": "animal"})
QUESTIONS = [AGE, KIN, PETS]


def some(question: Asked, *, several: bool) -> st.SearchStrategy[Given]:
    one = st.sampled_from(question.options)
    chosen = (
        st.sets(one, min_size=1, max_size=2).map(lambda s: tuple(sorted(s))) if several else one.map(lambda o: (o,))
    )
    answered = chosen.map(lambda options: Given(Status.ANSWERED, options))
    return answered | st.just(Given(Status.PREFER_NOT_TO_ANSWER))


PERSON = st.tuples(
    st.sampled_from([("US", "en"), ("US", "es"), ("EG", "ar")]),
    st.fixed_dictionaries({"age": some(AGE, several=False), "kin": some(KIN, several=True),
                           "pets": some(PETS, several=True)}),
    st.booleans() | st.just(False),  # noqa: FBT003  # most choose a broader group
)  # fmt: skip
PEOPLE = st.lists(PERSON, max_size=60)


def key(place: tuple[str, ...], given: dict[str, Given], questions: tuple[str, ...]) -> object:
    return place, tuple((q, given[q].status, tuple(sorted(given[q].options))) for q in questions)


@settings(max_examples=300, deadline=None)
@given(PEOPLE, st.integers(2, 7))
def test_no_row_is_in_a_smaller_group_but_who_chose_exactly_and_nobody_is_left_out_without_need(
    people: list[tuple[tuple[str, ...], dict[str, Given], bool]], smallest: int
) -> None:
    protection = Protection(QUESTIONS, smallest, apart=False, own_words=False)
    for place, said, exactly in people:
        protection.count(place, said, exactly=exactly)
    protection.settle()
    out = [protection.passed_on(place, said, exactly=exactly) for place, said, exactly in people]

    traits = ("age", "kin")
    before = Counter(key(place, said, traits) for place, said, _ in people)
    after = Counter(
        key(person[0], dict(shown[0]), traits) for person, shown in zip(people, out, strict=True) if shown is not None
    )
    ladder = Ladder(QUESTIONS)
    rare: Counter[object] = Counter()
    for place, said, exactly in people:
        if not exactly and before[key(place, said, traits)] < smallest:
            rare[_last(ladder, place, said)] += 1
    for (place, said, exactly), shown in zip(people, out, strict=True):
        if exactly:
            assert shown is not None
            assert dict(shown[0]) == said, "exactly is exactly"
        elif before[key(place, said, traits)] >= smallest:
            assert shown is not None
            assert {name: shown[0][name] for name in traits} == {name: said[name] for name in traits}
        elif shown is None:
            assert rare[_last(ladder, place, said)] < smallest, "others could have been joined"
        else:
            assert after[key(place, dict(shown[0]), traits)] >= smallest
        if shown is not None:
            assert {name: each.status for name, each in shown[0].items()} == {n: e.status for n, e in said.items()}


@settings(max_examples=150, deadline=None)
@given(PEOPLE, st.integers(2, 7))
def test_a_question_about_something_else_costs_no_row_and_says_nothing_rare(
    people: list[tuple[tuple[str, ...], dict[str, Given], bool]], smallest: int
) -> None:
    """Tables of one question each are protected so, whatever the question is about."""
    protection = Protection(QUESTIONS, smallest, apart=True, own_words=False)
    for place, said, exactly in people:
        protection.count(place, said, exactly=exactly)
    protection.settle()
    out = [protection.passed_on(place, said, exactly=exactly) for place, said, exactly in people]

    assert None not in out
    for name in ("age", "kin", "pets"):
        shown = [dict(each[0])[name] for each in out if each is not None]
        counts = Counter(tuple(sorted(each.options)) for each in shown)
        for (_, said, exactly), each in zip(people, shown, strict=True):
            assert exactly or each.options in {(), (SEVERAL,)} or counts[tuple(sorted(each.options))] >= smallest
            assert not exactly or each == said[name]


def _last(ladder: Ladder, place: tuple[str, ...], said: dict[str, Given]) -> Traits:
    return ladder.whole(ladder.traits(place, [(name, said[name]) for name in ("age", "kin")]), LAST)


def test_parents_first_then_several_then_left_out() -> None:
    kin = "kin", "answered"
    ladder = Ladder(QUESTIONS)
    assert ladder.broader((*kin, ("x", "y")), 1) == (*kin, ("xy",))
    assert ladder.broader((*kin, ("lone", "x")), 1) == (*kin, (SEVERAL,))
    assert ladder.broader(("age", "answered", ("a18",)), 1) == ("age", "answered", ("a18",))
    assert ladder.broader(("age", "answered", ("a18",)), 2) == ("age", "answered", ("a18_34",))
    assert ladder.broader(("age", "prefer_not_to_answer", ()), LAST) == ("age", "prefer_not_to_answer", ())
    census = Census(ladder)
    alone = ladder.traits(("US",), [("kin", Given(Status.ANSWERED, ("x",)))])
    census.add(alone, exactly=False)
    assert census.plan(2) == {alone: None}


def test_own_words_leave_only_of_whoever_asked_for_exactly() -> None:
    said = {"kin": Given(Status.ANSWERED, ("lone",), "words"), "age": Given(Status.ANSWERED, ("a18",)),
            "pets": Given(Status.PREFER_NOT_TO_ANSWER)}  # fmt: skip
    protection = Protection(QUESTIONS, 2, apart=False, own_words=True)
    for _ in range(2):
        protection.count(("US",), said, exactly=False)
    protection.count(("US",), said, exactly=True)
    protection.settle()

    exact, broader = (protection.passed_on(("US",), said, exactly=exactly) for exactly in (True, False))
    assert exact is not None
    assert broader is not None
    assert exact[0]["kin"].own_words == "words"
    assert (broader[0]["kin"].options, broader[0]["kin"].own_words) == (("lone",), None)


def test_what_was_lost_is_counted_answer_by_answer() -> None:
    protection = Protection([KIN], 3, apart=False, own_words=False)
    people = [("x",)] * 4 + [("y",)] * 2 + [("lone",)]
    for options in people:
        protection.count(("US",), {"kin": Given(Status.ANSWERED, options)}, exactly=False)
    protection.settle()
    for options in people:
        protection.passed_on(("US",), {"kin": Given(Status.ANSWERED, options)}, exactly=False)

    lost = {loss.option: (loss.gave, loss.broader, loss.left_out) for loss in protection.losses()}
    assert lost == {"x": (4, 0, 0), "y": (2, 2, 0), "lone": (1, 1, 0)}


def test_region_and_language_are_shared_by_enough_also_where_no_question_is_about_who_somebody_is(
    tmp_path: Path,
) -> None:
    places = [("US", "en")] * 3 + [("US", "es")] * 2 + [("EG", "ar")]
    said = {"pets": Given(Status.ANSWERED, ("cat",))}
    protection = Protection([PETS], 3, apart=False, own_words=False)
    for place in places:
        protection.count(place, said, exactly=False)
    protection.count(("EG", "ar"), said, exactly=True)
    protection.settle()

    out = [protection.passed_on(place, said, exactly=False) for place in places]
    asked_for = protection.passed_on(("EG", "ar"), said, exactly=True)

    assert [each is not None for each in out] == [True] * 3 + [False] * 3
    assert asked_for is not None, "exactly is exactly"
    assert protection.rows_left_out == 3
    with Watch(tmp_path, 3) as watch:
        for name, each in zip("abc", out, strict=False):
            assert each is not None
            watch.note(name, each[1], exactly=False)
        watch.note("d", asked_for[1], exactly=True)
        assert watch.falling_with({"a"}) == {"b", "c"}, "d shares what they said, not where they are"


def test_no_place_is_looked_at_where_no_table_has_one() -> None:
    said = {"pets": Given(Status.ANSWERED, ("cat",))}
    protection = Protection([PETS], 2, apart=True, own_words=False)
    for place in ("US", "EG"):
        protection.count((place,), said, exactly=False)
    protection.settle()

    assert protection.passed_on(("EG",), said, exactly=False) == (said, (("pets", _alone("pets", said["pets"])),))


def _alone(question: str, said: Given) -> Traits:
    return Ladder([PETS]).traits((), [(question, said)])


def test_whoever_is_left_in_too_small_a_group_goes_with_those_who_leave_but_who_chose_exactly(tmp_path: Path) -> None:
    """Leaving can draw others along: each row is in several groups."""
    with Watch(tmp_path, 2) as watch:
        for name, groups, exactly in (
            ("a", ("x", "p"), False),
            ("b", ("x", "q"), False),
            ("c", ("y", "q"), False),
            ("d", ("y", "r"), False),
            ("e", ("y", "r"), True),
            ("f", ("z", "p"), True),
        ):
            watch.note(name, groups, exactly=exactly)

        assert watch.falling_with(set()) == set()
        assert watch.falling_with({"a"}) == {"b", "c"}, "b is alone in x, then c in q; d still has e"
        assert watch.falling_with({"e"}) == {"d"}, "the others have gone already"


def test_who_goes_later_is_counted_with_who_went_before(tmp_path: Path) -> None:
    """Two who withdraw one after the other leave no smaller a group than two at once."""
    with Watch(tmp_path, 5) as watch:
        for each in "abcdef":
            watch.note(each, ["x"], exactly=False)
        assert watch.falling_with({"a"}) == set()
        assert watch.falling_with({"b"}) == {"c", "d", "e", "f"}
