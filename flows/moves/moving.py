"""Moves of somebody who lives elsewhere now: freely to where no more may be asked, otherwise through a person."""

from __future__ import annotations

from flows.consent import receipt_code
from flows.effects import TakeOutAnswers
from flows.history import without_questions
from flows.moves.going import open_territories, over
from flows.moves.turn import Turn
from flows.records import replace
from flows.regions import asks_no_more
from flows.renewal import to_renewal
from flows.safety import may_be_asked
from flows.session import Aside, Passage


def open_places(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Where to? Whoever waits for a person's word finds that again."""
    waits = turn.passage.moving_code is not None and turn.passage.moving_to in open_territories(turn)
    return over(turn, Aside.MOVING if waits else Aside.PLACES)


def choose_place(turn: Turn, value: str, _on: bool | None) -> Turn:
    """A place was chosen; nothing changes before the next press. Where another installation asks, that is said."""
    other = turn.shelf.in_other_zones(turn.collection).get(value)
    if other is not None:
        return turn.saying(f"other_zone:{value}/{other}")
    here, there = turn.collection.region(turn.passage.territory), turn.collection.region(value)
    if there is None:
        return turn
    freely = here is not None and asks_no_more(here, there)
    code = None if freely else receipt_code(turn.event.token[16:21])
    return turn.with_passage(moving_to=value, moving_code=code).aside(Aside.MOVING)


def other_place(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Somewhere else after all."""
    return turn.with_passage(moving_to=None, moving_code=None).aside(Aside.PLACES)


def look_for_word(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Whether the person who was written to has said yes: the screen itself tells."""
    return turn


def move(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """The place changes at once: what is not asked there is taken out, and consent is asked for by its rules."""
    there = turn.passage.moving_to
    if there is None or there not in open_territories(turn):
        return turn
    gone = _not_asked_at(turn, there)
    collection = turn.passage.collection
    passage = replace(
        without_questions(turn.passage, gone), territory=there, moving_to=None, moving_code=None, kept_at=0
    )
    turn = replace(turn, session=turn.session.with_passage(to_renewal(passage)))
    turn = turn.with_session(current=collection).aside(None)
    return turn.with_effects(TakeOutAnswers(collection, gone)) if gone else turn


def _not_asked_at(turn: Turn, territory: str) -> tuple[str, ...]:
    """Questions with an answer that are not asked there, or must not be."""
    asked = {each.id for each in turn.shelf.path(turn.collection, territory) if may_be_asked(territory, each)}
    return tuple(name for name in _answered(turn.passage) if name not in asked)


def _answered(passage: Passage) -> dict[str, None]:
    earlier = (each.question for each in passage.earlier)
    return dict.fromkeys((*passage.answers, *passage.retired, *passage.submitted, *earlier))
