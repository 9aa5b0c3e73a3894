"""What goes wrong on demand, and the model of Telegram's rates."""

import aiohttp
import pytest

from bot.sandbox.contributor import Person
from bot.sandbox.faults import ALWAYS
from bot.sandbox.server import Sandbox

from .calling import Call, Clock


async def test_too_many_requests_says_how_long_to_wait_twice(
    sandbox: Sandbox, amira: Person, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.too_many_requests(retry_after=2282, method="sendMessage")
    address = f"{sandbox.api_url}/bot{sandbox.token}/sendMessage"
    async with http.post(address, json={"chat_id": amira.id, "text": "x"}) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "2282")
        assert await response.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 2282",
            "parameters": {"retry_after": 2282},
        }
    async with http.post(address, json={"chat_id": amira.id, "text": "x"}) as response:
        assert response.status == 200


async def test_a_fault_meets_the_named_method_as_often_as_told(call: Call, sandbox: Sandbox, amira: Person) -> None:
    sandbox.faults.server_error(502, times=2, method="sendMessage")
    assert (await call("getMe"))["ok"]
    assert [(await call("sendMessage", chat_id=amira.id, text="x"))["ok"] for _ in range(3)] == [False, False, True]


async def test_a_connection_cut_before_leaves_nothing(call: Call, sandbox: Sandbox, amira: Person) -> None:
    sandbox.faults.cut_before()
    with pytest.raises(aiohttp.ClientConnectionError):
        await call("sendMessage", chat_id=amira.id, text="lost")
    assert amira.screen == ""


async def test_a_connection_cut_after_leaves_the_message(call: Call, sandbox: Sandbox, amira: Person) -> None:
    sandbox.faults.cut_after()
    with pytest.raises(aiohttp.ClientConnectionError):
        await call("sendMessage", chat_id=amira.id, text="arrived")
    assert amira.screen == "arrived"
    assert sandbox.calls[-1].ok


async def test_slow_calls_are_waited_for(call: Call, sandbox: Sandbox, amira: Person) -> None:
    sandbox.faults.slow(0.001)
    assert (await call("sendMessage", chat_id=amira.id, text="late"))["ok"]


async def test_a_slow_call_meets_what_else_goes_wrong(call: Call, sandbox: Sandbox, amira: Person) -> None:
    sandbox.faults.slow(0.001)
    sandbox.faults.server_error(502)
    assert (await call("sendMessage", chat_id=amira.id, text="late"))["error_code"] == 502
    assert sandbox.calls[-1].faults == ["slow", "server_error"]
    assert sandbox.faults.wire() == []


async def test_what_always_goes_wrong_does_so_until_it_is_cleared(call: Call, sandbox: Sandbox, amira: Person) -> None:
    bob = sandbox.person("Bob")
    await bob.start()
    sandbox.faults.server_error(times=ALWAYS)
    sandbox.faults.too_many_requests(times=ALWAYS, chat_id=bob.id)
    assert [(await call("sendMessage", chat_id=amira.id, text="x"))["error_code"] for _ in range(3)] == [502] * 3
    assert sandbox.faults.wire()[0] == {"name": "server_error", "chat_id": None, "once": False, "met": 3}
    sandbox.faults.clear("server_error")
    assert (await call("sendMessage", chat_id=amira.id, text="x"))["ok"]
    assert (await call("sendMessage", chat_id=bob.id, text="x"))["error_code"] == 429
    sandbox.faults.clear("too_many_requests", bob.id)
    assert (await call("sendMessage", chat_id=bob.id, text="x"))["ok"]


async def test_a_fault_of_a_chat_meets_answers_to_its_presses(call: Call, sandbox: Sandbox, amira: Person) -> None:
    sandbox.faults.server_error(chat_id=amira.id)
    callback_id = await amira.press_data(1, "x")
    assert (await call("answerCallbackQuery", callback_query_id=callback_id))["error_code"] == 502


async def test_cleared_faults_meet_nobody(call: Call, sandbox: Sandbox) -> None:
    sandbox.faults.server_error()
    sandbox.faults.clear()
    assert (await call("getMe"))["ok"]


async def retry_after(call: Call, person: Person) -> int:
    answer = await call("sendMessage", chat_id=person.id, text="x")
    wait: int = answer.get("parameters", {}).get("retry_after", 0)
    return wait


async def test_a_chat_takes_a_short_burst_then_one_a_second(
    call: Call, sandbox: Sandbox, amira: Person, clock: Clock
) -> None:
    sandbox.limits.enforce(per_second=30, per_chat=1.0)
    assert [await retry_after(call, amira) for _ in range(4)] == [0, 0, 0, 1]
    clock.pass_time(1)
    assert await retry_after(call, amira) == 0


async def test_waiting_grows_when_it_is_ignored(call: Call, sandbox: Sandbox, amira: Person, clock: Clock) -> None:
    sandbox.limits.enforce(per_chat=1.0, burst=1)
    assert [await retry_after(call, amira) for _ in range(4)] == [0, 1, 2, 4]
    clock.pass_time(3)
    assert await retry_after(call, amira) == 8
    clock.pass_time(8)
    assert await retry_after(call, amira) == 0


async def test_the_whole_bot_has_a_rate_too(call: Call, sandbox: Sandbox) -> None:
    people = [sandbox.person(f"Person {n}") for n in range(3)]
    for person in people:
        await person.start()
    sandbox.limits.enforce(per_second=2, per_chat=None)
    assert [await retry_after(call, person) for person in people] == [0, 0, 1]
    sandbox.limits.lift()
    assert await retry_after(call, people[2]) == 0


async def test_replies_can_be_left_out_of_the_rate_of_the_whole_bot(call: Call, sandbox: Sandbox, clock: Clock) -> None:
    """Bulk is what Telegram's rate is about: who has just written may be answered at any time."""
    people = [sandbox.person(f"Person {n}") for n in range(3)]
    for person in people:
        await person.start()
    clock.pass_time(60)
    sandbox.limits.enforce(per_second=2, per_chat=None, replies=False)
    assert [await retry_after(call, person) for person in people] == [0, 0, 1]
    await people[0].say("Hello")
    assert [await retry_after(call, person) for person in people] == [0, 2, 4]
