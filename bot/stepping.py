"""What arrivals do to a chat: each is handed to the engine, and what the step owes is gathered in the batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from bot.arrivals import Arrival, DueArrival, Settled
from bot.chats import Chat, Part, new_chat
from bot.contact.post import Post
from bot.letterhead import Letterhead
from bot.owing.batch import Batch, Payee, Turnout
from bot.owing.chat import COPY_STAYS, take_cards_away, take_copies_away
from bot.owing.consent import erase_part, look_again_for_the_end
from bot.owing.effects import carry_out
from bot.rehearsing import Rehearser, goes_to_rehearsal, look_again_for_the_rehearsal
from bot.reminding import (
    comes_at_night,
    is_not_asked_now,
    is_to_be_reminded,
    waits_beneath,
    waits_for_the_morning,
)
from bot.storage.asking import CONSENT_ENDS, HALT_NEWS, PAY_DUE, REMINDER, SHOW
from bot.storage.conversations import ConversationRow
from bot.storage.keystore import Wrap
from bot.storage.schedule import Due
from bot.team.desk import Desk
from bot.team.reception import Reception, look_again_for_the_visit
from bot.team.rows import ANSWER, CONFIRM, KNOCK, PLAN, POST, RELEASE
from bot.texts import Texts
from bot.vault import CONTACT, Vault
from bot.work import Work
from flows.engine import advance
from flows.events import (
    TOKEN_BYTES,
    Blocked,
    ChatChanged,
    ConsentEnding,
    ConsentLapsed,
    Event,
    FoldingDue,
    HaltedAround,
    Hurried,
    Opened,
    ReminderDue,
    ReturnDue,
    SilenceDue,
    TrialPressed,
    Unblocked,
)
from flows.moves.coming_due import SILENCE, keeps_for_silence
from flows.negotiation import negotiate
from flows.records import replace
from flows.session import RECEIPTS, Aside, Session
from flows.shelf import Shelf
from flows.team.events import TeamAsked, TeamLinkOpened
from flows.words import Text, say

COPIES = "copies"
"""Due when a file with everything in it is to be taken out of the chat."""

TRAVELLING = "travelling"
"""Due when it is forgotten where somebody said that they are for a while."""


class Stepper:
    """Takes chats through what arrived for them. Touches nothing but the batch, and the desk where it concerns it.

    `shelf` is what is on offer at this moment, and `desk` the team, where somebody of it may be among the chats.
    """

    def __init__(self, vault: Vault, shelf: Shelf, texts: Texts, desk: Desk | None) -> None:
        self._vault = vault
        self._shelf = shelf
        self._texts = texts
        self._desk = desk
        self._rehearser = Rehearser(vault, shelf, texts)
        self._reception = Reception(vault, shelf, texts)
        self._post = Post(vault, shelf, texts)

    def advance(self, work: Work, batch: Batch) -> Work:
        """Every arrival of one chat, in order."""
        rehearsed = work.chat.rehearsal if work.chat is not None else None
        visited = work.chat.open_visit if work.chat is not None else None
        was_away = _was_away(work.chat)
        work.receipt_stands = work.row is not None and work.row.ending and not work.row.owed
        self._read_as_withdrawn(work, batch)
        if work.chat is not None:
            self._reception.shut_out(work, work.chat, self._desk, batch)
        for arrival in work.arrivals:
            if isinstance(arrival, Settled):
                self._settle(work, arrival, batch)
            elif isinstance(arrival, DueArrival):
                self._came_due(work, arrival, batch)
            else:
                self._happened(work, arrival, batch)
        look_again_for_the_rehearsal(work, rehearsed, batch)
        look_again_for_the_visit(work, visited, batch)
        if was_away and work.is_asked and work.chat is not None and work.chat.session is not None:
            batch.back.append(work.chat)
        return work

    def _read_as_withdrawn(self, work: Work, batch: Batch) -> None:
        """Contributions whose keys are gone: a live consent without wraps reads as withdrawn."""
        for row in work.parts:
            closed = Part(row.pseudonym, row, row.key_id, None, row.record)
            erase_part(batch, work.hash, row.collection, closed, [], "withdrawn", batch.now)
        chat = work.chat
        if chat is None or chat.session is None:
            return
        for collection, part in chat.withdrawn:
            erase_part(batch, work.hash, collection, part, [], "withdrawn", batch.now)
            batch.payees.append(Payee(chat, collection, None, chat.session.language, leaves=True))
            work.changed = True
        if chat.withdrawn and keeps_for_silence(chat.session):
            # Whoever had agreed to something was not looked at for silence any more.
            batch.dues.append(Due("silence", chat.hash.hex(), batch.now + SILENCE))

    def _happened(self, work: Work, arrival: Arrival, batch: Batch) -> None:
        if self._takes_no_step(work, arrival, batch):
            return
        chat = work.chat
        if chat is None:
            if isinstance(arrival.event, Blocked | Unblocked):
                return  # nothing is known of this chat, and this is no reason to begin
            chat = self._new_chat(work, arrival.chat_id, batch)
        _note_that_it_came(chat, arrival, batch)
        if chat.session is not None and chat.session.receipt_first:
            chat.visit = None
            self._step(work, chat, arrival.event, batch, arrival.callback)
            return
        event = self._reception.met(arrival.event, arrival.chat_id, self._desk)
        if self._desk is not None and self._post.is_for_it(chat, event):
            self._begin_beneath(work, chat, event, batch)
            self._post.happened(work, chat, arrival, event, batch, self._desk)
            return
        if self._post.is_over(chat, event):
            self._post.put_away(chat, batch, event.at)
        if self._desk is not None and isinstance(event, TeamAsked | TeamLinkOpened) and chat.rehearsal is not None:
            self._rehearser.break_off(work, chat, batch, event.at)
        if self._desk is not None and self._reception.happened(work, chat, arrival, event, batch, self._desk):
            return
        if goes_to_rehearsal(chat, event):
            self._rehearser.happened(work, chat, replace(arrival, event=event), batch)
            return
        chat.rehearsing = None
        self._step(work, chat, event, batch, arrival.callback)

    def _takes_no_step(self, work: Work, arrival: Arrival, batch: Batch) -> bool:
        """Whether a button was pressed of which nothing comes but a word, or nobody has said anything."""
        is_known = work.lost or (work.chat is not None and work.chat.is_met)
        if isinstance(arrival.event, Hurried):
            self._only_say(work, arrival, say("That was a lot at once. Please wait a moment, then go on."))
        elif not is_known and arrival.callback is not None:
            # Most often a second press on the way out: it does not bring anybody back.
            self._only_say(work, arrival, say("If you change your mind, /start begins anew."))
        elif isinstance(arrival.event, TrialPressed):
            _say_that_it_is_a_trial(work, arrival)
        elif isinstance(arrival.event, ChatChanged):
            _note_that_it_stands_there(work, arrival, batch)
        else:
            return False
        return True

    def _new_chat(self, work: Work, chat_id: int, batch: Batch) -> Chat:
        chat = work.chat = new_chat(work.hash, chat_id, self._vault)
        wrapped = self._vault.wrap(CONTACT, chat.key_id, chat.key)
        batch.wraps.append(Wrap(chat.key_id, CONTACT, wrapped, batch.now))
        return chat

    def _tell(self, work: Work, batch: Batch, due: Due) -> None:
        """Something waits for a member of the team, of whose chat nothing need be known but where it is."""
        if self._desk is None or work.lost:
            return
        chat_id = next((each for each in self._desk.chats() if self._vault.chat_hash(each) == work.hash), None)
        if chat_id is not None:
            chat = work.chat if work.chat is not None else self._new_chat(work, chat_id, batch)
            self._reception.tell(work, chat, batch, self._desk, due)

    def _begin_beneath(self, work: Work, chat: Chat, event: Event, batch: Batch) -> None:
        """Whoever writes to a human before anything else has begun like anybody, so that an answer finds them."""
        if chat.session is None or chat.ending:
            chat.session, chat.ending = None, False
            self._step(work, chat, Opened(at=event.at, token=event.token, language_code=event.language_code), batch)

    def _only_say(self, work: Work, arrival: Arrival, words: Text) -> None:
        """A word in the language of whoever pressed, where nothing else is known of them."""
        work.language = negotiate(arrival.event.language_code, self._shelf.languages or (work.language,))
        if arrival.callback is not None:
            work.notices.append((arrival.callback, words))

    def _step(self, work: Work, chat: Chat, event: Event, batch: Batch, callback: str | None = None) -> None:
        before = chat.session
        step = advance(before, event, self._shelf, chat.records)
        if callback is not None:
            work.notices.append((callback, step.notice))
        work.changed = True
        if step.session is None:
            chat.session = None
            return
        # A second press on the way out does not bring back what is to be forgotten, nor does a time that comes due.
        chat.ending = chat.ending and (step.session.aside is Aside.GOODBYE or not step.shows)
        if work.receipt_stands and not chat.ending and before is not None and before.farewell in RECEIPTS:
            # It stays, whatever comes next. Who leaves anew has another one, in its place.
            chat.letterhead = chat.letterhead.without_card()
        for effect in step.effects:
            carry_out(effect, self._turnout(chat, before, step.session, batch, event.at))
        waits_already = before is not None and before.aside is not Aside.GOODBYE and keeps_for_silence(before)
        if keeps_for_silence(step.session) and not waits_already:
            batch.dues.append(Due("silence", chat.hash.hex(), event.at + SILENCE))
        _look_for_the_return(work, before, step.session, batch)
        chat.session = step.session
        if step.shows:
            chat.owed = True

    def _turnout(self, chat: Chat, before: Session | None, after: Session, batch: Batch, at: dt.datetime) -> Turnout:
        return Turnout(chat, before, after, batch, self._vault, self._shelf, self._texts, at)

    def _came_due(self, work: Work, arrival: DueArrival, batch: Batch) -> None:
        work.dues_done.append(arrival.due)
        if arrival.due.kind in {KNOCK, CONFIRM}:
            self._tell(work, batch, arrival.due)
            return
        chat, due = work.chat, arrival.due
        if chat is None:
            return
        if due.kind == "forget" and chat.ending:
            _forget(work, chat)
        elif due.kind == COPIES:
            self._copies_came_due(work, chat, batch)
        elif due.kind == PAY_DUE and chat.session is not None:
            _pay_came_due(chat, chat.session, due.key.partition("/")[2], batch)
        else:
            self._came_due_elsewhere(work, chat, due, batch)
        if due.kind == SHOW and waits_for_the_morning(chat, due, self._shelf, batch):
            work.shows_later = True
        work.is_under_way = work.is_under_way or (due.kind == SHOW and batch.lanes.is_under_way(chat.hash))
        if due.kind in _NEWS:
            if not self._is_for_now(chat, due, batch):
                return
            self._post.put_away(chat, batch, batch.now)
        event = self._due_event(due, batch)
        if event is None or chat.session is None:
            return  # what is to be shown is owed already, and so it is shown
        self._step(work, chat, event, batch)
        _look_again_for_silence(chat, due, batch)
        _look_again_for_the_return(chat, due, batch)
        look_again_for_the_end(chat, due, batch)

    def _is_for_now(self, chat: Chat, due: Due, batch: Batch) -> bool:
        """Whether something that nobody has asked for is said now; otherwise it comes due again, or never."""
        if due.kind == REMINDER:
            return is_to_be_reminded(chat, due, self._shelf, batch)
        if due.kind == HALT_NEWS and not chat.reachable:
            return False
        if due.kind == CONSENT_ENDS and comes_at_night(chat, due, self._shelf, batch):
            return False
        if due.kind == CONSENT_ENDS and is_not_asked_now(chat, due, self._shelf, batch):
            return False
        return not waits_beneath(chat, due, batch)

    def _came_due_elsewhere(self, work: Work, chat: Chat, due: Due, batch: Batch) -> None:
        """What comes due for what lies over the contributor's session: a rehearsal, the team's screens, an answer."""
        if due.kind == "rehearsal":
            self._rehearser.came_due(work, chat, batch)
        elif due.kind == "visit":
            self._reception.came_due(work, chat, batch)
        elif due.kind == PLAN:
            self._reception.was_counted(work, chat)
        elif due.kind == POST:
            self._reception.was_posted(work, chat)
        elif due.kind == RELEASE:
            self._reception.was_released(work, chat)
        elif due.kind == ANSWER:
            self._post.came(work, chat, due, batch, self._desk)

    def _due_event(self, due: Due, batch: Batch) -> Event | None:
        make, now = _EVENTS.get(due.kind), batch.now
        if make is None:
            return None
        return make(due, batch, {"at": now, "token": self._vault.randomness(TOKEN_BYTES)})

    def _copies_came_due(self, work: Work, chat: Chat, batch: Batch) -> None:
        take_copies_away(chat, chat.letterhead.copies_due(batch.now), batch, self._vault, self._texts)
        _look_again_for_copies(chat, batch)
        work.changed = True

    def _settle(self, work: Work, settled: Settled, batch: Batch) -> None:
        """Remember what has been shown."""
        work.delivered += settled.delivered
        work.postponed += settled.postponed
        work.handed_back += settled.handed_back
        chat, row = work.chat, work.row
        if row is not None and work.closed:
            work.shown_only = work.shown_only or (settled.shown and settled.version == row.version)
        _look_again_for_the_screen(row, settled, batch)
        if chat is None or row is None:
            return
        _see_to_the_newest_screen(work, chat, row, settled, batch)
        if settled.unreachable:
            chat.reachable = False
            work.changed = True
        if settled.sent or settled.gone or settled.card is not None or settled.receipts:
            chat.letterhead = _settled(chat.letterhead, settled, batch.now)
            work.changed = True
        take_cards_away(chat, settled.replaced, batch, self._vault)
        if settled.shown and settled.version == row.version and not work.stepped:
            chat.owed = False
            work.changed = True
        is_of_receipt = row.ending and settled.version == row.version
        work.receipt_stands = work.receipt_stands or (is_of_receipt and settled.shown)
        if is_of_receipt and (settled.shown or settled.faulty):  # a fault of ours is to keep nobody out
            _keep_out_no_longer(work, chat)
        # Word of a goodbye that names a version that is no more would leave the chat to the next sweep. While word is
        # still to come it is not sent again, or it would stand there twice; and one that could not be sent is left to
        # the sweep, or it would be tried without end.
        waits = work.gives_up or settled.faulty or batch.lanes.is_under_way(chat.hash)
        work.shows_again = work.changed and chat.ending and chat.owed and not waits
        if settled.files:
            self._note_files(chat, settled, batch)
        if settled.copies:
            self._note_copies(chat, settled, batch)
            return
        owing = work.owing - set(work.delivered) or any(owed.chat == chat.hash for owed in batch.outbox)
        if chat.ending and not chat.owed and not work.stepped and not owing:
            # The goodbye is there, and what was promised with it is done.
            _forget(work, chat)

    def _note_files(self, chat: Chat, settled: Settled, batch: Batch) -> None:
        """Files that stay; at once they go where what they are about went in the meantime."""
        chat.letterhead = chat.letterhead.with_files(settled.files, batch.now)
        if not _is_held(chat, settled.about):
            take_copies_away(chat, settled.files, batch, self._vault, self._texts)

    def _note_copies(self, chat: Chat, settled: Settled, batch: Batch) -> None:
        """Files with everything in them: they go in an hour, and at once where their data went in the meantime."""
        chat.letterhead = chat.letterhead.with_copies(settled.copies, batch.now + COPY_STAYS)
        if not _is_held(chat, settled.about):
            take_copies_away(chat, settled.copies, batch, self._vault, self._texts)
        _look_again_for_copies(chat, batch)


def _about(due: Due) -> str:
    """The collection that something comes due in; the key is a chat and a collection."""
    return due.key.partition("/")[2]


def _is_held(chat: Chat, collection: str | None) -> bool:
    """Whether somebody's consent to a collection is in force."""
    return chat.session is not None and any(passage.collection == collection for passage in chat.session.consents)


