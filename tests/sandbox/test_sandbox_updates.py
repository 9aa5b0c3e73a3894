"""How updates wait, are confirmed, are lost and come again."""

import asyncio

import pytest
from aiohttp import web

from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox

from .calling import Call, Clock, Json, keyboard

POLLED_TWICE = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


async def updates(call: Call, **parameters: object) -> list[Json]:
    answer = await call("getUpdates", **parameters)
    assert answer["ok"], answer
    found: list[Json] = answer["result"]
    return found


async def test_an_update_stays_until_a_higher_offset_confirms_it(call: Call, amira: Person) -> None:
    await amira.say("two")
    first, second = await updates(call)
    assert first["update_id"] < second["update_id"]
    assert await updates(call) == [first, second]
    assert await updates(call, offset=second["update_id"]) == [second]
    assert await updates(call) == [second]


async def test_a_negative_offset_keeps_only_the_last(call: Call, amira: Person) -> None:
    await amira.say("two")
    await amira.say("three")
    (last,) = await updates(call, offset=-1)
    assert last["message"]["text"] == "three"
    assert await updates(call) == [last]


async def test_an_offset_beyond_the_end_confirms_nothing(call: Call, amira: Person) -> None:
    await amira.say("two")
    assert len(await updates(call, offset=2**31 - 1)) == 2


async def test_limit_holds_back_the_rest(call: Call, amira: Person) -> None:
    await amira.say("two")
    assert len(await updates(call, limit=1)) == 1


async def test_a_long_poll_ends_as_soon_as_there_is_something(call: Call, sandbox: Sandbox) -> None:
    poll = asyncio.ensure_future(updates(call, timeout=50))
    await until_polled(sandbox)
    await sandbox.person("Ben").start()
    assert (await poll)[0]["message"]["text"] == "/start"


async def until_polled(sandbox: Sandbox) -> None:
    while not sandbox.service.updates.is_polled:  # noqa: ASYNC110 - nothing tells of it, and it takes a few turns
        await asyncio.sleep(0)


async def test_a_second_poller_ends_the_first(call: Call, sandbox: Sandbox) -> None:
    first = asyncio.ensure_future(call("getUpdates", timeout=50))
    await until_polled(sandbox)
    second = asyncio.ensure_future(updates(call, timeout=50))
    assert await first == {"ok": False, "error_code": 409, "description": POLLED_TWICE}
    await sandbox.person("Ben").start()
    assert len(await second) == 1


async def test_only_kinds_that_were_asked_for_are_queued(call: Call, amira: Person) -> None:
    await updates(call, allowed_updates=["callback_query"], offset=-1)
    await amira.say("not asked for")
    assert [next(iter(update.keys() - {"update_id"})) for update in await updates(call)] == ["message"]


async def test_a_callback_dies_after_150_seconds_in_the_queue(call: Call, amira: Person, clock: Clock) -> None:
    await call("sendMessage", chat_id=amira.id, text="?", reply_markup=keyboard("Yes"))
    callback_id = await amira.press("Yes")
    clock.pass_time(151)
    assert all("callback_query" not in update for update in await updates(call))
    answer = await call("answerCallbackQuery", callback_query_id=callback_id)
    assert answer["description"] == (
        "Bad Request: query is too old and response timeout expired or query ID is invalid"
    )
    assert amira.unanswered == []


async def test_a_callback_that_waited_less_is_delivered_and_answered(call: Call, amira: Person, clock: Clock) -> None:
    await call("sendMessage", chat_id=amira.id, text="?", reply_markup=keyboard("Yes"))
    callback_id = await amira.press("Yes")
    clock.pass_time(149)
    update = (await updates(call))[-1]
    assert update["callback_query"]["data"] == "yes"
    assert (await call("answerCallbackQuery", callback_query_id=callback_id, text="Noted"))["result"] is True
    assert amira.toasts == ["Noted"]


async def test_updates_come_twice_though_confirmed(call: Call, sandbox: Sandbox, amira: Person) -> None:
    sandbox.faults.duplicate_updates(1)
    (update,) = await updates(call)
    assert await updates(call, offset=update["update_id"] + 1) == [update]
    assert await updates(call, offset=update["update_id"] + 1) == []
    await amira.settled()


