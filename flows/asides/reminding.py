"""The one reminder of a collection that somebody gets who agreed and stopped half-way."""

from __future__ import annotations

from flows.cards import View
from flows.screens import Choice, Screen, body, quiet
from flows.words import asked, say


def reminded_screen(view: View) -> Screen:
    """Where they stopped they can go on; nothing that was answered stands here."""
    collection = view.collection
    words = say(
        "You began “{title}” and stopped part-way. What you have answered is kept, sealed, and you can go on where "
        "you stopped.",
        title=asked(collection.id, collection.title),
    )
    blocks = (body(words), quiet(say("This is the only time that we remind you of this one.")))
    stop = () if view.session.stopped else ((Choice(say("No more messages"), "stop_messages"),),)
    return Screen(
        "reminded",
        blocks,
        ((Choice(say("Go on"), "close"),), *stop, (Choice(say("Leave"), "open_leave"),)),
        discreet=True,
    )
