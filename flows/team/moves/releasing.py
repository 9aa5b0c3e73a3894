"""Moves of a release: filling in the form, having it counted, sending it off, confirming."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flows.team import releasing
from flows.team.moves.going import Call
from flows.team.roster import ReleaseAsked
from flows.team.visit import Page


def begin(call: Call, _value: str, _on: bool | None) -> Call:
    """A new one."""
    return call.on(Page.RELEASE_FORM, collection=next(iter(call.board.shelf.collections), ""))


def open_order(call: Call, value: str, _on: bool | None) -> Call:
    """Look at one."""
    return call.on(Page.RELEASE, about=value)


def choose_collection(call: Call, value: str, _on: bool | None) -> Call:
    """Of which collection."""
    return call.with_visit(collection=value)


def _with(call: Call, **changes: Any) -> Call:  # noqa: ANN401  # fields of the form
    return call.with_visit(release=replace(call.visit.release, **changes))


def choose_purpose(call: Call, value: str, _on: bool | None) -> Call:
    """For which purpose."""
    return _with(call, purpose=value)


def choose_recipient(call: Call, value: str, _on: bool | None) -> Call:
    """To whom."""
    return _with(call, recipient=value)


def choose_format(call: Call, value: str, _on: bool | None) -> Call:
    """As what."""
    return _with(call, format=value)


def with_own_words(call: Call, _value: str, on: bool | None) -> Call:
    """With own words, or without."""
    return _with(call, own_words=bool(on))


def count(call: Call, _value: str, _on: bool | None) -> Call:
    """Have it counted; it comes to the page by itself."""
    collection = call.board.shelf.collections.get(call.visit.collection)
    if collection is None:
        return call.saying("not_there")
    changes = releasing.ask(call.board, collection, call.visit.release, call.now, token=call.event.token)
    order = next((each.order.id for each in changes if isinstance(each, ReleaseAsked)), None)
    return call.changing(changes).on(Page.RELEASE, about=order) if order is not None else call.saying("not_there")


def look(call: Call, _value: str, _on: bool | None) -> Call:
    """Whether it is there by now."""
    return call


def send_off(call: Call, _value: str, _on: bool | None) -> Call:
    """To a second steward."""
    order = call.board.roster.releases.get(call.visit.about)
    return call.changing(releasing.send_off(order, call.board, call.now)) if order is not None else call


def confirm(call: Call, _value: str, _on: bool | None) -> Call:
    """As the second steward."""
    order = call.board.roster.releases.get(call.visit.about)
    return call.changing(releasing.confirm(order, call.board, call.now)) if order is not None else call


def give_up(call: Call, _value: str, _on: bool | None) -> Call:
    """It is wanted no more."""
    order = call.board.roster.releases.get(call.visit.about)
    return call.changing(releasing.give_up(order, call.board, call.now)) if order is not None else call
