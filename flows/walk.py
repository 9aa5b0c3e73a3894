"""Walking through the flow: what can be done in front of a screen, and what stands there afterwards.

Acts mean the same in every language, so that a way that was gone once can be gone again in another one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from flows.asides.files import own_copy_caption, receipt_caption
from flows.asides.paying import news_message, still_owed_message, voucher_message
from flows.cards import View, receipt_screen
from flows.consent import NO_REFERENCE
from flows.contact.letter import Letter
from flows.effects import (
    Accrue,
    ChooseWay,
    Effect,
    FoldReceipt,
    GiveConsent,
    KeepReceipt,
    RenewConsent,
    SendOwnCopy,
    SendReceiptFile,
    Submit,
    TakeBack,
    WithdrawPurposes,
)
from flows.engine import Step, advance, current_screen
from flows.events import (
    Command,
    Commanded,
    ConsentEnding,
    ConsentLapsed,
    Event,
    FoldingDue,
    InviteAnswer,
    InviteAnswered,
    Misdirected,
    Opened,
    ReminderDue,
    Sent,
    Tapped,
    Typed,
)
from flows.invites import invite_screen
from flows.on_record import NO_RECORDS, ConsentEvent, OnRecord, Owed, PassedOn, PayState, Records
from flows.pay import ways_of
from flows.safety import LOCKED
from flows.screens import Choice, Screen, body
from flows.session import Passage, Session
from flows.shelf import Shelf
from flows.words import Text

THIS_LANGUAGE, AS_EXPLAINED, OTHERWISE, ANYWHERE_ELSE = "this language", "as explained", "otherwise", "anywhere else"
"""Values of buttons that differ between languages, put so that they mean the same in each."""

RECIPIENT = "example-lab"
"""Who is given releases on a walk."""

LETTER_KEPT = dt.timedelta(days=365)

VOUCHER, REASON = "0000 0000", "✎ ✎"
"""The code that pay is paid with on a walk, and why something else became of it."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a contributor does, or that happens around them."""


@dataclass(frozen=True, slots=True)
class Open(Act):
    """Opens the chat with a link, which may carry the code of another contribution."""

    collection: str
    participant: str | None = None


@dataclass(frozen=True, slots=True)
class OpenLink(Act):
    """Opens the chat with a link that the team has made."""

    link: str


@dataclass(frozen=True, slots=True)
class Press(Act):
    """Presses the button that means this."""

    verb: str
    value: str = ""
    on: bool | None = None
    label: Text | None = field(default=None, compare=False)
    """What stood on it when it was found."""


@dataclass(frozen=True, slots=True)
class Ask(Act):
    """Sends a command."""

    command: Command


@dataclass(frozen=True, slots=True)
class AnswerInvite(Act):
    """Gets an invite, and presses one of its buttons."""

    answer: InviteAnswer


@dataclass(frozen=True, slots=True)
class Write(Act):
    """Writes a text; without words it is the code from the receipt."""

    words: str | None


@dataclass(frozen=True, slots=True)
class SendPicture(Act):
    """Sends something that is neither text nor button."""


@dataclass(frozen=True, slots=True)
class Wait(Act):
    """Lets time pass; what has come due by then happens."""

    time: dt.timedelta


@dataclass(frozen=True, slots=True)
class GetReminded(Act):
    """Says nothing for some days, and gets the reminder."""


@dataclass(frozen=True, slots=True)
class Vouch(Act):
    """A person says that the contributor may move to where more is asked."""


@dataclass(frozen=True, slots=True)
class Pays(Act):
    """Somebody pays, or something else becomes of what is owed."""

    state: PayState


@dataclass(frozen=True, slots=True)
class Meanwhile(Act):
    """What is on offer becomes another world."""

    world: str


Worlds = Mapping[str, Shelf]
"""What may be on offer, by name; every walk begins in the first."""


@dataclass(frozen=True, slots=True)
class Station:
    """Somebody in front of a screen."""

    session: Session
    screen: Screen
    beside: tuple[Screen, ...]
    """What the last act brought beside the card: a receipt, a caption, a toast."""
    now: dt.datetime
    world: str
    code: str | None = None
    """The receipt's code, as it was written down."""
    records: Records = field(default_factory=dict)
    """What would be on record by now."""
    events: int = 0


