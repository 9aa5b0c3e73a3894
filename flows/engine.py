"""What may happen: two tables, STAGES and ANYWHERE, and `advance`, which looks an event up in them.

Two rules. Everything that changes a session lives here and in `moves`; and nothing here touches the world: the clock,
randomness and ids come with the event. `Move.to` names every place that a move may lead to; the diagram in
`docs/stages.md` is drawn from it and a property test holds the moves to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flows import tallies
from flows.asides.leaving import BEGINS_ANEW, TOO_YOUNG
from flows.asides.other_zone import in_another_zone
from flows.asides.pausing import halted_screen
from flows.asides.table import ASIDE_SCREENS
from flows.cards import View, place_and_language
from flows.effects import DeleteMessage, Effect, FoldLater, NewCard
from flows.events import (
    Blocked,
    Command,
    Commanded,
    ConsentEnding,
    ConsentLapsed,
    Event,
    FoldingDue,
    HaltedAround,
    InviteAnswer,
    InviteAnswered,
    Misdirected,
    Opened,
    ReminderDue,
    ReturnDue,
    Sent,
    SilenceDue,
    Tapped,
    Typed,
    Unblocked,
)
from flows.moves import (
    agreeing,
    answering,
    coming_due,
    deciding,
    holding,
    inviting,
    leaving,
    looking,
    moving,
    opening,
    paying,
    reading,
    renewing,
    reviewing,
    travelling,
)
from flows.moves.going import message_of, put_away
from flows.moves.turn import Move, Turn
from flows.on_record import NO_RECORDS, Records
from flows.reconcile import reconcile
from flows.records import replace
from flows.screens import Screen, quiet
from flows.session import ABOUT_WHAT_IS_HELD, FROM_THE_TOP, RECEIPTS, Aside, Session, Stage
from flows.shelf import Shelf
from flows.stage_screens import STAGE_SCREENS
from flows.words import Language, Place, Text, Value, say, say_count

_CARDS, _DECIDE, _QUESTION, _REVIEW = Stage.CARDS, Stage.DECIDE, Stage.QUESTION, Stage.REVIEW
_RENEW, _THANKS = Stage.RENEW, Stage.THANKS
_LEFT_AS_IT_WAS = (_RENEW, _QUESTION, _REVIEW, _THANKS)
"""Where somebody goes on who agrees to nothing new."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a stage or an aside accepts: taps by verb, and typed text where some is awaited."""

    taps: Mapping[str, Move]
    typed: Move | None = None


def _pages(of: Stage | Aside) -> Mapping[str, Move]:
    """What any long list takes."""
    return {"turn_page": Move(looking.turn_page, (of,)), "show_all": Move(looking.show_all, (of,))}


_CLEAN = Move(leaving.clean_in_one_press, (Aside.CLEANED,))

