"""Published statistics as pictures, and the two sentences that stand beside them wherever they are shown."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from typing import Any

from flows.picture import Line, Part, Picture, Theme
from flows.small_counts import FEWEST
from flows.statistics import LANGUAGES, NO_ANSWER
from flows.words import Day, Language, Place, Text, asked, say

Content = Mapping[str, Any]
"""What is published (`bot.stewardship.statistics.content`)."""


def promise(content: Content) -> tuple[Text, Text]:
    """What the numbers promise, and what they do not."""
    if content["kind"] == "suppressed":
        return (
            say(
                "Each number counts {few} people or more, and what is not shown cannot be worked out from what is.",
                few=FEWEST,
            ),
            say(
                "That does not mean that nothing follows for anybody: where nearly all gave the same answer, it is "
                "known of each of them."
            ),
        )
    cost = content["epsilon"]
    return (
        say(
            "Noise was added to each number, so that whether one person took part makes nothing here more than "
            "{factor} times as likely, whatever else somebody knows (epsilon {epsilon}).",
            factor=f"{math.exp(cost):.3g}",
            epsilon=f"{cost:g}",
        ),
        say(
            "So the numbers are not exact: about 95 of 100 are as near to the truth as their table says, and small "
            "ones say little or come out below zero."
        ),
    )


def places(content: Content) -> list[tuple[str, str]]:
    """Every region and language that has a picture of its own; an empty language: all of them together."""
    found = {(here["region"], here["language"] or "") for table in content["tables"] for here in table["places"]}
    return sorted(found)


def picture(content: Content, territory: str, language: str) -> Picture:
    """What is published of one place."""
    parts = [part for table in content["tables"] for part in _parts(content, table, territory, language)]
    name = Place(territory)
    day = Day(dt.date.fromisoformat(content["published_on"]))
    where = say("{where}, published on {day}", where=name, day=day)
    if language:
        tongue = Language(language, own=False)
        where = say("{where}, in {language}, published on {day}", where=name, language=tongue, day=day)
    return Picture(asked(content["collection"], content["title"]), where, tuple(parts), promise(content))


def _parts(content: Content, table: Content, territory: str, language: str) -> Iterator[Part]:
    for here in table["places"]:
        if (here["region"], here["language"] or "") == (territory, language):
            most = max([abs(cell["count"] or 0) for cell in here["cells"]], default=0) or 1
            lines = tuple(_line(content, table, cell, most) for cell in here["cells"])
            title = say("Languages") if table["table"] == LANGUAGES else asked(content["collection"], table["title"])
            yield Part(title, lines, _note(table, here), Theme.GROUPS)


def _note(table: Content, here: Content) -> Text | None:
    if "accuracy_95" in table:
        return say(
            "95 of 100 numbers are at most {accuracy} off. One person is counted in {most} of them at most.",
            accuracy=table["accuracy_95"],
            most=table["cells_a_person_is_counted_in_at_most"],
        )
    return say("People: {count}", count=here["people"]) if here["people"] is not None else None


def _line(content: Content, table: Content, cell: Content, most: int) -> Line:
    label = asked(content["collection"], cell["label"])
    if table["table"] == LANGUAGES:
        label = Text("{language}", {"language": Language(cell["cell"], own=False)})
    elif cell["cell"] == NO_ANSWER:
        label = say("No answer")
    count = cell["count"]
    if count is None:
        return Line(label, say("not shown"), 0)
    said = Text("{count}", {"count": count})
    if "accuracy_95" in table:
        said = Text("{count} ± {accuracy}", {"count": count, "accuracy": table["accuracy_95"]})
    return Line(label, said, max(0, 100 * count // most), None, count)
