"""Moves of agreeing: to what was read, for the first time or anew."""

from __future__ import annotations

import uuid

from flows import consent
from flows.collection import Collection
from flows.consent import ConsentRecord
from flows.effects import CountLink, GiveConsent, KeepReceipt, RenewConsent
from flows.links import Passed
from flows.meaning import may_still, may_today
from flows.moves.going import accrue, ask, ask_what_is_new
from flows.moves.leaving import end_purposes
from flows.moves.opening import at_the_link
from flows.moves.turn import Turn
from flows.on_record import NOTHING_ON_RECORD
from flows.records import replace
from flows.renewal import Why, going_on, why_again
from flows.session import Consented, Passage, Stage


def agree(turn: Turn, _value: str, _on: bool | None) -> Turn:
    """Consent, purpose by purpose, to exactly the cards that were shown.

    A place that has closed is gone before any press is looked at (`reconcile`), and this card with it.
    """
    before = turn.passage.consented
    held_up = at_the_link(turn)
    if held_up is not turn:
        return held_up
    record = _record(turn)
    turn = _agree_first(turn, record) if before is None else _agree_anew(turn, record, before)
    return turn.with_session(stopped=False) if _may_write(turn.collection, record) else turn


def _agree_first(turn: Turn, record: ConsentRecord) -> Turn:
    code = consent.receipt_code(turn.event.token[16:21])
    linked = turn.passage.participant if _links(turn.collection, record) else None
    turn = turn.with_passage(
        consented=_consented(record, consent.hash_code(code), renewed=False),
        code=code,
        participant=linked,
        decisions={},
        card_answers=(),
        misread=0,
    ).with_effects(GiveConsent(record, _document(turn), linked), KeepReceipt())
    if turn.passage.link is not None:
        turn = turn.with_effects(CountLink(turn.passage.link, Passed.CONSENTED))
    return ask(accrue(turn, "consent"), turn.path[0].id if turn.path else None)


def _agree_anew(turn: Turn, record: ConsentRecord, before: Consented) -> Turn:
    """Another consent takes the place of one that stands. A use that is not agreed to any more ends under both.

    The receipt's code stays as it is: it was written down.
    """
    apart = why_again(turn.passage, turn.collection, turn.event.at) is not Why.ENDING
    apart = apart or _opens_more(turn, record, before)
    known = {purpose for each in (before, *turn.passage.former) for purpose in each.live_purposes()}
    turn = end_purposes(turn, turn.passage, tuple(sorted(p for p in known if not record.agreed(p))))
    linked = turn.passage.participant if _links(turn.collection, record) else None
    renewed = _consented(record, before.code_hash, renewed=True)
    passage = _apart(turn.passage, renewed) if apart else _instead(turn.passage, renewed)
    passage = replace(passage, participant=linked, kept_at=0)
    turn = replace(turn, session=turn.session.with_passage(going_on(passage, [q.id for q in turn.path])))
    turn = turn.with_effects(RenewConsent(record, _document(turn), before.record, apart), KeepReceipt())
    turn = accrue(turn, "consent")  # they may have agreed first when pay was owed from a later moment on
    # What was submitted is to be looked at before it stands under another text; what is new there comes first.
    return ask_what_is_new(turn) if apart and turn.passage.stage is Stage.THANKS else turn


def _opens_more(turn: Turn, record: ConsentRecord, before: Consented) -> bool:
    """Whether answers may be used for something, or in a way, that they might not: then only those submitted after.

    What has ended, taken back or by its time, stands on the list of destroyed keys for ever, and comes again with a new
    key alone.
    """
    live, on_record = before.live_purposes(), turn.records.get(record.collection, NOTHING_ON_RECORD)
    agreed = [p for p in turn.collection.purposes if record.agreed(p.id)]
    using = [p for p in agreed if p.uses == "answers"]
    if any(p.id not in live or may_today(p) - may_still(on_record.meant, p) for p in using):
        return True
    return any(p.id not in live and on_record.has_ended(p.id) for p in agreed)


def _apart(passage: Passage, renewed: Consented) -> Passage:
    """What was submitted stays under the consent that it was submitted under."""
    former = passage.former if passage.consented is None else (*passage.former, passage.consented)
    return replace(passage, former=former, consented=renewed)


def _instead(passage: Passage, renewed: Consented) -> Passage:
    """The same text for some time more: what stood under the one stands under the other."""
    before = passage.consented.record if passage.consented is not None else ""
    submitted = {
        name: replace(each, record=renewed.record) if each.record == before else each
        for name, each in passage.submitted.items()
    }
    earlier = tuple(replace(e, record=renewed.record) if e.record == before else e for e in passage.earlier)
    return replace(passage, consented=renewed, submitted=submitted, earlier=earlier)


def _document(turn: Turn) -> consent.Document:
    return turn.shelf.document(turn.collection, turn.session.language, turn.region.territory)


def _consented(record: ConsentRecord, code_hash: str, *, renewed: bool) -> Consented:
    return Consented(
        record.id,
        record.version,
        record.language,
        record.sha256,
        record.given_at,
        record.expires_at,
        record.decisions,
        code_hash,
        record.territory,
        renewed,
    )


def _record(turn: Turn) -> ConsentRecord:
    collection, passage, event = turn.collection, turn.passage, turn.event
    document = _document(turn)
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


def _may_write(collection: Collection, record: ConsentRecord) -> bool:
    return any(purpose.uses == "contact" and record.agreed(purpose.id) for purpose in collection.purposes)
