"""Random walks: whatever a chat can send and whatever can happen around it, in any order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from hypothesis import strategies as st
from made_up import CLOSED_LINK, OPEN_LINK, RESTING_LINK, shelves
from walker import Walker

from flows.engine import Step, current_screen, whereabouts
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
from flows.on_record import Records
from flows.reconcile import reconcile
from flows.screens import Choice, Screen
from flows.session import Aside, Session
from flows.shelf import Shelf

OWN_WORDS = "a quiet zebrafish"
"""Own words that no screen says by itself."""

WRITTEN = (
    OWN_WORDS,
    "zebrafish " * 90,
    "",
    "   ",
    "\u202e\x00evil\u2066",
    "/unknown",
    "K7M4-QX2P",
    "<b>zebrafish</b> & Co",
    "زيبرا",
    "👩‍👩‍👧 zebrafish",
    "Egypt",
    "united",
    "عربي",
    "Mongolia",
)

LINKS: tuple[Mapping[str, str], ...] = (
    {},
    {"collection": "demographics"},
    {"collection": "voices"},
    {"collection": "demographics", "participant": "a1b2c3d4e5"},
    {"collection": "voices", "participant": "x9y8z7w6"},
    {"collection": "nowhere", "participant": "a1b2c3d4"},
    {"collection": "demographics", "participant": "JohnSmith"},
    {"collection": "demographics", "participant": "441632960961"},
    {"link": OPEN_LINK},
    {"link": RESTING_LINK},
    {"link": CLOSED_LINK, "participant": "a1b2c3d4e5"},
)

PAUSE = dt.timedelta(days=3)
"""After which people are reminded."""

WAITS = (
    dt.timedelta(seconds=2),
    dt.timedelta(minutes=4),
    dt.timedelta(hours=2),
    dt.timedelta(hours=73),
    dt.timedelta(days=24),
    dt.timedelta(days=31),
    dt.timedelta(days=710),
    dt.timedelta(days=800),
)

FORWARD = (
    "choose_collection", "live_in", "next", "card_answer", "agree", "choose", "tick", "done", "show", "submit",
    "reveal", "change", "open_mydata", "ask_receipt_file", "send_receipt_file", "close",
    "ask_own_copy", "send_own_copy", "open_agreed_text", "hold", "take_out",
    "decide", "read_cards", "look_again", "leave_as_it_was", "open_renewal", "open_places", "choose_place", "move",
    "open_pay", "choose_way",
)  # fmt: skip
"""Meanings of buttons that lead on, for presses that get far."""


LEAVING = (
    "not_listed", "decline", "under_age", "open_leave", "open_take_back", "open_leave_all", "take_back_all",
    "take_back_collection", "take_back_purpose", "leave_all",
)  # fmt: skip

STRAIGHT = (
    "choose_collection", "live_in", "next", "card_answer", "agree", "decide", "read_cards", "choose", "tick", "submit",
)  # fmt: skip


@dataclass(frozen=True)
class Happening:
    """One event, and everything around it that a promise may be held against.

    What is worked out of it is kept: twenty promises look at the same.
    """

    before: Session | None
    event: Event
    pressed: Choice | None
    """The button, where the event is a tap on a card that this person had been shown."""
    step: Step
    shelf: Shelf
    now: dt.datetime
    before_it: Records
    """What was on record when it happened."""
    records: Records

    @property
    def after(self) -> Session | None:
        """The session that came of it."""
        return self.step.session

    @cached_property
    def live(self) -> bool:
        """Whether the press was on the card that stood there, with today's collections, so that it means something."""
        before, event = self.before, self.event
        if self.pressed is None or before is None or not isinstance(event, Tapped) or event.step != before.step:
            return False
        met = reconcile(without_what_ran_out(before, self.now), self.shelf, self.now)
        if whereabouts(met) != whereabouts(before):
            return False
        return event.layout == current_screen(before, self.shelf, self.now, self.before_it).layout

    @cached_property
    def screen(self) -> Screen | None:
        """The card that stands there now."""
        return current_screen(self.after, self.shelf, self.now, self.records) if self.after is not None else None


def ran_out(session: Session, now: dt.datetime) -> bool:
    """Whether some consent is over and goes with the next event."""
    return any(passage.consented is not None and passage.consented.expires_at <= now for passage in session.consents)


def without_what_ran_out(session: Session, now: dt.datetime) -> Session:
    """The session without consents that are over, which go with the next event."""
    for passage in session.consents:
        if passage.consented is not None and passage.consented.expires_at <= now:
            session = session.without_passage(passage.collection)
    return session


