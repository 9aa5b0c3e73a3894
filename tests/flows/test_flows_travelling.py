"""Being somewhere else for a while: stricter there, never looser, and everything as it was afterwards."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import demographics, shelves
from test_flows_journeys import AGREE, agreed, passage
from walker import Walker

from flows.events import Command
from flows.finding import every_place
from flows.regions import questions_for
from flows.session import Aside, Session
from flows.travelling import LONGEST, safe_on_the_way, set_out


def travels(walker: Walker, place: str) -> Walker:
    """Somebody says where they are, by writing it and pressing what was found."""
    return walker.asks(Command.HELP).presses("I am travelling").writes(place).presses(place)


def test_what_is_not_safe_to_ask_there_is_put_away_until_somebody_is_back() -> None:
    walker = travels(agreed().presses("35–44", "White"), "Egypt")
    assert "asked only what is safe there: Egypt" in walker.text
    walker.presses("‹ Back")
    assert walker.name == "review", "ancestry is not asked there either"
    assert "gender" not in walker.text
    assert passage(walker).answers["ancestry"].options == ("white",), "what was answered stays"
    walker.asks(Command.MY_DATA)
    assert "gender" not in walker.text
    walker.presses("I am travelling", "I am back")
    assert "Welcome back" in walker.text
    walker.asks(Command.EDIT)
    while walker.name != "question-gender_identity":
        walker.presses("Show" if "Show" in walker.labels else "Done" if "Done" in walker.labels else "Submit")


HERE = "You said that you are here: Uganda"


def test_where_somebody_is_stands_under_what_is_held_before_consent_and_after() -> None:
    """Until they are back, and not a moment longer."""
    for walker in (Walker(shelves()["ready"]).opens("demographics"), agreed()):
        assert HERE not in walker.asks(Command.MY_DATA).text
        travels(walker, "Uganda").asks(Command.MY_DATA)
        assert HERE in walker.text
        walker.asks(Command.HELP).presses("I am travelling", "I am back")
        assert HERE not in walker.asks(Command.MY_DATA).text


def test_it_is_over_after_a_month_of_itself() -> None:
    walker = travels(agreed().presses("35–44"), "Uganda").presses("‹ Back")
    assert walker.session is not None
    assert walker.session.travelling == "UG"
    walker.waits(LONGEST + dt.timedelta(minutes=1)).asks(Command.HELP)
    assert walker.session is not None
    assert walker.session.travelling is None


def test_it_goes_with_everything_else_when_somebody_leaves() -> None:
    walker = travels(agreed().presses("35–44"), "Uganda").presses("‹ Back").asks(Command.LEAVE)
    for verb in ("open_leave_all", "leave_all"):
        walker.press(walker.by_verb(verb))
    assert walker.session is not None
    assert walker.session.aside is Aside.GOODBYE
    assert (walker.session.travelling, walker.session.travelling_until) == (None, None)


@pytest.mark.parametrize("home", ["US", "EG"])
@settings(max_examples=60, deadline=None)
@given(there=st.sampled_from(every_place()))
def test_no_journey_lets_more_be_asked_than_at_home(home: str, there: str) -> None:
    region = demographics().region(home)
    assert region is not None
    asked = questions_for(region)
    session = set_out(Session("en", 1), there, dt.datetime(2026, 12, 1, tzinfo=dt.UTC))
    assert set(safe_on_the_way(session, asked)) <= set(asked)
    elsewhere = region.model_copy(update={"territory": there})
    assert set(safe_on_the_way(session, asked)) <= set(questions_for(elsewhere))


def test_travelling_takes_no_answer_out_that_was_given() -> None:
    """Neither by looking at what is held nor by submitting again."""
    walker = agreed().presses("35–44", "White", "Done", "Woman", "Done", "Submit")
    travels(walker, "Uganda").asks(Command.EDIT).presses("Submit")
    assert passage(walker).submitted["gender_identity"].answer.options == ("woman",)


def test_what_is_put_away_stays_under_what_was_agreed_to_then() -> None:
    """Whoever agrees to another text there looks at what is asked there alone, and so submits that alone."""
    walker = agreed().presses("35–44", "White", "Done", "Woman", "Done", "Submit")
    first = passage(walker).consented
    walker.shelf = shelves()["cards changed"]
    travels(walker.opens(), "Saudi Arabia").presses("‹ Back", "Decide", AGREE)
    assert walker.name == "review"
    assert "gender" not in walker.text
    walker.presses("Submit")
    second, stands = passage(walker).consented, passage(walker).submitted
    assert first is not None
    assert second is not None
    assert {name: each.record for name, each in stands.items()} == {
        "age": second.record, "ancestry": first.record, "gender_identity": first.record,
    }  # fmt: skip
    walker.asks(Command.HELP).presses("I am travelling", "I am back").asks(Command.EDIT).presses("Submit")
    assert {each.record for each in passage(walker).submitted.values()} == {second.record}