async def test_updates_come_in_reverse_order(call: Call, sandbox: Sandbox, amira: Person) -> None:
    await amira.say("two")
    sandbox.faults.reorder_updates(1)
    later, earlier = await updates(call)
    assert later["update_id"] > earlier["update_id"]


async def test_anything_can_be_injected_as_an_update(call: Call, sandbox: Sandbox) -> None:
    update_id = sandbox.faults.inject_update({"message": {"no": "parts"}, "of_tomorrow": 1})
    assert await updates(call) == [{"update_id": update_id, "message": {"no": "parts"}, "of_tomorrow": 1}]


async def test_blocking_and_unblocking_are_told(call: Call, amira: Person) -> None:
    await updates(call, offset=-1)
    await amira.block()
    await amira.unblock()
    blocked, unblocked = (update["my_chat_member"] for update in (await updates(call))[1:])
    assert (blocked["old_chat_member"]["status"], blocked["new_chat_member"]["status"]) == ("member", "kicked")
    assert (unblocked["old_chat_member"]["status"], unblocked["new_chat_member"]["status"]) == ("kicked", "member")


async def test_settled_says_what_it_still_waits_for(amira: Person) -> None:
    with pytest.raises(TimeoutError, match="updates not confirmed"):
        await amira.settled(timeout=0.01)


async def test_settled_waits_for_the_answer_to_a_press(call: Call, amira: Person) -> None:
    await call("sendMessage", chat_id=amira.id, text="?", reply_markup=keyboard("Yes"))
    callback_id = await amira.press("Yes")
    last = (await updates(call))[-1]
    assert await updates(call, offset=last["update_id"] + 1) == []
    settled = asyncio.ensure_future(amira.settled())
    assert amira.unanswered == [callback_id]
    await call("answerCallbackQuery", callback_query_id=callback_id)
    await settled


async def test_nobody_polls_while_a_webhook_is_set(call: Call) -> None:
    assert (await call("setWebhook", url="http://127.0.0.1:9/hook"))["result"] is True
    answer = await call("getUpdates")
    assert answer["error_code"] == 409
    assert answer["description"] == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    await call("deleteWebhook")
    assert await updates(call) == []


async def test_a_webhook_elsewhere_is_refused(call: Call) -> None:
    answer = await call("setWebhook", url="https://bot.example/hook")
    assert answer["description"].startswith("Bad Request: bad webhook")


SECRET = "s3cret"  # noqa: S105 - opens nothing


class Hook:
    """A bot's webhook: refuses the first `refusals` deliveries, then replies with `reply`."""

    def __init__(self, refusals: int = 0, reply: Json | None = None) -> None:
        self.received: list[tuple[str | None, Json]] = []
        self._refusals = refusals
        self._reply = reply

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        self.received.append((secret, await request.json()))
        if len(self.received) <= self._refusals:
            return web.Response(status=503)
        return web.json_response(self._reply) if self._reply else web.Response()


async def served(hook: Hook) -> tuple[web.ServerRunner, str]:
    runner = web.ServerRunner(web.Server(hook))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"


async def test_a_webhook_gets_updates_with_its_secret_until_it_accepts(call: Call, amira: Person) -> None:
    hook = Hook(refusals=2)
    runner, url = await served(hook)
    await call("setWebhook", url=url, secret_token=SECRET)
    await amira.settled()
    assert [(secret, update["message"]["text"]) for secret, update in hook.received] == [(SECRET, "/start")] * 3
    again = await call("setWebhook", url=url, secret_token=SECRET)
    assert again["description"] == "Webhook is already set"
    info = (await call("getWebhookInfo"))["result"]
    assert (info["url"], info["pending_update_count"]) == (url, 0)
    assert "503" in info["last_error_message"]
    await call("deleteWebhook")
    await runner.cleanup()


async def test_a_call_in_the_webhooks_reply_is_carried_out(call: Call, amira: Person) -> None:
    runner, url = await served(Hook(reply={"method": "sendMessage", "chat_id": amira.id, "text": "in reply"}))
    await call("setWebhook", url=url)
    await amira.settled()
    assert amira.screen == "in reply"
    await call("deleteWebhook")
    await runner.cleanup()
