"""Moves of what is held, and of everything that lies over a stage."""

from __future__ import annotations

from dataclasses import replace

from flows import consent
from flows.asides.code import CODE_PAUSE, code_must_wait
from flows.asides.held import has_sensitive_answers
from flows.effects import (
    DeleteMessage,
    SendOwnCopy,
    SendReceiptFile,
    TakeOutAnswers,
)
from flows.history import not_asked_any_more, taken_out
from flows.moves.going import message_of, over
from flows.moves.turn import Turn
from flows.on_record import letters_in
from flows.session import Aside, Stage


def open_my_data(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/mydata: of the one collection that was agreed to, or the choice among several."""
    turn = over(turn, Aside.MY_DATA)
    consents = turn.session.consents
    return turn.with_session(held=consents[0].collection if len(consents) == 1 else None)


def hold(turn: Turn, value: str, _on: bool | None) -> Turn:
    """One of several collections that were agreed to."""
    return turn.with_session(held=value)


def open_agreed_text(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """The exact text that was agreed to."""
    return over(turn, Aside.AGREED_TEXT)


def take_out(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Take out answers to questions that are not asked any more, and what they were before."""
    asked = [question.id for question in turn.whole_path]
    gone = not_asked_any_more(turn.passage, asked)
    turn = replace(turn, session=turn.session.with_passage(taken_out(turn.passage, asked)))
    return turn.saying("taken_out").with_effects(TakeOutAnswers(turn.passage.collection, gone))


def ask_receipt_file(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Say what a receipt on a phone reveals before sending it."""
    return over(turn, Aside.RECEIPT_FILE)


def send_receipt_file(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Send the receipt that machines read."""
    return turn.aside(Aside.MY_DATA).saying("file_sent").with_effects(SendReceiptFile(turn.passage.collection))


def ask_own_copy(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Say what a file with everything in it reveals before sending it."""
    return turn.aside(Aside.OWN_COPY)


def send_own_copy(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Send everything that is held, as a file; what the code keeps hidden goes into no file without the code.

    Nor does what was written to a human: it was taken out of the chat, so that nobody else reads it on this phone.
    """
    passage = turn.passage
    has_hidden = has_sensitive_answers(turn) or bool(letters_in(turn.records))
    if passage.submitted_at is not None and not passage.revealed and has_hidden:
        return turn.aside(Aside.CODE).with_session(after_code=Aside.OWN_COPY)
    return turn.saying("copy_sent").with_effects(SendOwnCopy(passage.collection, value))


def typed_code(turn: Turn, value: str, _on: bool | None) -> Turn:
    """The code from the receipt opens sensitive answers; five tries, then an hour's pause."""
    passage, now = turn.passage, turn.event.at
    turn = turn.with_effects(DeleteMessage(message_of(turn.event)))
    if code_must_wait(passage, now):
        return turn
    if passage.consented is not None and consent.same_code(value, passage.consented.code_hash):
        return _unlocked(turn.with_passage(code_tries=0, code_tried_at=None))
    lately = passage.code_tried_at is not None and now - passage.code_tried_at < CODE_PAUSE
    return turn.with_passage(code_tries=passage.code_tries + 1 if lately else 1, code_tried_at=now)


def _unlocked(turn: Turn) -> Turn:
    """After the right code: the folded card opens, or the review or what is held shows its answers."""
    if turn.session.held is not None:
        return turn.with_passage(revealed=True).aside(turn.session.after_code or Aside.MY_DATA)
    if turn.passage.stage is Stage.QUESTION and turn.passage.folded:
        return turn.with_passage(folded=False).aside(None)
    return turn.with_passage(revealed=True).aside(None)


def open_help(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/help."""
    return over(turn, Aside.HELP)


def open_privacy(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/privacy, answered to anybody."""
    return over(turn, Aside.PRIVACY)


def open_language(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/language."""
    return over(turn, Aside.LANGUAGE)


def close(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Back to what lay beneath: from what is held's own cards to what is held, otherwise to the stage."""
    session = turn.session
    if session.passage is None:
        return turn.aside(None)
    turn = turn.with_passage(revealed=False)
    if session.aside in {Aside.AGREED_TEXT, Aside.RECEIPT_FILE, Aside.OWN_COPY, Aside.PLACES, Aside.MOVING}:
        return turn.aside(Aside.MY_DATA)
    if session.held is None:
        return turn.aside(None)
    if session.aside is Aside.PAY:
        return turn.aside(Aside.MY_DATA)
    if session.aside is Aside.CODE:
        return turn.aside(session.after_code or Aside.MY_DATA)
    return turn.with_session(held=None) if len(session.consents) > 1 else turn.aside(None)


def speak(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Another language. Before consent `reconcile` begins the cards anew in it: agreeing is to text that was read."""
    if value not in turn.shelf.languages:
        return turn
    return close(turn.with_session(language=value, language_chosen=True), value, None)
