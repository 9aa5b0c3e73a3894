"""Pages of reviewing: where, in which language, how it stands, and what is written to sign, refuse or remark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from flows.language import place_name
from flows.listing import in_rows
from flows.safety import takes_two
from flows.screens import Block, Choice, Screen, body, item, quiet, title
from flows.sign_offs import Capacity, Review, last_day
from flows.team.board import Board
from flows.team.pages.in_words import back, page_words, part_in, place_words, title_of
from flows.team.rights import NO_LIMITS
from flows.team.visit import Visit
from flows.why_closed import why_unsigned
from flows.words import Day, Language, Place, Raw, Text, say


def review_collection_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    """Of which collection."""
    part = part_in(board.collections(NO_LIMITS), visit)
    rows = [(Choice(Text("{title}", {"title": title_of(name, board)}), "collection", name),) for name in part.items]
    blocks = (body(say("Which collection?")), *part.heading(page_words(part)))
    return Screen("team-review-collection", blocks, (*rows, *part.turning(), back()))


def review_region_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    """Where."""
    part = part_in(board.territories(visit.collection, NO_LIMITS, visit.language), visit)
    places = [(Choice(place_words(each), "region", each), place_name(each, visit.language)) for each in part.items]
    blocks = (
        title(say("Signing off")),
        body(say("A region opens language by language, once somebody who did not write it has signed.")),
        *part.heading(page_words(part)),
    )
    return Screen("team-review-region", blocks, (*in_rows(places), *part.turning(), back()))


def review_places_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """Each language of a region, and how it stands."""
    languages = _languages(visit, board)
    blocks: list[Block] = [title(Text("{place}", {"place": Place(visit.territory)}))]
    for each in languages:
        review = board.shelf.review(visit.collection, visit.territory, each)
        blocks.append(item(Text("• {language}: {state}", {"language": Language(each), "state": _state(review, now)})))
    rows = [(Choice(Text("{language}", {"language": Language(each)}), "language", each),) for each in languages]
    return Screen("team-review-places", tuple(blocks), (*rows, back()))


def review_place_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """One language of a region: how it stands, and what can be said."""
    review = review_at(visit, board)
    blocks = [heading(visit), body(_state(review, now))]
    if review.content:
        code = Raw(review.content[:12])
        blocks.append(body(say("The booklet to read is made with surveybot preview. Its code now: {code}", code=code)))
    if takes_two(visit.territory):
        blocks.append(body(say("A regional expert and counsel both sign here, who are two people.")))
    count = len(review.changed)
    changes = [(Choice(say("Show what has changed ({count})", count=count), "changes", look="primary"),)]
    rows = [
        *(changes if count else ()),
        *signing_rows(),
        (Choice(say("Refuse"), "refuse", look="danger"), Choice(say("Remark"), "remark")),
        back(),
    ]
    return Screen("team-review-place", tuple(blocks), tuple(rows))


def signing_rows() -> list[tuple[Choice, ...]]:
    """As what somebody signs."""
    return [(Choice(_AS[each], "sign", each.value),) for each in Capacity]


def review_sign_page(visit: Visit, _board: Board, now: dt.datetime) -> Screen:
    """What is written to sign."""
    words = say(
        "Write the first letters of the code on the booklet that you have read, and then what you are, such as: "
        "{example}. With that you sign it, until {day} at most.",
        example=Raw("a1b2c3 Counsel, Nairobi"),
        day=Day(last_day(now.date())),
    )
    shorter = say(
        "To sign for a shorter time, write its last day between the two, such as {day}.",
        day=Raw((now.date() + dt.timedelta(days=90)).isoformat()),
    )
    return Screen("team-review-sign", (heading(visit), body(words), quiet(shorter)), (back(),))


def review_refuse_page(visit: Visit, _board: Board, _now: dt.datetime) -> Screen:
    """What is written to refuse."""
    words = say(
        "Write why. It closes at once, for everybody: whoever is in the middle reads that it is not about them, and "
        "leaving works as always."
    )
    return Screen("team-review-refuse", (heading(visit), body(words)), (back(),))


def review_remark_page(visit: Visit, _board: Board, _now: dt.datetime) -> Screen:
    """What is written to remark."""
    words = say(
        "Write your remark; begin with the number of the screen, as the booklet has it, if it is about one. Nothing "
        "opens or closes by it."
    )
    return Screen("team-review-remark", (heading(visit), body(words)), (back(),))


_AS: Mapping[Capacity, Text] = MappingProxyType(
    {
        Capacity.REVIEWER: say("Sign as reviewer"),
        Capacity.EXPERT: say("Sign as regional expert"),
        Capacity.COUNSEL: say("Sign as counsel"),
    }
)


def heading(visit: Visit) -> Block:
    """Which place, in which language."""
    language = Language(visit.about.partition("/")[0])
    return title(say("{place} ({language})", place=Place(visit.territory), language=language))


def _languages(visit: Visit, board: Board) -> tuple[str, ...]:
    collection = board.shelf.collections.get(visit.collection)
    region = collection.region(visit.territory) if collection is not None else None
    return region.languages if region is not None else ()


def review_at(visit: Visit, board: Board) -> Review:
    """What reviewers have said of it, and what differs."""
    return board.shelf.review(visit.collection, visit.territory, visit.about.partition("/")[0])


def _state(review: Review, now: dt.datetime) -> Text:
    why = review.closure(now.date())
    if why is not None:
        return say("closed: {why}", why=why_unsigned(why, review.until))
    return say("open until {day}", day=Day(review.until or now.date()))
