"""Whatever arrives and whatever Telegram does: every tap is answered, and the current screen is offered again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.contributors import PLAIN_ANSWERS, Contributor
from support.running import Bot, until

import bot.stepping
from bot import showing
from bot.chats import Chat
from bot.sandbox.server import Sandbox
from flows.events import Event, Tapped, Typed
from flows.language import place_name
from flows.session import Session

from .conftest import UNWANTED, Arrive

Json = dict[str, Any]


async def _at_a_sensitive_question(sam: Contributor) -> None:
    await sam.to_questions()
    await sam.press_label("25–34")


# --- updates -------------------------------------------------------------------------------------------------------


async def test_every_update_twice_changes_nothing(arrive: Arrive, bot: Bot, sandbox: Sandbox) -> None:
    sandbox.faults.duplicate_updates(10_000)
    sam = arrive()
    await sam.whole()
    sandbox.faults.clear()
    assert sam.sees("Thank you")
    kept = bot.stores.answers(sam.person.id)
    assert {name: answer["options"] for name, answer in kept.items()} == PLAIN_ANSWERS["US"]
    counted = {table: bot.stores.count(table) for table in ("consent_records", "answers", "entitlements")}
    assert counted == {"consent_records": 1, "answers": 3, "entitlements": 1}
    assert bot.stores.rows("select event from consent_events order by id") == [("requested",), ("given",)]


async def test_ticks_in_the_wrong_order_are_all_there(arrive: Arrive, sandbox: Sandbox, bot: Bot) -> None:
    """A tick says set, not toggle: order and repetition do not matter."""
    sam = arrive()
    await _at_a_sensitive_question(sam)
    await bot.stop()
    for option in ("asian", "black", "white"):
        await sam.person.press(sam.option_label(sam.region.questions[1], option))
    sandbox.faults.reorder_updates(5)
    sandbox.faults.duplicate_updates(3)
    await bot.start()
    await sam.settle()
    assert [label for label in sam.labels if "☑" in label] == ["☑ 2", "☑ 3", "☑ 7"]


async def test_two_quick_presses_on_one_button_are_one(arrive: Arrive) -> None:
    sam = arrive()
    await _at_a_sensitive_question(sam)
    label = sam.option_label(sam.region.questions[1], "asian")
    await sam.person.press(label)
    await sam.person.press(label)
    await sam.settle()
    assert [label for label in sam.labels if "☑" in label] == ["☑ 2"]


async def test_updates_from_before_a_restart_change_nothing_when_they_come_again(
    arrive: Arrive, bot: Bot, sandbox: Sandbox
) -> None:
    sam = arrive()
    await sam.to_decision()
    await bot.stop()
    await sam.person.press("I am 18 or older and I agree")
    (again,) = sandbox.service.updates.pending()
    await bot.start()
    await sam.settle()
    await sam.press_label("25–34")
    before = sam.screen, sam.labels, bot.stores.count("consent_records")
    await bot.stop()
    sandbox.service.updates._pending[again.update_id] = replace(again, activity=None)
    await bot.start()
    await until(lambda: not sandbox.service.updates.pending())
    await sam.settle()
    assert (sam.screen, sam.labels, bot.stores.count("consent_records")) == before


MALFORMED: list[Json] = [
    {},
    {"message": None},
    {"message": []},
    {"message": "text"},
    {"message": {}},
    {"message": {"chat": {}}},
    {"message": {"chat": {"id": "1", "type": "private"}, "from": {"is_bot": False}, "message_id": 1}},
    {"message": {"chat": {"id": 1, "type": "private"}, "from": {}, "message_id": 1}},
    {"message": {"chat": {"id": 1, "type": "private"}, "message_id": 1, "text": "nobody"}},
    {"message": {"chat": {"id": 1, "type": "private"}, "from": {"is_bot": False}, "message_id": "x", "text": "/start"}},
    {"message": {"chat": {"id": 1, "type": "private"}, "from": {"is_bot": False}, "message_id": [], "text": "hi"}},
    {"message": {"chat": {"id": 1, "type": None}, "from": None, "message_id": None}},
    {"message": {"chat": {"id": -5, "type": "supergroup"}, "message_id": 1, "text": ["/start"]}},
    {"callback_query": {}},
    {"callback_query": {"id": "0", "from": {"id": 1}, "data": "1.1.1"}},
    {"callback_query": {"id": "0", "from": {"id": 1}, "message": {"chat": {"id": 1}}, "data": {}}},
    {"callback_query": {"id": "0", "from": {"id": 1}, "inline_message_id": "7", "data": "x"}},
    {"my_chat_member": {}},
    {"my_chat_member": {"chat": {"id": 1, "type": "private"}, "from": {}, "new_chat_member": {}}},
    {"my_chat_member": {"chat": {"type": "group"}, "from": {}, "new_chat_member": {"status": "member"}}},
    {"edited_message": {"message_id": 1}},
    {"channel_post": {"message_id": 1}},
    {"poll_answer": {"poll_id": "1"}},
    {"something_of_next_year": {"deep": [{"deeper": None}] * 50}},
]


async def test_what_does_not_parse_stops_nobody(arrive: Arrive, sandbox: Sandbox, bot: Bot, logged: list[Json]) -> None:
    sam = arrive()
    await sam.start()
    for raw in MALFORMED:
        sandbox.faults.inject_update(raw)
    await sam.press_label(place_name("US", "en"))
    await sam.read_cards()
    for raw in MALFORMED:
        sandbox.faults.inject_update(raw)
    await sam.agree()
    await sam.to_review()
    await sam.press("Submit")
    assert sam.sees("Thank you")
    assert bot.is_running
    assert "an update was not understood and passed over" in {entry["event"] for entry in logged}


FORGED = ["", "x", "0.0.0", "ffffffff.ffff.ff", "1.1.1+", "1.1.1-", "-1.-1.-1", "choose age_25_34", "٣.٣.٣", "0" * 64]


async def test_stale_forged_and_foreign_taps_show_the_current_screen(arrive: Arrive, bot: Bot) -> None:
    sam, alex = arrive("Sam"), arrive("Alex")
    await alex.to_questions()
    stale: list[tuple[int, str]] = []
    foreign = [button.data for button in alex.person.buttons if button.data]
    for reach in (sam.start, sam.to_decision, sam.agree, sam.to_review):
        await reach()
        before = sam.screen, sam.labels
        card = sam.person.messages[-1].id
        for message, data in [*((card, d) for d in [*FORGED, *foreign]), *stale, (999_999, foreign[0])]:
            await sam.person.press_data(message, data)
        await sam.settle()
        assert sam.labels == before[1]
        assert sam.screen == before[0]
        stale += [(card, button.data) for button in sam.person.buttons if button.data][:3]
    assert bot.stores.count("consent_records") == 2


async def test_text_where_a_button_is_due_offers_the_buttons_again(arrive: Arrive) -> None:
    sam = arrive()
    for reach in (sam.start, sam.to_decision, sam.agree, sam.to_review):
        await reach()
        before = sam.labels
        said = await sam.say("hello?")
        assert sam.labels == before
        assert sam.person.messages[-1].id > said, "the card stands below what was said"
        assert len([m for m in sam.person.messages if m.buttons]) == 1


LONG = {
    "emoji": "👩🏽‍🚀" * 585,
    "right to left": "\u202eمرحبا\u202c" * 512,
    "control": "".join(map(chr, range(1, 32))) * 132,
    "markup": "<b>&amp;</i>{x}" * 273,
    "letters": "ab " * 1365,
    "joiners": "\u200d\u200c\ufeff" * 1365,
    "combining": "e" + "\u0301" * 4000,
}


@pytest.mark.parametrize("name", LONG)
async def test_four_thousand_characters_of_anything_are_met_kindly(arrive: Arrive, bot: Bot, name: str) -> None:
    text = LONG[name][:4096]
    sam = arrive()
    await sam.start()
    await sam.say(text)
    await sam.press_label(place_name("US", "en"))
    await sam.read_cards()
    await sam.agree()
    await sam.press_label("25–34")
    question = sam.question
    assert question is not None
    await sam.describe(question, text)
    await sam.say(text[:150])
    await sam.say("/start")
    if sam.words("Show") in sam.labels:
        await sam.press("Show")
    if "☐ 1" not in sam.labels:
        await sam.press("‹ Back")
    await sam.press_option(question, "white")
    await sam.press("Done")
    await sam.press_option(sam.region.questions[2], "prefer_not_to_answer")
    await sam.press("Show answers")
    await sam.press("Submit")
    assert sam.sees("Thank you")
    assert "white" in bot.stores.answers(sam.person.id)["ancestry"]["options"]


async def test_pictures_and_places_offer_the_buttons_again(arrive: Arrive) -> None:
    sam = arrive()
    await _at_a_sensitive_question(sam)
    before = sam.labels
    await sam.person.send_photo(b"jpeg", caption="Do I look alright?")
    await sam.person.send({"sticker": {"file_id": "1", "file_unique_id": "1", "width": 1, "height": 1}})
    await sam.person.send({"location": {"latitude": 30.0, "longitude": 31.2}})
    await sam.settle()
    assert sam.labels == before
    assert len([m for m in sam.person.messages if m.buttons]) == 1


async def test_a_flood_is_answered_by_one_current_screen(arrive: Arrive, bot: Bot, sandbox: Sandbox) -> None:
    sam, alex = arrive("Sam"), arrive("Alex")
    await _at_a_sensitive_question(sam)
    await alex.start()
    await bot.stop()
    for number in range(90):
        await sam.person.say(f"flood {number}")
    await alex.person.press(place_name("US", "en"))
    before = len(sandbox.calls)
    await bot.start()
    await sam.settle()
    await alex.settle()
    sent = [c for c in sandbox.calls[before:] if c.method in {"sendMessage", "editMessageText"}]
    ours = [c.method for c in sent if c.parameters["chat_id"] == sam.person.id]
    assert ours == ["sendMessage", "editMessageText"], "a neutral line, which becomes the card once it was announced"
    assert alex.sees("{number} of {count}", number=1, count=4)
    assert len([m for m in sam.person.messages if m.buttons]) == 1


async def test_people_whose_taps_come_together_are_all_served(arrive: Arrive, bot: Bot) -> None:
    people = [arrive(f"Person {n}", *(("en", "US"), ("ar", "EG"))[n % 2]) for n in range(12)]
    await asyncio.gather(*(each.whole() for each in people))
    for each in people:
        assert each.sees("Thank you")
        kept = bot.stores.answers(each.person.id)
        assert {name: answer["options"] for name, answer in kept.items()} == PLAIN_ANSWERS[each.place]


# --- a step of ours that fails -------------------------------------------------------------------------------------


async def test_a_step_that_fails_rolls_back_nobody_else(
    arrive: Arrive, bot: Bot, monkeypatch: pytest.MonkeyPatch, logged: list[Json]
) -> None:
    """It is passed over; others of the same batch, and the same person's next step, are as if it had not come."""
    sam, alex = arrive("Sam"), arrive("Alex")
    await _at_a_sensitive_question(sam)
    await alex.to_cards()
    real = bot_advance()

    def failing(session: Session | None, event: Event, *known: Any) -> Any:  # noqa: ANN401  # the engine's step
        if isinstance(event, Typed) and event.text == "boom":
            raise RuntimeError("private words: boom")
        return real(session, event, *known)

    monkeypatch.setattr(bot_module(), "advance", failing)
    await bot.stop()
    await sam.person.say("boom")
    await alex.person.press(alex.words("Next"))
    await bot.start()
    await sam.settle()
    await alex.settle()
    assert alex.sees("{number} of {count}", number=2, count=4)
    await sam.press_option(sam.region.questions[1], "asian")
    assert "☑ 2" in sam.labels
    passed_over = [entry for entry in logged if entry["event"] in UNWANTED]
    assert {entry["event"] for entry in passed_over} == {
        "a batch is replayed chat by chat",
        "a step was passed over",
    }
    assert "boom" not in str(passed_over), "an exception's text may hold an answer"
    logged.clear()