STAGES: Mapping[Stage, Row] = MappingProxyType(
    {
        Stage.PLACE: Row(
            {
                "live_in": Move(reading.live_in, (_CARDS, Aside.GOODBYE, Aside.OTHER_ZONE)),
                "not_listed": Move(reading.not_listed, (Aside.GOODBYE,)),
                **_pages(Stage.PLACE),
            },
            typed=Move(looking.name_place, (Stage.PLACE,)),
        ),
        Stage.CARDS: Row(
            {
                "next": Move(reading.next_card, (_CARDS, _DECIDE)),
                "card_answer": Move(reading.answer_card, (_CARDS, _DECIDE)),
                "unfold": Move(reading.unfold_card, (_CARDS,)),
                "listen": Move(reading.listen, (_CARDS,)),
                "fold": Move(reading.fold_card, (_CARDS,)),
                "back": Move(reading.back_a_card, (Stage.PLACE, _CARDS, _RENEW)),
            }
        ),
        Stage.DECIDE: Row(
            {
                "purpose_yes": Move(deciding.purpose_yes, (_DECIDE,)),
                "purpose_no": Move(deciding.purpose_no, (_DECIDE,)),
                "agree": Move(agreeing.agree, (_QUESTION, _REVIEW, _THANKS, Aside.LINK_RESTING, Aside.LINK_CLOSED)),
                "decline": Move(deciding.decline, (Aside.GOODBYE, *_LEFT_AS_IT_WAS)),
                "under_age": Move(deciding.under_age, (Aside.GOODBYE, Aside.LEFT)),
                "back": Move(deciding.back_to_cards, (_CARDS, _RENEW)),
            }
        ),
        Stage.RENEW: Row(
            {
                "read_cards": Move(renewing.read_cards, (_CARDS,)),
                "decide": Move(renewing.decide, (_DECIDE,)),
                "leave_as_it_was": Move(renewing.leave_as_it_was, _LEFT_AS_IT_WAS),
                "look_again": Move(renewing.look_again, (_RENEW,)),
            }
        ),
        Stage.QUESTION: Row(
            {
                "choose": Move(answering.choose, (_QUESTION, _REVIEW)),
                "tick": Move(answering.tick, (_QUESTION, _REVIEW)),
                "describe": Move(answering.describe, (_QUESTION,)),
                "undescribe": Move(answering.undescribe, (_QUESTION,)),
                "done": Move(answering.done, (_QUESTION, _REVIEW)),
                "show": Move(answering.show_folded, (_QUESTION, Aside.CODE)),
                "back": Move(answering.back_a_question, (_QUESTION, _REVIEW)),
                "pause": Move(answering.pause, (Aside.PAUSED,)),
                "clean_chat": _CLEAN,
            },
            typed=Move(answering.own_words, (_QUESTION, _REVIEW)),
        ),
        Stage.REVIEW: Row(
            {
                "change": Move(reviewing.change, (_QUESTION, Aside.CODE)),
                "reveal": Move(reviewing.reveal, (_REVIEW, Aside.CODE)),
                "hide": Move(reviewing.hide, (_REVIEW,)),
                "exactly": Move(reviewing.release_exactly, (_REVIEW,)),
                "broader": Move(reviewing.release_broader, (_REVIEW,)),
                "submit": Move(reviewing.submit, (_THANKS, _QUESTION, _RENEW, Aside.PAY)),
                "back": Move(reviewing.back_from_review, (_QUESTION, _THANKS, _RENEW)),
                "pause": Move(answering.pause, (Aside.PAUSED,)),
                "clean_chat": _CLEAN,
            }
        ),
        Stage.THANKS: Row({}),
    }
)

_CLOSE = Move(holding.close, closes=True)
_TRY_LINK = Move(opening.try_link, (Aside.LINK_RESTING, Aside.LINK_CLOSED), closes=True)

