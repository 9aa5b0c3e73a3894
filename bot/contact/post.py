"""Letters and answers in a chat: /contact over whatever lies beneath, and an answer when it has come."""

from __future__ import annotations

import datetime as dt

from bot.arrivals import Arrival
from bot.chats import Chat
from bot.owing.batch import Batch, Turnout
from bot.owing.effects import carry_out
from bot.storage.schedule import Due
from bot.team.desk import Desk
from bot.team.rows import ANSWER
from bot.texts import Texts
from bot.vault import Vault
from bot.work import Work
from flows.contact.correspondence import (
    BEFORE_CONSENT,
    ContactAsked,
    Correspondence,
    CorrespondenceStep,
    Writer,
    answered,
    asks_for_text,
    begin,
    is_left_lying,
    may_be_followed,
    put_away,
    step,
)
from flows.events import (
    TOKEN_BYTES,
    Commanded,
    Event,
    InviteAnswered,
    Misdirected,
    Opened,
    RehearsalAsked,
    Sent,
    Tapped,
    Typed,
)
from flows.moves.coming_due import is_about, is_writing
from flows.records import replace
from flows.session import Session
from flows.shelf import Shelf
from flows.team.events import TeamAsked, TeamLinkOpened
from flows.team.rights import Standing
from flows.team.roster import AnswerNotRight

_OF_IT = (ContactAsked, Tapped, Typed, Sent, Misdirected)
_ENDS_IT = (Opened, Commanded, InviteAnswered, RehearsalAsked, TeamAsked, TeamLinkOpened)

LATER = dt.timedelta(minutes=5)
"""An answer that would come into a rehearsal, onto the team's screens, between somebody and the words that they are
writing, or over another answer, waits so long and tries again."""

MUCH_LATER = dt.timedelta(hours=1)
"""So long it waits where another answer has not been read by somebody who has been away."""


def keeps(session: Session | None, shelf: Shelf) -> str:
    """How long a letter of this chat's is kept: until what it is about is agreed to, no longer than the rest."""
    passage = session.passage if session is not None else None
    if session is None or not session.consents or (passage is not None and passage.consented is None):
        return BEFORE_CONSENT
    collection = shelf.collections.get((passage or session.consents[0]).collection)
    return collection.retention.letters if collection is not None else BEFORE_CONSENT


class Post:
    """Takes contributors through writing to a human. Touches nothing but the batch and the desk."""

    def __init__(self, vault: Vault, shelf: Shelf, texts: Texts) -> None:
        self._vault = vault
        self._shelf = shelf
        self._texts = texts

    def is_for_it(self, chat: Chat, event: Event) -> bool:
        """Whether an event begins a correspondence, or belongs to the one that is open."""
        if isinstance(event, ContactAsked):
            return chat.rehearsal is None
        return chat.correspondence is not None and isinstance(event, _OF_IT) and not self.is_over(chat, event)

    def is_over(self, chat: Chat, event: Event) -> bool:
        """Whether an event is about what lies beneath the correspondence that is open."""
        current, session = chat.correspondence, chat.session
        if current is None or isinstance(event, _ENDS_IT):
            return current is not None
        is_text = isinstance(event, Typed | Sent) and not asks_for_text(current)
        return is_text and session is not None and is_left_lying(current, session.heard_at, event.at)

    def put_away(self, chat: Chat, batch: Batch, at: dt.datetime) -> None:
        """What lies over the card goes, and what was written there and not taken."""
        current, chat.correspondence = chat.correspondence, None
        if current is not None:
            for effect in put_away(current):
                carry_out(effect, self._turnout(chat, current, batch, at))

    def happened(self, work: Work, chat: Chat, arrival: Arrival, event: Event, batch: Batch, desk: Desk) -> None:
        """An event of a correspondence's. There is a session beneath it, so that an answer finds its way."""
        chat.visit = None
        if chat.session is not None:  # whoever writes is not silent
            chat.session = replace(chat.session, heard_at=event.at)
        if chat.correspondence is None:
            done = begin(self._language(chat), event)
        else:
            done = step(chat.correspondence, event, self._writer(chat, desk))
        self._carry_out(done, chat, batch, desk, event.at)
        if arrival.callback is not None:
            work.notices.append((arrival.callback, None))
        chat.owed = work.changed = True

    def came(self, work: Work, chat: Chat, due: Due, batch: Batch, desk: Desk | None) -> None:
        """An answer has come. What is open above it is finished first."""
        letter = desk.roster.letters.get(due.key.partition("/")[2]) if desk is not None else None
        if desk is None or letter is None or not letter.answer or chat.session is None:
            return
        wait = _wait(chat, chat.session, batch.now)
        if wait is not None:
            batch.dues.append(Due(ANSWER, due.key, batch.now + wait))
            return
        self.put_away(chat, batch, batch.now)
        token = self._vault.randomness(TOKEN_BYTES)
        self._carry_out(answered(chat.session.language, token, letter, batch.now), chat, batch, desk, batch.now)
        chat.owed = work.changed = True

    def _carry_out(self, done: CorrespondenceStep, chat: Chat, batch: Batch, desk: Desk, at: dt.datetime) -> None:
        chat.correspondence = None if done.correspondence.over else done.correspondence
        for change in done.changes:
            if isinstance(change, AnswerNotRight) and change.letter not in desk.roster.letters:
                continue  # it has been kept as long as the collection says
            desk.change(change, Standing("contributor"), at)
        for effect in done.effects:
            carry_out(effect, self._turnout(chat, done.correspondence, batch, at))

    def _writer(self, chat: Chat, desk: Desk) -> Writer:
        session = chat.session
        passage = session.passage if session is not None else None
        sender = self._vault.sender(chat.letterhead.chat_id)
        waiting = sum(letter.sender == sender and letter.waits for letter in desk.roster.letters.values())
        return Writer(
            sender=sender,
            chat=chat.hash,
            collection=passage.collection if passage is not None else "",
            territory=(passage.territory or "") if passage is not None else "",
            keeps=keeps(session, self._shelf),
            waiting=waiting,
        )

    def _language(self, chat: Chat) -> str:
        return chat.session.language if chat.session is not None else "en"

    def _turnout(self, chat: Chat, current: Correspondence, batch: Batch, at: dt.datetime) -> Turnout:
        """Only what belongs to the chat itself is ever owed by it: it is carried out as a rehearsal's is."""
        session = Session(current.language, current.step)
        return Turnout(chat, None, session, batch, self._vault, self._shelf, self._texts, at, rehearsing=True)


def _wait(chat: Chat, session: Session, now: dt.datetime) -> dt.timedelta | None:
    """How long an answer that has come waits; None where it comes now.

    What is typed in haste after it came in between would not go where it was meant. A receipt for leaving is read
    before it.
    """
    if session.receipt_first:
        return LATER
    if chat.rehearsal is not None or chat.open_visit is not None:
        return LATER
    current = chat.correspondence
    if current is None:
        return LATER if is_writing(session, now) else None
    if may_be_followed(current, session.heard_at, now):
        return None
    return LATER if is_about(session, now) else MUCH_LATER
