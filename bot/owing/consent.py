"""Consents that are given, renewed, narrowed and ended: records, keys, permissions, and what goes with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.chats import Chat, Part
from bot.owing.batch import Batch, CarriedOut, Turnout
from bot.owing.chat import Gone, take_all_copies_away, tell_that_it_is_gone
from bot.storage.asking import CONSENT_ENDS, REMINDER
from bot.storage.consents import EarlierEnd
from bot.storage.keystore import Wrap
from bot.storage.schedule import Due, key_of
from bot.vault import SELF, Vault, purpose_lock
from flows import effects as owed
from flows.collection import Collection
from flows.consent import ConsentRecord, Document
from flows.meaning import meanings_to_json
from flows.renewal import asks_again_at
from flows.session import Session


def _give_consent(effect: owed.GiveConsent, turnout: Turnout) -> None:
    record = effect.record
    part = turnout.part(record.collection)
    _take_new_key(part, turnout.vault)
    part.record = record.id
    _wrap_for(record, part, turnout)
    _keep_record(record, effect.document, turnout, part, "given")
    _permit(record, turnout)
    turnout.batch.promises[record.collection, record.territory] += 1
    turnout.batch.agreed.update(pilot.id for pilot in turnout.batch.pilots if pilot.collection == record.collection)
    _come_due(turnout.chat, record.collection, turnout.after, turnout.batch)
    _remind_later(turnout, record.collection)
    turnout.audit("consent given", record.collection, part.pseudonym, **_agreed_to(record, effect.document))


def _remind_later(turnout: Turnout, collection: str) -> None:
    if turnout.batch.remind_after is not None:
        key = key_of(turnout.chat.hash, collection)
        turnout.batch.dues.append(Due(REMINDER, key, turnout.at + turnout.batch.remind_after))


def _renew_consent(effect: owed.RenewConsent, turnout: Turnout) -> None:
    """Another consent: with keys of its own where the text is another one, and with the same ones where it is not.

    A purpose that is not agreed to any more was withdrawn in the same step.
    """
    record, ledger = effect.record, turnout.batch.ledger
    part = turnout.part(record.collection)
    if part.key is None:
        raise PermissionError("a consent is renewed that is not open")
    if effect.apart:
        _take_new_key(part, turnout.vault)
        _wrap_for(record, part, turnout)
    else:  # the same uses or fewer: what opens them is there
        ledger.carried_over.append((part.pseudonym, effect.instead_of, record.id, record.given_at))
        if part.submitted_under == effect.instead_of:
            part.submitted_under = record.id
    part.record = record.id
    _promise_elsewhere(record, turnout)
    _keep_record(record, effect.document, turnout, part, "renewed")
    ledger.permissions_ended.append((turnout.chat.hash, record.collection))
    _permit(record, turnout)
    _come_due(turnout.chat, record.collection, turnout.after, turnout.batch)
    turnout.audit(
        "consent renewed",
        record.collection,
        part.pseudonym,
        **_agreed_to(record, effect.document),
        instead_of=effect.instead_of,
    )


def _agreed_to(record: ConsentRecord, document: Document) -> dict[str, Any]:
    """What a receipt says of a consent, for the trail to say the same: `surveybot receipt verify` compares them."""
    agreed = sorted(purpose for purpose, yes in record.decisions.items() if yes)
    return {
        "version": record.version,
        "record": record.id,
        "text": record.sha256,
        "meanings": document.meanings_sha256,
        "language": record.language,
        "given_at": record.given_at.astimezone(dt.UTC).isoformat(),
        "purposes": agreed,
    }


def _decline_renewal(effect: owed.DeclineRenewal, turnout: Turnout) -> None:
    part = turnout.part(effect.collection)
    _event(turnout.batch, part, "declined", turnout.at, [])
    turnout.audit("renewal declined", effect.collection, part.pseudonym, version=effect.version)


def _promise_elsewhere(record: ConsentRecord, turnout: Turnout) -> None:
    """Who has moved and earned nothing yet is paid where they live now."""
    passage = turnout.before.passages.get(record.collection) if turnout.before is not None else None
    if passage is not None and passage.consented is not None and not passage.accrued:
        turnout.batch.promises[record.collection, passage.consented.territory or record.territory] -= 1
        turnout.batch.promises[record.collection, record.territory] += 1


def _end_former(effect: owed.EndFormer, turnout: Turnout) -> None:
    """What still stood under consents to an earlier text goes, and whoever was given it is told."""
    part, ledger = turnout.part(effect.collection), turnout.batch.ledger
    ledger.answers_ended.append((part.pseudonym, effect.records))
    if part.submitted_under in effect.records:
        part.submitted_at = part.submitted_under = None
    for record in effect.records:
        ledger.events.append(
            {"record": record, "pseudonym": part.pseudonym, "event": "expired", "at": turnout.at, "purposes": []}
        )
        ledger.earlier_destructions.append({"record": record, "lock": None, "at": turnout.at})
    if effect.purposes:
        _remember_withdrawal(turnout.batch, part, effect.collection, list(effect.purposes), turnout.at)
    turnout.audit("earlier consent expired", effect.collection, part.pseudonym, records=list(effect.records))


def _take_new_key(part: Part, vault: Vault) -> None:
    part.key_id, part.key = vault.randomness(16), vault.new_key()


def _wrap_for(record: ConsentRecord, part: Part, turnout: Turnout) -> None:
    """The contribution's key, once per agreed purpose and once for the person's own screens."""
    if part.key_id is None or part.key is None:
        raise PermissionError("no key to wrap")
    for lock in _locks(turnout.shelf.collections[record.collection], record.decisions):
        wrapped = turnout.vault.wrap(lock, part.key_id, part.key)
        turnout.batch.wraps.append(Wrap(part.key_id, lock, wrapped, turnout.batch.now))


def _permit(record: ConsentRecord, turnout: Turnout) -> None:
    """Permission to write, named after the consent that gave it."""
    for purpose in turnout.shelf.collections[record.collection].purposes:
        if purpose.uses == "contact" and record.agreed(purpose.id):
            permission = {"chat": turnout.chat.hash, "collection": record.collection, "purpose": purpose.id}
            turnout.batch.ledger.permissions.append({**permission, "record": record.id, "given_at": record.given_at})


def _come_due(chat: Chat, collection: str, session: Session, batch: Batch) -> None:
    """When the consents of a contribution come to their end, and when it is asked about that."""
    passage = session.passages.get(collection)
    if passage is None or passage.consented is None:
        return
    key = key_of(chat.hash, collection)
    ends = min(each.expires_at for each in (passage.consented, *passage.former))
    batch.dues.append(Due("lapse", key, ends))
    if asks_again_at(passage.consented) > batch.now:
        batch.dues.append(Due(CONSENT_ENDS, key, asks_again_at(passage.consented)))


def look_again_for_the_end(chat: Chat, due: Due, batch: Batch) -> None:
    """The end of one consent has come; another one of the same contribution may still come to its own."""
    if due.kind == "lapse" and chat.session is not None:
        _come_due(chat, due.key.partition("/")[2], chat.session, batch)


def _locks(collection: Collection, decisions: Mapping[str, bool]) -> list[str]:
    """One lock per agreed purpose that uses answers, and one for the person's own screens."""
    agreed = [p.id for p in collection.purposes if p.uses == "answers" and decisions.get(p.id)]
    return [SELF, *(purpose_lock(collection.id, purpose) for purpose in agreed)]


