"""Rehearsals beside the chat's own session: where their events go, and what is left when they end, which is nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.arrivals import Arrival
from bot.chats import Chat, Rehearsing
from bot.owing.batch import Batch, Turnout
from bot.owing.chat import GOODBYE_KEPT
from bot.owing.effects import carry_out
from bot.owing.rehearsal import clean_rehearsal
from bot.storage.schedule import Due
from bot.texts import Texts
from bot.vault import Vault
from bot.work import Work
from flows.events import Event, RehearsalAsked
from flows.rehearsal import SILENCE, Rehearsal, begin, end, language_of, rehearse, step_of
from flows.session import Session
from flows.shelf import Shelf


def goes_to_rehearsal(chat: Chat, event: Event) -> bool:
    """Whether an event begins a rehearsal or belongs to the one that goes on."""
    begins = isinstance(event, RehearsalAsked) and not event.stop
    return begins or chat.rehearsal is not None


class Rehearser:
    """Takes rehearsals through what happens. The chat's own session and its contributions are not looked at."""

    def __init__(self, vault: Vault, shelf: Shelf, texts: Texts) -> None:
        self._vault = vault
        self._shelf = shelf
        self._texts = texts

    def happened(self, work: Work, chat: Chat, arrival: Arrival, batch: Batch) -> None:
        """An event of an owner's."""
        event = arrival.event
        if chat.rehearsal is None:
            if chat.ending:  # what was to be forgotten after its goodbye is forgotten now
                chat.session, chat.ending = None, False
            step = begin(event, chat.session.language if chat.session is not None else None, self._shelf)
            chat.rehearsing = Rehearsing(step.rehearsal, arrival.message or 0)
        else:
            step = rehearse(chat.rehearsal, event, self._shelf)
        turnout = self._turnout(chat, step.rehearsal, batch, event.at)
        for effect in step.effects:
            carry_out(effect, turnout)
        if arrival.callback is not None:
            work.notices.append((arrival.callback, step.notice))
        self._goes_on(work, turnout, step.rehearsal)

    def break_off(self, work: Work, chat: Chat, batch: Batch, at: dt.datetime) -> None:
        """Something else begins: the rehearsal ends without a last word, and its messages go."""
        if chat.rehearsal is not None:
            clean_rehearsal(self._turnout(chat, chat.rehearsal, batch, at), but=chat.letterhead.card)
            chat.rehearsing, work.changed = None, True

    def came_due(self, work: Work, chat: Chat, batch: Batch) -> None:
        """An hour is over: the rehearsal ends, if nobody has gone on with it since."""
        rehearsal = chat.rehearsal
        if rehearsal is not None and batch.now - rehearsal.heard_at >= SILENCE:
            ended = end(rehearsal)
            self._goes_on(work, self._turnout(chat, ended, batch, batch.now), ended)

    def _goes_on(self, work: Work, turnout: Turnout, rehearsal: Rehearsal) -> None:
        chat = turnout.chat
        if chat.rehearsing is None:
            return
        chat.rehearsing = replace(chat.rehearsing, rehearsal=rehearsal)
        chat.owed = work.changed = True
        if not rehearsal.over:
            return
        clean_rehearsal(turnout, but=chat.letterhead.card)
        if chat.session is None:
            # Nothing else is known of this chat: its last card is a goodbye, and then it is forgotten.
            chat.ending = True
            turnout.batch.dues.append(Due("forget", chat.hash.hex(), turnout.at + GOODBYE_KEPT))

    def _turnout(self, chat: Chat, rehearsal: Rehearsal, batch: Batch, at: dt.datetime) -> Turnout:
        session = rehearsal.session or Session(language_of(rehearsal), step_of(rehearsal))
        return Turnout(chat, None, session, batch, self._vault, self._shelf, self._texts, at, rehearsing=True)


def look_again_for_the_rehearsal(work: Work, before: Rehearsal | None, batch: Batch) -> None:
    """An hour after the last word; not any more where it has ended."""
    chat = work.chat
    after = chat.rehearsal if chat is not None else None
    key = work.hash.hex()
    if after is not None and after is not before:
        batch.dues.append(Due("rehearsal", key, after.heard_at + SILENCE))
    elif after is None and before is not None:
        work.dues_done.append(Due("rehearsal", key, before.heard_at + SILENCE))
