"""Moves of a post: to which collection, where it stands, in which languages, and then it goes."""

from __future__ import annotations

from dataclasses import replace

from flows.posts import LANGUAGES_AT_MOST, place_named
from flows.regions import spoken
from flows.team import posting
from flows.team.moves.going import Call
from flows.team.roster import PostAsked
from flows.team.visit import Page


def begin(call: Call, _value: str, _on: bool | None) -> Call:
    """/post: to which collection, where there are several."""
    mine = call.board.collections(call.board.me.inviting_limits(call.now))
    return call.on(Page.POST_PLACE, collection=mine[0]) if len(mine) == 1 else call.on(Page.POST_COLLECTION)


def choose_collection(call: Call, value: str, _on: bool | None) -> Call:
    """To which; then where it is to stand."""
    return call.on(Page.POST_PLACE, collection=value)


def name_place(call: Call, value: str, _on: bool | None) -> Call:
    """Where; then in which languages, the member's own first."""
    collection = call.board.shelf.collections.get(call.visit.collection)
    place = place_named(value)
    if place is None or collection is None:
        return call.saying("no_place")
    limits, languages = call.board.me.inviting_limits(call.now), spoken(collection)
    there = call.board.open_territories(collection.id, limits, call.visit.language, call.now.date())
    own = call.visit.language if call.visit.language in languages else languages[0]
    draft = replace(call.visit.draft, languages=(own,))
    first = next(iter(there if limits.regions else ()), min(limits.regions, default=""))
    return call.on(Page.POST_PREVIEW, collection=collection.id, about=place, territory=first, draft=draft)


def tick_language(call: Call, value: str, on: bool | None) -> Call:
    """Tick a language or untick it; they stand in the order of ticking."""
    others = tuple(each for each in call.visit.draft.languages if each != value)
    languages = (*others, value) if on else others
    if len(languages) > LANGUAGES_AT_MOST:
        return call.saying("post_languages")
    return call.with_visit(draft=replace(call.visit.draft, languages=languages))


def choose_region(call: Call, value: str, _on: bool | None) -> Call:
    """Whose pay it says, or none's."""
    return call.with_visit(territory=value)


def send(call: Call, _value: str, _on: bool | None) -> Call:
    """Post it; how it went comes to the page by itself."""
    visit = call.visit
    collection = call.board.shelf.collections.get(visit.collection)
    if collection is None:
        return call.saying("not_there")
    changes = posting.ask(
        call.board.me, collection, visit.about, visit.draft.languages, visit.territory, call.now,
        token=call.event.token,
    )  # fmt: skip
    post = next((each.post.id for each in changes if isinstance(each, PostAsked)), None)
    if post is None:
        return call.saying("not_there")
    return call.changing(changes).on(Page.POST, about=post)


def look(call: Call, _value: str, _on: bool | None) -> Call:
    """Whether it is there by now."""
    return call
