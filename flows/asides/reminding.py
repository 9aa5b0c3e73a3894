"""The one reminder of a collection that somebody gets who agreed and stopped half-way."""

from __future__ import annotations

from flows.cards import View, where_it_stopped
from flows.screens import Choice, Screen, quiet
from flows.words import say


def reminded_screen(view: View) -> Screen:
    """Where they stopped they can go on; nothing that was answered stands here."""
    blocks = (
        where_it_stopped(view.collection),
        quiet(say("This is the only time that we remind you of this one.")),
    )
    stop = () if view.session.stopped else ((Choice(say("No more messages"), "stop_messages"),),)
    return Screen(
        "reminded",
        blocks,
        ((Choice(say("Go on"), "close"),), *stop, (Choice(say("Leave"), "open_leave"),)),
        discreet=True,
    )
