"""Living elsewhere now: where, and what that means, or whom to ask first."""

from __future__ import annotations

from flows import language as lang
from flows.cards import View, close
from flows.listing import in_rows, part_of
from flows.screens import Block, Choice, Screen, body, title
from flows.words import Money, Place, Raw, Text, say


def places_screen(view: View) -> Screen:
    """Every open place but the one where somebody lives so far."""
    language = view.session.language
    regions = view.shelf.beginning(view.collection, view.now.date())
    open_today = [region.territory for region in regions if region.territory != view.passage.territory]
    elsewhere = [*open_today, *view.shelf.in_other_zones(view.collection)]
    part = part_of(lang.sorted_by_name(elsewhere, language), view.session.looking)
    blocks: list[Block] = [title(say("Where do you live now?"))]
    if not elsewhere:
        blocks.append(body(say("No other place is open at the moment.")))
    blocks += part.heading(
        say(
            "Page {number} of {count}. You can also write the name of your place.", number=part.number, count=part.pages
        )
    )
    rows = in_rows([(_place(territory), lang.place_name(territory, language)) for territory in part.items])
    return Screen("places", tuple(blocks), (*rows, *part.turning(), (close(),)))


def _place(territory: str) -> Choice:
    return Choice(Text("{place}", {"place": Place(territory)}), "choose_place", territory)


def moving_screen(view: View) -> Screen:
    """What changes with the place, or whom to ask first where more would be asked."""
    there = view.collection.region(view.passage.moving_to)
    if there is None:
        raise LookupError("no place to move to")
    place = Place(there.territory)
    waits = view.passage.moving_code is not None and not view.on_record.may_move
    blocks = [title(say("A new place: {place}", place=place))]
    if waits:
        return Screen("moving-ask", (*blocks, *_ask_first(view)), _WAITING)
    blocks += [
        body(
            say(
                "Other rules apply there, so the cards come again. What is not asked there is taken out of your "
                "answers at once and cannot be brought back."
            )
        ),
        body(
            say(
                "Pay there is {pay}. What you have earned so far stays yours.",
                pay=Money(there.pay.amount, there.pay.currency, there.territory),
            )
        ),
    ]
    rows = (
        (Choice(say("Yes, I live there now"), "move"),),
        (Choice(say("Another place"), "other_place"),),
        (close(),),
    )
    return Screen("moving", tuple(blocks), rows)


def _ask_first(view: View) -> list[Block]:
    contact = Raw(view.collection.organisation.contact)
    return [
        body(
            say(
                "More is asked there than where you have lived so far. Please write to {contact} first: somebody looks "
                "with you at what that means for you. Until then nothing changes.",
                contact=contact,
            )
        ),
        body(say("Give them this code: {code}. It says nothing about you.", code=Raw(view.passage.moving_code or ""))),
    ]


_WAITING = (
    (Choice(say("I have written. Look again"), "look_for_word"),),
    (Choice(say("Another place"), "other_place"),),
    (close(),),
)
