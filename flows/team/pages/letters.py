"""Screens of what contributors have written: where from and since when, and never from whom."""

from __future__ import annotations

import datetime as dt
from functools import reduce

from flows.contact.letter import Letter
from flows.screens import Choice, Screen, body, item, quiet, title
from flows.team.board import Board
from flows.team.pages.in_words import (
    back,
    numbered,
    page_words,
    part_in,
    title_of,
)
from flows.team.visit import Visit
from flows.words import Day, Language, Place, Raw, Text, Value, say


def inbox_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """What waits for an answer: where from, since when, and never from whom."""
    letters = {letter.id: letter for letter in board.roster.inbox(board.me, now)}
    ids = list(letters)
    part = part_in(ids, visit)
    first = ids.index(part.items[0]) + 1 if part.items else 1
    words = say("Press a number to read and answer. For half an hour it is yours alone.")
    blocks = [title(say("Inbox")), body(words) if ids else body(say("Nothing waits for an answer."))]
    blocks += part.heading(page_words(part))
    for number, each in enumerate(part.items, first):
        line: dict[str, Value] = {"number": number, "letter": _letter_words(letters[each], board, now)}
        blocks.append(item(Text("{number}. {letter}", line)))
    return Screen("team-inbox", tuple(blocks), (*numbered("letter", part.items, first), *part.turning(), back()))


def _letter_words(letter: Letter, board: Board, now: dt.datetime) -> Text:
    where: Value = Place(letter.territory) if letter.territory else say("no place yet")
    first = Text("{where}", {"where": where})
    facts: list[Value] = [first, Text("{day}", {"day": Day(letter.at.date())})]
    if letter.collection and len(board.shelf.collections) > 1:
        facts.append(title_of(letter.collection, board))
    if letter.not_right:
        facts.append(say("the answer was not right"))
    elif letter.for_owner:
        facts.append(say("a complaint"))
    if not letter.is_free_for(board.me.member, now):
        facts.append(say("somebody is answering it"))
    return reduce(lambda before, fact: Text("{before} · {fact}", {"before": before, "fact": fact}), facts[1:], first)


def letter_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """One letter, while it is somebody's to answer."""
    letter = board.roster.letters.get(visit.about)
    mine = letter is not None and letter.is_for(board.me, now) and letter.claimed_by == board.me.member
    if letter is None or not mine:
        return Screen("team-letter", (body(say("It has been answered, or somebody else is answering it.")),), (back(),))
    blocks = [quiet(_letter_words(letter, board, now))]
    if letter.language:
        blocks.append(
            quiet(say("Written by somebody who reads {language}.", language=Language(letter.language, own=False)))
        )
    blocks.append(body(Text("{words}", {"words": Raw(letter.words)})))
    if letter.answer:
        blocks.append(body(say("Answered before: {answer}", answer=Raw(letter.answer))))
    blocks.append(quiet(say("Write the answer as one message. They can say that it was not right, to an owner alone.")))
    rows: list[tuple[Choice, ...]] = []
    if not letter.for_owner:
        rows.append((Choice(say("A complaint: to an owner"), "hand_on"),))
    return Screen("team-letter", tuple(blocks), (*rows, back()))
