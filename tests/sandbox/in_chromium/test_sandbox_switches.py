"""The page's switches: what they let go wrong, for whom and how often; and starting over, alone or altogether."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from ..calling import Call
from .browsing import column, fixture, in_chromium, opened

pytestmark = in_chromium


@fixture
async def person(sandbox: Sandbox) -> Person:
    person = sandbox.person("Alex", "en")
    await person.start()
    return person


@fixture
async def other(sandbox: Sandbox, person: Person) -> Person:  # noqa: ARG001  # who comes first stands first
    other = sandbox.person("نور", "ar")
    await other.start()
    return other


@fixture
async def page(sandbox: Sandbox, person: Person, other: Person, chromium: Browser) -> AsyncIterator[Page]:
    async with opened(chromium, sandbox, still=True) as page:
        await expect(column(page, person.name)).to_be_visible()
        await expect(column(page, other.name)).to_be_visible()
        await page.get_by_role("button", name="Faults").click()
        yield page


async def turn(page: Page, name: str, *, on: bool = True) -> None:
    """Press the switch, and wait until the sandbox has heard of it."""
    before = await on_now(page)
    await page.get_by_role("switch", name=name).set_checked(on)
    await expect(page.locator("#faults-count")).to_have_text(f"{before + (1 if on else -1)} on")


async def on_now(page: Page) -> int:
    count = page.locator("#faults-count")
    return int((await count.inner_text()).split()[0]) if await count.is_visible() else 0


async def status(call: Call, person: Person, text: str = "x") -> int:
    answer = await call("sendMessage", chat_id=person.id, text=text)
    code: int = answer.get("error_code", 200)
    return code


@pytest.mark.parametrize(("switch", "code"), [("Too many requests (429)", 429), ("Server error (502)", 502)])
async def test_calls_are_refused_until_it_is_switched_off(
    page: Page, person: Person, other: Person, call: Call, switch: str, code: int
) -> None:
    await turn(page, switch)
    assert [await status(call, each) for each in (person, other, person)] == [code] * 3
    await expect(page.get_by_text("Met 3 times.")).to_be_visible()
    await turn(page, switch, on=False)
    assert await status(call, person) == 200


async def test_a_reply_is_lost_after_the_message_came(page: Page, person: Person, call: Call) -> None:
    await turn(page, "Reply lost")
    with pytest.raises(aiohttp.ClientConnectionError):
        await call("sendMessage", chat_id=person.id, text="arrived")
    await expect(column(page, "Alex").get_by_text("arrived")).to_be_visible()
    await page.get_by_role("button", name="Bot’s calls").click()
    await expect(page.get_by_role("complementary").get_by_text("Reply lost")).to_be_visible()


async def test_a_call_is_lost_before_anything_is_done(page: Page, person: Person, call: Call) -> None:
    await turn(page, "Call lost")
    with pytest.raises(aiohttp.ClientConnectionError):
        await call("sendMessage", chat_id=person.id, text="never came")
    assert person.screen == ""


async def test_a_slow_network_keeps_an_answer_back(page: Page, sandbox: Sandbox, person: Person, call: Call) -> None:
    await turn(page, "Slow network")
    assert sandbox.faults.delay("sendMessage", person.id) == 3
    await expect(page.get_by_text("Met 1 time.")).to_be_visible()
    await turn(page, "Slow network", on=False)
    assert await status(call, person) == 200


async def test_a_fault_for_one_contributor_spares_the_other(
    page: Page, sandbox: Sandbox, person: Person, other: Person, call: Call
) -> None:
    await page.get_by_label("For", exact=True).select_option(label="نور")
    await turn(page, "Too many requests (429)")
    assert [await status(call, person), await status(call, other)] == [200, 429]
    answer = await call("answerCallbackQuery", callback_query_id=await other.press_data(1, "x"))
    assert answer["error_code"] == 429, "the answer to a press names no chat, and is about one"
    await page.get_by_label("For", exact=True).select_option(label="everybody")
    await expect(page.get_by_role("switch", name="Too many requests (429)")).not_to_be_checked()
    await expect(page.get_by_text("Also on: Too many requests (429) (نور)")).to_be_visible()
    sandbox.forget(other)
    await expect(page.get_by_text("Also on:")).to_have_count(0)
    assert sandbox.faults.wire() == []


async def test_once_is_once(page: Page, person: Person, call: Call) -> None:
    await page.get_by_label("How often").select_option(label="once")
    await turn(page, "Server error (502)")
    assert [await status(call, person), await status(call, person)] == [502, 200]
    await expect(page.get_by_role("switch", name="Server error (502)")).not_to_be_checked()


async def test_a_contributor_blocks_the_bot_and_takes_it_back(page: Page, person: Person, call: Call) -> None:
    await page.get_by_label("For", exact=True).select_option(label="Alex")
    await turn(page, "Bot blocked")
    await expect(column(page, "Alex").get_by_text("You blocked this bot.")).to_be_visible()
    assert await status(call, person) == 403
    await turn(page, "Bot blocked", on=False)
    assert await status(call, person) == 200


async def test_telegrams_rates_are_kept_to(page: Page, person: Person, call: Call) -> None:
    await turn(page, "Telegram’s rates")
    assert [await status(call, person) for _ in range(4)] == [200, 200, 200, 429]


async def test_updates_come_twice_and_out_of_order(page: Page, person: Person, call: Call) -> None:
    await turn(page, "Updates twice")
    await turn(page, "Updates out of order")
    await person.say("one")
    first = [update["message"]["text"] for update in (await call("getUpdates"))["result"]]
    assert first == ["one", "/start", "/start"]
    assert len((await call("getUpdates"))["result"]) > len(first)


async def test_all_off_is_all_off(page: Page, sandbox: Sandbox, person: Person, call: Call) -> None:
    for name in ("Slow network", "Reply lost", "Telegram’s rates", "Updates twice"):
        await turn(page, name)
    await page.get_by_label("For", exact=True).select_option(label="Alex")
    await turn(page, "Bot blocked")
    await page.get_by_role("button", name="Switch all off").click()
    await expect(page.locator("#faults-count")).to_be_hidden()
    assert (sandbox.faults.wire(), sandbox.limits.enforced, person.account.blocked) == ([], False, False)
    assert await status(call, person) == 200


async def test_one_contributor_starts_over_as_somebody_new(
    page: Page, sandbox: Sandbox, person: Person, other: Person, call: Call
) -> None:
    await call("sendMessage", chat_id=person.id, text="old")
    await call("sendMessage", chat_id=other.id, text="stays")
    chat = column(page, "Alex")
    await expect(chat.get_by_text("old")).to_be_visible()
    await chat.get_by_role("button", name="More").click()
    await chat.get_by_role("menuitem", name="Start over as somebody new").click()
    await expect(chat.get_by_role("button", name="Start", exact=True)).to_be_focused()
    await expect(chat.get_by_text("old")).to_have_count(0)
    await expect(column(page, "نور").get_by_text("stays")).to_be_visible()
    new, same = sandbox.people.values()
    assert same is other
    assert (new.name, new.account.language_code, new.id != person.id) == ("Alex", "en", True)
    assert await status(call, person) == 400
    names = await page.get_by_role("region").evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    assert [name.split(",")[0] for name in names] == ["Alex", "نور"]


async def test_somebody_is_taken_off_the_page(page: Page, sandbox: Sandbox, other: Person) -> None:
    chat = column(page, "Alex")
    await chat.get_by_role("button", name="More").click()
    await chat.get_by_role("menuitem", name="Take off this page").click()
    await expect(chat).to_have_count(0)
    await expect(column(page, "نور").get_by_label("رسالة", exact=True)).to_be_focused()
    assert list(sandbox.people.values()) == [other]


async def test_a_deleted_account_can_only_start_over(page: Page, person: Person, call: Call) -> None:
    chat = column(page, "Alex")
    await chat.get_by_role("button", name="More").click()
    await chat.get_by_role("menuitem", name="Delete this account").click()
    await expect(chat.get_by_text("This account is gone.")).to_be_visible()
    assert await status(call, person) == 403
    await chat.get_by_role("button", name="Start over as somebody new").click()
    await expect(chat.get_by_role("button", name="Start", exact=True)).to_be_visible()


async def test_the_whole_sandbox_starts_over(page: Page, sandbox: Sandbox, call: Call) -> None:
    await turn(page, "Server error (502)")
    await turn(page, "Telegram’s rates")
    await page.get_by_role("button", name="This page").click()
    await page.get_by_role("menuitem", name="Start over…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    await expect(page.get_by_role("region")).to_have_count(1)
    await expect(page.get_by_role("button", name="Start", exact=True)).to_be_focused()
    assert (sandbox.faults.wire(), sandbox.limits.enforced, len(sandbox.people)) == ([], False, 1)
    assert (await call("getUpdates"))["result"] == []