def _settled(before: Letterhead, settled: Settled, now: dt.datetime) -> Letterhead:
    """The letterhead once it is known what has been shown."""
    head = before.noting(settled.sent, now, ours=True).without(settled.gone)
    for collection, message in settled.receipts.items():
        head = head.with_receipt(collection, message)
    return head if settled.card is None else replace(head, card=settled.card, protected=settled.protected)


_NEWS = frozenset({CONSENT_ENDS, HALT_NEWS, REMINDER})
"""What is said to somebody who has not asked for it, on a new card."""

_EVENTS: Mapping[str, Callable[[Due, Batch, dict[str, Any]], Event]] = MappingProxyType(
    {
        "fold": lambda due, _batch, known: FoldingDue(**known, step=due.note),
        "silence": lambda _due, _batch, known: SilenceDue(**known),
        TRAVELLING: lambda _due, _batch, known: ReturnDue(**known),
        "lapse": lambda due, _batch, known: ConsentLapsed(**known, collection=_about(due)),
        CONSENT_ENDS: lambda due, _batch, known: ConsentEnding(**known, collection=_about(due)),
        HALT_NEWS: lambda due, _batch, known: HaltedAround(**known, collection=_about(due)),
        REMINDER: lambda due, batch, known: ReminderDue(
            **known, collection=_about(due), pause=batch.remind_after or dt.timedelta(0)
        ),
    }
)
"""What of the schedule is an event of the contributor's."""


