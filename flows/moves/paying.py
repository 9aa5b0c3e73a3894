"""Moves of pay: how it stands, in which way it is to come, and the number that it goes to."""

from __future__ import annotations

from dataclasses import replace

from flows.collection import PayWay
from flows.effects import ChooseWay, DeleteMessage, PayOut
from flows.moves.going import message_of, over
from flows.moves.turn import Turn
from flows.on_record import NOTHING_ON_RECORD, Owed
from flows.pay import awaited_number, clean_number, may_choose, ways_for
from flows.session import Aside


def open_pay(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """How pay stands; what can be collected is."""
    turn = over(turn, Aside.PAY)
    way = awaited_number(ways_for(turn, _owed(turn)), _owed(turn))
    turn = turn.with_session(paying=way.value if way is not None else None)
    return turn.with_effects(PayOut(turn.passage.collection))


def ask_how(turn: Turn) -> Turn:
    """After submitting, once: how it is to come, where that is somebody's to say."""
    ways = ways_for(turn, _owed(turn))
    if len(ways) > 1 or (ways and ways[0].needs_number):
        return open_pay(turn, "", None)
    return turn


def choose_way(turn: Turn, value: str, _on: bool | None) -> Turn:
    """One of several ways, or another number for the same one."""
    way = PayWay(value)
    if way not in ways_for(turn, _owed(turn)) or not may_choose(_owed(turn)):
        return turn
    if way.needs_number:
        return turn.with_session(paying=way.value)
    collection = turn.passage.collection
    return turn.with_session(paying=None).with_effects(ChooseWay(collection, way), PayOut(collection))


def name_number(turn: Turn, value: str, _on: bool | None) -> Turn:
    """A number was written: it is kept apart from all else, and taken out of the chat."""
    turn = turn.with_effects(DeleteMessage(message_of(turn.event)))
    if turn.session.paying is None or not may_choose(_owed(turn)):
        return turn.with_session(paying=None)
    way = PayWay(turn.session.paying)
    number = clean_number(way, value)
    if number is None:
        return turn.saying("number_unclear")
    kept = ChooseWay(turn.passage.collection, way, number)
    return replace(turn, session=replace(turn.session, paying=None)).with_effects(kept).saying("number_kept")


def _owed(turn: Turn) -> Owed | None:
    return turn.records.get(turn.passage.collection, NOTHING_ON_RECORD).owed
