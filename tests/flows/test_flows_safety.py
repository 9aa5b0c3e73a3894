"""What is never asked somewhere, whatever a collection says."""

from __future__ import annotations

import datetime as dt

import pytest
from made_up import demographics

from flows.collection import Option, Question, Subject
from flows.language import known_territory
from flows.regions import questions_for
from flows.safety import (
    CLOSED_SUBJECTS,
    COUNSEL,
    EXPERT,
    LOCKED,
    LOCKED_SUBJECTS,
    OPEN,
    Level,
    level,
    may_be_opened_by,
    takes_two,
)
from flows.territories import ROWS

_TWO = (Option(id="a", label="A"), Option(id="b", label="B"))


def asking(question_id: str, subject: Subject, text: str = "What?", options: tuple[Option, ...] = _TWO) -> Question:
    """A question."""
    return Question(id=question_id, subject=subject, kind="one", text=text, options=options)


_HIDDEN = (
    *(asking(subject.value, subject) for subject in sorted(LOCKED_SUBJECTS)),
    asking("my_gender", Subject.OTHER),
    asking("pronouns", Subject.OTHER),
    asking("identity", Subject.OTHER, "What is your gender?"),
    asking("identity", Subject.HEALTH, "Which sex were you given at birth?"),
    asking("identity", Subject.OTHER, "Do you live as a gay person?"),
    asking("you", Subject.OTHER, options=(Option(id="w", label="A woman"), Option(id="m", label="A man"))),
    asking("you", Subject.OTHER, options=(Option(id="non_binary", label="Neither"), Option(id="m", label="Other"))),
)


@pytest.mark.parametrize("territory", sorted(LOCKED | OPEN))
def test_every_code_is_a_territory(territory: str) -> None:
    """A typing slip would leave somebody unprotected."""
    assert known_territory(territory)


def test_every_row_says_where_it_comes_from_and_when_that_was_read() -> None:
    """And no row is from the future."""
    for row in ROWS.values():
        assert row.grounds
        assert all(ground.title for ground in row.grounds)
        assert row.reviewed_on <= dt.date(2026, 11, 26)


def test_mistakes_that_others_shipped_are_not_here() -> None:
    """A list that was read had WL and WV, which are no codes, and KY, the Cayman Islands, for Kyrgyzstan."""
    assert not known_territory("WL")
    assert not known_territory("WV")
    assert {"WL", "WV", "KY", "UK", "EU", "ZZ"}.isdisjoint(ROWS)
    assert {"LC", "VC", "KG"} <= LOCKED
    assert all(len(code) == 2 and code.isalpha() and code.isupper() for code in ROWS)


def test_what_is_closed_takes_an_expert_and_counsel_and_what_is_locked_nobody_opens() -> None:
    both = (EXPERT, COUNSEL)
    for subject in (Subject.GENDER_IDENTITY, Subject.SEX):
        assert may_be_opened_by("FR", subject, both)
        assert not any(may_be_opened_by("FR", subject, roles) for roles in ((), (EXPERT,), (COUNSEL,), (COUNSEL,) * 2))
        assert not any(may_be_opened_by(territory, subject, both) for territory in LOCKED)
    assert may_be_opened_by("KE", Subject.ANCESTRY, both)
    assert not any(may_be_opened_by("US", subject, both) for subject in CLOSED_SUBJECTS)


def test_a_region_asks_what_is_closed_where_nothing_opens_without_both_and_nowhere_else() -> None:
    """Kenya's ancestry is closed, and its region opens with one signature; in France it takes two for anything."""
    gender, ancestry = asking("gender", Subject.GENDER_IDENTITY), asking("ancestry", Subject.ANCESTRY)
    region = demographics().regions[0].model_copy(update={"questions": (gender, ancestry)})
    for territory, asked in {"FR": (gender, ancestry), "US": (gender, ancestry), "KE": ()}.items():
        assert questions_for(region.model_copy(update={"territory": territory})) == asked
        assert takes_two(territory) is (territory == "FR")


def test_no_territory_is_open_and_locked() -> None:
    """Stricter wins, and there is nothing to win."""
    assert not LOCKED & OPEN


@pytest.mark.parametrize("territory", sorted(LOCKED))
def test_where_it_is_locked_nothing_on_sex_or_gender_is_asked_even_if_a_region_carries_it(territory: str) -> None:
    """Neither under its own subject nor hidden behind another one."""
    region = demographics().regions[0]
    carrying = region.model_copy(update={"territory": territory, "questions": (*_HIDDEN, asking("tea", Subject.OTHER))})
    assert [question.id for question in questions_for(carrying)] == ["tea"]


def test_a_territory_without_a_row_is_closed_for_them() -> None:
    """Nothing opens by being unknown."""
    assert all(level("FR", subject) is Level.CLOSED for subject in LOCKED_SUBJECTS)
    assert level("FR", Subject.AGE) is Level.OPEN
    assert level("US", Subject.GENDER_IDENTITY) is Level.OPEN
    assert all(level("US", subject) is Level.CLOSED for subject in (Subject.RELIGION, Subject.CASTE, Subject.TRIBE))


def test_the_ready_collection_asks_its_questions_where_they_may_be_asked() -> None:
    """Looking at words does not lock what is harmless."""
    asked = {region.territory: [q.id for q in questions_for(region)] for region in demographics().regions}
    assert asked == {
        "BR": ["age", "ancestry", "quilombola", "gender_identity"],
        "DE": ["age", "family_birthplaces", "family_regions", "gender_identity"],
        "EG": ["age", "grew_up_region", "first_language"],
        "GB": ["age", "ancestry", "gender_identity"],
        "IN": ["age", "first_language", "grew_up_region", "gender_identity"],
        "JP": ["age", "ancestry", "gender_identity"],
        "KE": ["age", "first_language", "grew_up_region"],
        "NG": ["age", "first_language", "grew_up_region"],
        "SA": ["age", "grew_up_region", "first_language"],
        "US": ["age", "ancestry", "gender_identity"],
        "ZA": ["age", "ancestry", "gender_identity"],
    }


@pytest.mark.parametrize("territory", sorted(row.territory for row in ROWS.values() if row.ancestry is not Level.OPEN))
def test_ancestry_is_not_asked_by_name_where_it_has_hurt(territory: str) -> None:
    """Whatever a region's file says; where one grew up may be asked."""
    region = demographics().regions[0]
    questions = (asking("ancestry", Subject.ANCESTRY), asking("grew_up_region", Subject.GREW_UP))
    carrying = region.model_copy(update={"territory": territory, "questions": questions})
    assert [question.id for question in questions_for(carrying)] == ["grew_up_region"]
    assert level("US", Subject.ANCESTRY) is Level.OPEN


@pytest.mark.parametrize(
    "question",
    [
        asking("community", Subject.ANCESTRY, "Which caste does your family belong to?"),
        asking("community", Subject.OTHER, options=(Option(id="a", label="Buraku"), Option(id="b", label="None"))),
        asking("people", Subject.FIRST_LANGUAGE, "Which tribe are you of?"),
        asking("passport", Subject.OTHER, "What is your nationality?"),
        asking("faith", Subject.OTHER, "What is your religion?"),
    ],
    ids=lambda question: question.text,
)
def test_a_closed_subject_does_not_come_in_under_another_name(question: Question) -> None:
    """Its words give it away."""
    region = demographics().regions[0]
    for territory in ("US", "IN", "JP", "SA"):
        carrying = region.model_copy(update={"territory": territory, "questions": (question,)})
        assert questions_for(carrying) == ()
