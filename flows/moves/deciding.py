"""Moves of the decision: purpose by purpose, and no."""

from __future__ import annotations

from flows.collection import CARDS
from flows.moves.leaving import farewell, take_back
from flows.moves.renewing import leave_as_it_was
from flows.moves.turn import Turn
from flows.on_record import NOTHING_ON_RECORD
from flows.records import replace
from flows.renewal import to_renewal
from flows.session import Farewell, Passage, Stage
from flows.tallies import declined


def back_to_cards(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """From the decision back to the last card; before another consent, to what asks for it."""
    if turn.passage.consented is not None:
        return replace(turn, session=turn.session.with_passage(to_renewal(turn.passage)))
    return turn.with_passage(stage=Stage.CARDS, card=CARDS - 1, unfolded=False, misread=0)


def purpose_yes(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Yes to one optional purpose."""
    return turn.with_passage(decisions={**turn.passage.decisions, value: True})


def purpose_no(turn: Turn, value: str, _on: bool | None) -> Turn:
    """No to one optional purpose, as if untouched."""
    return turn.with_passage(decisions={**turn.passage.decisions, value: False})


def decline(turn: Turn, value: str, _on: bool | None) -> Turn:
    """No: a kind end, nothing kept. Before another consent: what was agreed to stays as it was."""
    if turn.passage.consented is not None:
        return leave_as_it_was(turn, value, None)
    return farewell(turn.with_effects(*declined(turn.passage)), Farewell.DECLINED)


def under_age(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Too young: a kind end, nothing kept. What was agreed to where nobody that young takes part, here or in another
    collection, is taken back, with a receipt for leaving.
    """
    age = turn.region.minimum_age
    too_young_for = [each.collection for each in turn.session.consents if _asks_for(turn, each) >= age]
    if not too_young_for:
        return farewell(turn, Farewell.UNDER_AGE)
    if turn.passage.consented is None:
        turn = replace(turn, session=turn.session.without_passage(turn.passage.collection))
    return take_back(turn, *too_young_for).saying("too_young")


def _asks_for(turn: Turn, passage: Passage) -> int:
    """The age from which on people take part where somebody lives; where that has gone, the one that they agreed to."""
    collection = turn.shelf.collections.get(passage.collection)
    region = collection.region(passage.territory) if collection is not None else None
    if region is not None:
        return region.minimum_age
    return turn.records.get(passage.collection, NOTHING_ON_RECORD).minimum_age or 0
