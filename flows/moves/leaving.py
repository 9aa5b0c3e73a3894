"""Moves of leaving: each of three things, all three, and kind ends."""

from __future__ import annotations

from dataclasses import replace

from flows.asides.leaving import PURPOSE_ENDED
from flows.asides.reaching import reached_by
from flows.effects import (
    CleanChat,
    Forget,
    NewCard,
    StopMessages,
    TakeBack,
    WithdrawPurposes,
)
from flows.moves.going import over
from flows.moves.turn import Turn
from flows.renewal import without_purposes
from flows.session import RECEIPTS, Aside, Farewell, Onward, Passage
from flows.tallies import declined
from flows.travelling import back_home


def farewell(turn: Turn, why: Farewell) -> Turn:
    """End without consent. Where another collection was agreed to, only this passage goes, and that one is shown."""
    said = "too_young" if why is Farewell.UNDER_AGE else "nothing_kept"
    if turn.session.passage is not None:
        turn = replace(turn, session=turn.session.without_passage(turn.passage.collection))
    if turn.session.consents:
        return turn.with_session(current=None, aside=None).saying(said)
    return _gone(turn, why)


def hand_over(turn: Turn, way: Onward) -> Turn:
    """End what was begun here, since another installation asks where somebody lives. What else was agreed to stays."""
    turn = replace(turn, session=turn.session.without_passage(turn.passage.collection)).with_session(onward=way)
    if turn.session.consents:
        return turn.with_session(current=None).aside(Aside.OTHER_ZONE)
    return _gone(turn, Farewell.OTHER_ZONE)


def open_leave(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """/leave, /stop, /withdraw, /wipe. Who has left already, and has not read so yet, reads it."""
    if turn.session.aside is Aside.GOODBYE:
        return turn
    return over(turn, Aside.LEAVE)


def open_take_back(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """All of it, or a purpose?"""
    return turn.aside(Aside.TAKE_BACK)


def open_leave_all(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """All three: one press before."""
    return turn.aside(Aside.LEAVE_ALL)


def clean_chat(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Delete what can be deleted; the card comes anew."""
    return turn.saying("cleaned").with_effects(CleanChat(), NewCard())


def clean_in_one_press(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """From a sensitive card: everything goes that can, and what comes instead says nothing."""
    return over(turn, Aside.CLEANED).with_effects(CleanChat(), NewCard())


def stop_messages(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Nothing unasked any more: purposes that use the contact end with it, also where they are only decided on."""
    for passage in turn.session.passages.values():
        collection = turn.shelf.collections.get(passage.collection)
        contact = [p.id for p in collection.purposes if p.uses == "contact"] if collection else []
        turn = end_purposes(turn, passage, tuple(contact))
    return turn.with_session(stopped=True).saying("stopped").with_effects(StopMessages())


def end_purposes(turn: Turn, passage: Passage, purposes: tuple[str, ...]) -> Turn:
    """End purposes under every text that they were agreed to under; a decision that is under way says no to them."""
    decisions = {purpose: yes and purpose not in purposes for purpose, yes in passage.decisions.items()}
    passage = replace(passage, decisions=decisions)
    turn = replace(turn, session=turn.session.with_passage(passage))
    consents = (*passage.former, *([passage.consented] if passage.consented is not None else []))
    ended = tuple(p for p in purposes if any(each.decisions.get(p) for each in consents))
    if not ended:
        return turn
    session = turn.session.with_passage(without_purposes(passage, ended))
    return replace(turn, session=session).with_effects(WithdrawPurposes(passage.collection, ended))


def take_back_purpose(turn: Turn, value: str, _on: bool | None) -> Turn:
    """End one purpose, of those that can end while the answers stay."""
    collection_id, _, purpose = value.partition("/")
    passage = turn.session.passages.get(collection_id)
    if passage is None or passage.consented is None:
        return turn
    ended = turn.shelf.collections[collection_id].purpose(purpose)
    reached = reached_by(turn.records, (passage,), (purpose,))
    turn = end_purposes(turn, passage, (purpose,)).with_session(reached=reached)
    if ended is not None and ended.needs_participant:
        turn = replace(
            turn, session=turn.session.with_passage(replace(turn.session.passages[collection_id], participant=None))
        )
    return turn.saying(PURPOSE_ENDED)


def take_back_collection(turn: Turn, value: str, _on: bool | None) -> Turn:
    """All that is held of one collection, at once; the others stay."""
    passage = turn.session.passages.get(value)
    return take_back(turn, value) if passage is not None and passage.consented is not None else turn


def take_back(turn: Turn, *collections: str) -> Turn:
    """Consents and all that was given under them go, and there is one receipt."""
    gone = [each for each in turn.session.consents if each.collection in collections]
    turn = turn.with_session(reached=reached_by(turn.records, gone))
    for each in gone:
        session = turn.session.without_passage(each.collection)
        turn = replace(turn, session=session).with_effects(TakeBack(each.collection))
    if turn.session.consents:
        return turn.aside(Aside.LEFT)
    return _gone(turn, Farewell.TAKEN_BACK)


def _gone(turn: Turn, why: Farewell) -> Turn:
    turn = replace(turn, session=back_home(turn.session)).with_session(receipt_first=why in RECEIPTS)
    return turn.with_session(aside=Aside.GOODBYE, farewell=why, passages={}, current=None).with_effects(Forget())


def _declining(turn: Turn) -> Turn:
    """What was only looked at and not agreed to is declined by leaving."""
    return turn.with_effects(*(count for passage in turn.session.passages.values() for count in declined(passage)))


def take_back_all(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Everything that is held, at once."""
    turn = _declining(turn)
    if not turn.session.consents:
        return _gone(turn, Farewell.DECLINED)
    turn = turn.with_session(reached=reached_by(turn.records, turn.session.consents))
    for passage in turn.session.consents:
        turn = turn.with_effects(TakeBack(passage.collection))
    return _gone(turn, Farewell.TAKEN_BACK)


def leave_all(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Clean the chat, send nothing more, take everything back."""
    held = bool(turn.session.consents)
    turn = _declining(turn).with_session(reached=reached_by(turn.records, turn.session.consents))
    for passage in turn.session.consents:
        turn = turn.with_effects(TakeBack(passage.collection))
    turn = turn.with_effects(StopMessages(), CleanChat(), NewCard())
    return _gone(turn, Farewell.LEFT_ALL if held else Farewell.DECLINED)
