"""A session meets today's collections, which may have changed since it was saved."""

from __future__ import annotations

import datetime as dt

from flows.collection import Collection, Region
from flows.consent import Document
from flows.negotiation import negotiate
from flows.questions import fits
from flows.records import replace
from flows.renewal import BETWEEN_CONSENTS, Why, between_consents, going_on, is_left, to_renewal, why_again
from flows.session import ABOUT_WHAT_IS_HELD, Aside, Passage, Session, Stage
from flows.shelf import Shelf
from flows.travelling import back_home, is_over, moved_on

_NEED_NO_PASSAGE = frozenset(Aside) - {
    Aside.COLLECTIONS,
    Aside.CLOSED,
    Aside.CODE,
    Aside.PAY,
    Aside.PAUSED,
    Aside.REMINDED,
}
"""Asides that stay where they are when the passage beneath them is gone."""


def reconcile(session: Session, shelf: Shelf, now: dt.datetime) -> Session:
    """The session as today's collections allow it; the very same object where nothing changed.

    Questions that vanished leave the path and their answers are kept as retired. Before consent, a place that closed
    is asked for again, and cards that changed are read again; after it, the passage stays and `engine.is_halted`
    shows why nothing is asked. Who is led back by a place that closed, or is to agree in another language, reads so.
    """
    before = session
    if is_over(session, now):
        session = back_home(session)
    languages = shelf.languages
    if languages and session.language not in languages:
        session = replace(session, language=negotiate(session.language, languages))
    for passage in session.passages.values():
        collection = shelf.collections.get(passage.collection)
        if collection is None or (passage.consented is None and not shelf.taking(collection, now.date())):
            is_full = collection is not None and shelf.is_full(collection, now.date())
            session = _telling(session, passage, "full" if is_full else _not_open(passage))
            session = _without_collection(session, passage)
            continue
        met = _met(passage, collection, shelf, now, session.language)
        if met is not passage:
            if met.territory is None:
                is_taking = passage.territory in {each.territory for each in shelf.taking(collection, now.date())}
                session = _telling(session, passage, _not_open(passage, session.language if is_taking else None))
            session = session.with_passage(met)
    session = moved_on(session, shelf)
    session = _speaking_as_the_cards(_on_some_footing(_looking_at(session, shelf), shelf, now), shelf)
    return _telling_its_language(before, session)


def _not_open(passage: Passage, language: str | None = None) -> str | None:
    """Which place, or which of its languages, takes nobody new any more from under somebody who reads its cards."""
    if passage.consented is not None or passage.territory is None:
        return None
    return f"not_open_now:{passage.territory}" + (f"/{language}" if language is not None else "")


def _telling(session: Session, passage: Passage, said: str | None) -> Session:
    """With that said, where it is about the collection in hand."""
    return session if said is None or session.current != passage.collection else replace(session, said=said)


def _telling_its_language(before: Session, session: Session) -> Session:
    """Text that somebody is to agree to does not change its language silently."""
    passage = session.passage
    if session.language == before.language or session.said is not None or passage is None:
        return session
    if passage.stage not in BETWEEN_CONSENTS:  # a first consent has no stages but these either
        return session
    return replace(session, said=f"speaks:{passage.territory}/{session.language}")


def language_of_cards(language: str, collection: Collection, region: Region) -> str:
    """The language of a region's cards that is nearest to the one that somebody reads."""
    spoken = tuple(name for name in region.languages if name in collection.documents)
    return language if language in spoken else negotiate(language, spoken)


def _speaking_as_the_cards(session: Session, shelf: Shelf) -> Session:
    """Between two consents the chat speaks as the cards do: nobody agrees in two languages at once."""
    passage = session.passage
    if passage is None or session.held is not None or not between_consents(passage):
        return session
    region = shelf.signed(shelf.collections[passage.collection], passage.territory)
    if region is None or not region.languages:
        return session
    language = language_of_cards(session.language, shelf.collections[passage.collection], region)
    return session if language == session.language else replace(session, language=language)


def _looking_at(session: Session, shelf: Shelf) -> Session:
    """What is held is looked at only while that is open, and only of a collection that was agreed to.

    Of one that left the shelf it can be sent as a file, and no more is shown.
    """
    held = {passage.collection for passage in session.consents}
    if session.aside is not Aside.PAY and session.paying is not None:
        session = replace(session, paying=None)
    if session.aside not in ABOUT_WHAT_IS_HELD:
        return session if session.held is None else replace(session, held=None, after_code=None)
    if session.held is None and session.aside in {Aside.MY_DATA, Aside.CODE, Aside.PAY}:
        return session
    shows_answers = session.aside is Aside.CODE and session.after_code is None
    looks_it_up = shows_answers or session.aside in {Aside.PLACES, Aside.MOVING, Aside.PAY}
    if session.held in held and (session.held in shelf.collections or not looks_it_up):
        return _going_somewhere(session, shelf)
    kept = session.held if session.held in held else None
    return replace(session, aside=Aside.MY_DATA, held=kept, after_code=None, paying=None)


def _going_somewhere(session: Session, shelf: Shelf) -> Session:
    """Where the place that somebody wants to move to is there no more, they are asked again for one."""
    passage = session.passage
    if session.aside is not Aside.MOVING or passage is None:
        return session
    there = shelf.collections[passage.collection].region(passage.moving_to)
    return session if there is not None else replace(session, aside=Aside.PLACES)