ANYWHERE: Mapping[Aside, Row] = MappingProxyType(
    {
        Aside.COLLECTIONS: Row(
            {
                "choose_collection": Move(opening.choose_collection, (Stage.PLACE, _CARDS, _DECIDE)),
                **_pages(Aside.COLLECTIONS),
            }
        ),
        Aside.CLOSED: Row({}),
        Aside.OTHER_ZONE: Row({"close": _CLOSE}),
        Aside.HELP: Row({"close": _CLOSE}),
        Aside.PRIVACY: Row({"close": _CLOSE}),
        Aside.MY_DATA: Row(
            {
                "reveal": Move(reviewing.reveal, (Aside.MY_DATA, Aside.CODE)),
                "hide": Move(reviewing.hide, (Aside.MY_DATA,)),
                "take_out": Move(holding.take_out, (Aside.MY_DATA,)),
                "hold": Move(holding.hold, (Aside.MY_DATA,)),
                "turn_page": Move(looking.turn_page, (Aside.MY_DATA,)),
                "open_agreed_text": Move(holding.open_agreed_text, (Aside.AGREED_TEXT,)),
                "ask_own_copy": Move(holding.ask_own_copy, (Aside.OWN_COPY,)),
                "ask_receipt_file": Move(holding.ask_receipt_file, (Aside.RECEIPT_FILE,)),
                "open_renewal": Move(renewing.open_renewal, (_RENEW,)),
                "open_places": Move(moving.open_places, (Aside.PLACES, Aside.MOVING)),
                "clean_chat": _CLEAN,
                "close": _CLOSE,
            }
        ),
        Aside.AGREED_TEXT: Row(
            {
                "turn_page": Move(looking.turn_page, (Aside.AGREED_TEXT,)),
                "close": Move(holding.close, (Aside.MY_DATA,)),
            }
        ),
        Aside.OWN_COPY: Row(
            {
                "send_own_copy": Move(holding.send_own_copy, (Aside.OWN_COPY, Aside.CODE)),
                "close": Move(holding.close, (Aside.MY_DATA,)),
            }
        ),
        Aside.RECEIPT_FILE: Row(
            {
                "send_receipt_file": Move(holding.send_receipt_file, (Aside.MY_DATA,)),
                "close": Move(holding.close, (Aside.MY_DATA,)),
            }
        ),
        Aside.PLACES: Row(
            {
                "choose_place": Move(moving.choose_place, (Aside.MOVING, Aside.PLACES)),
                "close": Move(holding.close, (Aside.MY_DATA,)),
                **_pages(Aside.PLACES),
            },
            typed=Move(looking.name_place, (Aside.PLACES,)),
        ),
        Aside.MOVING: Row(
            {
                "move": Move(moving.move, (_RENEW,)),
                "look_for_word": Move(moving.look_for_word, (Aside.MOVING,)),
                "other_place": Move(moving.other_place, (Aside.PLACES,)),
                "close": Move(holding.close, (Aside.MY_DATA,)),
            }
        ),
        Aside.TRAVELLING: Row(
            {
                "travel_to": Move(travelling.travel_to, (Aside.TRAVELLING,)),
                "come_back": Move(travelling.come_back, closes=True),
                "close": _CLOSE,
                **_pages(Aside.TRAVELLING),
            },
            typed=Move(travelling.name_place, (Aside.TRAVELLING,)),
        ),
        Aside.CODE: Row(
            {"close": Move(holding.close, (Aside.MY_DATA, Aside.OWN_COPY), closes=True)},
            typed=Move(holding.typed_code, (Aside.MY_DATA, Aside.OWN_COPY, Aside.CODE, _QUESTION, _REVIEW)),
        ),
        Aside.PAY: Row(
            {
                "choose_way": Move(paying.choose_way, (Aside.PAY,)),
                "close": Move(holding.close, (Aside.MY_DATA,), closes=True),
            },
            typed=Move(paying.name_number, (Aside.PAY,)),
        ),
        Aside.LANGUAGE: Row(
            {
                "speak": Move(holding.speak, (Stage.PLACE, _CARDS, _RENEW), closes=True),
                "close": _CLOSE,
                **_pages(Aside.LANGUAGE),
            },
            typed=Move(looking.name_language, (Aside.LANGUAGE,)),
        ),
        Aside.LINK_RESTING: Row({"try_link": _TRY_LINK}),
        Aside.LINK_CLOSED: Row({"try_link": _TRY_LINK}),
        Aside.PAUSED: Row({"close": _CLOSE}),
        Aside.CLEANED: Row({"close": _CLOSE}),
        Aside.REMINDED: Row({"stop_messages": Move(leaving.stop_messages, (Aside.REMINDED,)), "close": _CLOSE}),
        Aside.WHY_INVITED: Row(
            {"stop_messages": Move(leaving.stop_messages, (Aside.WHY_INVITED,)), "close": _CLOSE},
        ),
        Aside.LEAVE: Row(
            {
                "clean_chat": Move(leaving.clean_chat, (Aside.LEAVE,)),
                "stop_messages": Move(leaving.stop_messages, (Aside.LEAVE,)),
                "open_take_back": Move(leaving.open_take_back, (Aside.TAKE_BACK,)),
                "open_leave_all": Move(leaving.open_leave_all, (Aside.LEAVE_ALL,)),
                "close": _CLOSE,
            }
        ),
        Aside.TAKE_BACK: Row(
            {
                "take_back_all": Move(leaving.take_back_all, (Aside.GOODBYE,)),
                "take_back_collection": Move(leaving.take_back_collection, (Aside.LEFT, Aside.GOODBYE)),
                "take_back_purpose": Move(leaving.take_back_purpose, (Aside.TAKE_BACK,)),
                "close": _CLOSE,
            }
        ),
        Aside.LEAVE_ALL: Row({"leave_all": Move(leaving.leave_all, (Aside.GOODBYE,)), "close": _CLOSE}),
        Aside.LEFT: Row({"close": _CLOSE}),
        Aside.GOODBYE: Row({}),
    }
)

