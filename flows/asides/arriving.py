"""Screens on the way in: which collection, none at all, which language."""

from __future__ import annotations

from flows import language as lang
from flows.cards import View, close, language_choice, language_label
from flows.listing import in_rows, part_of
from flows.screens import Choice, Screen, body, item, title
from flows.words import Text, asked, say


def collections_screen(view: View) -> Screen:
    """Several collections are open: which one?"""
    offered = {collection.id: collection for collection in view.shelf.offered(view.now.date())}
    part = part_of(list(offered), view.session.looking)
    progress = say("Page {number} of {count}.", number=part.number, count=part.pages)
    blocks = [title(say("Which of these did you come for?")), *part.heading(progress)]
    rows: list[tuple[Choice, ...]] = []
    for collection in (offered[name] for name in part.items):
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
    rows += [*part.turning(), (language_choice(),)]
    return Screen("collections", tuple(blocks), tuple(rows))


def closed_screen(view: View) -> Screen:
    """Nothing is open at the moment; of whoever agreed to what has left the shelf, something is held all the same."""
    if view.session.consents:
        return _closed_and_held_screen()
    words = body(
        say("There is nothing to take part in at the moment. Nothing about you is kept. Please come by later.")
    )
    return Screen("closed", (words,), ((language_choice(),),))


def _closed_and_held_screen() -> Screen:
    words = body(
        say(
            "There is nothing to take part in at the moment. What you gave here is still held, sealed, until you take "
            "it back or its time is over."
        )
    )
    rows = ((Choice(say("What is held"), "open_mydata"), Choice(say("Leave"), "open_leave")), (language_choice(),))
    return Screen("closed", (words,), rows)


def language_screen(view: View) -> Screen:
    """Languages by their own names."""
    part = part_of(lang.sorted_by_own_name(view.shelf.languages), view.session.looking)
    progress = say(
        "Page {number} of {count}. You can also write the name of your language.",
        number=part.number,
        count=part.pages,
    )
    blocks = (title(say("Language")), *part.heading(progress))
    choices = [(Choice(language_label(name), "speak", name), lang.language_name(name, name)) for name in part.items]
    return Screen("language", blocks, (*in_rows(choices), *part.turning(), (close(),)))
