"""Screens on the way in: which collection, none at all, which language."""

from __future__ import annotations

from flows.cards import View, close, language_choice, language_label
from flows.screens import Choice, Screen, body, item, title
from flows.words import Text, asked, say


def collections_screen(view: View) -> Screen:
    """Several collections are open: which one?"""
    offered = view.shelf.offered(view.now.date())
    blocks = [title(say("Which of these did you come for?"))]
    rows = []
    for collection in offered:
        line = Text(
            "• {title} ({organisation})",
            {
                "title": asked(collection.id, collection.title),
                "organisation": asked(collection.id, collection.organisation.name),
            },
        )
        blocks.append(item(line))
        rows.append((Choice(asked(collection.id, collection.title), "choose_collection", collection.id),))
    blocks.append(body(say("Nothing is kept unless you agree.")))
    rows.append((language_choice(),))
    return Screen("collections", tuple(blocks), tuple(rows))


def closed_screen(view: View) -> Screen:  # noqa: ARG001  # one signature for every screen
    """Nothing is open at the moment."""
    words = body(
        say("There is nothing to take part in at the moment. Nothing about you is kept. Please come by later.")
    )
    return Screen("closed", (words,), ((language_choice(),),))


def language_screen(view: View) -> Screen:
    """Languages by their own names."""
    rows = [(Choice(language_label(name), "speak", name),) for name in view.shelf.languages]
    return Screen("language", (title(say("Language")),), (*rows, (close(),)))