OPENERS: Mapping[str, Move] = MappingProxyType(
    {
        "open_language": Move(holding.open_language, (Aside.LANGUAGE,)),
        "open_leave": Move(leaving.open_leave, (Aside.LEAVE,)),
        "open_mydata": Move(holding.open_my_data, (Aside.MY_DATA,)),
        "open_travelling": Move(travelling.open_travelling, (Aside.TRAVELLING,)),
        "open_pay": Move(paying.open_pay, (Aside.PAY,)),
        "try_to_go_on": Move(opening.try_to_go_on, (_QUESTION, _REVIEW)),
        "go_on_elsewhere": Move(opening.go_on_elsewhere, (_QUESTION, _REVIEW)),
    }
)
"""Buttons that any screen may carry."""

COMMANDS: Mapping[Command, Move] = MappingProxyType(
    {
        Command.HELP: Move(holding.open_help, (Aside.HELP,)),
        Command.PRIVACY: Move(holding.open_privacy, (Aside.PRIVACY,)),
        Command.MY_DATA: Move(holding.open_my_data, (Aside.MY_DATA,)),
        Command.EDIT: Move(reviewing.edit, (_QUESTION, _REVIEW, Aside.MY_DATA), closes=True),
        Command.LANGUAGE: Move(holding.open_language, (Aside.LANGUAGE,)),
        Command.LEAVE: Move(leaving.open_leave, (Aside.LEAVE,)),
    }
)
"""What can be asked for at any time, in any stage and language."""


INVITES: Mapping[InviteAnswer, Move] = MappingProxyType(
    {
        InviteAnswer.OPEN: Move(
            inviting.take_up, (Stage.PLACE, _CARDS, _DECIDE, Aside.COLLECTIONS, Aside.CLOSED), closes=True
        ),
        InviteAnswer.WHY: Move(inviting.why, (Aside.WHY_INVITED,)),
        InviteAnswer.STOP: Move(inviting.stop),
    }
)
"""What can be pressed on an invite, in any stage and language."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of an event: the session (None: nothing is left), what is owed, a toast, and whether to show."""

    session: Session | None
    effects: tuple[Effect, ...] = ()
    notice: Text | None = None
    shows: bool = True
    """Whether the current screen is owed; a time that came due usually shows nothing."""


_CAME_DUE = SilenceDue | FoldingDue | ReturnDue | ConsentEnding | ConsentLapsed | ReminderDue
_UNASKED = _CAME_DUE | HaltedAround | Blocked | Unblocked


def advance(session: Session | None, event: Event, shelf: Shelf, records: Records = NO_RECORDS) -> Step:
    """The step that follows from an event. Pure: same session, event, shelf and records, same step.

    An event that the stage does not accept changes nothing; the step then shows the current screen again.
    """
    if isinstance(event, _UNASKED):
        return _advance_unasked(session, event, shelf)
    before = replace(_awake(session, event, shelf), records=records)
    is_held = before.session.receipt_first
    after = _settled(before, _receipt_again(before) if is_held else _react(before, session, records))
    if answering.shows_sensitive(after.session, shelf) or answering.waits_to_be_shortened(after.session):
        after = after.with_effects(FoldLater(after.session.step))
    deletions = _deletions(session, after.session)
    counted, counts = tallies.counted(session, after.session, after.effects, shelf, event.at)
    return Step(replace(counted, heard_at=event.at), (*after.effects, *deletions, *counts), after.notice)


def _awake(session: Session | None, event: Event, shelf: Shelf) -> Turn:
    """The session that meets the event: a new one, or reconciled, without consents whose time is over.

    Where that moves the contributor, the step counts up, and a tap on the card that they still see changes nothing.
    """
    if session is None or (session.aside is Aside.GOODBYE and _begins_anew(session, event)):
        return Turn(opening.new_session(event, shelf), event, shelf)
    reached = session.reached if session.aside in {Aside.GOODBYE, Aside.LEFT} else ()
    onward = session.onward if session.aside in {Aside.GOODBYE, Aside.OTHER_ZONE} else None
    turn = stored = Turn(replace(session, said=None, reached=reached, onward=onward), event, shelf)
    for passage in session.consents:
        turn = coming_due.end_by_time(turn, passage.collection)
    return _settled(stored, turn)