async def test_a_screen_that_cannot_be_made_keeps_back_nothing_else(
    arrive: Arrive, bot: Bot, monkeypatch: pytest.MonkeyPatch, logged: list[Json]
) -> None:
    """Its step is committed, as are those of others in the same batch, and what they are owed goes out."""
    sam, alex = arrive("Sam"), arrive("Alex")
    await sam.to_cards()
    await _at_a_sensitive_question(alex)
    real = showing._screen_of

    def failing(chat: Chat, *known: Any) -> Any:  # noqa: ANN401  # the screen
        if chat.letterhead.chat_id == sam.person.id:
            raise RuntimeError("private words: boom")
        return real(chat, *known)

    await bot.stop()
    monkeypatch.setattr(showing, "_screen_of", failing)
    await sam.person.press(sam.words("Next"))
    await alex.person.say("my own words")
    await bot.start()
    await sam.settle()
    await alex.settle()
    await until(lambda: not any("my own words" in message.text for message in alex.person.messages))
    monkeypatch.undo()
    await sam.person.say("/start")
    await sam.settle()
    assert sam.sees("{number} of {count}", number=2, count=4)
    unwanted = [entry for entry in logged if entry["log_level"] == "warning"]
    assert {entry["event"] for entry in unwanted} == {"a screen could not be made"}
    assert "boom" not in str(unwanted)
    logged.clear()


