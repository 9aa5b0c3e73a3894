"""Effects -> rows: what a step owes, gathered for the one transaction that commits it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import orjson

from bot.broadcasts.trial import TRIAL, trial
from bot.chats import Chat, Part, answer_place, outbox_place
from bot.lanes import ALONE, Lanes
from bot.storage.asking import CONSENT_ENDS, REMINDER, REPLY, UNASKED
from bot.storage.consents import Ledger
from bot.storage.entitlements import day_of
from bot.storage.keystore import Wrap
from bot.storage.numbers import Number
from bot.storage.outbox import OutboxRow
from bot.storage.schedule import Due
from bot.storage.tallies import Tally
from bot.texts import Texts
from bot.vault import ANSWER_STEP, NUMBER_STEP, OUTBOX_STEP, PAYOUTS, SELF, Vault, number_place, purpose_lock, seal
from flows import effects as owed
from flows.cards import View, receipt_screen
from flows.collection import Collection, PayWay
from flows.consent import ConsentRecord, Document, pay_reference
from flows.consent import after as period_after
from flows.links import Passed
from flows.on_record import PayState
from flows.pilots import OpenPilot
from flows.questions import NOTHING, Answer
from flows.rehearsal import marked
from flows.renewal import asks_again_at
from flows.session import Session
from flows.shelf import Shelf
from flows.words import say

FOLDING = dt.timedelta(minutes=3)
"""After so long without a tap a sensitive card is put away."""

GOODBYE_KEPT = dt.timedelta(hours=24)
"""How long a goodbye that cannot be delivered keeps its sealed chat id (DESIGN, promise 1)."""

COPY_STAYS = dt.timedelta(hours=1)
"""How long a file with everything in it stands in the chat; its caption says so."""

NUMBER_KEPT = dt.timedelta(days=30)
"""How long a number that pay is to be sent to is kept at most; the screen that asks for it says so."""

FILE, COPY, COPY_BEGUN, DELETE_COPY, PAY, PICTURE = "file", "copy", "copy_begun", "delete_copy", "pay", "picture"
POSTER, VOICE = "poster", "voice"
GONE, GONE_BEGUN = "gone", "gone_begun"
"""Kinds of outbox rows that the worker sends, since they are made, or looked after, when they are sent."""

BY_WORKER = frozenset({FILE, COPY, COPY_BEGUN, DELETE_COPY, PAY, PICTURE, POSTER, VOICE, GONE, GONE_BEGUN})

SAID_UNASKED = frozenset({GONE, PAY})
"""Kinds that say something: who wants no messages is not sent them where they come unasked. Files are taken away from
everybody."""

IN_HAND = dt.timedelta(minutes=15)
"""How long an outbox row belongs to the step that made it, before the worker takes it for orphaned. Longer than
`presenting.PATIENCE`, so that no file is sent twice while a 429 is waited out."""


@dataclass(frozen=True, slots=True)
class Payee:
    """Somebody whose pay for a collection can be collected."""

    chat: Chat
    collection: str
    territory: str | None
    language: str
    asks: bool = False
    """Whether they have just done something; otherwise it came due."""
    leaves: bool = False
    way: PayWay | None = None
    """How they have just said that they want to get it."""
    number: Number | None = field(default=None, repr=False)
    """Where to, sealed."""


@dataclass(slots=True)
class Batch:
    """Everything that one transaction writes beside conversations and contributions."""

    now: dt.datetime
    ledger: Ledger = field(default_factory=Ledger)
    wraps: list[Wrap] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)
    promises: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By collection and territory: how many more people have been promised pay than before."""
    remind_after: dt.timedelta | None = None
    """When somebody who stopped half-way is reminded; None for never."""
    pilots: tuple[OpenPilot, ...] = ()
    """Those that go on."""
    agreed: Counter[int] = field(default_factory=Counter)
    """By pilot: how many more people have agreed than before."""
    tallies: Counter[Tally] = field(default_factory=Counter)
    """By collection, territory and what is counted: how many more than before."""
    payees: list[Payee] = field(default_factory=list)
    """Whose pay can be collected now: `bot.paying` sees to them once everything else is written."""
    quiet_chats: list[bytes] = field(default_factory=list)
    """Chats that are sent nothing unasked any more."""
    cleaned: list[Chat] = field(default_factory=list)
    """Chats out of which everything is taken that can be; invites are looked up when it is written."""
    links: list[tuple[str, Passed]] = field(default_factory=list)
    """Who got how far by which link, in order: links alone, nobody's chat."""
    erased_parts: list[tuple[bytes, str]] = field(default_factory=list)
    destroys: bool = False
    """Whether keys are to be destroyed beside those of the ledger."""
    lanes: Lanes = ALONE
    """Where screens are under way, where several processes serve."""


