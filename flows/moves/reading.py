"""Moves of the first screen and the four cards."""

from __future__ import annotations

from flows.collection import CARDS
from flows.effects import SendVoice
from flows.moves.leaving import farewell, hand_over
from flows.moves.turn import Turn
from flows.reconcile import at_first_card, language_of_cards
from flows.records import replace
from flows.renewal import to_renewal
from flows.session import Farewell, Stage
from flows.words import say
from flows.zones import onward


def live_in(turn: Turn, value: str, _on: bool | None) -> Turn:
    """The contributor said where they live; the cards follow, in a language that the region has, or another bot."""
    other = turn.shelf.in_other_zones(turn.collection).get(value)
    if other is not None:
        return hand_over(turn, onward(other, turn.passage))
    taking = turn.shelf.taking(turn.collection, turn.event.at.date())
    region = next((each for each in taking if each.territory == value), None)
    if region is None:
        return turn
    language = language_of_cards(turn.session.language, turn.collection, region)
    document = turn.shelf.document(turn.collection, language, value)
    session = turn.session.with_passage(at_first_card(turn.passage, document, turn.event.at))
    turn = replace(turn, session=replace(session, language=language))
    return turn if session.language == language else turn.saying(f"speaks:{value}/{language}")


def not_listed(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """The place is not open: a kind end."""
    return farewell(turn, Farewell.NOT_LISTED)


def next_card(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """On to the next card, or to the decision."""
    passage = turn.passage
    if passage.card + 1 >= CARDS:
        return turn.with_passage(stage=Stage.DECIDE, unfolded=False, misread=0)
    return turn.with_passage(card=passage.card + 1, unfolded=False, misread=0)


def answer_card(turn: Turn, value: str, _on: bool | None) -> Turn:
    """An answer to "did we explain this well?". Off the mark, we explain once more; nobody is shut out."""
    passage = turn.passage
    document = turn.shelf.document(turn.collection, turn.session.language, passage.territory or "")
    question = document.cards[passage.card].question
    understood = question is not None and int(value) == question.right
    if len(passage.card_answers) < passage.card:
        # One answer a card, the first one, in the cards' order (cards 2 to 4 have a question).
        turn = turn.with_passage(card_answers=(*passage.card_answers, understood))
    if understood:
        return next_card(turn, value, None)
    return turn.with_passage(misread=passage.misread + 1)


def unfold_card(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """More: the card's full text."""
    return turn.with_passage(unfolded=True)


def fold_card(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Less: the card alone."""
    return turn.with_passage(unfolded=False)


def listen(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """The card, read aloud."""
    passage = turn.passage
    document = turn.shelf.document(turn.collection, turn.session.language, passage.territory or "")
    if document.cards[passage.card].voice is None:
        return turn
    sent = SendVoice(passage.collection, document.language, passage.card + 1)
    return replace(turn, notice=say("It comes in a moment, below.")).with_effects(sent)


def back_a_card(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """One card back, or to the question where the contributor lives; before another consent, to what asks for it."""
    if turn.passage.card == 0 and turn.passage.consented is not None:
        return replace(turn, session=turn.session.with_passage(to_renewal(turn.passage)))
    if turn.passage.card == 0:
        return turn.with_passage(stage=Stage.PLACE, territory=None, unfolded=False)
    return turn.with_passage(card=turn.passage.card - 1, unfolded=False, misread=0)
