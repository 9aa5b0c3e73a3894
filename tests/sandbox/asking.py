"""A bot that asks one question, thanks in its place, and sends a file; in the language of who asks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp

from bot.sandbox.server import Sandbox

from .calling import Json

TEXTS = {
    "en": ("Where do you live?", "Egypt", "Thank you.", "Saved"),
    "es": ("¿Dónde vives?", "Egipto", "Gracias.", "Guardado"),
    "ar": ("أين تعيش؟", "مصر", "شكرًا لك.", "تم الحفظ"),
}


class AskingBot:
    """Asks one question, thanks in its place, and sends a file; in the language of who asks."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self._base = f"{sandbox.api_url}/bot{sandbox.token}"
        self._http = http

    async def call(self, method: str, **parameters: object) -> Json:
        async with self._http.post(f"{self._base}/{method}", json=parameters) as response:
            body: Json = await response.json()
        assert body["ok"], body
        return body

    async def run(self) -> None:
        offset = 0
        while True:
            for update in (await self.call("getUpdates", timeout=50, offset=offset))["result"]:
                offset = update["update_id"] + 1
                if "message" in update:
                    await self.asked(update["message"])
                elif "callback_query" in update:  # a block is heard of too, and asks for nothing
                    await self.pressed(update["callback_query"])

    async def asked(self, message: Json) -> None:
        question, place, _, _ = TEXTS[message["from"]["language_code"]]
        rows = [
            [{"text": place, "callback_data": "place", "style": "success"}],
            [{"text": "?", "url": "https://a.example"}],
        ]
        markup = {"inline_keyboard": rows}
        await self.call("sendMessage", chat_id=message["chat"]["id"], text=question, reply_markup=markup)

    async def pressed(self, query: Json) -> None:
        _, _, thanks, saved = TEXTS[query["from"]["language_code"]]
        chat_id, message_id = query["message"]["chat"]["id"], query["message"]["message_id"]
        await self.call("editMessageText", chat_id=chat_id, message_id=message_id, text=thanks)
        form = aiohttp.FormData({"chat_id": str(chat_id)})
        form.add_field("document", b"{}", filename="receipt.json", content_type="application/json")
        async with self._http.post(f"{self._base}/sendDocument", data=form) as response:
            assert response.status == 200
        await self.call("answerCallbackQuery", callback_query_id=query["id"], text=saved)


@asynccontextmanager
async def answering(sandbox: Sandbox, http: aiohttp.ClientSession) -> AsyncIterator[AskingBot]:
    """Such a bot, which has said who it is and answers."""
    bot = AskingBot(sandbox, http)
    await bot.call("setMyName", name="Northside")
    await bot.call("setMyDescription", description="Asks before it asks.")
    await bot.call("setMyCommands", commands=[{"command": "help", "description": "Help from a person"}])
    task = asyncio.create_task(bot.run())
    yield bot
    task.cancel()
    with suppress(asyncio.CancelledError):  # anything else that ended it is a fault
        await task
