"""What is held: pages of the agreed text, and what was said before."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import OPEN_LINK, demographics, shelves, voices
from promise import Promises, Walked
from test_flows_journeys import AGREE, CARDS_RIGHT, agreed, agreed_to_both, at_review, passage
from test_flows_journeys import submitted as thanked
from walker import Walker
from walks import Beginning, Doings, beginnings, doings, walk_from

from flows.agreed_text import PAGE_LETTERS, pages
from flows.asides.held import has_sensitive_answers
from flows.cards import View
from flows.collection import Collection
from flows.contact.letter import Letter
from flows.effects import EndFormer, SendOwnCopy, Submit, TakeBack, TakeOutAnswers
from flows.events import Command
from flows.history import MOST_EARLIER, not_asked_any_more, submitted, taken_out
from flows.questions import Answer
from flows.records import replace
from flows.session import Passage, SubmittedAnswer
from flows.shelf import Shelf
from flows.travelling import set_out

BEGINNING = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
QUESTIONS = ("a", "b", "c")

texts = st.lists(st.text(st.sampled_from("word 字𝕎\n\f"), max_size=200).map(lambda part: part * 40), max_size=6)


@given(texts.map("\n\n".join))
def test_pages_hold_the_whole_text_in_order_and_fit_into_messages(text: str) -> None:
    """Nothing but blanks and breaks between pages is lost."""
    found = pages(text)
    assert found
    assert all(len(page.encode("utf-16-le")) // 2 <= PAGE_LETTERS for page in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_each_card_begins_a_page() -> None:
    cards = [f"Card {number}\n\nIts text.\n\nMore of it." for number in range(4)]
    assert pages("\f".join(cards)) == tuple(cards)
    assert pages("") == ("",)


answers = st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from([Answer(("x",)), Answer(("y",), "own")]))
submissions = st.lists(st.tuples(answers, st.sets(st.sampled_from(QUESTIONS), min_size=1)), min_size=1, max_size=8)


@given(submissions)
def test_what_was_submitted_is_found_again_at_any_time(steps: list[tuple[dict[str, Answer], set[str]]]) -> None:
    """Whatever is asked when: what stood submitted at each moment is what stands now or what was said before."""
    passage = Passage("voices")
    stood: dict[dt.datetime, dict[str, Answer]] = {}
    current: dict[str, Answer] = {}
    for number, (given_now, path) in enumerate(steps):
        now = BEGINNING + dt.timedelta(days=number)
        ordered = sorted(path)
        passage = Passage(
            **{name: getattr(passage, name) for name in ("collection", "submitted", "earlier")},
            answers=given_now,
        )
        passage = submitted(passage, ordered, now)
        current |= {question: given_now.get(question, Answer()) for question in ordered}
        stood[now] = dict(current)
    for moment, expected in stood.items():
        told = {name: each.answer for name, each in passage.submitted.items() if each.since <= moment}
        told |= {each.question: each.answer for each in passage.earlier if each.since <= moment < each.until}
        assert told == expected


def test_only_so_much_is_remembered_and_it_is_the_newest() -> None:
    passage = Passage("voices")
    for number, option in zip(range(MOST_EARLIER + 20), itertools.cycle("xy"), strict=False):
        passage = Passage(
            "voices", submitted=passage.submitted, earlier=passage.earlier, answers={"a": Answer((option,))}
        )
        passage = submitted(passage, ["a"], BEGINNING + dt.timedelta(minutes=number))
    assert len(passage.earlier) == MOST_EARLIER
    assert passage.earlier[-1].until == passage.submitted["a"].since


def test_taking_out_leaves_what_is_asked() -> None:
    passage = Passage("voices", answers={"a": Answer(("x",)), "b": Answer(("x",))})
    passage = submitted(passage, ["a", "b"], BEGINNING)
    passage = Passage("voices", submitted=passage.submitted, answers={"a": Answer(("y",)), "b": Answer(("y",))})
    passage = submitted(passage, ["a", "b"], BEGINNING)
    assert not_asked_any_more(passage, ["a"]) == ("b",)
    kept = taken_out(passage, ["a"])
    assert set(kept.submitted) == {"a"}
    assert {each.question for each in kept.earlier} == {"a"}


def _what(submitted: SubmittedAnswer | None) -> object:
    """What was said, and since when; under which consent it stands may change when that one is renewed."""
    return (submitted.answer, submitted.since) if submitted is not None else None


def _said(passage: Passage) -> object:
    earlier = [(each.question, each.answer, each.since, each.until) for each in passage.earlier]
    return {name: _what(each) for name, each in passage.submitted.items()}, earlier


@pytest.mark.parametrize("participant", [None, "a1b2c3d4e5"])
def test_before_consent_a_code_that_the_link_carried_is_said_to_be_kept(participant: str | None) -> None:
    """Where there is one; once it is agreed to, the file says it."""
    walker = Walker(shelves()["ready"]).opens("demographics", participant).asks(Command.MY_DATA)
    assert ("Your link carried the code of another contribution of yours." in walker.text) == (participant is not None)


@pytest.mark.parametrize("agreed_before", [1, 2])
def test_what_was_only_begun_beside_a_consent_is_said_to_be_held(agreed_before: int) -> None:
    """With the code that its link carried, and the link; what was agreed to stands there as ever."""
    if agreed_before == 1:
        walker, name = thanked(), "my-data"
        walker.shelf = shelves()["both"]
    else:
        walker, name = agreed_to_both(), "my-data-choice"
        third = voices().model_copy(update={"id": "third"})
        walker.shelf = Shelf((demographics(), voices(), third), unreviewed=True)
    begun = "voices" if agreed_before == 1 else "third"
    assert "Not agreed to" not in walker.asks(Command.MY_DATA).text
    walker.opens(begun, "ab12cd34").presses("United States")
    walker.asks(Command.MY_DATA)
    assert walker.name == name
    assert "you agreed on" in walker.text
    assert "Not agreed to: " in walker.text
    assert "Only where you stand there is held" in walker.text
    assert "Your link carried the code of another contribution of yours." in walker.text
    assert "Which link you came by" not in walker.text
    session = walker.session
    assert session is not None
    walker.session = session.with_passage(replace(session.passages[begun], link=OPEN_LINK))
    assert "Which link you came by is remembered too" in walker.asks(Command.MY_DATA).text


def through(walker: Walker) -> tuple[Walker, str]:
    """Somebody who submits, and the code that they wrote down."""
    code = passage(walker).code
    assert code is not None
    return walker.presses("Submit"), code


def from_the_united_kingdom() -> tuple[Walker, str]:
    """Somebody who submitted an answer that is no option in the United States, where they live by now."""
    walker = agreed("United Kingdom").presses("35–44", "English, Welsh, Scottish, Northern Irish or British", "Done")
    walker, code = through(walker.presses("Prefer not to answer"))
    walker.asks(Command.MY_DATA).presses("I live elsewhere now", "United States", "Yes, I live there now")
    return walker.presses("Leave it as it was"), code


def test_an_answer_that_stands_from_another_place_is_held_and_read_as_it_was_asked_there() -> None:
    """It can be passed on for as long as its consent lasts."""
    walker, code = from_the_united_kingdom()
    walker.asks(Command.MY_DATA)
    assert set(passage(walker).retired) == {"ancestry"}
    assert "not answered yet" not in walker.text
    assert "What is your ethnic group? answered, hidden" in walker.text
    assert "is not submitted yet" not in walker.text, "nobody has changed an answer"
    walker.presses("Show answers").writes(code)
    assert "What is your ethnic group? English, Welsh, Scottish, Northern Irish or British" in walker.text


@pytest.mark.parametrize("words", ["What is your tribe?", None])
def test_an_answer_from_another_place_is_not_read_where_its_question_must_not_be_named(words: str | None) -> None:
    """Or where that place asks it no more; that something is held is said in the words of here."""
    walker, code = from_the_united_kingdom()
    walker.shelf = Shelf((asked_otherwise(demographics(), "GB", words),), unreviewed=True)
    walker.asks(Command.MY_DATA).presses("Show answers").writes(code)
    assert "What is your race or ethnicity? answered, hidden" in walker.text
    assert "tribe" not in walker.text


def asked_otherwise(collection: Collection, territory: str, words: str | None) -> Collection:
    """The collection with a place that asks about ancestry in other words, or not at all."""
    region = next(each for each in collection.regions if each.territory == territory)
    asked = tuple(
        each.model_copy(update={"text": words}) if each.id == "ancestry" else each
        for each in region.questions
        if each.id != "ancestry" or words is not None
    )
    regions = tuple(
        each.model_copy(update={"questions": asked}) if each is region else each for each in collection.regions
    )
    return collection.model_copy(update={"regions": regions})


def test_an_answer_whose_option_is_gone_is_held_and_not_read_back_in_part() -> None:
    walker, code = through(at_review())
    walker.shelf = shelves()["option gone"]
    walker.opens().asks(Command.MY_DATA)
    assert "not answered yet" not in walker.text
    walker.presses("Show answers").writes(code)
    assert "What is your race or ethnicity? answered, hidden" in walker.text


def test_an_answer_that_was_emptied_by_hand_still_stands_and_is_a_change() -> None:
    walker, code = through(at_review())
    walker.asks(Command.EDIT).presses("Change 2").writes(code).presses("Change 2")
    walker.presses("White", "Asian").asks(Command.MY_DATA)
    assert "ancestry" not in passage(walker).answers
    assert "What you have changed since then is not submitted yet." in walker.text
    walker.presses("Show answers").writes(code)
    assert "What is your race or ethnicity? Asian and White" in walker.text


promise = Promises()


@promise
def what_stands_submitted_changes_by_submitting_and_by_taking_out_alone(walk: Walked) -> None:
    """Drafts change nothing of it; and what a submission takes the place of is kept."""
    for each in walk:
        if each.after is None or each.before is None:
            continue
        effects = [effect for effect in each.step.effects if isinstance(effect, Submit | TakeOutAnswers | EndFormer)]
        # Whoever comes back once their consent is over begins anew, in the very step that takes everything back.
        over = {effect.collection for effect in each.step.effects if isinstance(effect, TakeBack)}
        for name, after in each.after.passages.items():
            before = each.before.passages.get(name)
            if before is None or before.consented is None or name in over:
                continue
            if not any(effect.collection == name for effect in effects):
                assert _said(after) == _said(before)
            elif isinstance(effects[0], Submit):
                lost = {
                    question
                    for question, stood in before.submitted.items()
                    if _what(after.submitted.get(question)) != _what(stood)
                    and not any((e.question, e.answer) == (question, stood.answer) for e in after.earlier)
                }
                assert not lost


@promise
def no_file_holds_hidden_answers_without_the_code(walk: Walked) -> None:
    """After submitting; only of what is looked at, and only under its consent."""
    for each in walk:
        for effect in each.step.effects:
            if isinstance(effect, SendOwnCopy):
                assert each.after is not None
                passage = each.after.passages[effect.collection]
                assert passage.consented is not None
                assert each.after.held == effect.collection
                view = View(each.after, each.shelf, each.now)
                assert passage.submitted_at is None or passage.revealed or not has_sensitive_answers(view)


@settings(max_examples=700)
@given(beginnings, doings)
def test_whatever_happens_what_is_held_keeps_what_it_promises(beginning: Beginning, steps: Doings) -> None:
    """Each function above that is marked as a promise."""
    promise.hold(list(walk_from(beginning, steps)))


# --- what one region asks otherwise than another ---------------------------------------------------------------------


def answered_in(place: str, question: str, *labels: str) -> Walker:
    """Somebody who has answered one question there, would rather not answer the others, and has submitted."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses(place, *CARDS_RIGHT, AGREE)
    while walker.name != "review":
        walker.presses(*(labels if walker.name == f"question-{question}" else ["Prefer not to answer"]))
    return walker.presses("Submit")