async def test_a_tap_whose_step_fails_is_answered_all_the_same(
    arrive: Arrive, monkeypatch: pytest.MonkeyPatch, logged: list[Json]
) -> None:
    sam = arrive()
    await sam.to_cards()
    real = bot_advance()

    def failing(session: Session | None, event: Event, *known: Any) -> Any:  # noqa: ANN401  # the engine's step
        if isinstance(event, Tapped):
            raise LookupError  # noqa: TRY004  # any error
        return real(session, event, *known)

    monkeypatch.setattr(bot_module(), "advance", failing)
    await sam.press("Next")
    monkeypatch.undo()
    await sam.press("Next")
    assert sam.sees("{number} of {count}", number=2, count=4)
    logged.clear()


def bot_module() -> Any:  # noqa: ANN401  # a module
    """The module of the step; the fixture's name hides it in tests."""
    return bot.stepping


def bot_advance() -> Callable[..., Any]:
    """The engine as the step calls it."""
    found: Callable[..., Any] = bot.stepping.advance  # type: ignore[attr-defined]
    return found


# --- Telegram in trouble -------------------------------------------------------------------------------------------

HOT = ["sendMessage", "editMessageText", "answerCallbackQuery", "deleteMessage"]


@pytest.mark.parametrize("kind", ["server_error", "cut_before", "cut_after", "too_many_requests"])
async def test_replies_go_on_when_telegram_is_in_trouble(arrive: Arrive, sandbox: Sandbox, kind: str) -> None:
    """Each hot call fails once on the way; who it happens to sees every screen, a moment later."""
    quiet = 1.2 if kind == "too_many_requests" else 0.7  # longer than the pause before trying again
    sam = arrive()
    await sam.to_decision()
    for method in HOT:
        if kind == "too_many_requests":
            sandbox.faults.too_many_requests(retry_after=1, method=method, chat_id=_chat(method, sam))
        else:
            getattr(sandbox.faults, kind)(method=method, chat_id=_chat(method, sam))
    await sam.person.press(sam.words("I am {age} or older and I agree", age=18))
    await sam.person.settled(timeout=20, quiet=quiet)
    assert sam.receipt
    await sam.press_label("25–34")
    await sam.say("text that offers the buttons again")
    await sam.person.settled(timeout=20, quiet=quiet)
    assert sam.question is not None
    assert sam.question.id == "ancestry"
    await sam.to_review({**PLAIN_ANSWERS["US"]})
    await sam.press("Submit")
    assert sam.sees("Thank you")


