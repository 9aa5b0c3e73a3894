"""What members of the team do: a move asks `deciding` whether it may, and goes on only where something came of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flows.contact.letter import ANSWER_LONGEST
from flows.effects import Effect
from flows.events import Event
from flows.finding import places_called
from flows.halts import Scope
from flows.team import deciding
from flows.team.board import Board, scopes
from flows.team.events import TeamLinkOpened
from flows.team.rights import NO_LIMITS, Limits, Role, Training
from flows.team.roster import Change, Reopened, RightGranted, applied
from flows.team.visit import Page, Visit

TRAINING_LETTERS = 200
"""As long as a training note may be."""

_NOTE = re.compile(r"\s*(\d{4}-\d{2}-\d{2})[\s:,.]+(\S.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """A visit on its way through one event: the team changes with it, and so does who is asking."""

    visit: Visit
    event: Event
    board: Board
    changes: tuple[Change, ...] = ()
    effects: tuple[Effect, ...] = ()

    def on(self, page: Page, **changes: Any) -> Call:  # noqa: ANN401  # fields of Visit
        """On another page; of what was chosen before nothing stays but what is named."""
        visit = self.visit
        return replace(
            self, visit=replace(Visit(visit.language, visit.step, visit.heard_at, page, said=visit.said), **changes)
        )

    def with_visit(self, **changes: Any) -> Call:  # noqa: ANN401  # fields of Visit
        """With the visit changed."""
        return replace(self, visit=replace(self.visit, **changes))

    def saying(self, said: str) -> Call:
        """With something said on top of the page."""
        return self.with_visit(said=said)

    def owing(self, *effects: Effect) -> Call:
        """With more owed to the chat."""
        return replace(self, effects=(*self.effects, *effects))

    def changing(self, changes: tuple[Change, ...]) -> Call:
        """With the team changed."""
        roster = self.board.roster
        for change in changes:
            roster = applied(roster, change)
        me = roster.standing(self.board.me.member, is_owner=self.board.me.is_owner)
        return replace(self, board=replace(self.board, roster=roster, me=me), changes=(*self.changes, *changes))

    @property
    def now(self) -> dt.datetime:
        """When it happened."""
        return self.event.at


Move = Callable[[Call, str, bool | None], Call]


# --- going about -----------------------------------------------------------------------------------------------------


def to(page: Page) -> Move:
    """To a page, with nothing chosen."""
    return lambda call, _value, _on: call.on(page)


def over(page: Page) -> Move:
    """To a page about the same right."""
    return lambda call, _value, _on: call.on(page, about=call.visit.about)


def close(call: Call, _value: str, _on: bool | None) -> Call:
    """Done with it."""
    return call.with_visit(over=True)


def turn_page(call: Call, value: str, _on: bool | None) -> Call:
    """Another page of a long list."""
    return call.with_visit(turned=int(value))


def show_all(call: Call, _value: str, _on: bool | None) -> Call:
    """The whole list again."""
    return call.with_visit(turned=0, found=())


def see(call: Call, value: str, _on: bool | None) -> Call:
    """A right of somebody's, for an owner."""
    return call.on(Page.MEMBER, about=value) if call.board.me.is_owner else call


# --- links -----------------------------------------------------------------------------------------------------------


def choose_role(call: Call, value: str, _on: bool | None) -> Call:
    """What the link grants. Only a coordinator can be limited."""
    if value == Role.COORDINATOR:
        return call.on(Page.LIMITS)
    return _make_link(call, Role(value), NO_LIMITS)


def _make_link(call: Call, role: Role, limits: Limits) -> Call:
    token = call.event.token
    secret = deciding.secret_in(token)
    changes = deciding.make_link(
        call.board.me, role, limits, call.now,
        id_=deciding.new_id("l", token), secret_hash=call.board.keyed(secret),
    )  # fmt: skip
    return call.changing(changes).on(Page.LINK, secret=secret) if changes else call


def cancel_link(call: Call, value: str, _on: bool | None) -> Call:
    """Take back a link that nobody has opened."""
    changes = deciding.cancel_link(call.board.roster, call.board.me, value)
    return call.changing(changes).saying("done") if changes else call


