"""A contributor who is walked to a screen: they press, write and send what a guide says, as a person would."""

import re
from collections.abc import Sequence
from typing import Any

from bot.sandbox.contributor import Person

Json = dict[str, Any]


async def walk(person: Person, doings: Sequence[Json]) -> None:
    """Do one thing after the other, each once the bot has answered the one before.

    Raises AssertionError where a button is not there, and TimeoutError where the bot does not answer.
    """
    patterns = {doing["say_found"] for doing in doings if "say_found" in doing}
    found: dict[str, str] = {}
    for doing in doings:
        await _do(person, doing, found)
        await person.settled()
        # What is to be written later may have gone from the chat by then, so it is noted while it stands there.
        shown = "\n".join(message.text for message in person.messages if message.author == "bot")
        found |= {pattern: match[0] for pattern in patterns if (match := re.search(pattern, shown))}


async def _do(person: Person, doing: Json, found: dict[str, str]) -> None:
    match doing:
        case {"start": payload}:
            await person.start(payload)
        case {"press": label}:
            await person.press(label)
        case {"say": words}:
            await person.say(words)
        case {"say_found": pattern}:
            await person.say(found.get(pattern, "?"))
        case {"picture": True}:
            await person.send({"sticker": {"file_id": "picture", "width": 1, "height": 1}})
        case _:
            raise ValueError(f"nobody knows how to do {doing}")
