"""Screens of links to a collection: the list, one that is made, and one as it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from flows.language import place_name
from flows.links import (
    CollectionLink,
    LinkKind,
    LinkState,
    Passed,
    address,
    attested,
    is_full,
    lapses,
    shown_counts,
    supplier_of,
)
from flows.listing import in_rows
from flows.regions import spoken
from flows.screens import Block, Choice, Screen, body, item, quiet, title
from flows.team import linking
from flows.team.board import Board
from flows.team.moves.linking import BY_SUPPLIER, next_ceiling
from flows.team.pages.in_words import back, numbered, page_words, part_in, place_words, title_of
from flows.team.visit import Visit
from flows.words import Day, Language, Raw, Text, Value, say

_KINDS: Mapping[LinkKind, Text] = MappingProxyType(
    {
        LinkKind.CHANNEL: say("A channel or group"),
        LinkKind.POSTER: say("A poster or leaflet"),
        LinkKind.LIST: say("A list of people"),
        LinkKind.SUPPLIER: say("A supplier"),
    }
)


def doors_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """Every link that somebody looks after, and the way to a new one."""
    found = {each.id: each for each in linking.links_of(board.roster, board.me, now)}
    part = part_in(list(found), visit)
    first = list(found).index(part.items[0]) + 1 if part.items else 1
    blocks = [title(say("Links")), *part.heading(page_words(part)), *_attestations(board, now)]
    if not found:
        blocks.append(body(say("No link has been made yet.")))
    for number, link in enumerate((found[each] for each in part.items), first):
        words: dict[str, Value] = {"number": number, "name": Raw(link.name), "state": _state(link, board, now)}
        blocks.append(item(Text("{number}. {name} · {state}", words)))
    new = (Choice(say("New link"), "new", look="primary"),)
    return Screen("team-doors", tuple(blocks), (*numbered("open", part.items, first), *part.turning(), new, back()))


def _attestations(board: Board, now: dt.datetime) -> list[Block]:
    """Suppliers whose attestation has lapsed, or does within two weeks."""
    mine = board.collections(board.me.inviting_limits(now))
    found = [each for name in mine for each in lapses(board.shelf.collections[name], now.date())]
    return [
        quiet(
            say("{name}: attested until {day}, and not on that day.", name=Raw(each.name), day=Day(each.ends_on))
            if each.is_attested(now.date())
            else say("{name}: the attestation lapsed on {day}.", name=Raw(each.name), day=Day(each.ends_on))
        )
        for each in found
        if each.ends_on is not None
    ]


def _state(link: CollectionLink, board: Board, now: dt.datetime) -> Text:
    collection = board.shelf.collections.get(link.collection)
    if link.state is LinkState.ENDED:
        return say("ended")
    if collection is None or not attested(link, collection, now.date()):
        return say("closed: whoever hands it out is not attested")
    if link.rests_by_itself:
        return say("rests: it was opened far faster than usual")
    if link.state is LinkState.PAUSED:
        return say("rests")
    return say("full for today") if is_full(link, now) else say("open")


def door_collection_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """To which collection a new link leads."""
    part = part_in(board.collections(board.me.inviting_limits(now)), visit)
    rows = [(Choice(Text("{title}", {"title": title_of(name, board)}), "collection", name),) for name in part.items]
    blocks = (body(say("Which collection?")), *part.heading(page_words(part)))
    return Screen("team-door-collection", blocks, (*rows, *part.turning(), back()))


def door_kind_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    """What hands it out."""
    collection = board.shelf.collections.get(visit.collection)
    suppliers = [each for each in collection.suppliers if not each.in_house] if collection is not None else []
    kinds = [each for each in LinkKind if each is not LinkKind.SUPPLIER]
    rows = [(Choice(_KINDS[each], "kind", each.value),) for each in kinds]
    rows += [(Choice(Text("{name}", {"name": Raw(s.name)}), "kind", f"{BY_SUPPLIER}{s.id}"),) for s in suppliers]
    words = body(say("What hands it out? Each gets a link of its own, so that it is known where people came from."))
    return Screen("team-door-kind", (words,), (*rows, back()))


def door_region_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """Where it is handed out."""
    limits = board.me.inviting_limits(now)
    part = part_in(board.territories(visit.collection, limits, visit.language), visit)
    rows = in_rows(
        [(Choice(place_words(each), "region", each), place_name(each, visit.language)) for each in part.items]
    )
    everywhere = () if limits.regions else ((Choice(say("Everywhere"), "region", ""),),)
    words = body(say("Where is it handed out? Where people live, they are asked all the same."))
    return Screen(
        "team-door-region", (words, *part.heading(page_words(part))), (*everywhere, *rows, *part.turning(), back())
    )


def door_name_page(_visit: Visit, _board: Board, _now: dt.datetime) -> Screen:
    """What it is called."""
    words = body(say("Please write what you call it, such as: library, front door. No names of people."))
    return Screen("team-door-name", (words,), (back(),))


def door_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """How one link stands."""
    link = _found(visit, board, now)
    if link is None:
        return Screen("team-door", (body(say("That is not among what you look after.")),), (back(),))
    blocks = [
        title(Text("{name}", {"name": Raw(link.name)})),
        body(
            Text("{kind} · {title}", {"kind": _handed_out_by(link, board), "title": title_of(link.collection, board)})
        ),
        body(Text("{state}", {"state": _state(link, board, now)})),
        body(Text("{address}", {"address": Raw(address(board.bot_name, link.id))})),
    ]
    if link.territory:
        blocks.append(body(place_words(link.territory)))
    blocks += [item(_count(how_far, count)) for how_far, count in shown_counts(link).items()]
    blocks.append(quiet(say("Counts only, and never who. Whoever hands it out is not told who took part.")))
    return Screen("team-door", tuple(blocks), (*_door_rows(link), back()))


def _found(visit: Visit, board: Board, now: dt.datetime) -> CollectionLink | None:
    found = board.roster.collection_links.get(visit.about)
    return found if found is not None and linking.looks_after(board.me, found, now) else None


def _handed_out_by(link: CollectionLink, board: Board) -> Text:
    collection = board.shelf.collections.get(link.collection)
    supplier = supplier_of(link, collection) if collection is not None else None
    return Text("{name}", {"name": Raw(supplier.name)}) if supplier is not None else _KINDS[link.kind]


def _count(how_far: Passed, count: int | None) -> Text:
    value = say("too few to show") if count is None else say("{count} or a few more", count=count)
    if how_far is Passed.OPENED:
        return say("Opened: {count}", count=value)
    return (
        say("Agreed: {count}", count=value) if how_far is Passed.CONSENTED else say("Submitted: {count}", count=value)
    )


def _door_rows(link: CollectionLink) -> list[tuple[Choice, ...]]:
    if link.state is LinkState.ENDED:
        return []
    is_open = link.state is LinkState.OPEN
    move = Choice(say("Pause it"), "pause") if is_open else Choice(say("Let it go on"), "resume", look="primary")
    ceiling = next_ceiling(link.daily)
    daily = (
        say("At most a day: {count}", count=link.daily) if link.daily is not None else say("At most a day: no limit")
    )
    return [
        (Choice(say("To print"), "poster"),),
        (Choice(daily, "daily", "" if ceiling is None else str(ceiling)),),
        (move, Choice(say("End it"), "end", look="danger")),
    ]


def door_poster_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """What to print: the code alone, or a poster in a language."""
    link = _found(visit, board, now)
    collection = board.shelf.collections.get(link.collection) if link is not None else None
    if link is None or collection is None:
        return Screen("team-door-poster", (body(say("That is not among what you look after.")),), (back(),))
    part = part_in(spoken(collection), visit)
    rows = [
        (Choice(say("A poster in {language}", language=Language(each, own=False)), "print", each),)
        for each in part.items
    ]
    words = body(say("A file comes into this chat. A poster says who asks, what for, and how many minutes it takes."))
    alone = (Choice(say("The code alone"), "print", ""),)
    return Screen("team-door-poster", (words, *part.heading(page_words(part))), (alone, *rows, *part.turning(), back()))


def door_end_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """One press before it has ended."""
    if _found(visit, board, now) is None:
        return Screen("team-door-end", (body(say("That is not among what you look after.")),), (back(),))
    words = say("Nobody comes in by it any more then, for good. Whoever has agreed goes on.")
    return Screen("team-door-end", (body(words),), ((Choice(say("End it"), "end", look="danger"),), back()))
