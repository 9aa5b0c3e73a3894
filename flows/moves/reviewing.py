"""Moves of the review: changing, revealing, submitting, and coming back to edit."""

from __future__ import annotations

from dataclasses import replace

from flows.effects import (
    CountLink,
    FoldReceipt,
    PayOut,
    Submit,
)
from flows.history import submitted
from flows.links import Passed
from flows.moves.going import accrue, ask, ask_once_more, ask_what_is_new, open_territories, put_away, to_review
from flows.moves.paying import ask_how
from flows.moves.turn import Turn
from flows.renewal import between_consents
from flows.session import Aside, Stage
from flows.travelling import to_submit


def change(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Change one answer. After submitting, a sensitive one needs the code: its card would show it."""
    question = next((question for question in turn.path if question.id == value), None)
    if question is None:
        return turn
    if question.sensitive and turn.passage.submitted_at is not None and not turn.passage.revealed:
        return turn.aside(Aside.CODE)
    return ask(turn.with_passage(returning=True), value)


def reveal(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Show sensitive answers: on a press while they are being given, with the code after submitting."""
    if turn.passage.submitted_at is not None:
        return turn.aside(Aside.CODE)
    return turn.with_passage(revealed=True)


def hide(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Hide them again."""
    return turn.with_passage(revealed=False)


def release_exactly(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Pass answers on as said."""
    return turn.with_passage(exactly=True)


def release_broader(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Pass answers on in a broader group when few share them."""
    return turn.with_passage(exactly=False)


def submit(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Submit, unless a question has appeared that was not met yet: then that one first."""
    if any(question.id not in turn.passage.answers for question in turn.path):
        return ask_what_is_new(turn)
    first = turn.passage.submitted_at is None
    questions = to_submit(turn.session, turn.passage, turn.whole_path)
    kept = submitted(turn.passage, questions, turn.event.at)
    turn = replace(turn, session=turn.session.with_passage(kept))
    turn = turn.with_passage(stage=Stage.THANKS, revealed=False, code=None).with_effects(
        Submit(turn.passage.collection, questions)
    )
    if turn.passage.link is not None:  # nothing is counted after this, so nobody needs to know it any more
        turn = turn.with_effects(CountLink(turn.passage.link, Passed.SUBMITTED)).with_passage(link=None)
    if turn.session.passage is not None and turn.session.passage.consented is not None:
        turn = turn.with_effects(FoldReceipt())
    turn = accrue(turn, "consent", "half", "last_question").with_effects(PayOut(turn.passage.collection))
    return ask_how(turn) if first else turn


def back_from_review(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Back to the last question; after submitting, back to the thanks."""
    if turn.passage.submitted_at is not None:
        return turn.with_passage(stage=Stage.THANKS, revealed=False)
    return ask_once_more(turn, turn.path[-1].id) if turn.path else turn


def edit(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/edit: to the review, where each answer can be changed; of what is looked at, where what is held is."""
    turn = _in_hand(turn)
    passage = turn.session.passage
    if passage is None or passage.consented is None:
        return turn.aside(Aside.MY_DATA).saying("nothing_to_edit") if passage else turn.saying("nothing_to_edit")
    if between_consents(passage):
        return put_away(turn).aside(None)
    if passage.stage is Stage.QUESTION and passage.submitted_at is None:
        unmet = [question for question in turn.path if question.id not in passage.answers]
        if unmet:
            return put_away(turn).aside(None)
    if passage.territory not in open_territories(turn):
        return put_away(turn).aside(None)
    return to_review(turn.aside(None))


def _in_hand(turn: Turn) -> Turn:
    """The collection that is looked at becomes the one in hand, where it is still there to be edited."""
    held = turn.session.held
    if held is None:
        return turn
    current = held if held in turn.shelf.collections else turn.session.current
    return put_away(turn).with_session(current=current, held=None)
