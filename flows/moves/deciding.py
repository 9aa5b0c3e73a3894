"""Moves of the decision: purpose by purpose, and yes or no."""

from __future__ import annotations

import uuid

from flows import consent
from flows.collection import CARDS, Collection
from flows.consent import ConsentRecord
from flows.effects import (
    GiveConsent,
    KeepReceipt,
)
from flows.moves.going import accrue, ask
from flows.moves.leaving import farewell
from flows.moves.turn import Turn
from flows.session import Consented, Farewell, Stage


def back_to_cards(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """From the decision back to the last card."""
    return turn.with_passage(stage=Stage.CARDS, card=CARDS - 1, unfolded=False, misread=0)


def purpose_yes(turn: Turn, value: str, _on: bool | None) -> Turn:
    """Yes to one optional purpose."""
    return turn.with_passage(decisions={**turn.passage.decisions, value: True})


def purpose_no(turn: Turn, value: str, _on: bool | None) -> Turn:
    """No to one optional purpose, as if untouched."""
    return turn.with_passage(decisions={**turn.passage.decisions, value: False})


def decline(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """No: a kind end, nothing kept."""
    return farewell(turn, Farewell.DECLINED)


def under_age(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Too young: a kind end, nothing kept."""
    return farewell(turn, Farewell.UNDER_AGE)


def agree(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Consent, purpose by purpose, to exactly the cards that were shown.

    A place that has closed is gone before any press is looked at (`reconcile`), and this card with it.
    """
    record = _record(turn)
    code = consent.receipt_code(turn.event.token[16:21])
    document = turn.shelf.document(turn.collection, turn.session.language, turn.region.territory)
    linked = turn.passage.participant if _links(turn.collection, record) else None
    consented = Consented(
        record.id,
        record.version,
        record.language,
        record.sha256,
        record.given_at,
        record.expires_at,
        record.decisions,
        consent.hash_code(code),
    )
    turn = turn.with_passage(
        consented=consented, code=code, participant=linked, decisions={}, card_answers=(), misread=0
    ).with_effects(GiveConsent(record, document, linked), KeepReceipt())
    if any(p.uses == "contact" and record.agreed(p.id) for p in turn.collection.purposes):
        turn = turn.with_session(stopped=False)
    return ask(accrue(turn, "consent"), turn.path[0].id if turn.path else None)


def _record(turn: Turn) -> ConsentRecord:
    collection, passage, event = turn.collection, turn.passage, turn.event
    document = turn.shelf.document(collection, turn.session.language, turn.region.territory)
    optional = collection.optional_purposes(linked=passage.participant is not None)
    decisions = {purpose.id: True for purpose in collection.required_purposes}
    decisions |= {purpose.id: passage.decisions.get(purpose.id, False) for purpose in optional}
    return ConsentRecord(
        id=str(uuid.UUID(bytes=event.token[:16], version=4)),
        collection=collection.id,
        version=collection.consent.version,
        language=document.language,
        territory=document.territory,
        sha256=document.sha256,
        shown_at=passage.shown_at or event.at,
        given_at=event.at,
        expires_at=consent.after(event.at, collection.consent.expires),
        decisions=decisions,
        card_answers=passage.card_answers,
        minimum_age=turn.region.minimum_age,
    )


def _links(collection: Collection, record: ConsentRecord) -> bool:
    return any(purpose.needs_participant and record.agreed(purpose.id) for purpose in collection.purposes)