def open_link(call: Call) -> Call:
    """Somebody came by a link: a right is theirs, or they have it already."""
    event = call.event
    if not isinstance(event, TeamLinkOpened):
        return call
    changes = opened(event, call.board)
    if not changes:
        return call.on(Page.HOME).saying("have_already")
    call = call.changing(changes)
    granted = next(change.right for change in changes if isinstance(change, RightGranted))
    page = Page.CODE if granted.role is Role.COORDINATOR else Page.HOME if granted.name else Page.NAME
    return call.on(page).saying("granted")


def opened(event: TeamLinkOpened, board: Board) -> tuple[Change, ...]:
    """What opening a link comes to; nothing where it is spent, expired or foreign."""
    return deciding.open_link(
        board.roster, board.me, board.keyed(event.secret), event.at, id_=deciding.new_id("r", event.token)
    )


# --- rights ----------------------------------------------------------------------------------------------------------


def open_limits(call: Call, _value: str, _on: bool | None) -> Call:
    """What a coordinator looks after, as it is now."""
    found = call.board.right(call.visit.about)
    return call.on(Page.LIMITS, about=found.id, limits=found.limits) if found is not None else call.on(Page.HOME)


def limit_to_collection(call: Call, value: str, on: bool | None) -> Call:
    """Tick a collection, or untick it."""
    limits = call.visit.limits
    return call.with_visit(limits=replace(limits, collections=_ticked(limits.collections, value, on)))


def limit_to_region(call: Call, value: str, on: bool | None) -> Call:
    """Tick a region, or untick it."""
    limits = call.visit.limits
    return call.with_visit(limits=replace(limits, regions=_ticked(limits.regions, value, on)))


def _ticked(ticked: frozenset[str], value: str, on: bool | None) -> frozenset[str]:
    return ticked | {value} if on else ticked - {value}


def limits_done(call: Call, _value: str, _on: bool | None) -> Call:
    """The link is made, or the right is limited."""
    about, limits = call.visit.about, call.visit.limits
    if not about:
        return _make_link(call, Role.COORDINATOR, limits)
    changes = deciding.limit(call.board.roster, call.board.me, about, limits)
    return call.changing(changes).on(Page.MEMBER, about=about, said="done" if changes else None)


def back_from_limits(call: Call, _value: str, _on: bool | None) -> Call:
    """To the right that they are about, or to the roles."""
    about = call.visit.about
    return call.on(Page.MEMBER, about=about) if about else call.on(Page.ROLE)


def note_training(call: Call, value: str, _on: bool | None) -> Call:
    """A day, and what it was."""
    about = call.visit.about
    training = training_in(value)
    if training is None:
        return call.saying("training_help")
    changes = deciding.note_training(call.board.roster, call.board.me, about, training, call.now)
    return call.changing(changes).on(Page.MEMBER, about=about, said="done") if changes else call.saying("training_help")


def training_in(text: str) -> Training | None:
    """The training that a text says: the day first (ISO 8601), then what it was."""
    found = _NOTE.fullmatch(text)
    try:
        day = dt.date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
    what = " ".join(found[2].split()) if found else ""
    return Training(day, what) if day is not None and len(what) <= TRAINING_LETTERS else None


def revoke(call: Call, _value: str, _on: bool | None) -> Call:
    """An owner takes the right back."""
    changes = deciding.revoke(call.board.roster, call.board.me, call.visit.about)
    return call.changing(changes).on(Page.HOME, said="done" if changes else None)


def ask_to_give_back(call: Call, value: str, _on: bool | None) -> Call:
    """One press before one's own right is gone."""
    return call.on(Page.GIVE_BACK, about=value)


def give_back(call: Call, _value: str, _on: bool | None) -> Call:
    """One's own right, and nobody else's."""
    mine = next((right for right in call.board.me.rights if right.id == call.visit.about), None)
    changes = deciding.revoke(call.board.roster, call.board.me, mine.id) if mine is not None else ()
    return call.changing(changes).on(Page.HOME, said="done" if changes else None)


def accept_code(call: Call, _value: str, _on: bool | None) -> Call:
    """The code of conduct, for twelve months."""
    call = call.changing(deciding.accept_code(call.board.me, call.now))
    mine = call.board.me.right(Role.COORDINATOR)
    return call.on(Page.HOME if mine is not None and mine.name else Page.NAME, said="done")