def _begins_anew(session: Session, event: Event) -> bool:
    """Whether somebody who is on the way out comes back by this. Until the receipt for leaving is there, nobody does:
    what begins anew would take its place."""
    if _asks_to_leave(event):
        return session.farewell not in RECEIPTS
    return _comes_back(event) and not session.receipt_first


def _asks_to_leave(event: Event) -> bool:
    return isinstance(event, Commanded) and event.command is Command.LEAVE


def _comes_back(event: Event) -> bool:
    """Whether somebody who has left wants in again by this. A press on what stood there before is none."""
    if isinstance(event, InviteAnswered):
        return event.answer is InviteAnswer.OPEN
    return not (isinstance(event, Tapped | Misdirected) or _asks_to_leave(event))


def _settled(before: Turn, after: Turn) -> Turn:
    """After a move: reconciled with the shelf, and one step on where the card has become another."""
    return replace(after, session=_stepped(before.session, reconcile(after.session, after.shelf, after.event.at)))


def _stepped(before: Session, session: Session) -> Session:
    """One step on, and at the top of another list, where the card has become another."""
    if _list_in_front(session) != _list_in_front(before):
        session = replace(session, looking=FROM_THE_TOP)
    if whereabouts(session) != whereabouts(before):
        session = replace(session, step=session.step + 1)
    return session


def _list_in_front(session: Session) -> tuple[object, ...]:
    """Which list somebody turns the pages of; what is held is the same list, whatever becomes of what lies beneath."""
    if session.aside in ABOUT_WHAT_IS_HELD:
        return (session.language, session.aside, session.held)
    return (session.language, session.current, session.aside, session.held, session.passage and session.passage.stage)


def _unkept(session: Session | None) -> tuple[int, ...]:
    """Messages in the chat with own words that were too long to keep."""
    return tuple(number for passage in session.passages.values() for number in passage.unkept) if session else ()


def _deletions(before: Session | None, after: Session) -> tuple[Effect, ...]:
    """Own words that were too long go from the chat once nobody shortens them any more."""
    return tuple(DeleteMessage(number) for number in _unkept(before) if number not in _unkept(after))


def _react(turn: Turn, stored: Session | None, records: Records) -> Turn:
    event = turn.event
    if isinstance(event, Opened):
        return opening.opened(turn, event)
    if (move := _asked_for_anywhere(turn, event)) is not None:
        turn = _without_words_behind(turn, event)
        return move.act(turn, event.collection if isinstance(event, InviteAnswered) else "", None).with_effects(
            NewCard()
        )
    if stored is None:
        return turn.with_effects(NewCard())
    if isinstance(event, Tapped):
        return _tapped(turn, event, records)
    if isinstance(event, Typed | Sent):
        return _typed(turn, event.text if isinstance(event, Typed) else None)
    return turn


def _receipt_again(turn: Turn) -> Turn:
    """Whoever does not see the receipt yet reads it now, and how to begin anew after it."""
    if _asks_to_leave(turn.event):
        return turn.with_effects(NewCard())
    return turn.saying("how_to_begin_anew").with_effects(NewCard()) if _comes_back(turn.event) else turn


def _asked_for_anywhere(turn: Turn, event: Event) -> Move | None:
    """The move of a command, or of a button on an invite. An invite is no way back for who is on the way out."""
    if isinstance(event, Commanded):
        return COMMANDS[event.command]
    if isinstance(event, InviteAnswered) and turn.session.aside is not Aside.GOODBYE:
        return INVITES[event.answer]
    return None


def _without_words_behind(turn: Turn, event: Event) -> Turn:
    """What somebody who has agreed writes behind a command goes from the chat, as any text does."""
    behind = event.message if isinstance(event, Commanded) else None
    return turn.with_effects(DeleteMessage(behind)) if behind is not None and turn.session.consents else turn


def _tapped(turn: Turn, event: Tapped, records: Records) -> Turn:
    """A tap on the open card. A tap on any earlier card, or on one laid out otherwise, only shows what is open."""
    session = turn.session
    if event.step != session.step:
        return turn
    shown = _screen(session, turn.shelf, event.at, records)
    if event.layout != shown.layout or not 0 <= event.choice < len(shown.choices):
        return turn
    choice = shown.choices[event.choice]
    move = OPENERS.get(choice.verb) or _row(turn).taps.get(choice.verb)
    return move.act(turn, choice.value, event.on) if move else turn


