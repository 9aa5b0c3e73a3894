"""A session meets today's collections, which may have changed since it was saved."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flows.collection import Collection
from flows.language import negotiate
from flows.questions import fits
from flows.session import Aside, Passage, Session, Stage
from flows.shelf import Shelf


def reconcile(session: Session, shelf: Shelf, now: dt.datetime) -> Session:
    """The session as today's collections allow it; the very same object where nothing changed.

    Questions that vanished leave the path and their answers are kept as retired. Before consent, a place that closed
    is asked for again; after it, the passage stays and `engine.is_halted` shows why nothing is asked.
    """
    languages = shelf.languages
    if languages and session.language not in languages:
        session = replace(session, language=negotiate(session.language, languages))
    for passage in session.passages.values():
        collection = shelf.collections.get(passage.collection)
        if collection is None:
            session = _without_collection(session, passage)
            continue
        met = _met(passage, collection, shelf, now, session.language)
        if met is not passage:
            session = session.with_passage(met)
    if session.current is None and session.aside is None:
        session = replace(session, aside=Aside.COLLECTIONS if shelf.offered(now.date()) else Aside.CLOSED)
    return session


def _without_collection(session: Session, passage: Passage) -> Session:
    """A collection left the shelf: an unconsented passage goes, a consented one stays for leaving, out of hand."""
    if passage.consented is None:
        return session.without_passage(passage.collection)
    return replace(session, current=None) if session.current == passage.collection else session


def _met(passage: Passage, collection: Collection, shelf: Shelf, now: dt.datetime, language: str) -> Passage:
    if passage.consented is None:
        return _met_before_consent(passage, collection, shelf, now, language)
    return _met_after_consent(passage, collection, shelf)


def _met_before_consent(
    passage: Passage, collection: Collection, shelf: Shelf, now: dt.datetime, language: str
) -> Passage:
    if passage.stage is Stage.PLACE:
        return passage
    open_here = {region.territory for region in shelf.regions(collection, now.date())}
    if passage.territory in open_here and language in collection.documents:
        return passage
    return Passage(passage.collection, participant=passage.participant)


def _met_after_consent(passage: Passage, collection: Collection, shelf: Shelf) -> Passage:
    path = {question.id: question for question in shelf.path(collection, passage.territory or "")}
    gone = {
        name: answer for name, answer in passage.answers.items() if name not in path or not fits(path[name], answer)
    }
    if gone:
        kept = {name: answer for name, answer in passage.answers.items() if name not in gone}
        passage = replace(passage, answers=kept, retired={**passage.retired, **gone})
    if passage.stage is Stage.QUESTION and passage.asking not in path:
        unmet = next((name for name in path if name not in passage.answers), None)
        stage = Stage.QUESTION if unmet else Stage.REVIEW
        passage = replace(passage, stage=stage, asking=unmet, describing=False, folded=False, returning=False)
    return passage
