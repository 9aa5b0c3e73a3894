"""Standing still: by choice, or because the region has closed."""

from __future__ import annotations

from flows.cards import View
from flows.screens import Choice, Screen, body, title
from flows.words import say


def paused_screen(view: View) -> Screen:  # noqa: ARG001
    """Pausing folds what was open; everything stays where it is."""
    blocks = (title(say("Paused")), body(say("What you have answered is kept, sealed. Come back whenever it suits.")))
    return Screen("paused", blocks, ((Choice(say("Go on"), "close"),), (Choice(say("Leave"), "open_leave"),)))


def halted_screen(view: View) -> Screen:  # noqa: ARG001
    """The region has closed under somebody who is half-way."""
    words = say(
        "This collection is closed where you live at the moment. It is not about you. What you have answered "
        "is kept, sealed, and leaving works as always."
    )
    return Screen(
        "halted", (body(words),), ((Choice(say("What is held"), "open_mydata"), Choice(say("Leave"), "open_leave")),)
    )