def _typed(turn: Turn, text: str | None) -> Turn:
    """A text where one is awaited; anything else that was sent is answered with the way to the buttons.

    Of somebody who has agreed, whatever was not awaited goes from the chat: a text may be own words, sent once more
    because the first did not seem to arrive, and a voice note those of somebody who does not write.
    """
    row = _row(turn)
    if text is not None and row.typed is not None and answering.awaits_text(turn.session):
        return row.typed.act(turn, text, None)
    if turn.session.consents:
        turn = turn.with_effects(DeleteMessage(message_of(turn.event)))
    is_to_be_written = row.typed is not None and answering.awaits_words(turn.session)
    return turn.saying("as_text" if is_to_be_written else "buttons").with_effects(NewCard())


_NOTHING_ACCEPTED = Row({})


def _row(turn: Turn) -> Row:
    session = turn.session
    if session.aside is not None:
        return ANYWHERE[session.aside]
    passage = session.passage
    if passage is None or is_halted(session, turn.shelf):
        return _NOTHING_ACCEPTED
    return STAGES[passage.stage]


def _advance_unasked(session: Session | None, event: Event, shelf: Shelf) -> Step:
    """Times that came due, and blocking. None of them moves anybody along who is in the middle of something."""
    if session is None:
        return Step(None, shows=False)
    turn = Turn(session, event, shelf)
    if isinstance(event, Unblocked):
        # Unasked, and perhaps onto a locked screen.
        return Step(_settled(turn, put_away(turn)).session, (NewCard(),))
    if isinstance(event, FoldingDue):
        return _asked_or_left(turn, coming_due.fold_idle(turn, event.step))
    return _after_long(turn)


def _after_long(turn: Turn) -> Step:
    """What goes after days of silence, or at the end of a consent or of a journey."""
    event = turn.event
    if isinstance(event, SilenceDue):
        heard_from = coming_due.silence(turn)
        return Step(None, shows=False) if heard_from is None else _unseen(turn, heard_from)
    if isinstance(event, ConsentLapsed):
        return _unseen(turn, coming_due.lapse(turn, event.collection))
    if isinstance(event, ReturnDue):
        return _unseen(turn, coming_due.end_travelling(turn))
    return _perhaps_told(turn)


def _perhaps_told(turn: Turn) -> Step:
    """What somebody may be asked or told without having done anything."""
    event = turn.event
    if isinstance(event, ConsentEnding):
        return _asked_or_left(turn, coming_due.ask_whether_to_go_on(turn, event.collection))
    if isinstance(event, HaltedAround):
        return _asked_or_left(turn, coming_due.tell_of_halt(turn, event.collection))
    if isinstance(event, ReminderDue):
        return _asked_or_left(turn, coming_due.remind(turn, event.collection, event.pause))
    return Step(turn.session, shows=False)


def _asked_or_left(before: Turn, after: Turn) -> Step:
    """A step that shows what it came to, or that nothing comes of, and then nothing at all changes."""
    if after is before:
        return Step(before.session, shows=False)
    session = _settled(before, after).session
    return Step(session, (*after.effects, *_deletions(before.session, session)))


def _unseen(before: Turn, after: Turn) -> Step:
    """A step that shows nothing: a card that is pressed later shows where things stand. What the shelf makes of that is
    left to the press, for whoever is led back by it to read why.
    """
    if after is before:
        return Step(before.session, shows=False)
    session = _stepped(before.session, after.session)
    return Step(session, (*after.effects, *_deletions(before.session, session)), shows=False)


def whereabouts(session: Session) -> tuple[object, ...]:
    """What makes one card another: when it changes, the step counts up and taps on the old card go stale."""
    passage = session.passage
    if passage is None:
        return (session.language, session.current, session.aside, session.looking)
    return (
        session.language,
        session.current,
        session.aside,
        session.held,
        session.paying,
        session.looking,
        passage.stage,
        passage.shown,
        passage.kept_at,
        passage.card,
        passage.unfolded,
        passage.misread,
        passage.asking,
        passage.describing,
        passage.folded,
        passage.revealed,
    )


