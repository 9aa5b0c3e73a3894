"""The page walks somebody to any screen, really pressing and writing; what stands there hangs in the gallery too."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from support.guides import guide
from support.running import TOKEN, Bot, until

from bot.gallery.exhibits import Exhibit, unmarked
from bot.gallery.gallery import Gallery
from bot.limits import seen
from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox
from bot.sandbox.walking import walk

ACTING = {"X-Sandbox": "test"}


@pytest.fixture
def gallery() -> Gallery:
    """What knows the flow."""
    return guide()


@pytest.fixture
async def guided(gallery: Gallery, logged: list[object], tmp_path: Path) -> AsyncIterator[Sandbox]:  # noqa: ARG001
    """The stand-in with somebody who knows the flow, and the bot."""
    async with Sandbox(TOKEN, guide=gallery) as sandbox:
        bot = Bot(sandbox, tmp_path)
        await bot.start()
        yield sandbox
        await bot.stop()
        assert sandbox.violations == []


def first_of_each(gallery: Gallery, region: str, language: str) -> dict[str, Exhibit]:
    """One card of each name that somebody can walk to."""
    screens = gallery.screens("demographics", region, language)
    open_to_walk = {screen["number"] for screen in screens if screen["obstacle"] is None}
    found: dict[str, Exhibit] = {}
    for exhibit in gallery.exhibition.exhibits("demographics", region, language):
        if exhibit.number in open_to_walk and exhibit.place != "beside the card":
            found.setdefault(exhibit.name, exhibit)
    return found


def undated(words: str) -> list[str]:
    """Lines without a number in them: days and codes differ from one walk to the next."""
    return [line for line in words.splitlines() if not re.search(r"\d", line)]


async def test_each_screen_is_walked_to_and_is_the_one_in_the_gallery(guided: Sandbox, gallery: Gallery) -> None:
    region, language = "US", "ar"
    exhibits = first_of_each(gallery, region, language)
    assert len(exhibits) > 15
    del exhibits["agreed-text"]  # the gallery's is of cards that are read aloud, and none of these is
    for name, exhibit in exhibits.items():
        person = guided.person(name, language)
        await walk(person, gallery.doings("demographics", region, language, exhibit.number))
        words = undated(seen(unmarked(exhibit.shown.words)))
        await until(partial(_stands_there, person, words))
        labels = [unmarked(button.label) for row in exhibit.shown.rows for button in row]
        shown = [label for label in labels if "🔊" not in label]  # the gallery has each card read aloud
        assert [button.label for button in person.buttons if person.screen] == shown or not shown, name


def _stands_there(person: Person, words: list[str]) -> bool:
    return undated(person.screen) == words


async def test_the_page_asks_where_one_can_go_and_goes_there(guided: Sandbox) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{guided.page_url}page/guide") as response:
            (demographics,) = (await response.json())["collections"]
        assert {region["id"] for region in demographics["regions"]} >= {"US", "EG"}
        place = {"collection": "demographics", "region": "US", "language": "ar"}
        async with http.get(f"{guided.page_url}page/guide/screens", params=place) as response:
            screens = (await response.json())["screens"]
        review = next(screen for screen in screens if screen["name"] == "review")
        halted = next(screen for screen in screens if screen["name"] == "halted")
        assert halted["obstacle"] == "it takes a change of what is open"
        asked = {**place, "number": review["number"], "name": "review"}
        async with http.post(f"{guided.page_url}page/walks", json=asked, headers=ACTING) as response:
            person = await response.json()
        assert (person["name"], person["language_code"], person["dir"]) == ("review", "ar", "rtl")
        assert "نظرة أخرى على إجاباتك" in guided.people[person["id"]].screen
        refused = {**place, "number": halted["number"]}
        async with http.post(f"{guided.page_url}page/walks", json=refused, headers=ACTING) as response:
            assert response.status == 400