@dataclass(frozen=True, slots=True)
class Turnout:
    """What carrying out an effect may look at."""

    chat: Chat
    before: Session | None
    after: Session
    batch: Batch
    vault: Vault
    shelf: Shelf
    texts: Texts
    at: dt.datetime
    rehearsing: bool = False
    """Whether it is a rehearsal's: then nothing reaches a table but what is sent to the chat and forgotten."""

    def part(self, collection: str) -> Part:
        """The chat's contribution to a collection, made now where there is none."""
        found = self.chat.parts.get(collection)
        if found is None:
            found = self.chat.parts[collection] = new_part(self.vault)
        return found

    def audit(self, action: str, collection: str | None, pseudonym: str | None, **detail: Any) -> None:  # noqa: ANN401  # JSON
        """Note what was done, beside the change itself. Never an answer, never a chat."""
        self.batch.ledger.audit.append(
            {
                "at": self.at,
                "actor": "contributor",
                "action": action,
                "collection": collection,
                "pseudonym": pseudonym,
                "detail": detail,
            }
        )

    def pays(self, collection: str, territory: str | None, *, leaves: bool = False) -> None:
        """Have somebody's pay seen to, who asks for it by what they have just done."""
        language = self.after.language
        self.batch.payees.append(Payee(self.chat, collection, territory, language, asks=True, leaves=leaves))

    def owe(self, kind: str, payload: dict[str, Any]) -> None:
        """Owe something to the chat that cannot be derived again."""
        owe(kind, payload, self.chat, self.batch, self.vault)


def owe(kind: str, payload: dict[str, Any], chat: Chat, batch: Batch, vault: Vault, *, unasked: bool = False) -> None:
    """Owe something to a chat: to the worker, at once or at the token's pace where nobody has asked for it, or to the
    lane that shows the step's screen."""
    row_id = vault.randomness(16).hex()
    sealed = seal(chat.key, orjson.dumps(payload), outbox_place(row_id), vault.randomness, step=OUTBOX_STEP)
    position = sum(row.chat == chat.hash for row in batch.outbox)
    due = batch.now if kind in BY_WORKER else batch.now + IN_HAND
    lane = UNASKED if unasked else REPLY
    batch.outbox.append(OutboxRow(row_id, chat.hash, lane, kind, sealed, None, position, due, 0, batch.now))


def take_copies_away(chat: Chat, messages: tuple[int, ...], batch: Batch, vault: Vault, texts: Texts) -> None:
    """Owe the deletion of files with everything in them, and, should that fail for good, words that say so."""
    session = chat.session
    if messages and session is not None:
        words = texts.html(COPY_MAY_STAY, session.language)
        owe(DELETE_COPY, {"messages": list(messages), "words": words}, chat, batch, vault)
        chat.letterhead = chat.letterhead.without_copies(messages)


class Gone(StrEnum):
    """Why what somebody gave is gone, where they have not taken it back themselves."""

    KEPT = "kept"
    """It was kept for as long as was agreed."""
    CLOSED = "closed"
    """Its collection has come to its end."""
    ERASED = "erased"
    """It was asked for by its receipt."""


def tell_that_it_is_gone(
    chat: Chat, session: Session | None, collection: str, why: Gone, batch: Batch, vault: Vault
) -> bool:
    """Owe one message about what is gone, of which it says nothing. Not to who wants no messages; whether it is owed.

    Its words are put together when it is sent: whoever erases, the bot that serves knows them.
    """
    if session is None or session.stopped or not chat.reachable:
        return False
    payload = {"why": why.value, "collection": collection, "language": session.language}
    owe(GONE, payload, chat, batch, vault, unasked=True)
    return True


