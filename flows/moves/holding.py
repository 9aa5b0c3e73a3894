"""Moves of what is held, and of everything that lies over a stage."""

from __future__ import annotations

from flows import consent
from flows.asides.code import CODE_PAUSE, code_must_wait
from flows.effects import (
    DeleteMessage,
    SendReceiptFile,
)
from flows.moves.going import message_of, over
from flows.moves.turn import Turn
from flows.session import Aside, Stage


def open_my_data(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/mydata."""
    return over(turn, Aside.MY_DATA)


def ask_receipt_file(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Say what a file reveals before sending it."""
    return over(turn, Aside.RECEIPT_FILE)


def send_receipt_file(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Send the receipt that machines read, for the consent in hand or the first one that stands."""
    passage = turn.session.passage
    if passage is None or passage.consented is None:
        passage = next(iter(turn.session.consents), None)
    if passage is None:
        return turn.aside(Aside.MY_DATA)
    return turn.aside(Aside.MY_DATA).saying("file_sent").with_effects(SendReceiptFile(passage.collection))


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
    if turn.passage.stage is Stage.QUESTION and turn.passage.folded:
        return turn.with_passage(folded=False).aside(None)
    under = None if turn.passage.stage is Stage.REVIEW else Aside.MY_DATA
    return turn.with_passage(revealed=True).aside(under)


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
    if turn.session.aside is Aside.RECEIPT_FILE:
        return turn.aside(Aside.MY_DATA)
    if turn.session.passage is None:
        return turn.aside(None)
    over_what_is_held = turn.session.aside is Aside.CODE and turn.passage.stage is Stage.THANKS
    return turn.with_passage(revealed=False).aside(Aside.MY_DATA if over_what_is_held else None)


def speak(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Another language. Before consent `reconcile` begins the cards anew in it: agreeing is to text that was read."""
    if value not in turn.shelf.languages:
        return turn
    return close(turn.with_session(language=value, language_chosen=True), value, None)
