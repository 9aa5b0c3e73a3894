"""Moves between two consents: reading what is new, deciding anew, or leaving everything as it was."""

from __future__ import annotations

from flows.collection import CARDS
from flows.consent import Document
from flows.effects import DeclineRenewal
from flows.meaning import means_the_same
from flows.moves.going import put_away
from flows.moves.turn import Turn
from flows.on_record import NOTHING_ON_RECORD
from flows.reconcile import at_first_card
from flows.records import replace
from flows.renewal import Why, going_on, to_renewal, why_again
from flows.session import Stage


def read_cards(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Today's cards, from the first."""
    passage = at_first_card(turn.passage, _document(turn), turn.event.at)
    return replace(turn, session=turn.session.with_passage(passage)).with_passage(decisions=_as_before(turn))


def decide(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """To the decision, each use as it was decided before, where it still means the same."""
    document = _document(turn)
    return turn.with_passage(
        stage=Stage.DECIDE,
        card=CARDS - 1,
        card_answers=(),
        shown=document.sha256,
        meant=document.meanings_sha256,
        shown_at=turn.event.at,
        decisions=_as_before(turn),
    )


def _document(turn: Turn) -> Document:
    return turn.shelf.document(turn.collection, turn.session.language, turn.region.territory)


def _as_before(turn: Turn) -> dict[str, bool]:
    """What was decided before. A yes to a use that says or allows something else by now was a yes to something else."""
    before = turn.passage.consented
    if before is None:
        return {}
    name = turn.passage.collection
    then, today = turn.records.get(name, NOTHING_ON_RECORD).meant, turn.shelf.meanings(name, before.language)
    return {purpose: yes and means_the_same(then, today, purpose) for purpose, yes in before.decisions.items()}


def leave_as_it_was(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """No new consent: the one before stays as it was, and under another text nothing more is collected."""
    ending = why_again(turn.passage, turn.collection, turn.event.at) is Why.ENDING
    passage = to_renewal(replace(turn.passage, kept_at=turn.collection.consent.version))
    if ending:
        passage = going_on(passage, [question.id for question in turn.path])
    declined = DeclineRenewal(passage.collection, turn.collection.consent.version)
    turn = replace(turn, session=turn.session.with_passage(passage)).with_effects(declined)
    return turn.saying("ends_then") if ending else turn


def look_again(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """After all: what changed is shown once more."""
    return turn.with_passage(kept_at=0)


def open_renewal(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """From what is held to the question whether to agree again."""
    collection = turn.passage.collection
    turn = put_away(turn).with_session(current=collection).aside(None)
    passage = to_renewal(replace(turn.passage, kept_at=0))
    return replace(turn, session=turn.session.with_passage(passage))