def test_what_is_sensitive_where_somebody_lives_needs_the_code_whatever_it_is_elsewhere() -> None:
    """In Egypt a first language is none; in Kenya it tells of which people somebody is."""
    walker = answered_in("Kenya", "first_language", "1", "Done").asks(Command.MY_DATA)
    assert "Show answers" in walker.labels
    walker.presses("All of it as a file", "As a table (CSV)")
    assert walker.name == "code"
    assert not any(isinstance(effect, SendOwnCopy) for effect in walker.effects)


def test_what_was_written_to_a_human_goes_into_no_file_without_the_code() -> None:
    """It was taken out of the chat, so that nobody else reads it on this phone. Nothing else here is sensitive."""
    walker = Walker(shelves()["ready"]).opens("demographics").presses("Egypt", *CARDS_RIGHT, AGREE)
    code = passage(walker).code
    assert code is not None
    while walker.name != "review":
        walker.presses("Prefer not to answer")
    walker.presses("Submit")
    written = walker.now - dt.timedelta(days=9)
    letter = Letter("c1", b"", "demographics", "EG", written, written + dt.timedelta(days=365))
    record = walker.records["demographics"]
    walker.records = {**walker.records, "demographics": replace(record, letters=(letter,))}
    walker.asks(Command.MY_DATA)
    assert "1 letter of yours to a human is kept too" in walker.text
    walker.presses("All of it as a file", "As a table (CSV)")
    assert walker.name == "code"
    walker.writes(code).presses("As a table (CSV)")
    assert any(isinstance(effect, SendOwnCopy) for effect in walker.effects)
    walker.records = {**walker.records, "demographics": record}
    walker.asks(Command.MY_DATA).presses("All of it as a file", "For programs (JSON)")
    assert walker.name == "own-copy", "nobody needs a code for what is not hidden"


