"""What the clock brings: folding, silence, a journey or a consent at its end. None of it moves anybody along."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flows.effects import (
    EndFormer,
    Forget,
    NewCard,
    TakeBack,
)
from flows.moves.answering import awaits_words, shows_sensitive, waits_to_be_shortened
from flows.moves.going import fold, over, put_away, without_unkept
from flows.moves.turn import Turn
from flows.reminders import LOOKS_AGAIN, ON_THE_WAY_OUT, is_half_way, reminds_at
from flows.renewal import (
    between_consents,
    is_left,
    over_at,
    to_renewal,
    under_former_consents,
    why_again,
    without_former,
)
from flows.session import Aside, Passage, Session, Stage
from flows.shelf import Shelf
from flows.travelling import back_home, is_over

SILENCE = dt.timedelta(hours=72)
"""How long a chat without consent is remembered after the last word (docs/promises.md, 1)."""

JUST_NOW = dt.timedelta(hours=1)
"""For so long after their last word somebody counts as answering."""


def fold_idle(turn: Turn, step: int) -> Turn:
    """Some idle minutes have passed: fold what is open, unless the contributor has moved on.

    Writing is no tap: who has been at own words for so long is not done, and what they then send is kept.
    """
    if turn.session.step != step:
        return turn
    if shows_sensitive(turn.session, turn.shelf):
        turn = fold(turn)
    return without_unkept(turn) if waits_to_be_shortened(turn.session) else turn


def keeps_for_silence(session: Session) -> bool:
    """Whether something is kept that nobody agreed to, also beside what somebody did: silence is to take it away."""
    return not session.consents or any(passage.consented is None for passage in session.passages.values())


def silence(turn: Turn) -> Turn | None:
    """72 hours without a word: what was not agreed to goes. None where nothing of the chat is left."""
    if not _is_silent(turn):
        return turn
    for passage in turn.session.passages.values():
        if passage.consented is None:
            turn = replace(turn, session=turn.session.without_passage(passage.collection))
    return turn if turn.session.consents else None


def _is_silent(turn: Turn) -> bool:
    heard = turn.session.heard_at or turn.event.at
    return turn.event.at - heard >= SILENCE


def end_travelling(turn: Turn) -> Turn:
    """A month after somebody said where they are nothing is left of it, also where they say nothing any more.

    The list of places would lie over what they came for, with what was said of it last.
    """
    if not is_over(turn.session, turn.event.at):
        return turn
    ended = replace(turn, session=back_home(turn.session)).with_session(said=None)
    return ended.aside(None) if ended.session.aside is Aside.TRAVELLING else ended


def lapse(turn: Turn, collection: str) -> Turn:
    """A consent has come to its end: what was held under it goes, and with the last one the silent chat too."""
    ended = end_by_time(turn, collection)
    if ended.effects == turn.effects or ended.session.consents or not _is_silent(turn):
        return ended
    return ended.with_effects(Forget())


def end_by_time(turn: Turn, collection: str) -> Turn:
    """What was held under a consent goes with its end. Whoever is there just now is not forgotten with it."""
    passage = turn.session.passages.get(collection)
    if passage is None or passage.consented is None:
        return turn
    if passage.consented.expires_at > turn.event.at:
        return _end_former(turn, passage)
    turn = replace(turn, session=turn.session.without_passage(collection))
    return turn.with_effects(TakeBack(collection, lapsed=True))


def _end_former(turn: Turn, passage: Passage) -> Turn:
    """Consents to an earlier text have come to their end, and the one in force has not."""
    over = over_at(passage, turn.event.at)
    if not over:
        return turn
    standing = [each for each in under_former_consents(passage) if each in over]
    purposes = dict.fromkeys(purpose for each in standing for purpose in each.live_purposes())
    session = turn.session.with_passage(without_former(passage, over))
    ended = EndFormer(passage.collection, tuple(each.record for each in over), tuple(purposes))
    return replace(turn, session=session).with_effects(ended)


def _is_answering(session: Session, passage: Passage, now: dt.datetime) -> bool:
    return passage.stage in {Stage.QUESTION, Stage.REVIEW} and is_about(session, now)


def _is_leaving(session: Session, now: dt.datetime) -> bool:
    return session.aside in ON_THE_WAY_OUT and is_about(session, now)


def is_about(session: Session, now: dt.datetime) -> bool:
    """Whether somebody has pressed or written something just now."""
    return session.heard_at is not None and now - session.heard_at < JUST_NOW


def is_writing(session: Session, now: dt.datetime) -> bool:
    """Whether somebody is at own words, at the receipt's code, or at a number for pay just now."""
    return awaits_words(session) and is_about(session, now)


