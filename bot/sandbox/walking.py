"""A contributor who is walked to a screen: they press, write and send what a guide says, as a person would."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any, Final

from bot.sandbox.contributor import Person

Json = dict[str, Any]

PATIENCE: Final = 10.0
_MOMENT: Final = 0.05


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
            await _press(person, label)
        case {"say": words}:
            await person.say(words)
        case {"say_found": pattern}:
            await person.say(found.get(pattern, "?"))
        case {"picture": True}:
            await person.send({"sticker": {"file_id": "picture", "width": 1, "height": 1}})
        case _:
            raise ValueError(f"nobody knows how to do {doing}")


async def _press(person: Person, label: str) -> None:
    """Press a button as soon as it is there: a bot may send several messages, with pauses between them."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while all(button.label != label for button in person.buttons) and loop.time() < until:  # noqa: ASYNC110 - nobody is woken
        await asyncio.sleep(_MOMENT)
    await person.press(label)
