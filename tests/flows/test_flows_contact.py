"""Writing to a human: every sheet fits a phone, in words of its language alone; a letter is what was typed."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import BEGINNING, texts
from scripts import foreign_words
from ways import every_language, labels_on, words_on

from bot.adapter.render import keyboard
from bot.limits import excesses
from flows.contact.correspondence import (
    ContactAsked,
    Correspondence,
    Sheet,
    Writer,
    begin,
    correspondence_from_json,
    correspondence_screen,
    correspondence_to_json,
    step,
)
from flows.contact.letter import ANSWER_LONGEST, LONGEST, MOST_WAITING
from flows.events import TOKEN_BYTES, Event, Sent, Tapped, Typed
from flows.team.roster import AnswerNotRight, LetterWritten

TOKEN = bytes(range(TOKEN_BYTES))
SAID = [None, "too_long:2001", "wait", "as_text", "press_first"]


@pytest.mark.parametrize("language", every_language())
@pytest.mark.parametrize("sheet", Sheet)
@pytest.mark.parametrize("said", SAID)
def test_no_sheet_is_too_much(sheet: Sheet, said: str | None, language: str) -> None:
    for complaint in (False, True):
        current = Correspondence(language, 2**32, sheet, complaint=complaint, answer="W" * ANSWER_LONGEST, said=said)
        screen = correspondence_screen(current, "P12M")
        assert excesses(texts().screen(screen, language), keyboard(screen, texts(), language, current.step)) == []


@pytest.mark.parametrize("language", every_language())
@pytest.mark.parametrize("sheet", Sheet)
def test_nobody_meets_a_word_of_another_language(sheet: Sheet, language: str) -> None:
    screen = correspondence_screen(Correspondence(language, 1, sheet), "P12M")
    words = f"{words_on(screen, language)} {' '.join(labels_on(screen, language))}"
    assert foreign_words(words, language) == set()


def writer(waiting: int = 0) -> Writer:
    return Writer(b"s", b"c", "demographics", "US", "P12M", waiting)


def _event(kind: str, number: int, words: str, current: Correspondence, count: int) -> Event:
    token = hashlib.sha256(str(count).encode()).digest()
    if kind == "ask":
        return ContactAsked(at=BEGINNING, token=token)
    if kind == "type":
        return Typed(at=BEGINNING, token=token, text=words, message=2 * count)  # a card of the bot's comes in between
    if kind == "sent":
        return Sent(at=BEGINNING, token=token)
    screen = correspondence_screen(current, "P12M")
    choice = number % len(screen.choices)
    on = None if screen.choices[choice].ticked is None else not screen.choices[choice].ticked
    shown = current.step - (kind == "stale")
    return Tapped(at=BEGINNING, token=token, step=shown, choice=choice, layout=screen.layout, on=on)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ask", "type", "sent", "press", "stale"]),
            st.integers(0, 5),
            st.sampled_from(["zebra", " ", "x" * LONGEST, "x" * (LONGEST + 1)]),
        ),
        max_size=30,
    ),
    st.integers(0, MOST_WAITING),
)
def test_a_letter_is_what_was_typed_and_nothing_else_is(happened: list[tuple[str, int, str]], waiting: int) -> None:
    current = begin("en", ContactAsked(at=BEGINNING, token=TOKEN)).correspondence
    for count, (kind, number, words) in enumerate(happened, 1):
        done = step(current, _event(kind, number, words, current, count), writer(waiting))
        letters = [change.letter for change in done.changes if isinstance(change, LetterWritten)]
        fits = kind == "type" and 0 < len(words.strip()) <= LONGEST and waiting < MOST_WAITING
        assert [letter.words for letter in letters] == ([words] if fits else [])
        assert all(letter.for_owner is current.complaint for letter in letters)
        if any(isinstance(change, AnswerNotRight) for change in done.changes):
            assert current.sheet is Sheet.ANSWER
        if kind == "stale":
            assert done.correspondence == replace(current, said=None)
        if done.correspondence.over:
            return
        current = correspondence_from_json(correspondence_to_json(done.correspondence))
        assert current == done.correspondence


@pytest.mark.parametrize("kind", ["type", "sent"])
def test_what_is_written_over_an_answer_is_no_letter_until_write_back_is_pressed(kind: str) -> None:
    current = Correspondence("en", 1, Sheet.ANSWER, about="c1", answer="Next week.")
    done = step(current, _event(kind, 0, "zebra", current, 1), writer())
    assert done.changes == ()
    assert (done.correspondence.sheet, done.correspondence.said) == (Sheet.ANSWER, "press_first")
    back = step(done.correspondence, _event("press", 0, "", done.correspondence, 2), writer()).correspondence
    assert back.sheet is Sheet.WRITE
    [written] = step(back, _event("type", 0, "zebra", back, 3), writer()).changes
    assert isinstance(written, LetterWritten)


def test_what_an_earlier_version_kept_of_messages_that_were_not_taken_is_read() -> None:
    current = begin("en", ContactAsked(at=BEGINNING, token=TOKEN)).correspondence
    written = {**correspondence_to_json(current), "unkept": [[60, 4096], [61, 13]]}
    del written["part"], written["came_at"]
    assert correspondence_from_json(written).unkept == (60, 61)
