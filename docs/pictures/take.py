# ruff: noqa: INP001  # a script of its own, in no package
"""Take docs/pictures/journey.png again: `.venv/bin/python -m docs.pictures.take`, with a Chromium on this machine.

Two contributors walk through a rehearsal by the words on their buttons, then the page that shows them is photographed.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import async_playwright

from bot.bootstrap import serve
from bot.reading import read_collections, read_texts
from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox
from bot.settings import read_settings, sandbox_settings
from bot.texts import Texts
from flows.collection import Collection
from flows.language import place_name
from flows.words import Text, asked, say

PICTURE = Path(__file__).parent / "journey.png"
SIZE = {"width": 1000, "height": 960}
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
TOKEN = "1:picture"  # noqa: S105  # the stand-in takes any


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody with a language, and the words that they read."""

    person: Person
    language: str
    collection: Collection
    texts: Texts

    async def press(self, words: Text | str) -> None:
        """Press the button whose label holds these words."""
        await self.person.press(words if isinstance(words, str) else self.texts.plain(words, self.language))
        await self.person.settled()

    async def to_decision(self, place: str) -> None:
        """From the link through the four cards."""
        await self.person.start(self.collection.id)
        await self.person.settled()
        await self.press(place_name(place, self.language))
        for card in self.collection.documents[self.language]:
            question = card.question
            await self.press(say("Next") if question is None else question.answers[question.right])

    async def to_last_question(self, place: str) -> None:
        """Agree, and answer all but one: an age, and two of the numbered groups."""
        await self.to_decision(place)
        await self.press(say("I am {age} or older and I agree", age=18))
        for label in ("25–34", "☐ 2", "☐ 4", say("Done")):
            await self.press(label)


@asynccontextmanager
async def rehearsal() -> AsyncIterator[tuple[Sandbox, Collection, Texts]]:
    """A sandbox, with the bot answering in it."""
    with tempfile.TemporaryDirectory() as folder:
        async with Sandbox(TOKEN, page=True) as sandbox:
            settings = sandbox_settings(read_settings(_env_file=None), sandbox.api_url, TOKEN, Path(folder))
            collections = read_collections(settings)
            answers = asyncio.Event()
            serving = asyncio.create_task(serve(settings, ready=lambda _username: answers.set()))
            await answers.wait()
            yield sandbox, collections[0], read_texts(settings, collections)
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def photograph(address: str, picture: Path) -> None:
    """The page as a browser shows it, with whatever pictures stand in its chats."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = await browser.new_page(viewport=SIZE, device_scale_factor=1.4)  # type: ignore[arg-type]  # a TypedDict
        await page.goto(address)
        await page.get_by_role("button").first.wait_for()
        await page.wait_for_timeout(800)
        await page.screenshot(path=picture)
        await browser.close()


async def main() -> None:
    """English in front of the last question, Arabic in front of the decision."""
    async with rehearsal() as (sandbox, collection, texts):
        english, arabic = (
            Contributor(sandbox.person(name, language), language, collection, texts)
            for name, language in (("Alex", "en"), ("نور", "ar"))
        )
        await english.to_last_question("US")
        await english.press(asked(collection.id, "Non-binary"))
        await arabic.to_decision("EG")
        await photograph(sandbox.page_url, PICTURE)


if __name__ == "__main__":
    asyncio.run(main())
