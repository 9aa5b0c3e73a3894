"""Moves of arriving: a first word, a deep link, one of several collections."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flows.collection import Collection
from flows.effects import NewCard
from flows.events import Event, Opened, looks_personal
from flows.moves.going import put_away
from flows.moves.turn import Turn
from flows.negotiation import negotiate
from flows.session import FROM_THE_TOP, Aside, Passage, Session
from flows.shelf import Shelf


def new_session(event: Event, shelf: Shelf) -> Session:
    """A chat that nothing is known of. Steps begin at a random number, so that an old card's taps never fit."""
    languages = shelf.languages or ("en",)
    session = Session(
        language=negotiate(event.language_code, languages), step=int.from_bytes(event.token[24:28], "big") + 1
    )
    return _at_the_door(session, shelf, event.at)


def _at_the_door(session: Session, shelf: Shelf, now: dt.datetime) -> Session:
    """With no collection in hand: into the only one that is open, or to the choice."""
    offered = shelf.offered(now.date())
    if len(offered) == 1:
        return _in_collection(session, offered[0], None)
    if offered:
        return replace(session, aside=Aside.COLLECTIONS)
    is_full = any(shelf.is_full(collection, now.date()) for collection in shelf.collections.values())
    return replace(session, aside=Aside.CLOSED, said="full" if is_full else session.said)


def opened(turn: Turn, event: Opened) -> Turn:
    """/start, a deep link or a first message: the linked collection, or where the contributor left off."""
    return open_collection(turn, event.collection, event.participant).with_effects(NewCard())


def open_collection(turn: Turn, name: str | None, participant: str | None = None) -> Turn:
    """The named collection, where it is on offer; otherwise where the contributor left off."""
    now = turn.event.at
    shelf, session = turn.shelf, replace(put_away(turn).session, held=None, looking=FROM_THE_TOP)
    agreed_to = {passage.collection for passage in session.consents}
    known = (c for each, c in shelf.collections.items() if each in agreed_to and shelf.regions(c, now.date()))
    linked = next((c for c in (*shelf.offered(now.date()), *known) if c.id == name), None)
    if linked is not None:
        session = _in_collection(session, linked, participant)
    elif session.passage is not None:
        session = replace(session, aside=None)
    else:
        session = _at_the_door(session, shelf, now)
    asked_for = shelf.collections.get(name or "")
    if linked is None and asked_for is not None and shelf.is_full(asked_for, now.date()):
        session = replace(session, said="full")
    return replace(turn, session=session)


def _in_collection(session: Session, collection: Collection, participant: str | None) -> Session:
    passage = session.passages.get(collection.id) or Passage(collection.id)
    if participant and passage.consented is None and not looks_personal(participant):
        passage = replace(passage, participant=participant)
    return replace(session.with_passage(passage), current=collection.id, aside=None)


def choose_collection(turn: Turn, value: str, _on: bool | None) -> Turn:
    """One of several open collections."""
    return replace(turn, session=_in_collection(turn.session, turn.shelf.collections[value], None))
