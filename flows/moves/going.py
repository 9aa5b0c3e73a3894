"""Going from one card to another: opening a question, the review or an aside, and putting away what was open."""

from __future__ import annotations

from flows.effects import Accrue
from flows.events import Event
from flows.moves.turn import Turn
from flows.session import Aside, Passage, Stage
from flows.shelf import Shelf


def open_territories(turn: Turn) -> frozenset[str]:
    """Where somebody can begin today, and so can agree anew."""
    return frozenset(region.territory for region in turn.shelf.beginning(turn.collection, turn.event.at.date()))


def territories_to_name(turn: Turn) -> frozenset[str]:
    """Where the collection takes somebody today: somebody new, where nothing was agreed to yet; and where another
    installation does.
    """
    shelf, collection = turn.shelf, turn.collection
    is_new = turn.passage.consented is None
    taking = shelf.taking(collection, turn.event.at.date()) if is_new else shelf.regions(collection)
    return frozenset(region.territory for region in taking) | shelf.in_other_zones(collection).keys()


def accrue(turn: Turn, *reached: str) -> Turn:
    """Owe the pay, where the moment that the collection names is among those that were reached; once.

    Who is further on has reached every earlier moment: the collection may name another one by now.
    """
    if turn.passage.accrued or turn.collection.compensation.accrues not in reached:
        return turn
    return turn.with_passage(accrued=True).with_effects(Accrue(turn.passage.collection))


def ask(turn: Turn, question_id: str | None) -> Turn:
    """Open a question, or the review where none is left."""
    if question_id is None:
        return to_review(turn)
    opened = turn.with_passage(stage=Stage.QUESTION, asking=question_id, folded=False, revealed=False)
    return stop_describing(opened)


def ask_once_more(turn: Turn, question_id: str) -> Turn:
    """Open a question by going back to it: a sensitive one that was answered stays put away until it is asked for."""
    asked = ask(turn, question_id)
    return put_away(asked) if question_id in asked.passage.answers else asked


def ask_what_is_new(turn: Turn) -> Turn:
    """Open the first question that was not met yet, which leads back to the review; or the review, if there is none."""
    unmet = next((question.id for question in turn.path if question.id not in turn.passage.answers), None)
    return ask(turn.with_passage(returning=True), unmet)


def stop_describing(turn: Turn) -> Turn:
    """Wait for no words any more."""
    return without_unkept(turn).with_passage(describing=False)


def without_unkept(turn: Turn) -> Turn:
    """Own words that were too long to keep are shortened no more; `advance` has them deleted from the chat."""
    return turn.with_passage(unkept=(), part=None)


def to_review(turn: Turn) -> Turn:
    """Open the review."""
    return stop_describing(
        turn.with_passage(stage=Stage.REVIEW, asking=None, returning=False, folded=False, revealed=False)
    )


def message_of(event: Event) -> int:
    """The number of the message that was typed, 0 where there is none."""
    return getattr(event, "message", 0)


def is_sensitive_open(passage: Passage, shelf: Shelf) -> bool:
    """Whether the question in hand is sensitive, or was answered and vanished with its card still in the chat."""
    if passage.stage is not Stage.QUESTION or passage.folded:
        return False
    collection = shelf.collections.get(passage.collection)
    path = shelf.path(collection, passage.territory or "") if collection is not None else ()
    asking = next((question for question in path if question.id == passage.asking), None)
    return passage.asking in passage.answers if asking is None else asking.sensitive


def fold(turn: Turn) -> Turn:
    """Fold what is open and hide what was revealed. Own words that were asked for are awaited still."""
    passage = turn.session.passage
    if passage is None:
        return turn
    if is_sensitive_open(passage, turn.shelf):
        turn = turn.with_passage(folded=True)
    return turn.with_passage(revealed=False)


def put_away(turn: Turn) -> Turn:
    """Fold and hide, where somebody goes elsewhere: behind a folded card nothing is awaited any more."""
    turn = fold(turn)
    passage = turn.session.passage
    return stop_describing(turn) if passage is not None and passage.folded else turn


def over(turn: Turn, aside: Aside) -> Turn:
    """Lay an aside over the stage; what was open folds."""
    return put_away(turn).aside(aside)
