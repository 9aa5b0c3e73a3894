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
from flows.moves.going import accrue, ask, ask_once_more, ask_what_is_new, put_away, to_review
from flows.moves.holding import open_my_data
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
    """/edit: to the review, where each answer can be changed; of what is looked at, where what is held is.

    It goes on where and for as long as answering does, also where nobody new begins.
    """
    if turn.session.held is not None and turn.session.held not in turn.shelf.collections:
        return turn.saying("no_change_now")
    turn = _in_hand(turn)
    passage = turn.session.passage
    if passage is None or passage.consented is None:
        return _what_could_be_edited(turn)
    if between_consents(passage) or _is_half_way(turn):
        return put_away(turn).aside(None)
    if not turn.shelf.goes_on(turn.collection, passage.territory, turn.session.language):
        return put_away(turn).aside(None).saying("no_change_now")
    return to_review(turn.aside(None))


def _is_half_way(turn: Turn) -> bool:
    """Whether questions are left that were not met yet."""
    if turn.passage.stage is not Stage.QUESTION or turn.passage.submitted_at is not None:
        return False
    return any(question.id not in turn.passage.answers for question in turn.path)


def _what_could_be_edited(turn: Turn) -> Turn:
    """Nothing that was agreed to is in hand: what is held of anything else, from where it can be edited."""
    consents = turn.session.consents
    if consents:
        is_there = any(each.collection in turn.shelf.collections for each in consents)
        return open_my_data(turn, "", None).saying("how_to_edit" if is_there else "no_change_now")
    return (turn.aside(Aside.MY_DATA) if turn.session.passage else turn).saying("nothing_to_edit")


def _in_hand(turn: Turn) -> Turn:
    """The collection that is looked at becomes the one in hand."""
    held = turn.session.held
    return turn if held is None else put_away(turn).with_session(current=held, held=None)
