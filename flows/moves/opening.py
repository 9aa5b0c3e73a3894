"""Moves of arriving: a first word, a deep link, one of several collections."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flows.collection import Collection
from flows.effects import CountLink, NewCard
from flows.events import Event, Opened, looks_personal
from flows.links import LinkStanding, Passed
from flows.moves.going import over, put_away
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
    doorway = turn.shelf.link(event.link) if event.link is not None else None
    collection = doorway.collection if doorway is not None else event.collection
    turn = open_collection(turn, collection, event.participant)
    if doorway is not None and event.link is not None:
        turn = _came_by(turn, event.link, doorway.collection)
    return at_the_link(turn).with_effects(NewCard())


def _came_by(turn: Turn, link: str, collection: str) -> Turn:
    """Note the link for whoever has agreed to nothing yet, and count them once. Who has agreed came by another."""
    passage = turn.session.passage
    is_there = passage is not None and passage.collection == collection
    if not is_there or turn.passage.consented is not None or turn.passage.link == link:
        return turn
    return turn.with_passage(link=link).with_effects(CountLink(link, Passed.OPENED))


def at_the_link(turn: Turn) -> Turn:
    """Say so, where the link that somebody came by takes nobody just now. Who has agreed goes on."""
    passage = turn.session.passage
    if passage is None or passage.consented is not None or passage.link is None:
        return turn
    doorway = turn.shelf.link(passage.link)
    if doorway is not None and doorway.standing is LinkStanding.OPEN:
        return turn
    is_resting = doorway is not None and doorway.standing is LinkStanding.RESTING
    return over(turn, Aside.LINK_RESTING if is_resting else Aside.LINK_CLOSED)


def try_link(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Whether the link is open again: then on with what lies beneath."""
    return at_the_link(turn.aside(None))


def open_collection(turn: Turn, name: str | None, participant: str | None = None) -> Turn:
    """The named collection, where it is on offer; otherwise where the contributor left off."""
    now = turn.event.at
    shelf, session = turn.shelf, replace(put_away(turn).session, held=None, looking=FROM_THE_TOP)
    agreed_to = {passage.collection for passage in session.consents}
    known = (c for each, c in shelf.collections.items() if each in agreed_to and shelf.regions(c))
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


def try_to_go_on(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Whether it is open again where it stood still: then what lies beneath is shown."""
    return turn


def go_on_elsewhere(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Another collection, where it was left."""
    return put_away(turn).with_session(current=value).aside(None)


def choose_collection(turn: Turn, value: str, _on: bool | None) -> Turn:
    """One of several open collections."""
    return replace(turn, session=_in_collection(turn.session, turn.shelf.collections[value], None))
