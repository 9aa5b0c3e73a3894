"""The product's worker without the setting's limit of 1000 a second: each delivery leased, opened, and settled on disk.

It sends what was planned at the product's desk, through the product's messenger, from its real stores.
"""

import asyncio
import os

from bot.adapter.send import TelegramMessenger
from bot.adapter.transport import HttpRequest
from bot.broadcasts.desk import Desk, Order, rules_of
from bot.broadcasts.worker import Worker
from bot.clock import utc_now
from bot.opening import open_stores
from bot.reading import read_collections, read_texts
from bot.settings import read_settings
from flows.shelf import Shelf

FASTER_THAN_ANYTHING = 20_000.0


async def main() -> None:
    settings = read_settings()
    collections = read_collections(settings)
    texts = read_texts(settings, collections)
    shelf = Shelf(collections, unreviewed=True, translate=texts.of_collection)
    request = HttpRequest()
    await request.initialize()
    token = settings.token.get_secret_value() if settings.token else ""
    async with open_stores(settings, collections, utc_now) as stores:
        messenger = TelegramMessenger(request, f"{settings.api_url}/bot{token}", texts)
        worker = Worker(
            database=stores.database, keystore=stores.keystore, vault=stores.vault, shelf=shelf, messenger=messenger,
            note=lambda _settled: None, rate=FASTER_THAN_ANYTHING, nobody_real=True, clock=utc_now,
        )  # fmt: skip
        desk = Desk(
            database=stores.database, keystore=stores.keystore, vault=stores.vault, shelf=shelf,
            rules=rules_of(settings), clock=utc_now,
        )  # fmt: skip
        planned = await desk.plan(Order("demographics", "benchmark", any_hour=True))
        await desk.send(planned.id, "benchmark")
        working = asyncio.create_task(worker.run())
        while (await desk.look(planned.id)).to_go:  # noqa: ASYNC110 - a file on disk wakes nobody
            await asyncio.sleep(0.1)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    await request.shutdown()


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.run(main()) if os.environ.get("UVLOOP") else asyncio.run(main())
    except ImportError:
        asyncio.run(main())
