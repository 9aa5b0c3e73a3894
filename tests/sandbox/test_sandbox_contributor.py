"""A contributor presses what they see, and tests are told when they see something else."""

import pytest

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from .calling import Call, Json, keyboard


async def shown(call: Call, person: Person, text: str, markup: Json) -> int:
    answer = await call("sendMessage", chat_id=person.id, text=text, reply_markup=markup)
    message_id: int = answer["result"]["message_id"]
    return message_id


async def pressed(call: Call) -> list[Json]:
    updates = (await call("getUpdates"))["result"]
    return [update["callback_query"] for update in updates if "callback_query" in update]


async def test_the_newest_button_with_the_label_is_pressed(call: Call, amira: Person) -> None:
    await shown(call, amira, "old", keyboard("Yes"))
    newest = await shown(call, amira, "new", keyboard("Yes", "No"))
    await amira.press("Yes")
    (query,) = await pressed(call)
    assert query["message"]["message_id"] == newest


async def test_a_part_of_a_label_is_enough_when_it_is_unique(call: Call, amira: Person) -> None:
    await shown(call, amira, "?", keyboard("✓ I agree", "I do not agree"))
    await amira.press("I do")
    await amira.press("✓")
    assert [query["data"] for query in await pressed(call)] == ["i do not agree", "✓ i agree"]
    with pytest.raises(AssertionError, match="could be any of"):
        await amira.press("agree")


async def test_a_button_that_is_not_there_shows_the_screen(call: Call, amira: Person) -> None:
    await shown(call, amira, "Where do you live?", keyboard("Egypt"))
    with pytest.raises(AssertionError, match=r"no button 'Norway'(.|\n)*Where do you live\?(.|\n)*\(Egypt\)"):
        await amira.press("Norway")


async def test_a_button_of_a_deleted_message_is_gone_but_its_data_can_be_sent(call: Call, amira: Person) -> None:
    message_id = await shown(call, amira, "?", keyboard("Yes"))
    await call("deleteMessage", chat_id=amira.id, message_id=message_id)
    with pytest.raises(AssertionError):
        await amira.press("Yes")
    await amira.press_data(message_id, "yes")
    (query,) = await pressed(call)
    assert query["message"] == {"chat": amira.chat.wire(), "message_id": message_id, "date": 0}


async def test_links_open_copies_are_kept_and_links_to_the_bot_start_it(
    call: Call, amira: Person, sandbox: Sandbox
) -> None:
    rows = [
        [{"text": "Is this real?", "url": "https://organisation.example/"}],
        [{"text": "Copy", "copy_text": {"text": "R-1"}}],
        [{"text": "Another", "url": f"https://t.me/{sandbox.bot_username}?start=abc"}],
    ]
    await shown(call, amira, "?", {"inline_keyboard": rows})
    for label in ("Is this real?", "Copy", "Another"):
        assert await amira.press(label) == ""
    assert amira.opened[0] == "https://organisation.example/"
    assert amira.copied == ["R-1"]
    assert amira.messages[-1].text == "/start abc"


async def test_a_reply_keyboards_button_says_its_label(call: Call, amira: Person) -> None:
    await shown(call, amira, "?", {"keyboard": [["Yes", {"text": "No"}]]})
    await amira.press("No")
    assert amira.messages[-1].text == "No"
    await shown(call, amira, "thanks", {"remove_keyboard": True})
    assert amira.buttons == []


async def test_what_is_too_long_for_a_message_goes_as_several(amira: Person) -> None:
    await amira.say("x" * 5000)
    assert [len(message.text) for message in amira.messages[1:]] == [4096, 904]


async def test_who_has_blocked_the_bot_cannot_write_to_it_until_they_start_again(amira: Person) -> None:
    await amira.block()
    with pytest.raises(AssertionError, match="has blocked the bot"):
        await amira.say("hello?")
    await amira.start()
    assert not amira.account.blocked


async def test_alerts_are_told_apart_from_toasts(call: Call, amira: Person) -> None:
    await shown(call, amira, "?", keyboard("Yes"))
    for text, alert in (("saved", False), ("careful", True)):
        callback_id = await amira.press("Yes")
        await call("answerCallbackQuery", callback_query_id=callback_id, text=text, show_alert=alert)
    assert (amira.toasts, amira.alerts) == (["saved", "careful"], ["careful"])


async def test_a_contributor_may_send_what_is_not_text(call: Call, amira: Person) -> None:
    await amira.send_photo(b"jpeg", caption="me")
    await amira.send({"location": {"latitude": 30.0, "longitude": 31.2}})
    said = await amira.say("typo")
    await amira.edit(said, "no typo")
    updates = (await call("getUpdates"))["result"]
    assert updates[1]["message"]["caption"] == "me"
    assert updates[2]["message"]["location"]["latitude"] == 30.0
    assert updates[4]["edited_message"]["text"] == "no typo"


async def test_ids_can_be_given_and_are_ten_digits_otherwise(sandbox: Sandbox) -> None:
    assert sandbox.person("Ben", user_id=42).id == 42
    assert len(str(sandbox.person("Chi").id)) == 10
    with pytest.raises(ValueError, match="42"):
        sandbox.person("Ben again", user_id=42)
