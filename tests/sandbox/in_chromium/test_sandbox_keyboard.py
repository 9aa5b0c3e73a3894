"""The page without a mouse: everything is reached, the focus is seen and not lost, arrows lead where they point."""

from collections.abc import AsyncIterator

from playwright.async_api import Browser, Locator, Page, expect

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from ..calling import Call, keyboard, unanswered
from .browsing import column, fixture, in_chromium, opened

pytestmark = in_chromium

CONTROLS = "button, a[href], summary, select, input, textarea, [tabindex='0']"


@fixture
async def person(sandbox: Sandbox) -> Person:
    person = sandbox.person("Alex", "en")
    await person.start()
    return person


@fixture
async def page(sandbox: Sandbox, person: Person, chromium: Browser) -> AsyncIterator[Page]:
    async with opened(chromium, sandbox, still=True) as page:
        await expect(column(page, person.name)).to_be_visible()
        yield page


def chat(page: Page) -> Locator:
    return column(page, "Alex")


async def card(call: Call, person: Person, text: str, *labels: str, edits: int | None = None) -> int:
    """A message with these buttons, or an edit that makes it one."""
    markup = keyboard(*labels)
    if edits is None:
        sent = await call("sendMessage", chat_id=person.id, text=text, reply_markup=markup)
    else:
        sent = await call("editMessageText", chat_id=person.id, message_id=edits, text=text, reply_markup=markup)
    message_id: int = sent["result"]["message_id"]
    return message_id


async def test_tab_reaches_every_control_and_shows_where_it_is(page: Page, person: Person, call: Call) -> None:
    rows = [[{"text": "Yes", "callback_data": "yes"}], [{"text": "Read more", "url": "https://a.example"}]]
    await call("sendMessage", chat_id=person.id, text="Shall we? /help", reply_markup={"inline_keyboard": rows})
    await call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await page.get_by_role("button", name="Faults").click()
    await expect(chat(page).get_by_role("link", name="Read more")).to_be_visible()
    await expect(chat(page).get_by_role("button", name="Commands")).to_be_visible()
    await chat(page).get_by_label("Message", exact=True).fill("so that it can be sent")
    number = "(e, n) => e.dataset.number = n"
    wanted = page.locator(CONTROLS).locator("visible=true").and_(page.locator(":not(:disabled):not([tabindex='-1'])"))
    count = await wanted.count()
    for place in range(count):
        await wanted.nth(place).evaluate(number, str(place))
    await page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(count + 5):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if await focused.count() == 0:
            continue  # the browser's own controls, after the last of the page's
        assert await focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
        reached.add(await focused.get_attribute("data-number"))
    assert reached == {str(place) for place in range(count)}