def go(worlds: Worlds, station: Station | None, act: Act, language: str, now: dt.datetime) -> Station | None:
    """Where an act leads; None where no such button is there, or nothing of the chat is left.

    `language` is what the phone is set to, and `now` is when a chat without a past begins.
    """
    world = next(iter(worlds)) if station is None else station.world
    world = act.world if isinstance(act, Meanwhile) else world
    shelf = worlds[world]
    if station is not None:
        now = station.now + act.time if isinstance(act, Wait) else station.now
    session = station.session if station is not None else None
    code = station.code if station is not None else None
    number = station.events if station is not None else 0
    events = tuple(_events(act, station, shelf, now, language, number))
    records = station.records if station is not None else NO_RECORDS
    if isinstance(act, Vouch):
        records = {name: replace(each, may_move=True) for name, each in records.items()}
    beside: tuple[Screen, ...] = tuple(_invites(act, station, shelf))
    if isinstance(act, Pays):
        records = {name: _paid(each, act.state, now) for name, each in records.items()}
        beside = tuple(_pay_messages(records, shelf))
    for event in events:
        step = advance(session, event, shelf, records)
        beside += tuple(_left_owing(records, step, shelf))
        records = recorded(records, step, shelf, now)
        session = step.session
        if session is None:
            return None
        beside += tuple(_beside(step, session, shelf, now))
        code = next((passage.code for passage in session.passages.values() if passage.code), code)
    if session is None or not events:
        return None
    screen = current_screen(session, shelf, now, records)
    return Station(session, screen, beside, now, world, code, records, number + len(events))


def _paid(record: OnRecord, state: PayState, now: dt.datetime) -> OnRecord:
    """What is on record once something has become of what is owed."""
    if record.owed is None:
        return record
    code = VOUCHER if state is PayState.SENT and not record.owed.has_number else None
    reason = REASON if state in {PayState.NOT_ARRIVED, PayState.WITHHELD} else None
    changed = replace(record.owed, state=state, state_on=now, code=code, reason=reason, has_number=False)
    return replace(record, owed=changed)


def _pay_messages(records: Records, shelf: Shelf) -> Iterator[Screen]:
    """What is written to somebody about their pay."""
    for name, record in records.items():
        if name in shelf.collections and record.owed is not None and record.owed.state is not PayState.PAID_BEFORE:
            if record.owed.code is not None:
                yield voucher_message(record.owed, shelf.collections[name].organisation.contact)
            else:
                yield news_message(record.owed, shelf.collections[name])


def _left_owing(records: Records, step: Step, shelf: Shelf) -> Iterator[Screen]:
    """What is written to somebody who leaves and is still owed something."""
    for effect in step.effects:
        if isinstance(effect, TakeBack) and effect.collection in shelf.collections:
            collection = shelf.collections[effect.collection]
            owed = records[effect.collection].owed if effect.collection in records else None
            if owed is not None and owed.code is None and owed.state is not PayState.PAID_BEFORE:
                yield still_owed_message(owed, collection.organisation.contact)
                if any(way.needs_number for way in ways_of(collection.region(owed.territory))):
                    yield still_owed_message(replace(owed, has_number=True), collection.organisation.contact)


def recorded(records: Records, step: Step, shelf: Shelf, now: dt.datetime) -> Records:
    """What is on record after a step. Once answers were changed after submitting, some releases have been made, and
    somebody has written to a human."""
    found = dict(records)
    for effect in step.effects:
        match effect:
            case GiveConsent(record, document):
                agreed = tuple(purpose for purpose, yes in record.decisions.items() if yes)
                found[record.collection] = OnRecord(
                    document.text, meant=document.meanings, events=(ConsentEvent("given", now, agreed),)
                )
            case RenewConsent(record, document) if record.collection in found:
                agreed = tuple(purpose for purpose, yes in record.decisions.items() if yes)
                renewed = ConsentEvent("renewed", now, agreed)
                before = found[record.collection]
                found[record.collection] = replace(
                    before, text=document.text, meant=document.meanings, events=(*before.events, renewed)
                )
            case Accrue(collection) | ChooseWay(collection) if collection in found:
                found[collection] = replace(found[collection], owed=_owed_after(effect, step, shelf, now, found))
            case WithdrawPurposes(collection, purposes) if collection in found:
                events = (*found[collection].events, ConsentEvent("withdrawn", now, purposes))
                found[collection] = replace(found[collection], events=events)
            case Submit(collection=collection) if collection in found:
                passage = step.session.passages[collection] if step.session is not None else None
                if passage is not None and passage.earlier:
                    purpose = found[collection].events[0].purposes[0]
                    released = (PassedOn(RECIPIENT, purpose, now),) * 4
                    letters = (_letter(passage, now),)
                    found[collection] = replace(found[collection], releases=released, letters=letters)
            case TakeBack(collection):
                found.pop(collection, None)
    return found


def _letter(passage: Passage, now: dt.datetime) -> Letter:
    """What was written to a human, as it is looked up: without words."""
    return Letter("", b"", passage.collection, passage.territory or "", now, now + LETTER_KEPT)


def _owed_after(effect: Effect, step: Step, shelf: Shelf, now: dt.datetime, found: Records) -> Owed | None:
    """What is owed once pay has accrued, or somebody has said how they want to get it."""
    match effect:
        case ChooseWay(collection, way, number):
            owed = found[collection].owed
            return replace(owed, way=way, has_number=number is not None) if owed is not None else None
        case Accrue(collection):
            passage = step.session.passages[collection] if step.session is not None else None
            region = shelf.collections[collection].region(passage.territory) if passage is not None else None
            if region is not None:
                pay = region.pay
                return Owed(pay.amount, pay.currency, now, now, region.territory, reference=NO_REFERENCE)
    return None


