"""What Telegram refuses about messages, and what a contributor sees of them."""

import aiohttp
import pytest

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from .calling import Call, Clock, Json, keyboard

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def refused(call: Call, method: str, /, **parameters: object) -> str:
    answer = await call(method, **parameters)
    assert not answer["ok"], answer
    words: str = answer["description"]
    return words


async def sent(call: Call, person: Person, text: str = "hello", **more: object) -> int:
    answer = await call("sendMessage", chat_id=person.id, text=text, **more)
    assert answer["ok"], answer
    message_id: int = answer["result"]["message_id"]
    return message_id


async def test_a_person_who_never_started_is_not_found(call: Call, sandbox: Sandbox) -> None:
    ben = sandbox.person("Ben")
    assert await refused(call, "sendMessage", chat_id=ben.id, text="hi") == "Bad Request: chat not found"
    assert await refused(call, "sendMessage", chat_id=404, text="hi") == "Bad Request: chat not found"


async def test_a_person_met_in_a_group_who_never_started_cannot_be_written_to(call: Call, sandbox: Sandbox) -> None:
    ben = sandbox.person("Ben")
    group = sandbox.group("Friends", [ben])
    await group.say(ben, "/start")
    words = await refused(call, "sendMessage", chat_id=ben.id, text="hi")
    assert words == "Forbidden: bot can't initiate conversation with a user"


async def test_blocked_and_deactivated_people_are_refused(call: Call, amira: Person) -> None:
    await amira.block()
    assert await refused(call, "sendMessage", chat_id=amira.id, text="hi") == "Forbidden: bot was blocked by the user"
    await amira.unblock()
    await sent(call, amira)
    amira.deactivate()
    assert await refused(call, "sendMessage", chat_id=amira.id, text="hi") == "Forbidden: user is deactivated"