COPY_MAY_STAY = say(
    "A file with your data may still be in this chat, and this bot cannot take it away. If you see it here, please "
    "delete it yourself: press and hold it, then choose Delete."
)


def new_part(vault: Vault) -> Part:
    """A contribution with a random pseudonym: one who comes back after leaving is somebody else."""
    return Part("p_" + vault.randomness(14).hex(), None)


def carry_out(effect: owed.Effect, turnout: Turnout) -> None:
    """Add what an effect owes to the batch. Of a rehearsal's, only what belongs to the chat itself."""
    if not turnout.rehearsing:
        _CARRIED_OUT[type(effect)](effect, turnout)
    elif (rehearsed := _REHEARSED.get(type(effect))) is not None:
        rehearsed(effect, turnout)


# --- consent -----------------------------------------------------------------------------------------------------


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
    turnout.audit("consent given", record.collection, part.pseudonym, **_agreed_to(record))


def _remind_later(turnout: Turnout, collection: str) -> None:
    if turnout.batch.remind_after is not None:
        key = f"{turnout.chat.hash.hex()}/{collection}"
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
        **_agreed_to(record),
        instead_of=effect.instead_of,
    )


def _agreed_to(record: ConsentRecord) -> dict[str, Any]:
    """What a receipt says of a consent, for the trail to say the same: `surveybot receipt verify` compares them."""
    agreed = sorted(purpose for purpose, yes in record.decisions.items() if yes)
    return {
        "version": record.version,
        "record": record.id,
        "text": record.sha256,
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
    key = f"{chat.hash.hex()}/{collection}"
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
    ledger = turnout.batch.ledger
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
            "kept": {p.id: p.kept for p in turnout.shelf.collections[record.collection].purposes if p.kept is not None},
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
    _take_all_copies_away(turnout)
    part = turnout.chat.parts.pop(effect.collection, None)
    passage = turnout.before.passages.get(effect.collection) if turnout.before else None
    if part is None:
        return
    if not effect.lapsed and passage is not None:
        turnout.pays(effect.collection, passage.territory, leaves=True)
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
    batch.ledger.erase_answers(part.pseudonym)
    batch.ledger.permissions_ended.append((chat, collection))
    if part.key_id is not None:
        _destroy(batch, part.key_id, at)
        batch.ledger.earlier_destructions.append({"pseudonym": part.pseudonym, "lock": None, "at": at})
    if part.record is not None:
        _event(batch, part, event, at, purposes)
        _remember_withdrawal(batch, part, collection, purposes, at)


def _remember_withdrawal(batch: Batch, part: Part, collection: str, purposes: list[str], at: dt.datetime) -> None:
    batch.ledger.withdrawals.append(
        {"pseudonym": part.pseudonym, "collection": collection, "purposes": purposes, "at": at}
    )


def _destroy(batch: Batch, key_id: bytes, at: dt.datetime, lock: str | None = None) -> None:
    batch.ledger.destructions.append({"key_id": key_id, "lock": lock, "at": at})


# --- answers and pay ---------------------------------------------------------------------------------------------


def _submit(effect: owed.Submit, turnout: Turnout) -> None:
    part = turnout.part(effect.collection)
    passage = turnout.after.passages[effect.collection]
    consented = passage.consented
    if part.key is None or consented is None:
        raise PermissionError("answers without a live consent")
    collection = turnout.shelf.collections[effect.collection]
    path = turnout.shelf.path(collection, passage.territory or "")
    # Answers to questions that are not asked any more stay as they were submitted.
    turnout.batch.ledger.replace_answers(part.pseudonym, [question.id for question in path])
    for question in path:
        answer = passage.answers.get(question.id, NOTHING)
        turnout.batch.ledger.answers.append(
            {
                "pseudonym": part.pseudonym,
                "question": question.id,
                "sealed": _sealed_answer(turnout, part, part.key, question.id, answer, collection.version),
                "collection_version": collection.version,
                "record": consented.record,
                "consent_given_at": consented.given_at,
                "submitted_at": turnout.at,
            }
        )
    part.submitted_at, part.submitted_under = turnout.at, consented.record
    turnout.audit("answers submitted", effect.collection, part.pseudonym)


def _take_out_answers(effect: owed.TakeOutAnswers, turnout: Turnout) -> None:
    part = turnout.part(effect.collection)
    turnout.batch.ledger.replace_answers(part.pseudonym, effect.questions)
    turnout.audit("answers taken out", effect.collection, part.pseudonym, count=len(effect.questions))


def _sealed_answer(turnout: Turnout, part: Part, key: bytes, question: str, answer: Answer, version: int) -> bytes:
    value = {"status": answer.status.value, "options": list(answer.options), "own_words": answer.own_words}
    place = answer_place(part.pseudonym, question, version)
    return seal(key, orjson.dumps(value), place, turnout.vault.randomness, step=ANSWER_STEP)


def _accrue(effect: owed.Accrue, turnout: Turnout) -> None:
    """Pay is owed for time: what is kept of it is a day, an amount, and a hash that no pseudonym leads to."""
    collection = turnout.shelf.collections[effect.collection]
    passage = turnout.after.passages[effect.collection]
    region = collection.region(passage.territory)
    if region is None:
        return
    day = day_of(turnout.at)
    turnout.batch.ledger.entitlements.append(
        {
            "holder": turnout.vault.entitlement_hash(turnout.chat.letterhead.chat_id, collection.id),
            "collection": collection.id,
            "amount": str(region.pay.amount),
            "currency": region.pay.currency,
            "accrued_on": day,
            "kept_until": period_after(day, collection.compensation.kept),
            "territory": region.territory,
            "reference": pay_reference(turnout.vault.randomness(5)),
            "state": PayState.OWED.value,
            "state_on": day,
            "told": True,
            "left": False,
        }
    )


def _count_link(effect: owed.CountLink, turnout: Turnout) -> None:
    turnout.batch.links.append((effect.link, effect.how_far))


def _pay_out(effect: owed.PayOut, turnout: Turnout) -> None:
    passage = turnout.after.passages.get(effect.collection)
    if passage is not None and passage.accrued:
        turnout.pays(effect.collection, passage.territory)


# --- the chat ----------------------------------------------------------------------------------------------------


def _keep_receipt(_effect: owed.KeepReceipt, turnout: Turnout) -> None:
    """The decision card becomes the receipt; where its number is not known, the receipt is a message of its own."""
    _take_code_out_of_the_receipt_before(turnout)
    head = turnout.chat.letterhead
    turnout.owe("receipt", {"message": head.card, "words": _receipt_words(turnout)})
    turnout.chat.letterhead = replace(head.without_card(), receipt=head.card)


def _take_code_out_of_the_receipt_before(turnout: Turnout) -> None:
    """A consent that follows another one has a receipt of its own, with the same code; the earlier receipt stays."""
    receipt, before = turnout.chat.letterhead.receipt, turnout.before
    passage = before.passage if before is not None else None
    if receipt is None or before is None or passage is None or len(before.consents) > 1:
        return
    if passage.consented is not None and passage.code is not None:
        session = before.with_passage(replace(passage, code=None))
        words = turnout.texts.screen(receipt_screen(View(session, turnout.shelf, turnout.at)), session.language)
        turnout.owe("words", {"message": receipt, "words": words})


def _receipt_words(turnout: Turnout) -> str:
    view = View(turnout.after, turnout.shelf, turnout.at)
    return turnout.texts.screen(receipt_screen(view), turnout.after.language)


def _fold_receipt(_effect: owed.FoldReceipt, turnout: Turnout) -> None:
    if turnout.chat.letterhead.receipt is not None:
        turnout.owe("receipt", {"message": turnout.chat.letterhead.receipt, "words": _receipt_words(turnout)})


def _send_receipt_file(effect: owed.SendReceiptFile, turnout: Turnout) -> None:
    turnout.owe(FILE, {"collection": effect.collection, "form": "receipt"})


def _send_own_copy(effect: owed.SendOwnCopy, turnout: Turnout) -> None:
    words = turnout.texts.html(COPY_MAY_STAY, turnout.after.language)
    turnout.owe(COPY, {"collection": effect.collection, "form": effect.form, "words": words})
    part = turnout.part(effect.collection)
    turnout.audit("own copy sent", effect.collection, part.pseudonym, form=effect.form)


def _send_voice(effect: owed.SendVoice, turnout: Turnout) -> None:
    turnout.owe(VOICE, {"collection": effect.collection, "language": effect.language, "card": effect.card})


def _send_picture(effect: owed.SendPicture, turnout: Turnout) -> None:
    wanted = {"collection": effect.collection, "territories": effect.territories, "theme": effect.theme}
    turnout.owe(PICTURE, {**wanted, "language": turnout.after.language})


def _take_all_copies_away(turnout: Turnout) -> None:
    """With what is held go the files that hold it."""
    chat = turnout.chat
    messages = chat.letterhead.files_to_erase(turnout.at)
    take_copies_away(chat, messages, turnout.batch, turnout.vault, turnout.texts)


def _delete_message(effect: owed.DeleteMessage, turnout: Turnout) -> None:
    if effect.message:
        turnout.owe("delete", {"messages": [effect.message], "words": _may_stay(turnout)})
        turnout.chat.letterhead = turnout.chat.letterhead.without((effect.message,))


MAY_STAY = say(
    "Something in this chat is older than 48 hours, and this bot cannot take it away any more. If you see it, press "
    "and hold it and choose Delete, or delete the whole chat."
)


def _may_stay(turnout: Turnout) -> str:
    return turnout.texts.html(MAY_STAY, turnout.after.language)


def _clean_chat(_effect: owed.CleanChat, turnout: Turnout) -> None:
    head = turnout.chat.letterhead
    messages = {message for message, _ in (*head.log, *head.copies, *head.files)} | set(head.ours)
    messages |= {number for number in (head.card, head.receipt) if number is not None}
    if messages or head.older:
        cleaning = {"messages": sorted(messages), "stays": head.older, "words": _may_stay(turnout)}
        turnout.owe("delete", cleaning)
    turnout.chat.letterhead = head.cleaned()
    turnout.batch.cleaned.append(turnout.chat)


def _new_card(_effect: owed.NewCard, turnout: Turnout) -> None:
    """The old card goes, so that nothing stays readable above and no old button is left."""
    head = turnout.chat.letterhead
    if head.card is not None:
        turnout.owe("delete", {"messages": [head.card]})
        turnout.chat.letterhead = head.without_card().without((head.card,))


def _stop_messages(_effect: owed.StopMessages, turnout: Turnout) -> None:
    turnout.batch.quiet_chats.append(turnout.chat.hash)


def _fold_later(effect: owed.FoldLater, turnout: Turnout) -> None:
    due = turnout.at + FOLDING
    turnout.batch.dues.append(Due("fold", turnout.chat.hash.hex(), due, effect.step))


def _forget(_effect: owed.Forget, turnout: Turnout) -> None:
    turnout.chat.ending = True
    turnout.batch.dues.append(Due("forget", turnout.chat.hash.hex(), turnout.at + GOODBYE_KEPT))


def _choose_way(effect: owed.ChooseWay, turnout: Turnout) -> None:
    """A number gets a key of its own: neither the contact key nor a contribution's opens it."""
    passage, vault = turnout.after.passages.get(effect.collection), turnout.vault
    if passage is None or not passage.accrued:
        return
    number = None
    if effect.number is not None:
        holder = vault.entitlement_hash(turnout.chat.letterhead.chat_id, effect.collection)
        key_id, key = vault.randomness(16), vault.new_key()
        turnout.batch.wraps.append(Wrap(key_id, PAYOUTS, vault.wrap(PAYOUTS, key_id, key), turnout.batch.now))
        sealed = seal(key, effect.number.encode(), number_place(holder), vault.randomness, step=NUMBER_STEP)
        number = Number(holder, key_id, sealed, day_of(turnout.at) + NUMBER_KEPT)
    payee = Payee(turnout.chat, effect.collection, passage.territory, turnout.after.language, asks=True)
    turnout.batch.payees.append(replace(payee, way=effect.way, number=number))


def _count(effect: owed.Count, turnout: Turnout) -> None:
    turnout.batch.tallies[effect.collection, effect.territory, effect.what] += effect.more


_CARRIED_OUT: Mapping[type[owed.Effect], Callable[[Any, Turnout], None]] = MappingProxyType(
    {
        owed.GiveConsent: _give_consent,
        owed.RenewConsent: _renew_consent,
        owed.DeclineRenewal: _decline_renewal,
        owed.EndFormer: _end_former,
        owed.WithdrawPurposes: _withdraw_purposes,
        owed.TakeBack: _take_back,
        owed.Submit: _submit,
        owed.TakeOutAnswers: _take_out_answers,
        owed.Accrue: _accrue,
        owed.CountLink: _count_link,
        owed.PayOut: _pay_out,
        owed.ChooseWay: _choose_way,
        owed.KeepReceipt: _keep_receipt,
        owed.FoldReceipt: _fold_receipt,
        owed.SendReceiptFile: _send_receipt_file,
        owed.SendOwnCopy: _send_own_copy,
        owed.SendVoice: _send_voice,
        owed.SendPicture: _send_picture,
        owed.DeleteMessage: _delete_message,
        owed.CleanChat: _clean_chat,
        owed.NewCard: _new_card,
        owed.StopMessages: _stop_messages,
        owed.FoldLater: _fold_later,
        owed.Forget: _forget,
        owed.Count: _count,
    }
)


# --- rehearsals --------------------------------------------------------------------------------------------------


def _show_receipt(_effect: owed.KeepReceipt, turnout: Turnout) -> None:
    """The card becomes a receipt, marked; it is no receipt of the owner's own."""
    card = turnout.chat.letterhead.card
    turnout.owe("words", {"message": card, "words": _rehearsed_receipt(turnout)})
    turnout.chat.letterhead = turnout.chat.letterhead.without_card()
    if turnout.chat.rehearsing is not None:
        turnout.chat.rehearsing = replace(turnout.chat.rehearsing, receipt=card)


def _fold_shown_receipt(_effect: owed.FoldReceipt, turnout: Turnout) -> None:
    receipt = turnout.chat.rehearsing.receipt if turnout.chat.rehearsing is not None else None
    if receipt is not None:
        turnout.owe("words", {"message": receipt, "words": _rehearsed_receipt(turnout)})


def _rehearsed_receipt(turnout: Turnout) -> str:
    screen = marked(receipt_screen(View(turnout.after, turnout.shelf, turnout.at)))
    return turnout.texts.screen(screen, turnout.after.language)


def _send_poster(effect: owed.SendPoster, turnout: Turnout) -> None:
    """The team's, whose screens are carried out as a rehearsal is."""
    turnout.owe(POSTER, {"link": effect.link, "language": effect.language})


def _clean_rehearsal(_effect: owed.CleanChat, turnout: Turnout) -> None:
    clean_rehearsal(turnout)
    turnout.chat.letterhead = turnout.chat.letterhead.without_card()


def clean_rehearsal(turnout: Turnout, *, but: int | None = None) -> None:
    """Delete from the chat what has come into it since the rehearsal began."""
    chat, head = turnout.chat, turnout.chat.letterhead
    if chat.rehearsing is None:
        return
    since = chat.rehearsing.since
    messages = {message for message, _ in head.log} | {n for n in (head.card, chat.rehearsing.receipt) if n is not None}
    gone = sorted(message for message in messages if message >= since and message != but)
    if gone:
        turnout.owe("delete", {"messages": gone})
    chat.letterhead = head.without(gone)
    chat.rehearsing = replace(chat.rehearsing, receipt=None)


def _send_trial(effect: owed.SendTrial, turnout: Turnout) -> None:
    """From a visit of the team's, which is carried out as a rehearsal is."""
    collection = turnout.shelf.collections[effect.collection]
    region = collection.region(effect.territory)
    if region is not None:
        reader = turnout.after.language
        turnout.owe(TRIAL, trial(turnout.texts, collection, region, effect.paragraph, effect.language, reader))


_REHEARSED: Mapping[type[owed.Effect], Callable[[Any, Turnout], None]] = MappingProxyType(
    {
        owed.KeepReceipt: _show_receipt,
        owed.FoldReceipt: _fold_shown_receipt,
        owed.DeleteMessage: _delete_message,
        owed.CleanChat: _clean_rehearsal,
        owed.SendTrial: _send_trial,
        owed.NewCard: _new_card,
        owed.SendPicture: _send_picture,
        owed.SendPoster: _send_poster,
    }
)
"""Whatever stands not here is never carried out for a rehearsal, so that a new effect keeps nothing either."""