def test_moving_takes_out_what_is_not_asked_there_also_where_it_might_be() -> None:
    """As is said before; nobody in the United States is asked whether they are quilombola."""
    walker = answered_in("Brazil", "quilombola", "Yes, I do").asks(Command.MY_DATA).presses("I live elsewhere now")
    walker.presses("United States", "Yes, I live there now")
    assert any(isinstance(effect, TakeOutAnswers) and "quilombola" in effect.questions for effect in walker.effects)
    assert walker.session is not None
    assert "quilombola" not in walker.session.passages["demographics"].submitted


def test_whoever_has_stopped_messages_reads_of_none_that_comes() -> None:
    walker = answered_in("United States", "age", "35–44")
    assert "once more before your consent ends" in walker.text
    walker.asks(Command.LEAVE).presses("No more messages", "‹ Back")
    assert walker.name == "thanks"
    assert "before your consent ends" not in walker.text


def test_what_is_not_asked_any_more_is_not_named_on_the_way_where_it_must_not_be_asked() -> None:
    """It is put away for as long as somebody is there, as answers are."""
    walker = answered_in("United States", "age", "35–44")
    assert walker.session is not None
    held = walker.session.passages["demographics"]
    retired = {"quilombola": Answer(("quilombola_yes",))}
    walker.session = walker.session.with_passage(replace(held, retired=retired))
    assert "Do you consider yourself quilombola?" in whole(walker.asks(Command.MY_DATA))
    walker.session = set_out(walker.session, "EG", walker.now)
    there = whole(walker.asks(Command.HELP).asks(Command.MY_DATA))
    assert "quilombola" not in there
    assert "A question that is no longer asked" in there


def whole(walker: Walker) -> str:
    """Every page of what is held."""
    texts = [walker.text]
    while "Next page ›" in walker.labels:
        texts.append(walker.presses("Next page ›").text)
    return "\n".join(texts)