def _on_some_footing(session: Session, shelf: Shelf, now: dt.datetime) -> Session:
    """Where no collection is in hand: one that was agreed to, or else the choice, or else that all is closed."""
    if session.current is not None or session.held is not None or session.aside in _NEED_NO_PASSAGE:
        return session
    standing = next((passage for passage in session.consents if passage.collection in shelf.collections), None)
    if standing is not None:
        return replace(session, current=standing.collection, aside=None, paying=None)
    aside = Aside.COLLECTIONS if shelf.offered(now.date()) else Aside.CLOSED
    return session if session.aside is aside else replace(session, aside=aside, paying=None)


def _without_collection(session: Session, passage: Passage) -> Session:
    """A collection left the shelf, or is closed everywhere: an unconsented passage goes, a consented one is kept."""
    if passage.consented is None:
        return session.without_passage(passage.collection)
    if session.current != passage.collection:
        return session
    folded = passage.folded or passage.asking in passage.answers
    return replace(session.with_passage(replace(passage, revealed=False, folded=folded)), current=None)


def _met(passage: Passage, collection: Collection, shelf: Shelf, now: dt.datetime, language: str) -> Passage:
    if passage.consented is None:
        return _met_before_consent(passage, collection, shelf, now, language)
    return _met_after_consent(passage, collection, shelf, now, language)


def _met_before_consent(
    passage: Passage, collection: Collection, shelf: Shelf, now: dt.datetime, language: str
) -> Passage:
    if passage.stage is Stage.PLACE:
        return passage
    region = next((r for r in shelf.taking(collection, now.date()) if r.territory == passage.territory), None)
    if region is None or language not in region.languages or language not in collection.documents:
        return Passage(passage.collection, participant=passage.participant, trail=passage.trail, link=passage.link)
    document = shelf.document(collection, language, region.territory)
    if passage.meant is None and _has_decided_nothing(passage):
        passage = replace(passage, meant=document.meanings_sha256)
    return passage if _is_as_shown(passage, document) else at_first_card(passage, document, now)


def _has_decided_nothing(passage: Passage) -> bool:
    """Whether somebody reads the cards and has not come to any use yet: it is then the one of today."""
    return passage.stage is Stage.CARDS and not passage.decisions


def _is_as_shown(passage: Passage, document: Document) -> bool:
    """Whether cards and purposes say what they said when somebody began to read. Where that was not kept, nobody can
    say so: an earlier surveybot took each yes of before along, whatever it was to."""
    return passage.shown == document.sha256 and passage.meant == document.meanings_sha256


def at_first_card(passage: Passage, document: Document, now: dt.datetime) -> Passage:
    """The passage at the first card of a document, with nothing decided: agreeing is to text that was read from its
    beginning."""
    return replace(
        passage,
        stage=Stage.CARDS,
        territory=document.territory,
        card=0,
        unfolded=False,
        misread=0,
        card_answers=(),
        shown_at=now,
        shown=document.sha256,
        meant=document.meanings_sha256,
        decisions={},
    )


def _met_after_consent(
    passage: Passage, collection: Collection, shelf: Shelf, now: dt.datetime, language: str
) -> Passage:
    if collection.region(passage.territory) is None:
        return passage
    path = {question.id: question for question in shelf.path(collection, passage.territory or "")}
    gone = {
        name: answer for name, answer in passage.answers.items() if name not in path or not fits(path[name], answer)
    }
    if gone:
        kept = {name: answer for name, answer in passage.answers.items() if name not in gone}
        passage = replace(passage, answers=kept, retired={**passage.retired, **gone})
    passage = _asked_again(passage, collection, shelf, now, language)
    if passage.stage is not Stage.QUESTION:
        return passage
    asking = path.get(passage.asking or "")
    if asking is None:
        unmet = next((name for name in path if name not in passage.answers), None)
        stage = Stage.QUESTION if unmet else Stage.REVIEW
        return replace(passage, stage=stage, asking=unmet, describing=False, unkept=(), folded=False, returning=False)
    if passage.describing and asking.own_words_option is None:
        return replace(passage, describing=False, unkept=())
    return passage


def _asked_again(passage: Passage, collection: Collection, shelf: Shelf, now: dt.datetime, language: str) -> Passage:
    """Before anything else is collected: whether somebody agrees to what has changed, or wants to go on.

    An end that is near breaks nobody off who is answering; it is spoken of once they are through.
    """
    why = why_again(passage, collection, now)
    if between_consents(passage):
        if why is None:
            return going_on(passage, [question.id for question in shelf.path(collection, passage.territory or "")])
        return passage if _reads_todays_cards(passage, collection, shelf, language) else to_renewal(passage)
    if why is None or passage.territory not in {each.territory for each in shelf.regions(collection)}:
        return passage
    if why is Why.ENDING and (passage.stage is not Stage.THANKS or is_left(passage, collection)):
        return passage
    return to_renewal(passage)


def _reads_todays_cards(passage: Passage, collection: Collection, shelf: Shelf, language: str) -> bool:
    """Whether the cards that are being read, or decided on, are today's; there are none before that."""
    region = shelf.signed(collection, passage.territory)
    if passage.stage is Stage.RENEW or region is None or not region.languages:
        return True
    if language not in region.languages or language not in collection.documents:
        return False
    return _is_as_shown(passage, shelf.document(collection, language, region.territory))
