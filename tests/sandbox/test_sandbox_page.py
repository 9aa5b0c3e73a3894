"""The page and its doors: only this machine's own pages may act, and what they ask for is done."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import aiohttp
import orjson
import pytest

from bot.sandbox.contributor import Person
from bot.sandbox.files import Upload
from bot.sandbox.server import Sandbox

from .calling import Call, Json, keyboard

ACTING = {"X-Sandbox": "test"}


@pytest.mark.parametrize("path", ["/", "/page/state", "/bot1:test/getMe"])
async def test_a_foreign_name_for_this_machine_is_refused(
    sandbox: Sandbox, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(sandbox.api_url + path, headers={"Host": "rebound.example"}) as response:
        assert response.status == 421


async def test_another_sites_page_is_refused(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    foreign = {"Origin": "https://elsewhere.example", **ACTING}
    for path in ("/page/people", "/bot1:test/getMe"):
        async with http.post(sandbox.api_url + path, json={}, headers=foreign) as response:
            assert response.status == 403
    embedded = {"Sec-Fetch-Site": "cross-site"}
    async with http.get(f"{sandbox.api_url}/bot{sandbox.token}/getMe", headers=embedded) as response:
        assert response.status == 403
    async with http.get(sandbox.page_url, headers=embedded) as response:
        assert response.status == 200, "a link to the page may stand anywhere"
    async with http.post(f"{sandbox.api_url}/page/people", json={}) as response:
        assert response.status == 403
        assert "X-Sandbox" in (await response.json())["error"]
    assert sandbox.people == {}


async def test_the_page_runs_nothing_but_its_own_files(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    async with http.get(sandbox.page_url) as response:
        policy = response.headers["Content-Security-Policy"]
        page = await response.text()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "style=" not in page
    assert "onclick" not in page
    for name in ("chat.js", "early.js", "palette.css", "page.css", "chat.css", "icon.svg"):
        async with http.get(f"{sandbox.api_url}/{name}") as response:
            assert response.status == 200
    for name in ("page.py", "../server.py", "%2e%2e/server.py", "nothing.js"):
        async with http.get(f"{sandbox.api_url}/{name}") as response:
            assert response.status == 404


async def act(sandbox: Sandbox, http: aiohttp.ClientSession, path: str, /, **body: object) -> Json:
    async with http.post(f"{sandbox.api_url}/page/{path}", json=body, headers=ACTING) as response:
        answer: Json = await response.json()
        return answer


async def test_a_contributor_can_be_acted_from_another_process(
    sandbox: Sandbox, http: aiohttp.ClientSession, call: Call
) -> None:
    person = await act(sandbox, http, "people", name="نور", language_code="ar")
    assert (person["dir"], person["started"]) == ("rtl", False)
    place = f"people/{person['id']}"
    await act(sandbox, http, f"{place}/start", payload="abc")
    await act(sandbox, http, f"{place}/say", text="hello")
    sent = await call("sendMessage", chat_id=person["id"], text="?", reply_markup=keyboard("Yes"))
    by_label = await act(sandbox, http, f"{place}/press", label="Yes")
    by_number = await act(sandbox, http, f"{place}/press", message_id=sent["result"]["message_id"], button=0)
    raw = await act(sandbox, http, f"{place}/press", message_id=1, data="forged")
    await act(sandbox, http, f"{place}/block")
    updates = (await call("getUpdates"))["result"]
    assert [update["message"]["text"] for update in updates[:2]] == ["/start abc", "hello"]
    pressed = [update["callback_query"] for update in updates[2:5]]
    assert [query["id"] for query in pressed] == [by_label["callback"], by_number["callback"], raw["callback"]]
    assert [query["data"] for query in pressed] == ["yes", "yes", "forged"]
    assert updates[5]["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    async with http.get(f"{sandbox.api_url}/page/{place}") as response:
        seen = await response.json()
    assert (seen["blocked"], seen["messages"][-1]["buttons"][0]["label"]) == (True, "Yes")
    assert sorted(seen["unanswered"]) == sorted(query["id"] for query in pressed)


async def test_what_cannot_be_done_is_said_in_words(
    sandbox: Sandbox, http: aiohttp.ClientSession, amira: Person
) -> None:
    assert "no button 'Yes'" in (await act(sandbox, http, f"people/{amira.id}/press", label="Yes"))["error"]
    assert await act(sandbox, http, "people/404/start") == {"error": "no such contributor"}
    assert "not confirmed" in (await act(sandbox, http, f"people/{amira.id}/settled", timeout=0.01))["error"]
    assert "no fault 'flood'" in (await act(sandbox, http, "faults", name="flood"))["error"]


async def test_faults_can_be_asked_for_from_another_process(
    sandbox: Sandbox, http: aiohttp.ClientSession, call: Call
) -> None:
    await act(sandbox, http, "faults", name="server_error", code=500, method="getMe")
    assert (await call("getMe"))["error_code"] == 500


async def test_starting_over_forgets_everybody(
    sandbox: Sandbox, http: aiohttp.ClientSession, call: Call, amira: Person
) -> None:
    await act(sandbox, http, "reset")
    assert sandbox.people == {}
    assert (await call("getUpdates"))["result"] == []
    assert (await call("sendMessage", chat_id=amira.id, text="x"))["description"] == "Bad Request: chat not found"


async def test_one_contributor_is_forgotten_and_the_others_are_not(
    sandbox: Sandbox, http: aiohttp.ClientSession, call: Call, amira: Person
) -> None:
    bob = sandbox.person("Bob")
    await bob.start()
    callback_id = await amira.press_data(1, "x")
    sandbox.faults.server_error(chat_id=amira.id)
    await act(sandbox, http, f"people/{amira.id}/forget")
    assert list(sandbox.people.values()) == [bob]
    assert [update["message"]["from"]["id"] for update in (await call("getUpdates"))["result"]] == [bob.id]
    assert (await call("sendMessage", chat_id=amira.id, text="x"))["description"] == "Bad Request: chat not found"
    assert "query is too old" in (await call("answerCallbackQuery", callback_query_id=callback_id))["description"]
    assert sandbox.faults.wire() == []
    await amira.settled()


async def test_starting_over_is_being_somebody_new_in_the_same_place(
    sandbox: Sandbox, http: aiohttp.ClientSession, amira: Person
) -> None:
    bob = sandbox.person("Bob")
    new = await act(sandbox, http, f"people/{amira.id}/start-over")
    assert list(sandbox.people) == [new["id"], bob.id]
    assert (new["name"], new["language_code"], new["started"], new["messages"]) == ("Amira", "ar", False, [])
    assert new["id"] != amira.id


async def test_a_fault_can_last_until_it_is_cleared(sandbox: Sandbox, http: aiohttp.ClientSession, call: Call) -> None:
    await act(sandbox, http, "faults", name="server_error", times=None)
    await act(sandbox, http, "rates", on=True)
    assert [(await call("getMe"))["ok"] for _ in range(3)] == [False] * 3
    async with http.get(f"{sandbox.api_url}/page/state") as response:
        assert [fault["name"] for fault in (await response.json())["faults"]] == ["server_error", "rates"]
    await act(sandbox, http, "faults", name="clear", fault="server_error")
    assert (await call("getMe"))["ok"]


@pytest.mark.parametrize(
    ("mime", "shown_as"),
    [
        ("text/csv", "text/plain; charset=utf-8"),
        ("application/ld+json", "text/plain; charset=utf-8"),
        ("text/html", "text/html; charset=utf-8"),
        ("application/pdf", "application/pdf"),
        ("nonsense", "application/octet-stream"),
    ],
)
async def test_text_is_shown_as_text(sandbox: Sandbox, http: aiohttp.ClientSession, mime: str, shown_as: str) -> None:
    stored = sandbox.service.files.add(Upload("file", b"x", mime), "documents")
    async with http.get(f"{sandbox.api_url}/page/files/{stored.file_id}") as response:
        assert response.headers["Content-Type"] == shown_as


async def test_files_are_opened_without_scripts(sandbox: Sandbox, http: aiohttp.ClientSession, amira: Person) -> None:
    form = aiohttp.FormData({"chat_id": str(amira.id)}, quote_fields=False)
    form.add_field("document", b"<script>1</script>", filename="إيصال.html", content_type="text/html")
    async with http.post(f"{sandbox.api_url}/bot{sandbox.token}/sendDocument", data=form) as response:
        file_id = (await response.json())["result"]["document"]["file_id"]
    async with http.get(f"{sandbox.api_url}/page/files/{file_id}") as response:
        assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "filename*=UTF-8''%D8" in response.headers["Content-Disposition"]


async def test_watchers_are_told_what_happens_as_it_happens(
    sandbox: Sandbox, http: aiohttp.ClientSession, call: Call, amira: Person
) -> None:
    async with http.get(f"{sandbox.api_url}/page/events") as stream:
        assert await stream.content.readline() == b": watching\n"
        await call("sendMessage", chat_id=amira.id, text="<b>one</b>", parse_mode="HTML", reply_markup=keyboard("Yes"))
        message = amira.messages[-1]
        callback_id = await amira.press("Yes")
        await call("answerCallbackQuery", callback_query_id=callback_id, text="Noted")
        await call("deleteMessage", chat_id=amira.id, message_id=message.id)
        events = [event async for event in some_events(stream, 6)]
    assert [event["type"] for event in events] == ["message", "call", "answer", "call", "deleted", "call"]
    assert events[0]["message"]["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    assert (events[2]["text"], events[2]["callback"]) == ("Noted", callback_id)
    assert events[4]["id"] == message.id


async def some_events(stream: aiohttp.ClientResponse, count: int) -> AsyncIterator[Json]:
    while count:
        line = await stream.content.readline()
        if line.startswith(b"data: "):
            count -= 1
            yield orjson.loads(line[6:])


async def test_the_sandbox_ends_though_somebody_watches(http: aiohttp.ClientSession) -> None:
    sandbox = Sandbox("1:test")
    await sandbox.begin()
    async with http.get(f"{sandbox.api_url}/page/events") as stream:
        await stream.content.readline()
        await asyncio.wait_for(sandbox.end(), timeout=5)


async def test_polling_is_left_out_of_what_is_shown_unless_it_goes_wrong(
    sandbox: Sandbox, http: aiohttp.ClientSession, call: Call
) -> None:
    await call("getUpdates")
    await call("getUpdates", limit=101)
    async with http.get(f"{sandbox.api_url}/page/state") as response:
        state: Json = await response.json()
    assert [call["violations"] for call in state["calls"]] == [["getUpdates.limit: 101, allowed are 1-100"]]


class Wall:
    """Somebody who knows the flow, and hangs it up."""

    def page(self, asked: Mapping[str, str]) -> str:
        """The gallery."""
        return f"<!doctype html><title>{asked['region']}</title>"

    def halls(self) -> list[Json]:
        """What there is."""
        return [{"id": "songs"}]

    def screens(self, collection: str, region: str, language: str) -> list[Json]:
        """What can be seen there."""
        return [{"number": 1, "name": f"{collection} {region} {language}"}]

    def doings(self, collection: str, region: str, language: str, number: int) -> list[Json]:
        """What to do to see it."""
        del collection, region, language
        if number != 1:
            raise LookupError("nobody can walk there")
        return [{"start": "songs"}, {"say": "la"}, {"picture": True}, {"say_found": r"\d{3}"}]


async def test_the_gallery_is_served_where_somebody_knows_the_flow(http: aiohttp.ClientSession) -> None:
    """It runs nothing, and is no other site's to show."""
    async with Sandbox("1:test", guide=Wall()) as sandbox:
        async with http.get(f"{sandbox.page_url}gallery?region=EG") as response:
            assert (response.status, response.content_type) == (200, "text/html")
            assert "<title>EG</title>" in await response.text()
            policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        async with http.get(f"{sandbox.page_url}gallery.css") as response:
            assert response.content_type == "text/css"
        async with http.get(f"{sandbox.page_url}gallery", headers={"Sec-Fetch-Site": "cross-site"}) as response:
            assert response.status == 403


async def test_without_somebody_who_knows_the_flow_there_is_no_gallery(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{sandbox.page_url}gallery") as response:
        assert response.status == 404


async def test_what_the_guide_knows_is_asked_for_and_where_it_knows_no_way_that_is_said(
    http: aiohttp.ClientSession,
) -> None:
    async with Sandbox("1:test", guide=Wall()) as sandbox:
        async with http.get(f"{sandbox.page_url}page/guide") as response:
            assert await response.json() == {"collections": [{"id": "songs"}]}
        place = {"collection": "songs", "region": "EG", "language": "pt_BR"}
        async with http.get(f"{sandbox.page_url}page/guide/screens", params=place) as response:
            assert (await response.json())["screens"][0]["name"] == "songs EG pt_BR"
        refused = await act(sandbox, http, "walks", **place, number=2)
        assert refused == {"error": "nobody can walk there"}


async def test_without_a_guide_nobody_knows_a_way(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{sandbox.page_url}page/guide") as response:
        assert response.status == 404
    refused = await act(sandbox, http, "walks", collection="a", region="b", language="c", number=1)
    assert refused == {"error": "nobody here knows the way"}