def _say_that_it_is_a_trial(work: Work, arrival: Arrival) -> None:
    if arrival.callback is not None:
        work.notices.append((arrival.callback, say("A trial: here this button does nothing.")))


def _note_that_it_stands_there(work: Work, arrival: Arrival, batch: Batch) -> None:
    """A message of Telegram's own goes when the chat is cleaned. Nothing else comes of it, and least of all somebody
    who has left."""
    chat = work.chat
    if chat is not None and arrival.message is not None and not chat.ending:
        chat.letterhead = chat.letterhead.noting((arrival.message,), batch.now)
        work.changed = True


def _forget(work: Work, chat: Chat) -> None:
    chat.session = chat.rehearsing = chat.visit = None
    work.changed = True


def _note_that_it_came(chat: Chat, arrival: Arrival, batch: Batch) -> None:
    chat.letterhead = chat.letterhead.met(arrival.card)
    if arrival.message is not None:
        chat.letterhead = chat.letterhead.noting((arrival.message,), batch.now)
    chat.reachable = not isinstance(arrival.event, Blocked)


def _see_to_the_newest_screen(work: Work, chat: Chat, row: ConversationRow, settled: Settled, batch: Batch) -> None:
    """A screen has come to its end: whether the newest is to be sent from here now, or could not be."""
    if not batch.lanes.needs_a_look(row, settled):
        return
    overtaken = batch.lanes.has_overtaken(row, settled)
    chat.owed = chat.owed or overtaken
    shows_newest = overtaken or (settled.version == work.newest_word and batch.lanes.is_left(row, settled))
    work.shows_newest = work.shows_newest or shows_newest
    work.gives_up = work.gives_up or (settled.version == row.version and not settled.shown)
    work.changed = work.changed or shows_newest or work.gives_up


