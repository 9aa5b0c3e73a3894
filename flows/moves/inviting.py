"""Moves of an invite: to take it up, to ask why it came, to stop them all. The card comes anew, below the invite."""

from __future__ import annotations

from flows.moves.going import over
from flows.moves.leaving import stop_messages
from flows.moves.opening import open_collection
from flows.moves.turn import Turn
from flows.session import Aside


def take_up(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Into the collection, as its link leads there; where it is not on offer any more, to what is."""
    return open_collection(turn, value)


def why(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Which consent allows it, and when it was given."""
    return over(turn, Aside.WHY_INVITED)


def stop(turn: Turn, value: str, on: bool | None) -> Turn:
    """No more invites, at once: every purpose that uses the contact ends, as with "No more messages"."""
    return stop_messages(turn, value, on)
