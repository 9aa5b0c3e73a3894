"""Pages that are written as files run nothing and load nothing, and look as they should under that policy."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from playwright.async_api import async_playwright
from support.browser import CHROMIUM, FLAGS, needs_chromium

sys.path.insert(0, str(Path(__file__).parents[1] / "flows"))  # where the booklet of the tests is made

from test_flows_booklet import EGYPT, booklet

from bot import inline, shipped
from bot.progress.telling import page as progress_page
from bot.progress.words import Words
from bot.review.page import page as booklet_page
from bot.texts import Texts, load_catalogs
from flows.picture import Line, Part, Picture
from flows.words import Raw, Text, say


def progress(language: str) -> str:
    """A page of how a collection goes, whose words are not to be trusted."""
    sly = Text("{words}", {"words": Raw("<img src=x onerror=alert(1)>")})
    lines = (Line(sly, say("Close"), full=40, hoped=60), Line(say("Close"), sly))
    picture = Picture(sly, sly, (Part(sly, lines),), (sly,))
    texts = Texts(load_catalogs(shipped.translations(), {}, (language,)))
    return progress_page(picture, Words(texts, language))


@cache
def of_review() -> str:
    """A booklet, which takes seconds to make."""
    return booklet_page(booklet(EGYPT))


PAGES: dict[str, Callable[[], str]] = {
    "booklet": of_review,
    "progress": lambda: progress("en"),
    "progress in Arabic": lambda: progress("ar"),
}


@pytest.mark.parametrize("name", list(PAGES))
def test_the_policy_lets_in_nothing_but_the_pages_own_style(name: str) -> None:
    made = PAGES[name]()
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', made)
    [style] = re.findall(r"<style>(.*?)</style>", made, re.DOTALL)
    assert inline.head(style) in made
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert not re.search(r"<[^>]+\s(style|on\w+)=", made), "nothing that the policy would stop"
    assert made.index("Content-Security-Policy") < made.index("<style>")


class TestInChromium:
    """In a real one, which says so where a policy stops anything."""

    pytestmark = needs_chromium

    @pytest.mark.parametrize("name", list(PAGES))
    async def test_it_looks_as_it_should_and_nothing_is_stopped(self, name: str, tmp_path: Path) -> None:
        assert CHROMIUM is not None
        file = tmp_path / "page.html"
        file.write_text(PAGES[name](), encoding="utf-8")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            shown, said = await browser.new_page(), []
            shown.on("console", lambda message: said.append(message.text))
            shown.on("request", lambda request: said.append(request.url) if request.url != file.as_uri() else None)
            await shown.goto(file.as_uri())
            looks = await shown.evaluate(
                "[getComputedStyle(document.querySelector('main')).maxWidth, "
                "getComputedStyle(document.querySelector('main')).columnWidth]"
            )
            assert looks != ["none", "auto"], "its style is in force"
            if "progress" in name:
                full = await shown.locator(".bar .full").first.bounding_box()
                track = await shown.locator(".bar").first.bounding_box()
                assert full is not None
                assert track is not None
                assert full["width"] == pytest.approx(track["width"] * 0.4, abs=2)
                at_the_right = abs(full["x"] + full["width"] - track["x"] - track["width"]) < 2
                assert at_the_right == ("Arabic" in name)
            await browser.close()
        assert said == []
