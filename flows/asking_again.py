"""Between two consents: the screen that says what has changed, or that the time is almost over, and asks."""

from __future__ import annotations

from flows.cards import View, what_was_agreed_to, with_the_way_back
from flows.renewal import Why, is_left, why_again
from flows.screens import Block, Choice, Keeping, Screen, body, lead, markdown, quiet, title
from flows.session import Consented
from flows.words import Day, Money, Place, say

_Rows = tuple[tuple[Choice, ...], ...]


def renew_screen(view: View) -> Screen:
    """Why somebody is asked again, what is new, and the ways on."""
    consented = view.passage.consented
    if consented is None:
        raise LookupError("no consent to renew")
    why = why_again(view.passage, view.collection, view.now) or Why.ENDING
    if why is not Why.ENDING and is_left(view.passage, view.collection):
        return with_the_way_back(_left_screen(consented), view)
    blocks = {Why.CHANGED: _changed, Why.MOVED: _moved, Why.ENDING: _ending}[why](view, consented)
    leave = say("Let it end") if why is Why.ENDING else say("Leave it as it was")
    # Another place has other cards, and says beforehand that they come.
    straight_on: _Rows = () if why is Why.MOVED else ((Choice(say("Decide"), "decide"),),)
    rows = (
        *straight_on,
        (Choice(say("Read the cards"), "read_cards"),),
        (Choice(leave, "leave_as_it_was"),),
        (Choice(say("What is held"), "open_mydata"), Choice(say("Leave"), "open_leave")),
    )
    return with_the_way_back(Screen(f"renew-{why.value}", tuple(blocks), rows, Keeping.EVIDENCE), view)


def _changed(view: View, consented: Consented) -> list[Block]:
    return [
        title(say("Something has changed")),
        lead(
            say(
                "You agreed on {day}. Since then, {organisation} has changed this:",
                day=Day(consented.given_at.date()),
                organisation=view.words(view.collection.organisation.name),
            )
        ),
        *_what_changed(view, consented),
        body(say("Until you decide, you are asked nothing more. What you agreed to stays as it was.")),
        *_once_more(view),
    ]


def _moved(view: View, consented: Consented) -> list[Block]:
    region = view.region
    return [
        title(say("You live in: {place}", place=Place(region.territory))),
        body(
            say(
                "Other rules apply there, so we ask you again. Pay there is {pay}; what you have earned before stays "
                "yours.",
                pay=Money(region.pay.amount, region.pay.currency, region.territory),
            )
        ),
        *_what_changed(view, consented),
        body(say("Until you decide, you are asked nothing more. What you agreed to stays as it was.")),
        *_once_more(view),
    ]


def _ending(view: View, consented: Consented) -> list[Block]:
    return [
        title(say("Would you like to go on?")),
        body(
            say(
                "You agreed on {day}, until {end}. Then everything is erased, unless you agree again. Both are fine.",
                day=Day(consented.given_at.date()),
                end=Day(consented.expires_at.date()),
            )
        ),
        *what_was_agreed_to(view, consented),
        *_what_changed(view, consented),
    ]


def _what_changed(view: View, consented: Consented) -> list[Block]:
    """What every version since then has changed, newest first, in the words of the collection."""
    language, territory = view.session.language, view.region.territory
    changes = view.shelf.what_changed(view.collection, language, territory, consented.version)
    return [markdown(words) for words in changes]


def _once_more(view: View) -> list[Block]:
    """What has been submitted does not come under other words by itself."""
    if view.passage.submitted_at is None:
        return []
    return [quiet(say("If you agree, you can look at your answers once more and submit them again."))]


def _left_screen(consented: Consented) -> Screen:
    blocks = (
        title(say("Left as it was")),
        body(
            say(
                "What you agreed to on {day} stays as it was, until {end}. You are asked nothing more.",
                day=Day(consented.given_at.date()),
                end=Day(consented.expires_at.date()),
            )
        ),
    )
    rows: _Rows = (
        (Choice(say("Look again"), "look_again"),),
        (Choice(say("What is held"), "open_mydata"), Choice(say("Leave"), "open_leave")),
    )
    return Screen("renew-left", blocks, rows, Keeping.EVIDENCE)
