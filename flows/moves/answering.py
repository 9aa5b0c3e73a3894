"""Moves of the questions: choosing, own words, leaving out, going back."""

from __future__ import annotations

from flows.collection import OPT_OUT
from flows.effects import (
    DeleteMessage,
    NewCard,
)
from flows.moves.going import (
    accrue,
    ask,
    ask_once_more,
    ask_what_is_new,
    is_sensitive_open,
    message_of,
    over,
    stop_describing,
    to_review,
)
from flows.moves.turn import Turn
from flows.parts import goes_on, part_of
from flows.questions import NOTHING, Answer, clean_own_words, with_option, with_own_words
from flows.records import replace
from flows.session import Aside, Session, Stage
from flows.shelf import Shelf
from flows.words import say

MOST_UNKEPT = 20
"""Messages that were too long to keep and stand in the chat so that they can be shortened; earlier ones go from it."""


def _leave_question(turn: Turn) -> Turn:
    """On from the open question. One that was left out counts as seen, so pay does not look at answers.

    Who has submitted is led past what they answered then, which opens with the receipt's code.
    """
    ids = [question.id for question in turn.path]
    place = ids.index(turn.asking.id) + 1
    reached = ["consent"]
    if place * 2 >= len(ids):
        reached.append("half")
    if place == len(ids):
        reached.append("last_question")
    turn = accrue(turn, *reached)
    if turn.passage.returning or place == len(ids):
        return to_review(turn)
    return ask(turn, ids[place]) if turn.passage.submitted_at is None else ask_what_is_new(turn)


def _with_answer(turn: Turn, option_id: str, *, on: bool) -> Turn:
    answer = with_option(turn.asking, turn.passage.answers.get(turn.asking.id, NOTHING), option_id, on=on)
    return _keep(turn, answer)


def _keep(turn: Turn, answer: Answer) -> Turn:
    """Keep the open question's answer. One with nothing left in it is no answer: the question counts as unmet."""
    answers = {name: kept for name, kept in turn.passage.answers.items() if name != turn.asking.id}
    if answer.options:
        answers[turn.asking.id] = answer
    return turn.with_passage(answers=answers)


def choose(turn: Turn, value: str, _on: bool | None) -> Turn:
    """A single choice; it advances at once."""
    return _leave_question(_with_answer(turn, value, on=True))


def tick(turn: Turn, value: str, on: bool | None) -> Turn:
    """Set or unset one of several. The opt-out stands alone, and is an answer that needs no more presses."""
    if value == OPT_OUT:
        return _leave_question(_with_answer(turn, OPT_OUT, on=True))
    return _with_answer(turn, value, on=on is not False)


def done(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Done with several. Nothing chosen: say how a question can be left out."""
    if turn.asking.id not in turn.passage.answers:
        return replace(turn, notice=say("Choose what fits, or “Prefer not to answer”. Both are fine."))
    return _leave_question(turn)


def describe(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Wait for own words."""
    return turn.with_passage(describing=True)


def undescribe(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Take own words out again."""
    described = turn.asking.own_words_option
    turn = _with_answer(turn, described.id, on=False) if described else turn
    return stop_describing(turn)


def awaits_text(session: Session) -> bool:
    """Whether a typed text is meant here: one that no button stands for, or a name out of the list in front."""
    if awaits_words(session) or session.aside in {Aside.LANGUAGE, Aside.PLACES, Aside.TRAVELLING}:
        return True
    passage = session.passage
    return session.aside is None and passage is not None and passage.stage is Stage.PLACE


def awaits_words(session: Session) -> bool:
    """Whether something is awaited that no button stands for: own words, the receipt's code, a number for pay."""
    if session.aside is not None:
        return session.aside is Aside.CODE or session.paying is not None
    return session.passage is not None and session.passage.describing


def own_words(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Own words: kept and taken out of the chat, or asked for once more where they are too long."""
    message = message_of(turn.event)
    words = clean_own_words(value)
    limit = turn.asking.own_words_limit
    if not words:
        return turn.saying("buttons").with_effects(DeleteMessage(message), NewCard())
    before = goes_on(turn.passage.part, turn.event.at)
    if len(words) > limit or before:
        return _too_long(turn, message, value, before + len(words))
    answer = with_own_words(turn.asking, turn.passage.answers.get(turn.asking.id, NOTHING), words)
    turn = stop_describing(_keep(turn, answer)).with_effects(DeleteMessage(message)).saying("kept")
    return _leave_question(turn) if turn.asking.kind == "one" else turn


def _too_long(turn: Turn, message: int, text: str, length: int) -> Turn:
    """They stand in the chat to be written anew, and so does the rest, where Telegram has cut them in two."""
    unkept = (*turn.passage.unkept, message)[-MOST_UNKEPT:]
    part = part_of(text, length, turn.event.at)
    return turn.with_passage(unkept=unkept, part=part).saying(f"too_long:{length}").with_effects(NewCard())


def show_folded(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Open a folded card again; after submitting, with the code."""
    if turn.passage.submitted_at is not None and turn.asking.id in turn.passage.answers:
        return turn.aside(Aside.CODE)
    return turn.with_passage(folded=False)


def back_a_question(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Back: out of own words, to the review where the question was opened there, or to the question before.

    Who has submitted looks at answers in the review.
    """
    if turn.passage.describing and not turn.passage.folded:
        return stop_describing(turn)
    if turn.passage.returning or turn.passage.submitted_at is not None:
        return to_review(turn)
    ids = [question.id for question in turn.path]
    place = ids.index(turn.asking.id)
    return ask_once_more(turn, ids[place - 1]) if place else turn


def pause(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Pause: what was open folds."""
    return over(turn, Aside.PAUSED)


def waits_to_be_shortened(session: Session) -> bool:
    """Whether own words stand in the chat that were too long to keep."""
    return session.passage is not None and bool(session.passage.unkept)


def shows_sensitive(session: Session, shelf: Shelf) -> bool:
    """Whether a sensitive question or its answer stands on the card: while it is open, or after a press to see."""
    passage = session.passage
    if passage is None or passage.consented is None:
        return False
    return passage.revealed or (session.aside is None and is_sensitive_open(passage, shelf))
