"""What the clock brings: folding, silence, a consent at its end. None of it moves anybody along."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flows.effects import (
    Forget,
    TakeBack,
)
from flows.moves.answering import shows_sensitive
from flows.moves.going import put_away
from flows.moves.turn import Turn
from flows.session import Session

SILENCE = dt.timedelta(hours=72)
"""How long a chat without consent is remembered after the last word (DESIGN, promise 1)."""


def fold_idle(turn: Turn, step: int) -> Turn:
    """Some idle minutes have passed: fold what is open, unless the contributor has moved on."""
    open_still = turn.session.step == step and shows_sensitive(turn.session, turn.shelf)
    return put_away(turn) if open_still else turn


def keeps_for_silence(session: Session) -> bool:
    """Whether something is kept that nobody agreed to, also beside what somebody did: silence is to take it away."""
    return not session.consents or any(passage.consented is None for passage in session.passages.values())


def silence(turn: Turn) -> Turn | None:
    """72 hours without a word: what was not agreed to goes. None where nothing of the chat is left."""
    if not _is_silent(turn):
        return turn
    for passage in turn.session.passages.values():
        if passage.consented is None:
            turn = replace(turn, session=turn.session.without_passage(passage.collection))
    return turn if turn.session.consents else None


def _is_silent(turn: Turn) -> bool:
    heard = turn.session.heard_at or turn.event.at
    return turn.event.at - heard >= SILENCE


def lapse(turn: Turn, collection: str) -> Turn:
    """A consent has come to its end: what was held under it goes, and with the last one the silent chat too."""
    passage = turn.session.passages.get(collection)
    if passage is None or passage.consented is None or passage.consented.expires_at > turn.event.at:
        return turn
    turn = replace(turn, session=turn.session.without_passage(collection))
    turn = turn.with_effects(TakeBack(collection, lapsed=True))
    return turn if turn.session.consents or not _is_silent(turn) else turn.with_effects(Forget())
