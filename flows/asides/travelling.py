"""Being elsewhere for a while: where, and what that puts away."""

from __future__ import annotations

from flows import language as lang
from flows.cards import View, close
from flows.finding import every_place
from flows.listing import in_rows, part_of
from flows.screens import Block, Choice, Screen, body, title
from flows.travelling import LONGEST
from flows.words import Place, Text, say


def travelling_choice() -> Choice:
    """The way to it."""
    return Choice(say("I am travelling"), "open_travelling")


def travelling_screen(view: View) -> Screen:
    """Every place, a few a page; what is said here can only put something away."""
    language, where = view.session.language, view.session.travelling
    blocks: list[Block] = [
        title(say("Where are you just now?")),
        body(
            say(
                "What is not safe to ask there is put away until you are back, for {days} days at most. Nothing more "
                "is asked for it, and your answers stay as they are.",
                days=LONGEST.days,
            )
        ),
    ]
    rows: list[tuple[Choice, ...]] = []
    if where is not None:
        blocks.append(body(say("You said that you are here: {place}", place=Place(where))))
        rows.append((Choice(say("I am back"), "come_back"),))
    part = part_of(lang.sorted_by_name(every_place(), language), view.session.looking)
    blocks += part.heading(
        say("Page {number} of {count}. You can also write the name of the place.", number=part.number, count=part.pages)
    )
    rows += in_rows([(_place(territory), lang.place_name(territory, language)) for territory in part.items])
    return Screen("travelling", tuple(blocks), (*rows, *part.turning(), (close(),)))


def _place(territory: str) -> Choice:
    return Choice(Text("{place}", {"place": Place(territory)}), "travel_to", territory)
