"""Moves of somebody who is elsewhere for a while."""

from __future__ import annotations

from flows import language as lang
from flows.finding import every_place, places_called
from flows.moves.going import over
from flows.moves.looking import looking_at
from flows.moves.turn import Turn
from flows.records import replace
from flows.session import Aside
from flows.travelling import back_home, set_out


def open_travelling(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Where are you?"""
    return over(turn, Aside.TRAVELLING)


def travel_to(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Somebody is in this place."""
    if value not in every_place():
        return turn
    there = replace(turn, session=set_out(turn.session, value, turn.event.at))
    return over(there, Aside.TRAVELLING).saying(f"travelling:{value}")


def come_back(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Somebody is back where they live."""
    return replace(turn, session=back_home(turn.session)).aside(None).saying("back")


def name_place(turn: Turn, value: str, _on: bool | None) -> Turn:
    """A place was typed: what fits is shown, to be pressed."""
    language = turn.session.language
    found = places_called(value, lang.sorted_by_name(every_place(), language), language)
    return looking_at(turn if found else turn.saying("not_found"), found)
