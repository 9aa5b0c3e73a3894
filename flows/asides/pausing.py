"""Standing still: by choice, or because the region has closed."""

from __future__ import annotations

from flows.cards import View, language_choice, with_the_way_back
from flows.screens import Choice, Screen, body, quiet, title
from flows.words import say


def paused_screen(view: View) -> Screen:  # noqa: ARG001
    """Pausing folds what was open; everything stays where it is."""
    blocks = (title(say("Paused")), body(say("What you have answered is kept, sealed. Come back whenever it suits.")))
    return Screen("paused", blocks, ((Choice(say("Go on"), "close"),), (Choice(say("Leave"), "open_leave"),)))


def cleaned_screen(view: View) -> Screen:  # noqa: ARG001
    """What stands in a chat that was cleaned: nothing of what the chat is about."""
    blocks = (
        body(say("This chat is being cleaned. You can go on whenever it suits.")),
        quiet(say("What is older than 48 hours only you can delete: press and hold it, then choose Delete.")),
    )
    return Screen("cleaned", blocks, ((Choice(say("Go on"), "close"),),))


def halted_screen(view: View) -> Screen:
    """The region, or what they read of it, has closed under somebody who is half-way.

    Whoever takes part in more than one collection reads which it is.
    """
    words = say(
        "This collection is closed where you live at the moment. It is not about you. What you have answered "
        "is kept, sealed, and leaving works as always."
    )
    rows: list[tuple[Choice, ...]] = [
        (Choice(say("Try it again"), "try_to_go_on"),),
        (Choice(say("What is held"), "open_mydata"), Choice(say("Leave"), "open_leave")),
    ]
    regions = view.shelf.regions(view.collection)
    here = next((each for each in regions if each.territory == view.passage.territory), None)
    if here is not None:  # it goes on in another language
        rows.append((language_choice(),))
    if len(view.session.passages) == 1:
        return Screen("halted", (body(words),), tuple(rows))
    blocks = (title(view.words(view.collection.title)), body(words))
    return with_the_way_back(Screen("halted", blocks, tuple(rows), discreet=True), view)
