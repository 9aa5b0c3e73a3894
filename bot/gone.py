"""What is written to somebody when what they gave is gone and they have not taken it back: one plain message.

It names no collection, no purpose and no answer: whoever looks at the phone learns that something was erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.owing.chat import Gone
from flows.collection import Collection
from flows.screens import Screen, body
from flows.words import Raw, Text, say

_WORDS: Mapping[Gone, Text] = MappingProxyType(
    {
        Gone.KEPT: say(
            "What you gave here was kept for as long as was agreed, and is erased now. There is nothing for you to do."
        ),
        Gone.CLOSED: say(
            "Something that you took part in here has come to its end. What you gave to it is erased now, as was "
            "agreed. There is nothing for you to do."
        ),
        Gone.ERASED: say(
            "What you gave here is erased now. Somebody who has your receipt asked for that. If it was not you, please "
            "write to us."
        ),
    }
)


def gone_message(why: Gone, collection: Collection | None) -> Screen:
    """The message; whom to ask, where the collection still says so."""
    blocks = [body(_WORDS[why])]
    if collection is not None:
        contact = Raw(collection.organisation.contact)
        blocks.append(body(say("Questions, also about what we owe you: {contact}", contact=contact)))
    return Screen("gone", tuple(blocks), ())
