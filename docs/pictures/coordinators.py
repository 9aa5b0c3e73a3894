# ruff: noqa: INP001  # a script of its own, in no package
"""Take docs/pictures/coordinators.png again: `.venv/bin/python -m docs.pictures.coordinators`, with a Chromium.

Made-up people have finished; two owners look at how it goes and at whom an invite would reach.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.bootstrap import serve
from bot.broadcasts.seeding import seed
from bot.doors import open_ground, open_pilot_desk
from bot.reading import read_collections, read_texts
from bot.sandbox.server import Sandbox
from bot.settings import Settings, read_settings, sandbox_settings
from docs.pictures.take import TOKEN, Contributor, photograph

PICTURE = Path(__file__).parent / "coordinators.png"
PEOPLE, FIRST = 400, 7_000_000_001
OWNERS = (700_001, 700_002)


@asynccontextmanager
async def rehearsal() -> AsyncIterator[tuple[Sandbox, Settings]]:
    """A sandbox with people who have finished, the bot answering in it, and a pilot that goes on."""
    with tempfile.TemporaryDirectory() as folder:
        async with Sandbox(TOKEN, page=True) as sandbox:
            settings = sandbox_settings(
                read_settings(_env_file=None, owners=OWNERS), sandbox.api_url, TOKEN, Path(folder)
            )
            async with open_ground(settings, "", random.Random()) as ground:  # noqa: S311  # nothing secret
                await seed(ground, FIRST, PEOPLE)
            async with open_pilot_desk(settings) as desk:
                await desk.begin("demographics", 60, (), "Kim")
            answers = asyncio.Event()
            serving = asyncio.create_task(serve(settings, ready=lambda _username: answers.set()))
            await answers.wait()
            yield sandbox, settings
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def main() -> None:
    """In English the count of an invite, in Arabic how the collection goes."""
    async with rehearsal() as (sandbox, settings):
        collections = read_collections(settings)
        texts = read_texts(settings, collections)
        kim, noor = (
            Contributor(sandbox.person(name, language, user_id=number), language, collections[0], texts)
            for number, name, language in zip(OWNERS, ("Kim", "نور"), ("en", "ar"), strict=True)
        )
        await kim.person.say("/invite")
        await kim.person.settled()
        for words in ("New invite", "Who: not in it yet", "Who: began and did not finish", "Count them"):
            await kim.press(words)
        await noor.person.say("/progress")
        await noor.person.settled(timeout=20, quiet=3)
        await kim.person.settled(timeout=20, quiet=1)
        await photograph(sandbox.page_url, PICTURE)


if __name__ == "__main__":
    asyncio.run(main())
