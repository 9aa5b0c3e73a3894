"""No framework and no state to speak of: the least that a bot over aiohttp can do, to see what the stand-in can take.

It knows the one path through the survey that the benchmark's people take, answers, and edits.
"""

import asyncio
import os
from collections import defaultdict
from typing import Any

import aiohttp
import orjson

from benchmarks.peers import words

Json = dict[str, Any]


class Bot:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._base = f"{os.environ['BENCH_API_URL']}/bot{os.environ['BENCH_TOKEN']}/"
        self._tasks: set[asyncio.Task[None]] = set()
        self._steps: dict[int, int] = defaultdict(int)
        self._screens = _screens()

    async def poll(self) -> None:
        offset = 0
        while True:
            for update in await self._call("getUpdates", {"offset": offset, "timeout": 10}):
                offset = update["update_id"] + 1
                task = asyncio.create_task(self._handle(update))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _handle(self, update: Json) -> None:
        if "message" in update:
            chat_id = update["message"]["chat"]["id"]
            self._steps[chat_id] = 0
            await self._call("sendMessage", {"chat_id": chat_id, **self._screens[0]})
            return
        query = update["callback_query"]
        message = query["message"]
        chat_id = message["chat"]["id"]
        self._steps[chat_id] += 1
        await self._call("answerCallbackQuery", {"callback_query_id": query["id"]})
        screen = self._screens[self._steps[chat_id]]
        await self._call("editMessageText", {"chat_id": chat_id, "message_id": message["message_id"], **screen})

    async def _call(self, method: str, parameters: Json) -> Any:  # noqa: ANN401 - whatever the method answers
        body = orjson.dumps(parameters)
        async with self._session.post(self._base + method, data=body, headers=JSON_BODY) as response:
            return orjson.loads(await response.read())["result"]


JSON_BODY = {"Content-Type": "application/json"}


def _screens() -> list[Json]:
    """Each screen on the path, in order; a question with several answers stands there once for each tap on it."""
    ticked = words.TICK
    ancestries, genders = words.ANCESTRIES, words.GENDERS
    one_ancestry = ((ticked + ancestries[0][0], ancestries[0][1]), *ancestries[1:])
    two_ancestries = (one_ancestry[0], (ticked + ancestries[1][0], ancestries[1][1]), *ancestries[2:])
    one_gender = ((ticked + genders[0][0], genders[0][1]), *genders[1:])
    done = (words.DONE, "done")
    decisions = ((words.AGREE, "agree"), (words.DECLINE, "decline"), (words.UNDER_AGE, "under_age"))
    return [
        _screen(words.START, words.PLACES),
        *(_screen(text, answers) for text, answers in zip(words.CARDS, words.CARD_ANSWERS, strict=True)),
        _screen(words.DECIDE, (*words.PURPOSE, *decisions)),
        _screen(words.AGE, words.AGES),
        *(_screen(words.ANCESTRY, (*options, done)) for options in (ancestries, one_ancestry, two_ancestries)),
        *(_screen(words.GENDER, (*options, done)) for options in (genders, one_gender)),
        _screen(words.REVIEW, ((words.SUBMIT, "submit"),)),
        _screen(words.THANKS, ()),
    ]


def _screen(text: str, options: tuple[words.Option, ...]) -> Json:
    keyboard = [[{"text": label, "callback_data": option}] for label, option in options]
    return {"text": text, "reply_markup": {"inline_keyboard": keyboard}}


async def main() -> None:
    async with aiohttp.ClientSession() as session:
        await Bot(session).poll()


if __name__ == "__main__":
    asyncio.run(main())