def _keep_record(record: ConsentRecord, document: Document, turnout: Turnout, part: Part, event: str) -> None:
    ledger, collection = turnout.batch.ledger, turnout.shelf.collections[record.collection]
    ledger.meanings.append(
        {
            "sha256": document.meanings_sha256,
            "collection": document.collection,
            "version": document.version,
            "language": document.language,
            "meanings": meanings_to_json(document.meanings),
        }
    )
    ledger.documents.append(
        {
            "sha256": document.sha256,
            "collection": document.collection,
            "version": document.version,
            "language": document.language,
            "territory": document.territory,
            "text": document.text,
        }
    )
    ledger.records.append(
        {
            "id": record.id,
            "pseudonym": part.pseudonym,
            "collection": record.collection,
            "version": record.version,
            "language": record.language,
            "territory": record.territory,
            "sha256": record.sha256,
            "shown_at": record.shown_at,
            "given_at": record.given_at,
            "expires_at": record.expires_at,
            "decisions": dict(record.decisions),
            "card_answers": list(record.card_answers),
            "minimum_age": record.minimum_age,
            "key_id": part.key_id,
            "kept": {p.id: p.kept for p in collection.purposes if p.kept is not None},
            "answers_kept": collection.retention.answers,
            "meanings": document.meanings_sha256,
        }
    )
    agreed = [purpose for purpose, yes in record.decisions.items() if yes]
    _event(turnout.batch, part, "requested", record.shown_at, sorted(record.decisions))
    _event(turnout.batch, part, event, record.given_at, agreed)


