"""The link that somebody came by takes nobody just now: nothing is wrong with them, and how else to come."""

from __future__ import annotations

from flows.cards import View, language_choice, with_the_way_back
from flows.screens import Block, Choice, Screen, body, title
from flows.words import Raw, say


def link_resting_screen(view: View) -> Screen:
    """Paused, or full for today: the same link may work later."""
    words = body(
        say(
            "This link is resting just now. It has nothing to do with you. Please try it again later: it stays good, "
            "and nothing is lost."
        )
    )
    again = (Choice(say("Try it again"), "try_link", look="primary"),)
    blocks = (title(say("Resting for now")), words, *_whom_to_ask(view))
    return with_the_way_back(Screen("link-resting", blocks, (again, (language_choice(),))), view)


def link_closed_screen(view: View) -> Screen:
    """Ended, or handed out by somebody who may not do so any more."""
    words = body(say("This link takes nobody new any more. It has nothing to do with you."))
    again = (Choice(say("Try it again"), "try_link"),)
    blocks = (title(say("This link is closed")), words, *_whom_to_ask(view))
    return with_the_way_back(Screen("link-closed", blocks, (again, (language_choice(),))), view)


def _whom_to_ask(view: View) -> list[Block]:
    passage = view.session.passage
    collection = view.shelf.collections.get(passage.collection) if passage is not None else None
    if collection is None:
        return []
    words = say(
        "If you would like to take part, a person will tell you how else you can: {contact}",
        contact=Raw(collection.organisation.contact),
    )
    return [body(words)]