def is_halted(session: Session, shelf: Shelf) -> bool:
    """Whether the region, or what they read of it, closed under somebody who had agreed and not submitted."""
    passage = session.passage
    if passage is None or passage.consented is None:
        return False
    collection = shelf.collections[passage.collection]
    if passage.stage is Stage.THANKS:
        return collection.region(passage.territory) is None
    return not shelf.goes_on(collection, passage.territory, session.language)


_SAID: Mapping[str, Text] = MappingProxyType(
    {
        "buttons": say("Please choose with the buttons here."),
        "as_text": say("Please write it as a text."),
        "cleaned": say("✓ Done: this chat is being cleaned."),
        "stopped": say("✓ Done: no more invites and no reminders."),
        "purpose_ended": say("✓ Done: that use has ended and its key is destroyed."),
        "taken_out": say("✓ Done: those answers are taken out."),
        "copy_sent": say("✓ Done: the file is on its way. It goes away in an hour."),
        "file_sent": say("✓ Done: the file is on its way."),
        "full": say("This one is full just now. Thank you for coming."),
        "nothing_to_edit": say("There is nothing to change yet."),
        "how_to_begin_anew": BEGINS_ANEW,
        "how_to_edit": say(
            "/mydata shows what is held, /edit changes an answer, /leave lets you take everything back."
        ),
        "no_change_now": say("Answers cannot be changed here just now."),
        "ends_then": say("✓ Left as it is: it ends on the day agreed, and everything is then erased."),
        "too_young": TOO_YOUNG,
        "nothing_kept": say("Nothing is kept unless you agree."),
        "number_kept": say("✓ Your number is kept, sealed, and taken out of this chat."),
        "number_unclear": say("That does not look like a number we can pay to. Please check it and write it again."),
        "back": say("✓ Welcome back: everything is as it was."),
        "kept": say("✓ Your words are kept, and taken out of this chat."),
        "not_found": say("That is not in this list. You can write it another way, or look through the pages."),
    }
)


def _not_open_now(territory: str, language: str | None = None) -> Text:
    where: Value = Place(territory)
    if language is not None:
        where = say("{place} ({language})", place=where, language=Language(language))
    return say("{place} is not open just now.", place=where)


_SAID_OF_PLACES: Mapping[str, Callable[..., Text]] = MappingProxyType(
    {"not_open_now": _not_open_now, "other_zone": in_another_zone, "speaks": place_and_language}
)
"""What is said of a place, and of what stands behind a stroke, as in `speaks:FR/fr`."""


def _said(said: str) -> Text:
    """What has just been done, in words; `too_long:350` carries a number, `travelling:FR` and `not_open:FR` a place,
    `other_zone:FR/SomeBot` a place and its bot, `speaks:FR/fr` and `not_open_now:FR/fr` a place and a language.
    """
    name, _, number = said.partition(":")
    if name in _SAID_OF_PLACES:
        return _SAID_OF_PLACES[name](*number.split("/"))
    if name == "not_open":
        return say("{place} is not open yet.", place=Place(number))
    if name == "travelling":
        return say("✓ While you are here, you are asked only what is safe there: {place}", place=Place(number))
    if name == "too_long":
        return say_count(
            "That was {count} letter. Please send it again as a new message, a little shorter.",
            "That was {count} letters. Please send it again as a new message, a little shorter.",
            int(number),
        )
    return _SAID[name]


def current_screen(session: Session, shelf: Shelf, now: dt.datetime, records: Records = NO_RECORDS) -> Screen:
    """The screen of a session as today's collections allow it; it can be derived again at any time."""
    return _screen(reconcile(session, shelf, now), shelf, now, records)


def _screen(session: Session, shelf: Shelf, now: dt.datetime, records: Records) -> Screen:
    view = View(session, shelf, now, records)
    if session.aside is not None:
        shown = ASIDE_SCREENS[session.aside](view)
    elif session.passage is None:
        shown = ASIDE_SCREENS[Aside.COLLECTIONS](view)
    elif is_halted(session, shelf):
        shown = halted_screen(view)
    else:
        shown = STAGE_SCREENS[session.passage.stage](view)
    if session.said is None:
        return shown
    return replace(shown, blocks=(quiet(_said(session.said)), *shown.blocks))
