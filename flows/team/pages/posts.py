"""Screens of a post: where it is to stand, how it will read, and how it went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType

from flows.collection import Collection
from flows.links import address
from flows.posts import Post, PostState, WhyNot, post_screen
from flows.regions import spoken
from flows.screens import Block, Choice, Screen, body, item, quiet, title
from flows.team.board import Board
from flows.team.pages.in_words import back, closed_words, page_words, part_in, ticked_words, title_of
from flows.team.visit import Visit
from flows.words import InLanguage, Language, Place, Raw, Text, say

_EXAMPLE = "@neighbours"


def post_collection_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """To which collection."""
    part = part_in(board.collections(board.me.inviting_limits(now)), visit)
    rows = [(Choice(Text("{title}", {"title": title_of(name, board)}), "collection", name),) for name in part.items]
    blocks = (body(say("Which collection?")), *part.heading(page_words(part)))
    return Screen("team-post-collection", blocks, (*rows, *part.turning(), back()))


def post_place_page(_visit: Visit, _board: Board, _now: dt.datetime) -> Screen:
    """Where."""
    blocks = (
        title(say("Post an invite")),
        body(
            say(
                "Please write where it goes: the channel’s or group’s name, such as {example}, or its number. The bot "
                "has to be there and be allowed to post; it reads nothing there.",
                example=Raw(_EXAMPLE),
            )
        ),
    )
    return Screen("team-post-place", blocks, (back(),))


def post_preview_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """As it will stand there, and the press that posts it."""
    collection = board.shelf.collections.get(visit.collection)
    if collection is None or visit.collection not in board.collections(board.me.inviting_limits(now)):
        return Screen("team-post-preview", (body(say("That is not among what you look after.")),), (back(),))
    languages = visit.draft.languages
    blocks = [quiet(say("As it will stand in {place}:", place=Raw(visit.about)))]
    for language in languages:
        blocks += _as_it_reads(collection, visit, board, language)
    if not languages:
        blocks.append(body(say("Tick one language at least.")))
    part = part_in(spoken(collection), visit)
    rows: list[tuple[Choice, ...]] = [(_language_choice(each, languages),) for each in part.items]
    rows += [*part.turning(), (_region_choice(collection, visit, board, now),)]
    if not board.is_open(collection.id, visit.territory, visit.language, now):
        blocks.append(body(closed_words()))
    elif languages:
        rows.append((Choice(say("Post it"), "send", look="primary"),))
    return Screen("team-post-preview", (*blocks, *part.heading(page_words(part))), (*rows, back()))


def _as_it_reads(collection: Collection, visit: Visit, board: Board, language: str) -> list[Block]:
    """The words in one language; the link is made with the press."""
    screen = post_screen(collection, collection.region(visit.territory), address(board.bot_name, "…"))
    blocks = [
        Block(each.style, Text("{words}", {"words": InLanguage(each.words, language)}))
        for each in screen.blocks
        if isinstance(each.words, Text)
    ]
    return [
        *blocks,
        *(item(Text("[ {label} ]", {"label": InLanguage(c.label, language)})) for row in screen.rows for c in row),
    ]


def _language_choice(language: str, ticked: tuple[str, ...]) -> Choice:
    words = ticked_words(Text("{language}", {"language": Language(language, own=False)}), language in ticked)
    return Choice(words, "language", language, language in ticked)


def _region_choice(collection: Collection, visit: Visit, board: Board, now: dt.datetime) -> Choice:
    """Each press goes on to the next region, and from the last to none, where that is one's to say."""
    limits = board.me.inviting_limits(now)
    there = board.open_territories(collection.id, limits, visit.language, now.date())
    values = there if limits.regions else ["", *there]
    place = values.index(visit.territory) if visit.territory in values else -1
    after = values[(place + 1) % len(values)] if values else ""
    words = say("Pay as in: {place}", place=Place(visit.territory)) if visit.territory else say("Pay: not said")
    return Choice(words, "region", after)


def post_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    """How it went."""
    found = board.roster.posts.get(visit.about)
    if found is None or found.asked_by != board.me.member:
        return Screen("team-post", (body(say("That is not among what you look after.")),), (back(),))
    waits = found.state in {PostState.ASKED, PostState.POSTING}
    rows = ((Choice(say("Look again"), "look"),), back()) if waits else (back(),)
    return Screen("team-post", (title(say("Post an invite")), body(outcome_words(found))), rows)


def outcome_words(post: Post) -> Text:
    """What became of it, and what helps."""
    place = Raw(post.place)
    if post.state is PostState.POSTED:
        return say("✓ It stands in {place}. /links has its link.", place=place)
    if post.state is PostState.UNKNOWN:
        return say("No answer came: it may stand in {place}, or not. Look there before you post again.", place=place)
    if post.state is PostState.REFUSED:
        return _WHY_NOT[WhyNot(post.why)](place)
    return say("It is on its way. How it went comes here by itself.")


_WHY_NOT: Mapping[WhyNot, Callable[[Raw], Text]] = MappingProxyType(
    {
        WhyNot.NOT_THERE: lambda place: say(
            "Nothing was posted: Telegram knows no {place}, or the bot is not in it. Put the bot there and post again.",
            place=place,
        ),
        WhyNot.NO_RIGHT: lambda place: say(
            "Nothing was posted: the bot may not post in {place}. Make it an administrator who may, and post again.",
            place=place,
        ),
        WhyNot.LATER: lambda _place: say(
            "Nothing was posted: Telegram was not reached, or asked to wait. Please post again later."
        ),
        WhyNot.NOT_TAKEN: lambda _place: say("Nothing was posted: Telegram did not take it."),
        WhyNot.CLOSED: lambda _place: closed_words(),
    }
)
