"""Moves about links and rights: each asks `deciding` whether it may, and goes on only where something came of it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from flows.questions import clean_own_words
from flows.team import deciding
from flows.team.board import Board
from flows.team.events import TeamLinkOpened
from flows.team.moves.going import Call
from flows.team.rights import NO_LIMITS, Limits, Role, Training
from flows.team.roster import Change, RightGranted
from flows.team.visit import Page

TRAINING_LETTERS = 200
"""As long as a training note may be."""


_NOTE = re.compile(r"\s*(\d{4}-\d{2}-\d{2})[\s:,.]+(\S.*)", re.DOTALL)


def see(call: Call, value: str, _on: bool | None) -> Call:
    """A right of somebody's, for an owner."""
    return call.on(Page.MEMBER, about=value) if call.board.me.is_owner else call


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
    what = clean_own_words(found[2]) if found else ""
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