def _event(batch: Batch, part: Part, event: str, at: dt.datetime, purposes: list[str]) -> None:
    batch.ledger.events.append(
        {"record": part.record, "pseudonym": part.pseudonym, "event": event, "at": at, "purposes": purposes}
    )


def _withdraw_purposes(effect: owed.WithdrawPurposes, turnout: Turnout) -> None:
    """End purposes under the consent in force and under those before it, offered still or not."""
    part, ledger = turnout.part(effect.collection), turnout.batch.ledger
    collection = turnout.shelf.collections[effect.collection]
    purposes = list(effect.purposes)
    _event(turnout.batch, part, "withdrawn", turnout.at, purposes)
    passage = turnout.before.passages.get(effect.collection) if turnout.before is not None else None
    for former in passage.former if passage is not None else ():
        ended = {"record": former.record, "pseudonym": part.pseudonym, "event": "withdrawn", "at": turnout.at}
        ledger.events.append({**ended, "purposes": purposes})
    for name in purposes:
        lock, purpose = purpose_lock(collection.id, name), collection.purpose(name)
        if part.key_id is not None:
            # One that uses the contact has no lock; on the list of destroyed keys it keeps a restore from bringing the
            # permission back.
            _destroy(turnout.batch, part.key_id, turnout.at, lock)
        ledger.earlier_destructions.append({"pseudonym": part.pseudonym, "lock": lock, "at": turnout.at})
        if purpose is None or purpose.uses == "contact":
            ledger.permissions_ended.append((turnout.chat.hash, collection.id))
    _remember_withdrawal(turnout.batch, part, effect.collection, purposes, turnout.at)
    turnout.audit("purposes withdrawn", effect.collection, part.pseudonym, purposes=purposes)


def _take_back(effect: owed.TakeBack, turnout: Turnout) -> None:
    take_all_copies_away(turnout)
    part = turnout.chat.parts.pop(effect.collection, None)
    passage = turnout.before.passages.get(effect.collection) if turnout.before else None
    if part is None:
        return
    territory = passage.territory if passage is not None else None
    turnout.pays(effect.collection, territory, asks=not effect.lapsed, leaves=True)
    consented = passage.consented if passage else None
    if passage is not None and consented is not None and not passage.accrued:
        turnout.batch.promises[effect.collection, consented.territory or passage.territory or ""] -= 1
    purposes = list(consented.live_purposes()) if consented else []
    if effect.lapsed:
        tell_that_it_is_gone(turnout.chat, turnout.after, effect.collection, Gone.KEPT, turnout.batch, turnout.vault)
    event = "expired" if effect.lapsed else "withdrawn"
    erase_part(turnout.batch, turnout.chat.hash, effect.collection, part, purposes, event, turnout.at)
    turnout.audit("consent expired" if effect.lapsed else "data taken back", effect.collection, part.pseudonym)


def erase_part(
    batch: Batch, chat: bytes, collection: str, part: Part, purposes: list[str], event: str, at: dt.datetime
) -> None:
    """Take a contribution out: its rows now, its keys right after the commit, its pseudonym onto the list."""
    batch.erased_parts.append((chat, collection))
    batch.dues = [due for due in batch.dues if due.key != key_of(chat, collection)]
    batch.ledger.erase_answers(part.pseudonym)
    batch.ledger.permissions_ended.append((chat, collection))
    if part.key_id is not None:
        _destroy(batch, part.key_id, at)
        batch.ledger.earlier_destructions.append({"pseudonym": part.pseudonym, "lock": None, "at": at})
    if part.record is not None:
        _event(batch, part, event, at, purposes)
        batch.ledger.earlier_ends.append(EarlierEnd(part.pseudonym, part.record, event, at))
        _remember_withdrawal(batch, part, collection, purposes, at)


def _remember_withdrawal(batch: Batch, part: Part, collection: str, purposes: list[str], at: dt.datetime) -> None:
    batch.ledger.withdrawals.append(
        {"pseudonym": part.pseudonym, "collection": collection, "purposes": purposes, "at": at}
    )


def _destroy(batch: Batch, key_id: bytes, at: dt.datetime, lock: str | None = None) -> None:
    batch.ledger.destructions.append({"key_id": key_id, "lock": lock, "at": at})


CARRIED_OUT: CarriedOut = MappingProxyType(
    {
        owed.GiveConsent: _give_consent,
        owed.RenewConsent: _renew_consent,
        owed.DeclineRenewal: _decline_renewal,
        owed.EndFormer: _end_former,
        owed.WithdrawPurposes: _withdraw_purposes,
        owed.TakeBack: _take_back,
    }
)
