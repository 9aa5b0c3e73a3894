"""Pages of choosing whom to invite by an answer: which question, and which answer to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flows.choosing import FEWEST_CHOSEN, may_be_chosen_by
from flows.collection import Option, Question
from flows.screens import Block, Choice, Screen, body, item
from flows.team.board import Board
from flows.team.pages.in_words import back, numbered, page_words, part_in
from flows.team.visit import Visit
from flows.words import Language, Text, asked, say


def choose_question_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """Only questions that nobody is endangered by, where they may be asked."""
    questions = _questions(visit, board, now)
    part = part_in(list(questions), visit)
    blocks = (
        body(say("Only people who gave one answer are invited then. To which question?")),
        body(
            say(
                "Only people who agreed to be counted can be chosen so, and never fewer than {few}. By gender, or by "
                "what is not safe everywhere, nobody is.",
                few=FEWEST_CHOSEN,
            )
        ),
        *part.heading(page_words(part)),
    )
    first = list(questions).index(part.items[0]) + 1 if part.items else 1
    lines = _numbered([asked(visit.collection, questions[each].text) for each in part.items], first)
    anybody = (Choice(say("Whatever they answered"), "question", ""),)
    rows = (*numbered("question", part.items, first), *part.turning(), anybody, back())
    return Screen("team-choose-question", (*blocks, *lines), rows)


def _numbered(words: Sequence[Text], first: int) -> list[Block]:
    """Lines that buttons with their numbers stand for: they may be too long for a button."""
    return [item(Text("{number}. {words}", {"number": n, "words": each})) for n, each in enumerate(words, first)]


def choose_option_page(visit: Visit, board: Board, now: dt.datetime) -> Screen:
    """Which answer to it. Who preferred not to answer is nobody's to choose."""
    question = _questions(visit, board, now).get(visit.draft.answered.partition("=")[0])
    if question is None:
        return Screen("team-choose-option", (body(say("That is not among what you look after.")),), (back(),))
    part = part_in([option.id for option in question.options], visit)
    words = {option.id: option_words(visit.collection, option) for option in question.options}
    first = list(words).index(part.items[0]) + 1
    blocks = (
        body(asked(visit.collection, question.text)),
        *part.heading(page_words(part)),
        *_numbered([words[each] for each in part.items], first),
    )
    return Screen("team-choose-option", blocks, (*numbered("option", part.items, first), *part.turning(), back()))


def answer_words(visit: Visit, board: Board) -> Text | None:
    """By which answer people are chosen, in a line; None where by none."""
    name, _, option_id = visit.draft.answered.partition("=")
    question = board.shelf.collections[visit.collection].question(name)
    option = question.option(option_id) if question is not None else None
    return None if option is None else say("By an answer: {option}", option=option_words(visit.collection, option))


def option_words(collection: str, option: Option) -> Text:
    """An option as people read it."""
    if option.language is not None:
        return Text("{language}", {"language": Language(option.language, own=False)})
    return asked(collection, option.label)


def _questions(visit: Visit, board: Board, now: dt.datetime) -> dict[str, Question]:
    """Those that may serve in a region that somebody may invite to, by id."""
    there = board.open_territories(visit.collection, board.me.inviting_limits(now), visit.language, now.date())
    collection = board.shelf.collections.get(visit.collection)
    if collection is None or collection.balance_purpose is None:
        return {}
    found: dict[str, Question] = {}
    for region in collection.regions:
        if region.territory in there:
            for question in region.questions:
                if may_be_chosen_by(question, region.territory):
                    found.setdefault(question.id, question)
    return found