def is_busy_elsewhere(session: Session, collection: str, now: dt.datetime) -> bool:
    """Whether somebody is on their way through another collection just now, or writes what no button stands for over
    this one. News of this one would throw them out of it, and what they write next would be lost.
    """
    passage = session.passage
    if passage is None or not is_about(session, now):
        return False
    is_elsewhere = passage.collection != collection and passage.stage is not Stage.THANKS
    return is_elsewhere or (session.aside is not None and awaits_words(session))


def may_be_asked_from(session: Session, collection_id: str, shelf: Shelf, now: dt.datetime) -> dt.datetime | None:
    """From when on it can be asked whether to go on, where that is for later: their region is closed, or they are
    answering or leaving just now. None where it is asked now, or never. Times are UTC."""
    passage = _asked_of(session, collection_id, shelf, now)
    if passage is None:
        return None
    if not _is_open(passage, shelf):
        return now + LOOKS_AGAIN
    return now + JUST_NOW if _is_in_the_middle(session, passage, now) else None


def _asked_of(session: Session, collection_id: str, shelf: Shelf, now: dt.datetime) -> Passage | None:
    """The passage that somebody could be asked about, now or later: their consent goes on, they want messages, and they
    have not left it as it was."""
    passage, collection = session.passages.get(collection_id), shelf.collections.get(collection_id)
    if passage is None or collection is None or session.stopped or is_left(passage, collection):
        return None
    is_over = passage.consented is None or passage.consented.expires_at <= now
    return None if is_over else passage


def _is_open(passage: Passage, shelf: Shelf) -> bool:
    collection = shelf.collections[passage.collection]
    return passage.territory in {region.territory for region in shelf.regions(collection)}


def _is_in_the_middle(session: Session, passage: Passage, now: dt.datetime) -> bool:
    """Whether somebody is answering or leaving just now: they find the question there when they are through."""
    return _is_answering(session, passage, now) or _is_leaving(session, now)


def ask_whether_to_go_on(turn: Turn, collection_id: str) -> Turn:
    """A consent is almost over: the question whether to go on, once, and not to who wants no messages.

    Who is answering or leaving just now finds it there when they are through. They are asked later where they do not
    come through, and so is who is in the middle of something else, or whose region is closed (`bot.reminding`).
    """
    session, now = turn.session, turn.event.at
    passage = _asked_of(session, collection_id, turn.shelf, now)
    if passage is None or not _is_open(passage, turn.shelf):
        return turn
    if why_again(passage, turn.shelf.collections[collection_id], now) is None:
        return turn
    if _is_in_the_middle(session, passage, now) or is_busy_elsewhere(session, collection_id, now):
        return turn
    turn = put_away(turn).with_session(current=collection_id, held=None, after_code=None, aside=None)
    asked = turn.session.passages[collection_id]
    if not between_consents(asked):
        turn = replace(turn, session=turn.session.with_passage(to_renewal(asked)))
    return turn.with_effects(NewCard())


def remind(turn: Turn, collection: str, pause: dt.timedelta) -> Turn:
    """Somebody agreed and stopped half-way: one reminder, over a card on which everything is folded."""
    now = turn.event.at
    when = reminds_at(turn.session, collection, turn.shelf, now, pause)
    if when is None or when > now:
        return turn
    turn = put_away(turn).with_session(current=collection, held=None, after_code=None)
    turn = over(turn.with_passage(reminded=True), Aside.REMINDED)
    return turn.with_effects(NewCard())


def tell_of_halt(turn: Turn, collection: str) -> Turn:
    """It stands still under somebody half-way: the card says so, and that it is not about them.

    Not to who wants no messages, or is about to leave: they read it when they come back. Who is in the middle of
    something else is told later (`bot.reminding`).
    """
    session, now = turn.session, turn.event.at
    passage, found = session.passages.get(collection), turn.shelf.collections.get(collection)
    if passage is None or found is None or session.stopped or session.aside in ON_THE_WAY_OUT:
        return turn
    goes_on = turn.shelf.goes_on(found, passage.territory, session.language)
    if goes_on or not is_half_way(passage, now) or is_busy_elsewhere(session, collection, now):
        return turn
    turn = put_away(turn).with_session(current=collection, held=None, after_code=None, paying=None, aside=None)
    return turn.with_effects(NewCard())