async def test_an_edited_card_keeps_the_focus_on_the_button_that_was_pressed(
    page: Page, person: Person, call: Call
) -> None:
    message = await card(call, person, "Which?", "☐ One", "☐ Two", "Done")
    await chat(page).get_by_role("button", name="Two").focus()
    await page.keyboard.press("Enter")
    await card(call, person, "Which?", "☐ One", "☑ Two", "Done", edits=message)
    await expect(chat(page).get_by_role("button", name="☑ Two")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(chat(page).get_by_role("button", name="Done")).to_be_focused()


async def test_another_card_in_its_place_is_begun_at_its_beginning(page: Page, person: Person, call: Call) -> None:
    message = await card(call, person, "Shall we?", "Yes", "No")
    await chat(page).get_by_role("button", name="Yes").focus()
    await card(call, person, "When?", "Today", "Tomorrow", edits=message)
    await expect(chat(page).get_by_role("article").filter(has_text="When?")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(chat(page).get_by_role("button", name="Today")).to_be_focused()


async def test_a_deleted_card_hands_the_focus_to_the_newest_message(page: Page, person: Person, call: Call) -> None:
    old = await card(call, person, "Shall we?", "Yes", "No")
    await chat(page).get_by_role("button", name="Yes").focus()
    await card(call, person, "When?", "Today")
    await call("deleteMessage", chat_id=person.id, message_id=old)
    await expect(chat(page).get_by_role("article").filter(has_text="When?")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(chat(page).get_by_role("button", name="Today")).to_be_focused()


async def test_what_changes_around_it_leaves_the_field_alone(page: Page, person: Person, call: Call) -> None:
    field = chat(page).get_by_label("Message", exact=True)
    await field.press_sequentially("half writ")
    await call("setMyDescription", description="Something else now.")
    await call("sendMessage", chat_id=person.id, text="Still there?")
    await person.block()
    await expect(chat(page).get_by_text("You blocked this bot.")).to_be_visible()
    await person.unblock()
    await expect(field).to_have_value("half writ")
    await call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await expect(chat(page).get_by_role("button", name="Commands")).to_be_visible()
    await field.press_sequentially("ten")
    await expect(field).to_have_value("half written")


async def test_arrows_go_from_button_to_button_as_the_eye_does(
    sandbox: Sandbox, page: Page, person: Person, call: Call
) -> None:
    arabic = sandbox.person("نور", "ar")
    await arabic.start()
    rows = [[{"text": label, "callback_data": label} for label in row] for row in ("ab", "cd", "e")]
    for each in (person, arabic):
        await call("sendMessage", chat_id=each.id, text=".", reply_markup={"inline_keyboard": rows})
    ways = {"Alex": "Right", "نور": "Left"}
    for name, onward in ways.items():
        here = column(page, name)
        await here.get_by_role("button", name="a", exact=True).focus()
        for key, label in (
            (f"Arrow{onward}", "b"),
            ("ArrowDown", "d"),
            ("ArrowDown", "e"),
            ("ArrowUp", "c"),
            ("End", "e"),
        ):
            await page.keyboard.press(key)
            await expect(here.get_by_role("button", name=label, exact=True)).to_be_focused()
        await page.keyboard.press("Home")
        await expect(here.get_by_role("button", name="a", exact=True)).to_be_focused()


async def test_up_from_an_empty_message_to_the_buttons_and_back(page: Page, person: Person, call: Call) -> None:
    await card(call, person, "Old?", "Old")
    await card(call, person, "New?", "New")
    newest = chat(page).get_by_role("button", name="New")
    await expect(newest).to_be_visible()
    field = chat(page).get_by_label("Message", exact=True)
    await field.press("ArrowUp")
    await expect(newest).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(field).to_be_focused()


async def test_from_contributor_to_contributor(sandbox: Sandbox, page: Page) -> None:
    sandbox.person("نور", "ar")
    arabic = column(page, "نور")
    await expect(arabic).to_be_visible()
    await chat(page).get_by_label("Message", exact=True).focus()
    await page.keyboard.press("Alt+ArrowDown")
    await expect(arabic.get_by_role("button", name="ابدأ")).to_be_focused()
    await page.keyboard.press("Alt+ArrowDown")
    await expect(chat(page).get_by_label("Message", exact=True)).to_be_focused()


async def test_the_list_of_keys_opens_and_gives_the_focus_back(page: Page) -> None:
    field = chat(page).get_by_label("Message", exact=True)
    await field.focus()
    await page.keyboard.press("Control+/")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(field).to_be_focused()


async def test_menus_are_walked_with_arrows_and_left_with_escape(page: Page) -> None:
    button = chat(page).get_by_role("button", name="More")
    await button.press("ArrowUp")
    items = chat(page).get_by_role("menuitem")
    await expect(items.last).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(items.first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(button).to_be_focused()
    await expect(items).to_have_count(0)


async def test_a_slash_offers_the_commands_that_begin_so(page: Page, person: Person, call: Call) -> None:
    commands = [{"command": name, "description": name.title()} for name in ("help", "leave", "language")]
    await call("setMyCommands", commands=commands)
    field = chat(page).get_by_label("Message", exact=True)
    await expect(chat(page).get_by_role("button", name="Commands")).to_be_visible()
    await field.press_sequentially("/l")
    options = chat(page).get_by_role("option")
    await expect(options).to_have_text(["Leave/leave", "Language/language"])
    await field.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert await field.get_attribute("aria-activedescendant") == await options.nth(1).get_attribute("id")
    await field.press("Enter")
    await expect(chat(page).get_by_role("article").last).to_contain_text("/language")
    await field.press_sequentially("/h")
    await field.press("Escape")
    await expect(options).to_have_count(0)
    await field.press("Enter")
    await expect(chat(page).get_by_role("article").last).to_contain_text("/h")
    assert [message.text for message in person.messages] == ["/start", "/language", "/h"]


async def test_choosing_a_command_leaves_what_was_half_written(page: Page, person: Person, call: Call) -> None:
    await call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    field = chat(page).get_by_label("Message", exact=True)
    await field.fill("half written")
    await chat(page).get_by_role("button", name="Commands").click()
    await chat(page).get_by_role("option", name="Help").click()
    await expect(chat(page).get_by_role("article").last).to_contain_text("/help")
    await expect(field).to_have_value("half written")
    assert person.messages[-1].text == "/help"


async def test_a_panel_is_left_with_escape_to_where_it_was_opened(page: Page) -> None:
    button = page.get_by_role("button", name="Faults")
    await button.press("Enter")
    await page.get_by_label("Slow network").focus()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("complementary")).to_have_count(0)
    await expect(button).to_be_focused()


async def test_what_has_to_be_pressed_away_holds_the_focus_and_gives_it_back(
    sandbox: Sandbox, page: Page, person: Person, call: Call
) -> None:
    await sandbox.person("نور", "ar").start()
    await card(call, person, "Shall we?", "Yes")
    yes = chat(page).get_by_role("button", name="Yes")
    await yes.press("Enter")
    await expect(yes).to_have_attribute("aria-busy", "true")
    await call("answerCallbackQuery", callback_query_id=await unanswered(person), text="Really?", show_alert=True)
    ok = chat(page).get_by_role("alertdialog", name="Really?").get_by_role("button", name="OK")
    await expect(ok).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(chat(page).locator(":focus")).to_have_count(0)
    await page.keyboard.press("Tab")
    await expect(ok).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(column(page, "نور").locator(":focus")).to_have_count(1)
    await ok.press("Escape")
    await expect(yes).to_be_focused()


async def test_the_focus_goes_to_the_field_where_what_had_it_is_gone(page: Page, person: Person, call: Call) -> None:
    message = await card(call, person, "Shall we?", "Yes")
    await chat(page).get_by_role("button", name="Yes").press("Enter")
    await expect(chat(page).get_by_role("button", name="Yes")).to_have_attribute("aria-busy", "true")
    await call("answerCallbackQuery", callback_query_id=await unanswered(person), text="Really?", show_alert=True)
    ok = chat(page).get_by_role("button", name="OK")
    await expect(ok).to_be_focused()
    await call("deleteMessage", chat_id=person.id, message_id=message)
    await expect(chat(page).get_by_text("Shall we?")).to_have_count(0)
    await ok.press("Enter")
    await expect(chat(page).get_by_label("Message", exact=True)).to_be_focused()