def _keep_out_no_longer(work: Work, chat: Chat) -> None:
    """Who has left and comes back need not wait for the receipt for leaving any more."""
    if chat.session is not None and chat.session.receipt_first:
        chat.session = replace(chat.session, receipt_first=False)
        work.changed = True


def _was_away(chat: Chat | None) -> bool:
    """Whether somebody could not be told anything until they wrote: nothing was known of them, or all has gone."""
    return chat is None or chat.session is None or chat.session.stopped or chat.ending or not chat.reachable


def _pay_came_due(chat: Chat, session: Session, collection: str, batch: Batch) -> None:
    passage = session.passages.get(collection)
    takes_part = passage is not None and passage.consented is not None
    territory = passage.territory if passage is not None and takes_part else None
    batch.payees.append(Payee(chat, collection, territory, session.language, has_gone=not takes_part))


def _look_again_for_the_screen(row: ConversationRow | None, settled: Settled, batch: Batch) -> None:
    """It was not sent, and nobody has to do anything for it to come."""
    if settled.again_at is not None and row is not None and row.owed:
        batch.dues.append(Due(SHOW, row.chat.hex(), settled.again_at))


def _look_again_for_copies(chat: Chat, batch: Batch) -> None:
    """When the next file is to be taken away, if there is one."""
    due = chat.letterhead.next_copy_due
    if due is not None:
        batch.dues.append(Due(COPIES, chat.hash.hex(), due))


def _look_again_for_silence(chat: Chat, due: Due, batch: Batch) -> None:
    """There was a word in the meantime: look again three days after it."""
    session = chat.session
    if due.kind == "silence" and session is not None and keeps_for_silence(session):
        batch.dues.append(Due("silence", chat.hash.hex(), (session.heard_at or batch.now) + SILENCE))


def _look_for_the_return(work: Work, before: Session | None, after: Session, batch: Batch) -> None:
    """When somebody said where they are, or that they are back: of who is back, no date stays either."""
    was, until = before.travelling_until if before is not None else None, after.travelling_until
    if until is not None and until != was:
        batch.dues.append(Due(TRAVELLING, work.hash.hex(), until))
    elif until is None and was is not None:
        work.dues_done.append(Due(TRAVELLING, work.hash.hex(), was))


def _look_again_for_the_return(chat: Chat, due: Due, batch: Batch) -> None:
    """The clock was put right, and it is too early."""
    session = chat.session
    if due.kind == TRAVELLING and session is not None and session.travelling_until is not None:
        batch.dues.append(Due(TRAVELLING, due.key, session.travelling_until))
