"""What is to be sent once a step is committed: the screen, answers to taps, and what cannot be derived again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import structlog

from bot.arrivals import Arrival
from bot.chats import Chat
from bot.contact.post import keeps
from bot.owing.batch import BY_WORKER, Batch
from bot.storage.outbox import OutboxRow
from bot.team.desk import Desk
from bot.texts import Texts
from bot.work import Work
from flows.cards import support
from flows.contact.correspondence import correspondence_screen
from flows.engine import current_screen
from flows.language import FALLBACK
from flows.rehearsal import language_of, rehearsal_screen, step_of
from flows.screens import Block, Screen
from flows.shelf import Shelf
from flows.team.engine import visit_screen

log = structlog.get_logger()


@dataclass(frozen=True)
class Showing:
    """What is to be sent to one chat after a commit."""

    chat: bytes = field(repr=False)
    chat_id: int = field(repr=False)
    version: int
    language: str
    step: int
    card: int | None
    screen: Screen | None = field(repr=False)
    answers: tuple[tuple[str, str | None], ...] = field(default=(), repr=False)
    """Callbacks to answer, each with the words of a toast or none."""
    owed: tuple[tuple[OutboxRow, bytes], ...] = field(default=(), repr=False)
    """Outbox rows of this step, each with the contact key that opens it."""
    protected: bool = False
    """Whether the card cannot be forwarded or saved."""
    unasked: bool = False
    """Whether it came by itself, at the token's pace."""
    by: int | None = None
    """The number of the process that committed it, among several: it is nobody else's to send."""
    faulty: bool = False
    """Whether a fault of ours keeps the screen back."""

    @property
    def sends(self) -> bool:
        """Whether anything comes to the chat, beside answers to taps."""
        return self.screen is not None or bool(self.owed) or self.faulty

    @property
    def calls(self) -> int:
        """How often something is sent or edited for it: before a discreet screen comes a line whose place it takes."""
        of_screen = 0 if self.screen is None else 1 + self.screen.discreet
        return of_screen + sum(row.kind != "delete" for row, _ in self.owed)


def showing_of(work: Work, batch: Batch, shelf: Shelf, texts: Texts, desk: Desk | None) -> Showing | None:
    """What is to be sent to a chat now that its step is committed, or None."""
    chat = work.chat
    if chat is None or chat.is_empty:
        return _answers_only(work, texts, work.language)
    if batch.lanes.elsewhere(work.row) is not None:
        return _answers_only(work, texts, _card_of(chat)[0])
    owed = tuple((row, chat.key) for row in batch.outbox if row.chat == chat.hash and row.kind not in BY_WORKER)
    owed = (*((row, chat.key) for row in work.left), *owed)
    language, step = _card_of(chat)
    answers = _answers(work, language, texts)
    if not work.shows:
        return None
    shows = chat.owed and chat.reachable
    screen, faulty = _made(chat, shelf, batch, desk) if shows else (None, False)
    if screen is None and not (answers or owed or faulty):
        return None
    version = work.version if work.changed else (work.row.version if work.row else 0)
    head = chat.letterhead
    where = (chat.hash, head.chat_id, version, language, step)
    return Showing(*where, head.card, screen, answers, owed, head.protected, work.is_unasked, batch.lanes.me, faulty)


def _made(chat: Chat, shelf: Shelf, batch: Batch, desk: Desk | None) -> tuple[Screen | None, bool]:
    """The screen, and whether a fault of ours keeps it back: what is committed with it, and what others are owed by the
    same commit, has to go out for all that."""
    try:
        return _screen_of(chat, shelf, batch.now, desk), False
    except Exception as error:  # noqa: BLE001
        log.warning("a screen could not be made", why=type(error).__name__)
        return None, True


def _card_of(chat: Chat) -> tuple[str, int]:
    """The language and the step of the card that stands there."""
    if chat.visit is not None:
        return chat.visit.language, chat.visit.step
    if chat.correspondence is not None:
        return chat.correspondence.language, chat.correspondence.step
    if chat.rehearsing is not None:
        return language_of(chat.rehearsing.rehearsal), step_of(chat.rehearsing.rehearsal)
    return (chat.session.language, chat.session.step) if chat.session is not None else (FALLBACK, 0)


def _screen_of(chat: Chat, shelf: Shelf, now: dt.datetime, desk: Desk | None) -> Screen | None:
    if chat.visit is not None and desk is not None:
        me = desk.standing(chat.letterhead.chat_id)
        return visit_screen(chat.visit, desk.board(me, shelf), now)
    if chat.correspondence is not None:
        return correspondence_screen(chat.correspondence, keeps(chat.session, shelf), _support(chat, shelf))
    if chat.rehearsing is not None:
        return rehearsal_screen(chat.rehearsing.rehearsal, shelf, now)
    return current_screen(chat.session, shelf, now, chat.records) if chat.session is not None else None


def _support(chat: Chat, shelf: Shelf) -> tuple[Block, ...]:
    """The support lines of where somebody lives; none while no place was named."""
    passage = chat.session.passage if chat.session is not None else None
    collection = shelf.collections.get(passage.collection) if passage is not None else None
    if passage is None or collection is None:
        return ()
    return tuple(support(collection, collection.region(passage.territory)))


def _answers_only(work: Work, texts: Texts, language: str) -> Showing | None:
    answers = _answers(work, language, texts)
    if not answers:
        return None
    return Showing(work.hash, 0, 0, language, 0, None, None, answers)


def _answers(work: Work, language: str, texts: Texts) -> tuple[tuple[str, str | None], ...]:
    noticed = dict(work.notices)
    callbacks = [a.callback for a in work.everything if isinstance(a, Arrival) and a.callback is not None]
    return tuple(
        (callback, texts.plain(notice, language) if (notice := noticed.get(callback)) else None)
        for callback in dict.fromkeys(callbacks)
    )