def _events(  # noqa: C901  # one case an act
    act: Act, station: Station | None, shelf: Shelf, now: dt.datetime, language: str, number: int
) -> Iterator[Event]:
    token = hashlib.sha256(f"{number}".encode()).digest()
    code = language.replace("_", "-").lower()
    match act:
        case Open(collection, participant):
            yield Opened(at=now, token=token, language_code=code, collection=collection, participant=participant)
        case OpenLink(link):
            yield Opened(at=now, token=token, language_code=code, link=link)
        case Ask(command):
            yield Commanded(at=now, token=token, language_code=code, command=command)
        case Write(words):
            text = words if words is not None or station is None else station.code
            if text is not None:
                yield Typed(at=now, token=token, language_code=code, text=text, message=number + 1)
        case AnswerInvite(answer):
            yield from _answered(answer, station, token)
        case SendPicture():
            yield Sent(at=now, token=token, language_code=code)
        case GetReminded() if station is not None:
            passages = station.session.consents
            yield from (_reminder(passage, now, token) for passage in passages)
        case Press() if station is not None:
            yield from _tap(act, station, shelf, token)
        case _ if station is not None:
            if station.session.consents:  # before anything is agreed to, nothing is there to be folded
                yield FoldingDue(at=now, token=token, step=station.session.step)
            for passage in station.session.consents:
                yield ConsentEnding(at=now, token=token, collection=passage.collection)
                yield ConsentLapsed(at=now, token=token, collection=passage.collection)
            yield Misdirected(at=now, token=token, language_code=code)


def _reminder(passage: Passage, now: dt.datetime, token: bytes) -> Event:
    return ReminderDue(at=now, token=token, collection=passage.collection, pause=dt.timedelta(0))


def _answered(answer: InviteAnswer, station: Station | None, token: bytes) -> Iterator[Event]:
    passage = _invited(station) if station is not None else None
    if station is not None and passage is not None:
        yield InviteAnswered(at=station.now, token=token, answer=answer, collection=passage.collection)


def _invites(act: Act, station: Station | None, shelf: Shelf) -> Iterator[Screen]:
    """The invite that was pressed on: as it comes to who is not in it, and to who has finished it."""
    passage = _invited(station) if station is not None and isinstance(act, AnswerInvite) else None
    collection = shelf.collections.get(passage.collection) if passage is not None else None
    region = collection.region(passage.territory) if passage is not None and collection is not None else None
    if collection is not None and region is not None:
        yield from (invite_screen(collection, region, has_finished=each) for each in (False, True))


def _invited(station: Station) -> Passage | None:
    """Who agreed to something may be invited; here to the same once more."""
    return next(iter(station.session.consents), None)


def _tap(press: Press, station: Station, shelf: Shelf, token: bytes) -> Iterator[Event]:
    place = button(press, station, shelf)
    if place is not None:
        step, layout = station.session.step, station.screen.layout
        yield Tapped(at=station.now, token=token, step=step, choice=place, layout=layout, on=press.on)


def button(press: Press, station: Station, shelf: Shelf) -> int | None:
    """Which of the screen's choices means what is to be pressed."""
    wanted = (press.verb, press.value)
    choices = enumerate(station.screen.choices)
    return next((place for place, each in choices if (each.verb, meaning(each, station, shelf)) == wanted), None)


def meaning(choice: Choice, station: Station, shelf: Shelf) -> str:
    """A choice's value, put so that it means the same in every language."""
    session = station.session
    passage = session.passage
    if choice.verb == "speak" and choice.value == session.language:
        return THIS_LANGUAGE
    if choice.verb == "travel_to" and choice.value == _first_locked(station.screen):
        return ANYWHERE_ELSE  # where most is put away; places stand in the order of the language
    if choice.verb == "card_answer" and passage is not None:
        document = shelf.document(shelf.collections[passage.collection], session.language, passage.territory or "")
        question = document.cards[passage.card].question
        return AS_EXPLAINED if question is not None and int(choice.value) == question.right else OTHERWISE
    return choice.value


def _first_locked(screen: Screen) -> str | None:
    return next((each.value for each in screen.choices if each.verb == "travel_to" and each.value in LOCKED), None)


def _beside(step: Step, session: Session, shelf: Shelf, now: dt.datetime) -> Iterator[Screen]:
    """What is sent or said with a step and does not stand on the card."""
    for effect in step.effects:
        match effect:
            case KeepReceipt() | FoldReceipt():
                yield receipt_screen(View(session, shelf, now))
            case SendReceiptFile():
                yield Screen("receipt-file-caption", (body(receipt_caption()),))
            case SendOwnCopy():
                yield Screen("own-copy-caption", (body(own_copy_caption()),))
    if step.notice is not None:
        yield Screen("toast", (body(step.notice),))