def _chat(method: str, sam: Contributor) -> int | None:
    return None if method == "answerCallbackQuery" else sam.person.id


async def test_a_429_is_waited_out_as_long_as_told(arrive: Arrive, sandbox: Sandbox) -> None:
    sam = arrive()
    await sam.to_cards()
    before = len(sandbox.calls)
    sandbox.faults.too_many_requests(retry_after=1, method="editMessageText")
    await sam.person.press(sam.words("Next"))
    await until(lambda: sam.sees("{number} of {count}", number=2, count=4))
    first, second = (c for c in sandbox.calls[before:] if c.method == "editMessageText")
    assert second.at - first.at >= 1


async def test_one_chat_that_is_slow_holds_up_nobody(arrive: Arrive, sandbox: Sandbox) -> None:
    sam, alex = arrive("Sam"), arrive("Alex")
    await sam.to_cards()
    await alex.to_cards()
    sandbox.faults.slow(1.0, method="editMessageText", chat_id=sam.person.id)
    await sam.person.press(sam.words("Next"))
    await alex.press("Next")
    await alex.press_label(alex.right_answer(1))
    assert alex.sees("{number} of {count}", number=3, count=4)
    assert sam.sees("{number} of {count}", number=1, count=4), "still under way"
    await sam.settle()
    assert sam.sees("{number} of {count}", number=2, count=4)


