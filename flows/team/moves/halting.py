"""Moves of halting and reopening."""

from __future__ import annotations

from flows.finding import places_called
from flows.halts import Scope
from flows.team import deciding
from flows.team.board import scopes
from flows.team.moves.going import Call
from flows.team.roster import Reopened
from flows.team.visit import Page


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


def lift_pause(call: Call, value: str, _on: bool | None) -> Call:
    """People are asked in that language again."""
    changes = deciding.lift_pause(call.board.roster, call.board.me, value, call.now)
    return call.changing(changes).saying("reopened") if changes else call


def reopen(call: Call, value: str, _on: bool | None) -> Call:
    """Agree; it goes on once an owner and a reviewer have."""
    board = call.board
    changes = deciding.agree_to_reopen(board.roster, board.me, value, call.now, alone=board.alone)
    if not changes:
        return call
    reopened = any(isinstance(change, Reopened) for change in changes)
    return call.changing(changes).saying("reopened" if reopened else "agreed")
