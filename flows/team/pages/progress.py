"""Pages of looking how a collection goes. Pictures come beneath them, as messages of their own."""

from __future__ import annotations

import datetime as dt

from flows.language import place_name
from flows.listing import in_rows
from flows.picture import Theme
from flows.screens import Choice, Screen, body, title
from flows.team.board import Board
from flows.team.pages.in_words import back, page_words, part_in, place_words, title_of
from flows.team.visit import Visit
from flows.words import Text, say


def progress_collection_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """Of which collection."""
    part = part_in(board.collections(board.me.inviting_limits(now)), visit)
    rows = [(Choice(Text("{title}", {"title": title_of(name, board)}), "collection", name),) for name in part.items]
    blocks = (body(say("Which collection?")), *part.heading(page_words(part)))
    return Screen("team-progress-collection", blocks, (*rows, *part.turning(), back()))


def progress_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """Where, and what of it."""
    limits = board.me.inviting_limits(now)
    there = board.territories(visit.collection, limits, visit.language)
    if visit.collection not in board.collections(limits) or not there:
        return Screen("team-progress", (body(say("That is not among what you look after.")),), (back(),))
    where = place_words(visit.territory) if visit.territory else say("All regions")
    part = part_in(there, visit)
    blocks = (
        title(Text("{title}", {"title": title_of(visit.collection, board)})),
        body(Text("{where}", {"where": where})),
        body(
            say("A picture comes as a message of its own. It shows counts, never people, and none under {few}.", few=10)
        ),
        *part.heading(page_words(part)),
    )
    shows = [
        (Choice(say("How far people come"), "show", Theme.COURSE.value, look="primary"),),
        (Choice(say("Who is heard"), "show", Theme.GROUPS.value, look="primary"),),
    ]
    everywhere = [(Choice(say("All regions"), "region", ""),)] if visit.territory else []
    others = [each for each in part.items if each != visit.territory] if len(there) > 1 else []
    places = [(Choice(place_words(each), "region", each), place_name(each, visit.language)) for each in others]
    return Screen("team-progress", blocks, (*shows, *everywhere, *in_rows(places), *part.turning(), back()))
