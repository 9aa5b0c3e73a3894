"""The page in windows of many widths, light and dark, and what its policy lets in."""

from typing import Literal

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect
from support.browser import CHROMIUM

from bot.sandbox.server import Sandbox

from ..asking import AskingBot
from .browsing import column, on_its_loop, opened

pytestmark = on_its_loop
in_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

DARK, LIGHT = "rgb(13, 18, 17)", "rgb(233, 237, 236)"


async def hangs_out(page: Page) -> list[str]:
    """What reaches beyond the window, but for what scrolls or is cut off with dots."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter(e => !e.closest('.heard, .skip, .people, .bar-note, .call-about') && e.checkVisibility())
            .map(e => [e.getBoundingClientRect(), e.outerHTML.slice(0, 120)])
            .filter(([box]) => box.right > innerWidth + .5 || box.left < -.5)
            .map(([, html]) => html)"""
    )
    return found


@pytest.mark.browser
@in_chromium
@pytest.mark.parametrize("width", [320, 390, 768, 1440])
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_nothing_hangs_out_of_the_window(
    sandbox: Sandbox, asking: AskingBot, chromium: Browser, width: int, language: str
) -> None:
    person = sandbox.person("Alex", language)
    sandbox.person("Kim", "de")
    await person.start()
    async with opened(chromium, sandbox, width=width, height=640, still=True) as page:
        chat = page.locator(f"#person-{person.id}")
        await expect(chat.get_by_role("article")).to_have_count(2)
        long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3
        rows = [[{"text": long, "callback_data": "a"}, {"text": "b", "callback_data": "b"}]]
        await asking.call("sendMessage", chat_id=person.id, text=long, reply_markup={"inline_keyboard": rows})
        await expect(chat.get_by_role("article")).to_have_count(3)
        assert await hangs_out(page) == []
        await chat.get_by_role("button", name={"en": "Commands", "ar": "الأوامر"}[language]).click()
        assert await hangs_out(page) == []
        await page.keyboard.press("Escape")
        await chat.get_by_role("button", name={"en": "More", "ar": "المزيد"}[language]).click()
        assert await hangs_out(page) == []
        await page.keyboard.press("Escape")
        for panel in ("Faults", "Bot’s calls"):
            await page.get_by_role("button", name=panel).click()
            assert await hangs_out(page) == []
        await page.get_by_role("button", name="This page").click()
        assert await hangs_out(page) == []


@pytest.mark.browser
@in_chromium
@pytest.mark.usefixtures("asking")
async def test_chats_stand_side_by_side_where_there_is_room(sandbox: Sandbox, chromium: Browser) -> None:
    for name, language in (("Alex", "en"), ("نور", "ar")):
        sandbox.person(name, language)
    async with opened(chromium, sandbox, width=768) as page:
        for name in ("Alex", "نور"):
            await expect(column(page, name)).to_be_in_viewport(ratio=1)
        await page.set_viewport_size({"width": 700, "height": 800})
        await expect(column(page, "نور")).to_have_count(0)
        await page.get_by_role("navigation").get_by_role("button", name="نور").click()
        await expect(column(page, "نور")).to_be_in_viewport(ratio=1)
        await expect(column(page, "Alex")).to_have_count(0)


@pytest.mark.browser
@in_chromium
@pytest.mark.parametrize("system", ["light", "dark"])
async def test_the_look_is_the_systems_until_it_is_chosen(
    sandbox: Sandbox, chromium: Browser, system: Literal["light", "dark"]
) -> None:
    ground = {"light": LIGHT, "dark": DARK}
    chosen: Literal["light", "dark"] = "dark" if system == "light" else "light"
    async with opened(chromium, sandbox, colours=system) as page:
        await expect(page.locator("html")).to_have_css("background-color", ground[system])
        await choose(page, chosen.capitalize())
        await expect(page.locator("html")).to_have_css("background-color", ground[chosen])
        await page.reload()
        await expect(page.locator("html")).to_have_css("background-color", ground[chosen])
        await choose(page, "As the system")
        await expect(page.locator("html")).to_have_css("background-color", ground[system])
        await page.emulate_media(color_scheme=chosen)
        await expect(page.locator("html")).to_have_css("background-color", ground[chosen])


async def choose(page: Page, look: str) -> None:
    button = page.get_by_role("button", name="This page")
    await button.click()
    await page.get_by_role("menuitemradio", name=look).click()
    await button.click()
    await expect(page.get_by_role("menuitemradio", name=look)).to_be_checked()
    await page.keyboard.press("Escape")


async def test_the_policy_lets_in_nothing_but_the_pages_own_files(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    async with http.get(sandbox.page_url) as response:
        policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "media-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


@pytest.mark.browser
@in_chromium
async def test_a_script_or_style_in_the_page_itself_does_nothing(sandbox: Sandbox, chromium: Browser) -> None:
    async with opened(chromium, sandbox, faultless=False) as page:
        await page.evaluate(
            """() => {
                window.refused = [];
                document.addEventListener('securitypolicyviolation', e => window.refused.push(e.effectiveDirective));
                const style = document.createElement('style');
                style.textContent = 'body { display: none }';
                document.head.append(style);
                const attempts = [
                    () => document.body.setAttribute('onclick', 'document.title = "caught"'),
                    () => document.body.insertAdjacentHTML('beforeend', '<b>markup</b>'),
                ];
                for (const attempt of attempts) try { attempt(); } catch { /* as it should be */ }
                document.body.click();
            }"""
        )
        await page.wait_for_function("window.refused.length >= 3")
        refused = await page.evaluate("window.refused")
        assert await page.title() != "caught"
        await expect(page.get_by_text("markup", exact=True)).to_have_count(0)
        await expect(page.locator("body")).to_be_visible()
    assert set(refused) == {"style-src-elem", "require-trusted-types-for"}
