"""What differs from what was signed last, old words beside new: whoever signed before reads no more than that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from flows.differing import Difference, pages
from flows.listing import turning
from flows.screens import Block, Screen, body, item, lead, quiet
from flows.team.board import Board
from flows.team.pages.in_words import back
from flows.team.pages.reviews import heading, review_at, signing_rows
from flows.team.visit import Visit
from flows.words import Raw, Text, say


def review_changes_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    """Part by part; as much a page as a message takes. It is signed from here by the code that stands on it."""
    review = review_at(visit, board)
    every = pages(review.changed)
    if not every:
        blocks = (heading(visit), body(say("Nothing has changed since it was signed.")))
        return Screen("team-review-changes", blocks, (back(),))
    number = min(visit.turned, len(every) - 1)
    told = say("It was signed before. Only this has changed since; what is not here stands as it was signed.")
    shown: list[Block] = [heading(visit), body(told)]
    if len(every) > 1:
        shown.append(quiet(say("Page {number} of {count}.", number=number + 1, count=len(every))))
    shown += [block for each in every[number] for block in _beside(each)]
    shown.append(body(say("The code of what is shown now: {code}", code=Raw(review.content[:12]))))
    turns = turning(number, len(every))
    rows = [*([tuple(turns)] if turns else []), *signing_rows(), back()]
    return Screen("team-review-changes", tuple(shown), tuple(rows))


def _beside(each: Difference) -> Iterator[Block]:
    yield lead(Text("{part}", {"part": Raw(each.part)}))
    yield item(
        say("Signed: nothing stood here") if each.before is None else say("Signed: {words}", words=Raw(each.before))
    )
    yield item(say("Now: nothing stands here") if each.now is None else say("Now: {words}", words=Raw(each.now)))
