"""The code of conduct that coordinators accept."""

from __future__ import annotations

from flows.words import Text, say

CODE_VERSION = 1
"""Counted up when the code says something else: then everybody is asked again."""


def code_of_conduct() -> tuple[Text, ...]:
    """The code, a promise a line."""
    return (
        say("I invite people, and never press anybody. No is a whole answer."),
        say("I never try to find out who somebody is, or what they answered."),
        say("I promise nothing that the collection does not say, above all about pay."),
        say("I use what I see here for this collection alone, and show it to nobody outside of the team."),
        say("Where somebody could come to harm, I halt first and ask afterwards."),
        say("I tell an owner when something went badly, also when it was my doing."),
    )
