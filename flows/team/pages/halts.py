"""Screens of halting and reopening."""

from __future__ import annotations

import datetime as dt

from flows.grading import CardPause
from flows.halts import Scope
from flows.language import place_name
from flows.listing import in_rows
from flows.screens import Block, Choice, Screen, body, item, lead, title
from flows.team.board import Board
from flows.team.pages.in_words import (
    NUMBERS_A_ROW,
    back,
    numbered,
    page_words,
    part_in,
    place_words,
    role_words,
    title_of,
)
from flows.team.roster import Halt
from flows.team.visit import Visit
from flows.words import Day, Language, Listed, Place, Text, Value, say


def _scope_words(scope: Scope, board: Board) -> Text:
    where: Value = Place(scope.territory) if scope.territory else say("all regions")
    if scope.collection is None:
        return Text("{where}", {"where": where})
    return Text("{where} ({collection})", {"where": where, "collection": title_of(scope.collection, board)})


def halts_page(_visit: Visit, board: Board, now: dt.datetime) -> Screen:
    halts = sorted(board.roster.halts.values(), key=lambda halt: (halt.at, halt.id))[: NUMBERS_A_ROW * 4]
    blocks = [title(say("Halting and reopening"))]
    blocks.append(lead(say("This stands still:")) if halts else body(say("Nothing stands still.")))
    for number, halt in enumerate(halts, 1):
        blocks.append(item(_halt_words(number, halt, board)))
    rows: list[tuple[Choice, ...]] = []
    if halts and board.me.may_reopen(now):
        alone = board.alone and board.me.is_owner
        words = say("Press a number to agree that it goes on. It takes an owner and a reviewer, two people.")
        blocks.append(body(say("Press a number to let it go on.") if alone else words))
        rows += numbered("reopen", [halt.id for halt in halts])
    pauses = [board.roster.pauses[name] for name in sorted(board.roster.pauses)][: NUMBERS_A_ROW * 4]
    if pauses:
        blocks += _pauses(pauses, len(halts) + 1, board)
        if board.me.may_reopen(now):
            blocks.append(body(say("Read the card, mend it, and press its number to ask people again.")))
            rows += numbered("lift", [pause.id for pause in pauses], len(halts) + 1)
    rows.append((Choice(say("Halt something"), "halt", look="danger"),))
    return Screen("team-halts", tuple(blocks), (*rows, back()))


def _pauses(pauses: list[CardPause], first: int, board: Board) -> list[Block]:
    lines = [
        item(
            say(
                "{number}. {language}, card {card} of {collection}: {off} of {answers} read it otherwise.",
                number=number,
                language=Language(pause.language, own=False),
                card=pause.card,
                collection=title_of(pause.collection, board),
                off=pause.off,
                answers=pause.answers,
            )
        )
        for number, pause in enumerate(pauses, first)
    ]
    return [lead(say("Nobody new is asked or invited in these languages, since a card is not understood:")), *lines]


def _halt_words(number: int, halt: Halt, board: Board) -> Text:
    values: dict[str, Value] = {
        "number": number,
        "what": _scope_words(halt.scope, board),
        "since": say("since {day}, by: {role}", day=Day(halt.at.date()), role=role_words(halt.role)),
    }
    agreed = tuple(dict.fromkeys(role for each in halt.agreed for role in each.roles))
    if not agreed:
        return Text("{number}. {what} · {since}", values)
    roles = Listed(tuple(role_words(role) for role in agreed))
    return Text(
        "{number}. {what} · {since} · {agreed}", {**values, "agreed": say("agreed to reopen: {roles}", roles=roles)}
    )


def halt_collection_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    part = part_in(board.collections(board.me.halting_limits(now)), visit)
    rows = [(Choice(Text("{title}", {"title": title_of(name, board)}), "collection", name),) for name in part.items]
    every = (Choice(say("All of them"), "collection", ""),)
    blocks = (body(say("Which collection?")), *part.heading(page_words(part)))
    return Screen("team-halt-collection", blocks, (*rows, *part.turning(), every, back()))


def halt_region_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    territories = board.territories(visit.collection, board.me.halting_limits(now), visit.language)
    part = part_in(territories, visit)
    rows = in_rows(
        [(Choice(place_words(each), "region", each), place_name(each, visit.language)) for each in part.items]
    )
    every = (Choice(say("All of them"), "region", ""),)
    blocks = (body(say("Where? You can also write the place.")), *part.heading(page_words(part)))
    return Screen("team-halt-region", blocks, (*rows, *part.turning(), every, back()))


def halt_sure_page(visit: Visit, board: Board, _now: dt.datetime) -> Screen:
    scope = Scope(visit.collection or None, visit.territory or None)
    blocks = (
        title(_scope_words(scope, board)),
        body(
            say(
                "Nobody is invited and nothing is asked there from now on. People who are in the middle read that it "
                "is not about them; leaving works as always. Going on takes an owner and a reviewer."
            )
        ),
    )
    return Screen("team-halt-sure", blocks, ((Choice(say("Halt now"), "halt", look="danger"),), back()))