def call_oneself(call: Call, value: str, _on: bool | None) -> Call:
    """What to be called."""
    changes = deciding.call_oneself(call.board.me, value)
    return call.changing(changes).on(Page.HOME, said="done") if changes else call.saying("name_help")


# --- halts -----------------------------------------------------------------------------------------------------------


def asked_to_halt(call: Call, value: str, _on: bool | None) -> Call:
    """/halt: at once where one region is named, otherwise the choice."""
    if not value:
        return call.on(Page.HALTS)
    limits = call.board.me.halting_limits(call.now)
    found = places_called(value, call.board.territories("", limits, call.visit.language), call.visit.language)
    if len(found) == 1:
        return _halt(call, scopes("", found[0], limits))
    return call.on(Page.HALT_REGION, found=found, said=None if found else "not_there")


def begin_to_halt(call: Call, _value: str, _on: bool | None) -> Call:
    """Of which collection, where there are several; then where."""
    several = len(call.board.collections(call.board.me.halting_limits(call.now))) > 1
    return call.on(Page.HALT_COLLECTION if several else Page.HALT_REGION)


def halt_collection(call: Call, value: str, _on: bool | None) -> Call:
    """Which collection; empty stands for all of them."""
    return call.on(Page.HALT_REGION, collection=value)


def name_region(call: Call, value: str, _on: bool | None) -> Call:
    """Whatever fits what was written."""
    limits, language = call.board.me.halting_limits(call.now), call.visit.language
    found = places_called(value, call.board.territories(call.visit.collection, limits, language), language)
    return call.with_visit(found=found, turned=0, said=None if found else "not_there")


def halt_region(call: Call, value: str, _on: bool | None) -> Call:
    """Which region; empty stands for all of them. One press before it stands still."""
    return call.on(Page.HALT_SURE, collection=call.visit.collection, territory=value)


def halt_now(call: Call, _value: str, _on: bool | None) -> Call:
    """At once."""
    limits = call.board.me.halting_limits(call.now)
    return _halt(call, scopes(call.visit.collection, call.visit.territory, limits))


def _halt(call: Call, wanted: tuple[Scope, ...]) -> Call:
    changes = deciding.halt(call.board.roster, call.board.me, wanted, call.now, token=call.event.token)
    stands_still = call.board.roster.halted >= set(wanted)
    call = call.changing(changes).on(Page.HALTS)
    return call.saying("halted") if changes or stands_still else call.saying("not_there")


def reopen(call: Call, value: str, _on: bool | None) -> Call:
    """Agree; it goes on once an owner and a reviewer have."""
    board = call.board
    changes = deciding.agree_to_reopen(board.roster, board.me, value, call.now, alone=board.alone)
    if not changes:
        return call
    reopened = any(isinstance(change, Reopened) for change in changes)
    return call.changing(changes).saying("reopened" if reopened else "agreed")


# --- letters ---------------------------------------------------------------------------------------------------------


def open_letter(call: Call, value: str, _on: bool | None) -> Call:
    """Read a letter: for a while it is nobody else's to answer."""
    changes = deciding.claim(call.board.roster, call.board.me, value, call.now)
    return call.changing(changes).on(Page.LETTER, about=value) if changes else call.saying("not_free")


def put_letter_back(call: Call, _value: str, _on: bool | None) -> Call:
    """Leave it to somebody else."""
    changes = deciding.put_letter_back(call.board.roster, call.board.me, call.visit.about, call.now)
    return call.changing(changes).on(Page.INBOX)


def hand_on(call: Call, _value: str, _on: bool | None) -> Call:
    """Leave a complaint to an owner."""
    changes = deciding.hand_on(call.board.roster, call.board.me, call.visit.about, call.now)
    return call.changing(changes).on(Page.INBOX, said="done" if changes else "not_free")


def answer(call: Call, value: str, _on: bool | None) -> Call:
    """Answer it, in one message."""
    if len(value) > ANSWER_LONGEST:
        return call.saying("answer_help")
    changes = deciding.answer(call.board.roster, call.board.me, call.visit.about, value.strip(), call.now)
    return call.changing(changes).on(Page.INBOX, said="answered" if changes else "not_free")
