"""Moves of pay: looking at how it stands, and saying that it can be collected."""

from __future__ import annotations

from flows.effects import PayOut
from flows.moves.going import over
from flows.moves.turn import Turn
from flows.session import Aside


def open_pay(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """How pay stands; what can be collected is."""
    return over(turn, Aside.PAY).with_effects(PayOut(turn.passage.collection))