async def test_a_slow_group_holds_up_nobody(arrive: Arrive, sandbox: Sandbox) -> None:
    sam = arrive()
    await sam.to_cards()
    sandbox.faults.slow(0.5, method="sendMessage")
    group = sandbox.group("Neighbours", [sam.person])
    await sam.press("Next")
    assert sam.sees("{number} of {count}", number=2, count=4)
    assert [m for m in group.messages if m.author == "bot"] == []
    await group.settled()


async def test_polling_goes_on_after_trouble(arrive: Arrive, sandbox: Sandbox, bot: Bot, logged: list[Json]) -> None:
    sam = arrive()
    sandbox.faults.server_error(method="getUpdates")
    sandbox.faults.cut_before(method="getUpdates")
    sandbox.faults.too_many_requests(retry_after=1, method="getUpdates")
    await sam.start()
    await sam.start()
    assert place_name("US", "en") in sam.labels
    assert bot.is_running
    assert "no updates just now; trying again" in {entry["event"] for entry in logged}


async def test_a_start_during_trouble_goes_on(sandbox: Sandbox, bot: Bot, arrive: Arrive) -> None:
    await bot.stop()
    sandbox.faults.server_error(method="deleteWebhook")
    sandbox.faults.server_error(method="setMyCommands")
    await bot.start()
    sam = arrive()
    await sam.start()
    assert place_name("US", "en") in sam.labels


async def test_what_was_owed_when_the_process_ended_is_shown_by_the_next(
    arrive: Arrive, bot: Bot, sandbox: Sandbox
) -> None:
    """Committed and not sent: the receipt, the deletion of own words and the screen all come after the restart."""
    sam = arrive()
    await _at_a_sensitive_question(sam)
    question = sam.question
    assert question is not None
    await sam.press_label("☐ " + sam.collection_words("Not listed, I describe myself as") + "…")
    sandbox.faults.server_error(times=1000, chat_id=sam.person.id)
    number = await sam.person.say("my own words")
    await until(lambda: bot.stores.count("outbox") > 0)
    await bot.stop()
    assert number in [m.id for m in sam.person.messages]
    assert bot.stores.rows("select owed from conversations") == [(1,)]
    sandbox.faults.clear()
    await bot.start()
    await sam.settle()
    assert number not in [m.id for m in sam.person.messages]
    assert sam.question == question
    await until(lambda: bot.stores.count("outbox") == 0)
    await until(lambda: bot.stores.rows("select owed from conversations") == [(0,)])
