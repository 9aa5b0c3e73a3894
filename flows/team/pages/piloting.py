"""What inviting says of a collection's pilot: that one comes first, or whom its own invites go to."""

from __future__ import annotations

from flows.pilots import Invitable, MayInvite
from flows.screens import Block, body, item, quiet
from flows.words import Raw, Text, say


def pilot_first(may: Invitable, collection: str) -> tuple[Block, ...]:
    """Why nobody may be invited yet, and what to do."""
    if may.who is MayInvite.FULL:
        words = say(
            "Its pilot has enough people. It goes on until somebody looks at it and ends it on the command line:"
        )
        commands: tuple[str, ...] = (f"surveybot pilot report {collection}", f"surveybot pilot end {collection}")
    else:
        words = say(
            "Before many are invited, a few people try it: a pilot shows how long it takes and what is not understood. "
            "It is begun on the command line:"
        )
        commands = (f"surveybot pilot begin {collection} 30",)
    return (body(words), *(item(Text("{command}", {"command": Raw(each)})) for each in commands))


def by_lot(may: Invitable) -> tuple[Block, ...]:
    """That only a few of the audience get it."""
    if may.who is not MayInvite.AS_MANY:
        return ()
    words = say("Its pilot goes on: at most {count} of them are drawn by lot.", count=may.places)
    return (quiet(words),)
