"""Moves about what contributors have written."""

from __future__ import annotations

from flows.contact.letter import ANSWER_LONGEST, clean
from flows.team import deciding
from flows.team.moves.going import Call
from flows.team.visit import Page
from flows.words import letters


def open_letter(call: Call, value: str, _on: bool | None) -> Call:
    """Read a letter: for a while it is nobody else's to answer."""
    changes = deciding.claim(call.board.roster, call.board.me, value, call.now)
    return call.changing(changes).on(Page.LETTER, about=value) if changes else call.saying("not_free")


def put_letter_back(call: Call, _value: str, _on: bool | None) -> Call:
    """Leave it to somebody else."""
    changes = deciding.put_letter_back(call.board.roster, call.board.me, call.visit.about, call.now)
    return call.changing(changes).on(Page.INBOX)


def hand_on(call: Call, _value: str, _on: bool | None) -> Call:
    """Leave a complaint to an owner."""
    changes = deciding.hand_on(call.board.roster, call.board.me, call.visit.about, call.now)
    return call.changing(changes).on(Page.INBOX, said="done" if changes else "not_free")


def answer(call: Call, value: str, _on: bool | None) -> Call:
    """Answer it, in one message."""
    words = clean(value)
    if letters(words) > ANSWER_LONGEST:
        return call.saying("answer_help")
    changes = deciding.answer(call.board.roster, call.board.me, call.visit.about, words, call.now)
    return call.changing(changes).on(Page.INBOX, said="answered" if changes else "not_free")