@dataclass(slots=True)
class Walk:
    """Carries random doings out, one after the other."""

    walker: Walker
    cards: list[tuple[int, Screen]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def happenings(self, doings: list[tuple[str, int]]) -> Iterator[Happening]:
        """Everything that came to happen."""
        for name, number in doings:
            before, records, cards = self.walker.session, self.walker.records, len(self.cards)
            event = _DOINGS[name](self, number)
            if event is None:
                continue
            pressed = self._pressed(event, cards)
            step = self.walker.meet(event)
            if self.walker.screen is not None and step.shows:
                self.cards.append((self.walker.step, self.walker.screen))
            self._note_code()
            walker = self.walker
            yield Happening(before, event, pressed, step, walker.shelf, walker.now, records, walker.records)

    def _pressed(self, event: Event, cards: int) -> Choice | None:
        if not isinstance(event, Tapped):
            return None
        for step, screen in reversed(self.cards[:cards]):
            if (step, screen.layout) == (event.step, event.layout):
                return screen.choices[event.choice] if event.choice < len(screen.choices) else None
        return None

    def _note_code(self) -> None:
        session = self.walker.session
        if session is not None:
            self.codes += [p.code for p in session.passages.values() if p.code and p.code not in self.codes]

    # --- doings: each sets the world, or makes an event ---------------------------------------------------------------

    def press(self, number: int) -> Event | None:
        """Any button of the card that is seen."""
        screen = self.walker.screen
        if screen is None or not screen.choices:
            return None
        place = number % len(screen.choices)
        return self.walker.tap(place, screen.choices[place])

    def go_on(self, number: int) -> Event | None:
        """A button that leads on: of the two kinds that lead furthest any one."""
        screen, session = self.walker.screen, self.walker.session
        if session is not None and session.aside is Aside.GOODBYE:
            self.walker.goodbye_arrives()
        if screen is None:
            return None
        there = {choice.verb for choice in screen.choices}
        verbs = [verb for verb in FORWARD if verb in there][:2]
        if number % 7 == 6 and "back" in there:
            verbs = ["back"]
        if not verbs:
            return None
        found = [choice for choice in screen.choices if choice.verb == verbs[number % len(verbs)]]
        choice = found[number // 2 % len(found)]
        return self.walker.tap(screen.choices.index(choice), choice)

    def go_straight_on(self, _number: int) -> Event | None:
        """What somebody presses who reads well and answers everything."""
        screen, session = self.walker.screen, self.walker.session
        if screen is None or session is None:
            return None
        anything_ticked = any(choice.ticked for choice in screen.choices)
        for verb in ("done", *STRAIGHT) if anything_ticked else STRAIGHT:
            found = [choice for choice in screen.choices if choice.verb == verb]
            if found:
                choice = found[self._right(session) if verb == "card_answer" else 0]
                return self.walker.tap(screen.choices.index(choice), choice)
        return None

    def _right(self, session: Session) -> int:
        passage = session.passage
        if passage is None:  # gone meanwhile, with its card still there
            return 0
        collection = self.walker.shelf.collections.get(passage.collection)
        document = collection.documents.get(session.language) if collection is not None else None
        question = document[passage.card].question if document is not None else None
        return question.right if question is not None else 0

    def leave(self, number: int) -> Event | None:
        """A press that leads out, or the command where none is in sight."""
        screen = self.walker.screen
        ways = [choice for choice in screen.choices if choice.verb in LEAVING] if screen is not None else []
        if screen is None or not ways:
            return _commanded(self, list(Command).index(Command.LEAVE))
        choice = ways[number % len(ways)]
        return self.walker.tap(screen.choices.index(choice), choice)

    def press_old(self, number: int) -> Event | None:
        """A button of a card from before."""
        if not self.cards:
            return None
        step, screen = self.cards[number % len(self.cards)]
        if not screen.choices:
            return None
        return self._tapped(step, number % len(screen.choices), screen.layout)

    def forge(self, number: int) -> Event | None:
        """A tap that nothing shown could have made."""
        step = self.walker.step + number % 3 - 1
        layout = self.walker.screen.layout if self.walker.screen and number % 2 else number
        return self._tapped(step, number, layout)

    def _tapped(self, step: int, choice: int, layout: int) -> Event:
        walker = self.walker
        return Tapped(at=walker.now, token=walker.token(), step=step, choice=choice, layout=layout, on=True)

    def write(self, number: int) -> Event | None:
        """A text, or the receipt code."""
        texts = (*WRITTEN, *self.codes)
        return _typed(self.walker, texts[number % len(texts)], number)

    def write_code(self, number: int) -> Event | None:
        """The receipt code, if there was one."""
        return _typed(self.walker, self.codes[number % len(self.codes)].lower(), number) if self.codes else None

    def wait(self, number: int) -> None:
        """Some time passes."""
        self.walker.waits(WAITS[number % len(WAITS)])

    def change_shelf(self, number: int) -> None:
        """Somebody changes what is asked."""
        names = list(shelves())
        self.walker.shelf = shelves()[names[number % len(names)]]

    def fold(self, number: int) -> Event | None:
        """Idle minutes are over, of this card or another."""
        step = self.walker.session.step if self.walker.session is not None else 0
        walker = self.walker
        return FoldingDue(at=walker.now, token=walker.token(), step=step - (number % 4 == 3))

    def lapse(self, number: int) -> Event | None:
        """A consent may be over."""
        collection = ("demographics", "voices")[number % 2]
        return ConsentLapsed(at=self.walker.now, token=self.walker.token(), collection=collection)

    def end(self, number: int) -> Event | None:
        """A consent may be almost over."""
        collection = ("demographics", "voices")[number % 2]
        return ConsentEnding(at=self.walker.now, token=self.walker.token(), collection=collection)

    def remind(self, number: int) -> Event | None:
        """Somebody may have stopped half-way."""
        collection, pause = ("demographics", "voices")[number % 2], (dt.timedelta(0), PAUSE)[number % 3 == 0]
        return ReminderDue(at=self.walker.now, token=self.walker.token(), collection=collection, pause=pause)

    def halt(self, number: int) -> Event | None:
        """Something may stand still around somebody."""
        collection = ("demographics", "voices")[number % 2]
        return HaltedAround(at=self.walker.now, token=self.walker.token(), collection=collection)


def _typed(walker: Walker, text: str, number: int) -> Event:
    return Typed(at=walker.now, token=walker.token(), language_code=walker.phone, text=text, message=number)


def _opened(walk: Walk, number: int) -> Event:
    walker = walk.walker
    link = LINKS[number % len(LINKS)]
    return Opened(
        at=walker.now,
        token=walker.token(),
        language_code=walker.phone,
        collection=link.get("collection"),
        participant=link.get("participant"),
        link=link.get("link"),
    )


def _commanded(walk: Walk, number: int) -> Event:
    commands = list(Command)
    command = commands[number % len(commands)]
    return Commanded(at=walk.walker.now, token=walk.walker.token(), language_code=walk.walker.phone, command=command)


def _invite_answered(walk: Walk, number: int) -> Event:
    answers = list(InviteAnswer)
    answer = answers[number % len(answers)]
    collection = LINKS[number % len(LINKS)].get("collection") or "demographics"
    return InviteAnswered(at=walk.walker.now, token=walk.walker.token(), answer=answer, collection=collection)


def _sent(walk: Walk, number: int) -> Event:
    return Sent(at=walk.walker.now, token=walk.walker.token(), message=number)


def _plainly(kind: type[Blocked | Unblocked | SilenceDue | ReturnDue | Misdirected]) -> Callable[[Walk, int], Event]:
    return lambda walk, _number: kind(at=walk.walker.now, token=walk.walker.token())


_DOINGS: Mapping[str, Callable[[Walk, int], Event | None]] = {
    "go on": Walk.go_on,
    "go straight on": Walk.go_straight_on,
    "leave": Walk.leave,
    "press": Walk.press,
    "press old": Walk.press_old,
    "forge": Walk.forge,
    "write": Walk.write,
    "write code": Walk.write_code,
    "open": _opened,
    "command": _commanded,
    "invite": _invite_answered,
    "send": _sent,
    "wait": Walk.wait,
    "change shelf": Walk.change_shelf,
    "fold": Walk.fold,
    "silence": _plainly(SilenceDue),
    "return": _plainly(ReturnDue),
    "lapse": Walk.lapse,
    "end": Walk.end,
    "remind": Walk.remind,
    "halt": Walk.halt,
    "block": _plainly(Blocked),
    "unblock": _plainly(Unblocked),
    "misdirect": _plainly(Misdirected),
}

_OFTEN = (
    ["go on"] * 22
    + ["press"] * 10
    + ["write", "open", "command"] * 2
    + ["write code", "fold", "change shelf", "end", "remind"]
)
"""Buttons that lead on come often, so that most walks get as far as consent and many to the end."""

_doing = st.tuples(st.sampled_from(_OFTEN + [name for name in _DOINGS if name not in _OFTEN]), st.integers(0, 59))

doings = st.sampled_from([6, 14, 25]).flatmap(lambda most: st.lists(_doing, min_size=most // 2, max_size=most))
"""With the beginning up to 40 events; hypothesis alone would make most walks short."""

beginnings = st.tuples(
    st.sampled_from(["ready", "ready", "both", "made up", "one open", "paid to a number"]),
    st.sampled_from(["en", "ar", "de", None]),
    st.integers(0, len(LINKS) - 1),
    st.sampled_from([0, 0, 6, 8, 14]),
)
"""A shelf, a phone's language, a link, and how far somebody gets before anything can happen: to consent, to thanks."""

Beginning = tuple[str, str | None, int, int]
Doings = list[tuple[str, int]]


def walk_from(beginning: Beginning, steps: Doings) -> Iterator[Happening]:
    """A chat that is opened with some link, and everything that then happens."""
    shelf, language, link, far = beginning
    before = [("open", link), *[("go straight on", 0)] * far]
    yield from Walk(Walker(shelves()[shelf], language)).happenings([*before, *steps])
