"""Moves of links to a collection: what hands it out, where, what it is called, and how it goes."""

from __future__ import annotations

from flows.effects import SendPoster
from flows.finding import places_called
from flows.links import DAILY_CHOICES, LinkKind
from flows.team import linking
from flows.team.moves.going import Call
from flows.team.roster import Change, CollectionLinkMade
from flows.team.visit import Page

BY_SUPPLIER = f"{LinkKind.SUPPLIER}:"
"""What a choice of a supplier begins with."""


def begin(call: Call, _value: str, _on: bool | None) -> Call:
    """A new link: to which collection, where there are several."""
    mine = call.board.collections(call.board.me.inviting_limits(call.now))
    return call.on(Page.DOOR_KIND, collection=mine[0]) if len(mine) == 1 else call.on(Page.DOOR_COLLECTION)


def choose_collection(call: Call, value: str, _on: bool | None) -> Call:
    """To which; then what hands it out."""
    return call.on(Page.DOOR_KIND, collection=value)


def choose_kind(call: Call, value: str, _on: bool | None) -> Call:
    """What hands it out; then where."""
    return call.on(Page.DOOR_REGION, collection=call.visit.collection, about=value)


def choose_region(call: Call, value: str, _on: bool | None) -> Call:
    """Where, or everywhere; then what it is called."""
    return call.on(Page.DOOR_NAME, collection=call.visit.collection, about=call.visit.about, territory=value)


def name_region(call: Call, value: str, _on: bool | None) -> Call:
    """Look for a region by its name."""
    limits = call.board.me.inviting_limits(call.now)
    there = call.board.territories(call.visit.collection, limits, call.visit.language)
    found = places_called(value, there, call.visit.language)
    return call.with_visit(found=found, turned=0) if found else call.saying("not_there")


def make(call: Call, value: str, _on: bool | None) -> Call:
    """What it is called, and it is there."""
    visit = call.visit
    collection = call.board.shelf.collections.get(visit.collection)
    if collection is None:
        return call.saying("not_there")
    supplier = visit.about.removeprefix(BY_SUPPLIER) if visit.about.startswith(BY_SUPPLIER) else None
    kind = LinkKind.SUPPLIER if supplier is not None else LinkKind(visit.about)
    changes = linking.make(
        call.board.me, collection, kind, value, call.now,
        token=call.event.token, supplier=supplier, territory=visit.territory or None,
    )  # fmt: skip
    if not changes:
        return call.saying("link_name_help")
    made = next(each.link.id for each in changes if isinstance(each, CollectionLinkMade))
    return call.changing(changes).on(Page.DOOR, about=made).saying("link_made")


def open_door(call: Call, value: str, _on: bool | None) -> Call:
    """Look at one."""
    return call.on(Page.DOOR, about=value)


def _after(call: Call, changes: tuple[Change, ...]) -> Call:
    return call.changing(changes).on(Page.DOOR, about=call.visit.about)


def pause(call: Call, _value: str, _on: bool | None) -> Call:
    return _after(call, linking.pause(call.board.roster, call.board.me, call.visit.about, call.now))


def resume(call: Call, _value: str, _on: bool | None) -> Call:
    return _after(call, linking.resume(call.board.roster, call.board.me, call.visit.about, call.now))


def end(call: Call, _value: str, _on: bool | None) -> Call:
    return _after(call, linking.end(call.board.roster, call.board.me, call.visit.about, call.now))


def limit(call: Call, value: str, _on: bool | None) -> Call:
    """The next of the ceilings that can be chosen."""
    daily = int(value) if value else None
    return _after(call, linking.limit(call.board.roster, call.board.me, call.visit.about, daily, call.now))


def next_ceiling(daily: int | None) -> int | None:
    """The ceiling that one more press chooses."""
    place = DAILY_CHOICES.index(daily) if daily in DAILY_CHOICES else -1
    return DAILY_CHOICES[(place + 1) % len(DAILY_CHOICES)]


def send_poster(call: Call, value: str, _on: bool | None) -> Call:
    """Have it sent as a file: a poster in a language, or the code alone."""
    found = call.board.roster.collection_links.get(call.visit.about)
    if found is None or not linking.looks_after(call.board.me, found, call.now):
        return call.saying("not_there")
    return call.on(Page.DOOR, about=found.id).saying("file_sent").owing(SendPoster(found.id, value))