async def test_length_is_counted_after_mark_up_is_read(call: Call, amira: Person, sandbox: Sandbox) -> None:
    await sent(call, amira, "<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    assert sandbox.violations == []
    assert await refused(call, "sendMessage", chat_id=amira.id, text="x" * 4097) == "Bad Request: message is too long"
    await sent(call, amira, "😀" * 4096)
    assert await refused(call, "sendMessage", chat_id=amira.id, text="") == "Bad Request: message text is empty"
    for nothing in ("  \n", "<b></b>", "\u200b\u2800"):
        words = await refused(call, "sendMessage", chat_id=amira.id, text=nothing, parse_mode="HTML")
        assert words == "Bad Request: text must be non-empty"


async def test_a_breach_of_the_contract_is_noted(call: Call, amira: Person, sandbox: Sandbox) -> None:
    long = {"inline_keyboard": [[{"text": "a", "callback_data": "x" * 65}]]}
    words = await refused(call, "sendMessage", chat_id=amira.id, text="hi", reply_markup=long)
    assert words == "Bad Request: BUTTON_DATA_INVALID"
    assert len(sandbox.violations) == 1
    assert "65 bytes" in sandbox.violations[0]


async def test_unknown_fields_are_noted_and_let_pass(call: Call, amira: Person, sandbox: Sandbox) -> None:
    await sent(call, amira, silently=True)
    assert sandbox.violations == ["sendMessage.silently: no such field"]


@pytest.mark.parametrize(
    "markup",
    [
        {"inline_keyboard": [[{"text": str(n), "callback_data": "x"} for n in range(9)]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": "x"}] for _ in range(101)]},
        {"inline_keyboard": [[{"text": "x"}]]},
        {"inline_keyboard": [[{"text": "", "callback_data": "x"}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": ""}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": "x", "style": "red"}]]},
        {"inline_keyboard": "x"},
        "x",
    ],
)
async def test_keyboards_beyond_the_limits_are_refused(
    call: Call, amira: Person, sandbox: Sandbox, markup: object
) -> None:
    await refused(call, "sendMessage", chat_id=amira.id, text="hi", reply_markup=markup)
    assert sandbox.violations


async def test_an_edit_is_seen_in_place(call: Call, amira: Person) -> None:
    message_id = await sent(call, amira, "one", reply_markup=keyboard("Yes"))
    await call("editMessageText", chat_id=amira.id, message_id=message_id, text="<i>two</i>", parse_mode="HTML")
    message = amira.messages[-1]
    assert (message.id, message.text, message.edited, message.buttons) == (message_id, "two", True, [])


async def test_not_modified_compares_text_entities_and_keyboard(call: Call, amira: Person) -> None:
    same: Json = {"text": "<b>one</b>", "parse_mode": "HTML", "reply_markup": keyboard("Yes")}
    message_id = (await call("sendMessage", chat_id=amira.id, **same))["result"]["message_id"]
    place: Json = {"chat_id": amira.id, "message_id": message_id}
    assert await refused(call, "editMessageText", **place, **same) == NOT_MODIFIED
    assert await refused(call, "editMessageReplyMarkup", **place, reply_markup=keyboard("Yes")) == NOT_MODIFIED
    for change in ({"text": "<i>one</i>"}, {"reply_markup": keyboard("No")}):
        assert (await call("editMessageText", **place, **{**same, **change}))["ok"]


async def test_what_cannot_be_edited(call: Call, amira: Person) -> None:
    said = await amira.say("mine")
    with_reply_keyboard = await sent(call, amira, reply_markup={"keyboard": [[{"text": "a"}]]})
    for message_id in (said, with_reply_keyboard):
        words = await refused(call, "editMessageText", chat_id=amira.id, message_id=message_id, text="x")
        assert words == "Bad Request: message can't be edited"
    words = await refused(call, "editMessageText", chat_id=amira.id, message_id=999, text="x")
    assert words == "Bad Request: message to edit not found"


async def test_deleting_within_48_hours_the_persons_messages_too(call: Call, amira: Person, clock: Clock) -> None:
    message_id = await sent(call, amira)
    said = await amira.say("a secret")
    assert (await call("deleteMessage", chat_id=amira.id, message_id=said))["result"] is True
    assert said not in [message.id for message in amira.messages]
    words = await refused(call, "deleteMessage", chat_id=amira.id, message_id=said)
    assert words == "Bad Request: message to delete not found"
    clock.pass_time(48 * 3600 + 1)
    words = await refused(call, "deleteMessage", chat_id=amira.id, message_id=message_id)
    assert words == "Bad Request: message can't be deleted for everyone"


async def test_many_are_deleted_at_once_and_missing_ones_skipped(call: Call, amira: Person, clock: Clock) -> None:
    ids = [await sent(call, amira, f"message {n}") for n in range(3)]
    assert (await call("deleteMessages", chat_id=amira.id, message_ids=[*ids, 999]))["result"] is True
    assert [message.text for message in amira.messages] == ["/start"]
    old = await sent(call, amira, "old")
    clock.pass_time(48 * 3600 + 1)
    new = await sent(call, amira, "new")
    words = await refused(call, "deleteMessages", chat_id=amira.id, message_ids=[new, old])
    assert words == "Bad Request: message can't be deleted for everyone"
    assert amira.screen == "new", "all are deleted or none"
    assert "too many" in await refused(call, "deleteMessages", chat_id=amira.id, message_ids=list(range(1, 102)))


async def test_documents_arrive_and_can_be_fetched_back(
    call: Call, amira: Person, sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    form = aiohttp.FormData({"chat_id": str(amira.id), "caption": "<b>Receipt</b>", "parse_mode": "HTML"})
    form.add_field("document", b"{}", filename="receipt.json", content_type="application/json")
    async with http.post(f"{sandbox.api_url}/bot{sandbox.token}/sendDocument", data=form) as response:
        document = (await response.json())["result"]["document"]
    assert [(file.name, file.bytes) for file in amira.files] == [("receipt.json", b"{}")]
    assert amira.screen == "Receipt"
    path = (await call("getFile", file_id=document["file_id"]))["result"]["file_path"]
    async with http.get(f"{sandbox.api_url}/file/bot{sandbox.token}/{path}") as response:
        assert await response.read() == b"{}"
    again = await call("sendDocument", chat_id=amira.id, document=document["file_id"])
    assert again["result"]["document"]["file_id"] == document["file_id"]
    assert sandbox.violations == []


async def test_a_long_caption_is_refused(call: Call, amira: Person, sandbox: Sandbox) -> None:
    file_id = sandbox.service.files.by_id("none")
    assert file_id is None
    words = await refused(call, "sendDocument", chat_id=amira.id, document="none", caption="x" * 1025)
    assert words == "Bad Request: message caption is too long"


async def test_forms_and_queries_are_read_as_json_is(
    amira: Person, sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    base = f"{sandbox.api_url}/bot{sandbox.token}"
    markup = '{"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}'
    fields = {"chat_id": str(amira.id), "text": "by form", "reply_markup": markup, "protect_content": "true"}
    async with http.post(f"{base}/SENDMESSAGE", data=fields) as response:
        assert (await response.json())["result"]["has_protected_content"] is True
    assert [button.label for button in amira.buttons] == ["Yes"]
    async with http.get(f"{base}/sendMessage", params={**fields, "text": "by query"}) as response:
        assert response.status == 200
    assert amira.screen == "by query"
    assert sandbox.violations == []


async def test_unknown_methods_and_tokens(sandbox: Sandbox, call: Call, http: aiohttp.ClientSession) -> None:
    assert await call("sendNothing") == {"ok": False, "error_code": 404, "description": "Not Found"}
    async with http.get(f"{sandbox.api_url}/bot2:other/getMe") as response:
        assert response.status == 401
        assert await response.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_a_reply_shows_what_it_replies_to(call: Call, amira: Person) -> None:
    said = await amira.say("question")
    answer = await call("sendMessage", chat_id=amira.id, text="answer", reply_parameters={"message_id": said})
    assert answer["result"]["reply_to_message"]["text"] == "question"
    words = await refused(call, "sendMessage", chat_id=amira.id, text="x", reply_parameters={"message_id": 999})
    assert words == "Bad Request: message to be replied not found"


async def test_commands_are_kept_per_scope_and_language(call: Call, sandbox: Sandbox) -> None:
    commands = [{"command": "help", "description": "Help"}]
    await call("setMyCommands", commands=commands)
    await call("setMyCommands", commands=[{"command": "help", "description": "مساعدة"}], language_code="ar")
    assert (await call("getMyCommands"))["result"] == commands
    assert sandbox.service.profile.commands_shown(1, "ar")[0]["description"] == "مساعدة"
    assert sandbox.service.profile.commands_shown(1, "pt-br") == commands
    words = await refused(call, "setMyCommands", commands=commands, language_code="pt-br")
    assert words == "Bad Request: invalid language code specified"


async def test_the_bot_is_heard_in_groups_only_when_meant(call: Call, sandbox: Sandbox, amira: Person) -> None:
    group = sandbox.group("Friends", members=[amira])
    await group.say(amira, "between us")
    await group.say(amira, f"hello @{sandbox.bot_username}")
    start, joined, added, said = (await call("getUpdates"))["result"]
    assert start["message"]["text"] == "/start"
    assert joined["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert added["message"]["new_chat_members"][0]["is_bot"]
    assert said["message"]["text"] == f"hello @{sandbox.bot_username}"
    await call("sendMessage", chat_id=group.id, text="write to me in private")
    assert group.messages[-1].text == "write to me in private"
    await call("leaveChat", chat_id=group.id)
    words = await refused(call, "sendMessage", chat_id=group.id, text="still here")
    assert words == "Forbidden: bot is not a member of the group chat"


async def test_channel_posts_have_no_sender(call: Call, sandbox: Sandbox, amira: Person) -> None:
    channel = sandbox.channel("News", owner=amira)
    await channel.post("/start")
    post = (await call("getUpdates", offset=-1))["result"][0]["channel_post"]
    assert (post["chat"]["type"], "from" in post) == ("channel", False)
