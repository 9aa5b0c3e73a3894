"""Moves of looking how a collection goes: which one, where, and what of it."""

from __future__ import annotations

from flows.effects import SendPicture
from flows.picture import Theme
from flows.team.moves.going import Call
from flows.team.visit import Page


def asked_how_it_goes(call: Call, _value: str, _on: bool | None) -> Call:
    """/progress: of which collection, where there are several; of one, its picture at once."""
    mine = call.board.collections(call.board.me.inviting_limits(call.now))
    if len(mine) != 1:
        return call.on(Page.PROGRESS_COLLECTION)
    return choose_collection(call, mine[0], None)


def choose_collection(call: Call, value: str, _on: bool | None) -> Call:
    """Of which: how far people come there, to begin with."""
    return show(call.on(Page.PROGRESS, collection=value), Theme.COURSE.value, None)


def choose_region(call: Call, value: str, _on: bool | None) -> Call:
    """Where; empty is everywhere that one looks after. What is shown of it is asked for next."""
    return call.with_visit(territory=value)


def show(call: Call, value: str, _on: bool | None) -> Call:
    """Have a picture sent."""
    visit, limits = call.visit, call.board.me.inviting_limits(call.now)
    there = call.board.territories(visit.collection, limits, visit.language)
    if visit.collection not in call.board.collections(limits) or not there:
        return call.saying("not_there")
    chosen = tuple(each for each in there if visit.territory in {"", each})
    if not chosen:
        return call.saying("not_there")
    return call.owing(SendPicture(visit.collection, tuple(sorted(chosen)), value)).saying("picture")
