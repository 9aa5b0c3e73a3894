"""Reminders that come due: now, later, or not at all."""

from __future__ import annotations

import datetime as dt

from bot.broadcasts.quiet_hours import is_awake, wakes_at
from bot.chats import Chat
from bot.owing.batch import Batch
from bot.storage.asking import REMINDER
from bot.storage.schedule import Due
from flows.collection import Region
from flows.contact.correspondence import is_left_lying
from flows.moves.coming_due import is_busy_elsewhere, may_be_asked_from
from flows.reminders import region_of, reminds_at
from flows.renewal import asks_again_at, between_consents
from flows.session import Aside, Passage, Session
from flows.shelf import Shelf

_MORNING = dt.timedelta(hours=1)
"""Over so long those are spread who wait for the same morning: otherwise a region's would all leave in one moment, and
Telegram would let nobody's reply through either."""

_LATER = dt.timedelta(hours=1)
"""Somebody of the team is about, a letter is being written, or another collection is gone through: what is in front is
not to be hidden."""


def is_to_be_reminded(chat: Chat, due: Due, shelf: Shelf, batch: Batch) -> bool:
    """Whether a reminder that has come due is sent now. Where it is for later, it is put onto the schedule anew."""
    session, collection = chat.session, due.key.partition("/")[2]
    if batch.remind_after is None or session is None or not chat.reachable or chat.ending:
        return False
    when = reminds_at(session, collection, shelf, batch.now, batch.remind_after)
    region = region_of(session, collection, shelf)
    if when is None or region is None:
        return False
    if _is_covered(chat, batch.now):
        when = max(when, batch.now + _LATER)
    wanted = max(when, batch.now)
    awake = wakes_at(region, wanted)
    if awake is None:
        return False
    if awake > wanted:
        awake = _spread(awake, region, chat)
    if awake > batch.now:
        batch.dues.append(Due(REMINDER, due.key, awake))
        return False
    return True


def comes_at_night(chat: Chat, due: Due, shelf: Shelf, batch: Batch) -> bool:
    """Whether what nobody has asked for finds the night where somebody lives. Then it is put onto the schedule anew,
    for when people are awake there."""
    session = chat.session
    region = region_of(session, due.key.partition("/")[2], shelf) if session is not None else None
    awake = wakes_at(region, batch.now) if region is not None else None
    if region is None or awake is None or awake <= batch.now:
        return False
    batch.dues.append(Due(due.kind, due.key, _spread(awake, region, chat), due.note))
    return True


def is_not_asked_now(chat: Chat, due: Due, shelf: Shelf, batch: Batch) -> bool:
    """Whether the question whether to go on is not for now. Who has met it meanwhile is not asked twice. Where it finds
    a closed region, or somebody who is answering or leaving just now, it is put onto the schedule anew: who is not
    asked would have everything erased at the end."""
    session, collection = chat.session, due.key.partition("/")[2]
    if session is None:
        return False
    passage = session.passages.get(collection)
    if passage is not None and _has_met_the_question(session, passage):
        return True
    when = may_be_asked_from(session, collection, shelf, batch.now)
    if when is None:
        return False
    batch.dues.append(Due(due.kind, due.key, when, due.note))
    return True


def _has_met_the_question(session: Session, passage: Passage) -> bool:
    """Whether somebody has come by since it first came due, and it is what is in front of them. Beneath something else,
    or in another collection than they are at, they have not seen it."""
    consented = passage.consented
    if consented is None or session.heard_at is None or session.heard_at < asks_again_at(consented):
        return False
    return session.current == passage.collection and session.aside is None and between_consents(passage)


def waits_for_the_morning(chat: Chat, due: Due, shelf: Shelf, batch: Batch) -> bool:
    """Whether a reminder that is owed since it did not get through finds the night where somebody lives. Then it is put
    onto the schedule for when people are awake there."""
    session = chat.session
    if session is None or session.aside is not Aside.REMINDED or session.current is None:
        return False
    if _is_covered(chat, batch.now):
        return False
    region = region_of(session, session.current, shelf)
    awake = wakes_at(region, batch.now) if region is not None else None
    if region is None or awake is None or awake <= batch.now:
        return False
    batch.dues.append(Due(due.kind, due.key, _spread(awake, region, chat)))
    return True


def waits_beneath(chat: Chat, due: Due, batch: Batch) -> bool:
    """Whether something lies over the card that what has come due is not to hide, or somebody is in the middle of
    something else. Then it comes due again later."""
    session, collection = chat.session, due.key.partition("/")[2]
    is_busy = session is not None and is_busy_elsewhere(session, collection, batch.now)
    if is_busy or _is_covered(chat, batch.now):
        batch.dues.append(Due(due.kind, due.key, batch.now + _LATER))
        return True
    return False


def _is_covered(chat: Chat, now: dt.datetime) -> bool:
    """Whether something lies over the card that is not to be hidden: the team's screens, a rehearsal, or a letter that
    somebody is at."""
    if chat.visit is not None or chat.rehearsing is not None:
        return True
    heard_at = chat.session.heard_at if chat.session is not None else None
    return chat.correspondence is not None and not is_left_lying(chat.correspondence, heard_at, now)


def _spread(awake: dt.datetime, region: Region, chat: Chat) -> dt.datetime:
    """A moment of the morning that begins then, each chat's its own."""
    spread = awake + _MORNING * _share(chat.hash)
    return spread if is_awake(region, spread) else awake


def _share(chat: bytes) -> float:
    """A number from 0 to 1 that is a chat's own: hashes are spread evenly."""
    return int.from_bytes(chat[:4]) / 2**32
