"""What can be asked for at any time, in any stage; leaving from anywhere; coming back."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from support.contributors import Contributor
from support.running import Bot, until

from flows.language import place_name

from .conftest import Arrive

Reach = Callable[[Contributor], Awaitable[None]]


async def _first(sam: Contributor) -> None:
    await sam.start()


async def _cards(sam: Contributor) -> None:
    await sam.to_cards()
    await sam.press("Next")


async def _decision(sam: Contributor) -> None:
    await sam.to_decision()


async def _question(sam: Contributor) -> None:
    await sam.to_questions()
    await until(lambda: sam.question is not None)  # it comes a moment after the receipt


async def _gone(sam: Contributor, title: str) -> None:
    """On a busy machine it may be quiet before a card has taken the place of another."""
    with suppress(TimeoutError):
        await until(lambda: not sam.screen.startswith(sam.words(title)))


async def _come(sam: Contributor, title: str) -> None:
    """On a busy machine it may be quiet before a card is there."""
    with suppress(TimeoutError):
        await until(lambda: sam.screen.startswith(sam.words(title)))


async def _shown(sam: Contributor) -> None:
    """What a command has put away is asked for again; only a sensitive question is."""
    if sam.sees("Put away, so that nobody reads it over your shoulder."):
        await sam.press("Show")


async def _sensitive_question(sam: Contributor) -> None:
    await sam.to_questions()
    await sam.answer(sam.region.questions[0], [sam.region.questions[0].options[1].id])


async def _paused(sam: Contributor) -> None:
    await sam.to_questions()
    await sam.press("Pause")


async def _review(sam: Contributor) -> None:
    await sam.to_questions()
    await sam.to_review()


async def _thanks(sam: Contributor) -> None:
    await sam.whole()
    await until(lambda: sam.sees("Thank you"))  # on a busy machine it may be quiet before it is there


STAGES: list[Reach] = [_first, _cards, _decision, _question, _sensitive_question, _paused, _review, _thanks]
BEFORE_CONSENT = {_first, _cards, _decision}
LANGUAGES = [("en", "US"), ("ar", "EG")]


def _name(value: object) -> str:
    return getattr(value, "__name__", str(value)).strip("_")


@pytest.mark.parametrize("reach", STAGES, ids=_name)
@pytest.mark.parametrize(("language", "place"), LANGUAGES)
async def test_every_command_answers_and_leads_back_to_where_one_stood(
    arrive: Arrive, language: str, place: str, reach: Reach
) -> None:
    sam = arrive("Sam", language, place)
    await reach(sam)
    before, buttons = sam.screen, sam.labels
    if reach is _paused:
        await sam.press("Go on")
        before, buttons = sam.screen, sam.labels
    for command, title in (
        ("/help", "Help"),
        ("/privacy", "Privacy"),
        ("/mydata", "What is held"),
        ("/language", "Language"),
        ("/leave", "Leaving"),
        ("/stop", "Leaving"),
        ("/withdraw", "Leaving"),
        ("/wipe", "Leaving"),
    ):
        await sam.say(command)
        await _come(sam, title)
        assert sam.screen.startswith(sam.words(title)), command
        await sam.press("‹ Back")
        await _gone(sam, title)
        await _shown(sam)
        assert (sam.screen, sam.labels) == (before, buttons), f"{command} leads back"


@pytest.mark.parametrize("reach", STAGES, ids=_name)
async def test_edit_leads_to_what_can_be_changed(arrive: Arrive, reach: Reach) -> None:
    sam = arrive()
    await reach(sam)
    await sam.say("/edit")
    if reach in BEFORE_CONSENT:
        assert sam.sees("There is nothing to change yet.")
    elif reach in {_review, _thanks}:
        assert sam.sees("Please look once more")
    else:
        await _shown(sam)
        assert sam.question is not None, "the questions that are left come first"


@pytest.mark.parametrize("reach", STAGES, ids=_name)
@pytest.mark.parametrize(("language", "place"), LANGUAGES)
async def test_all_three_are_three_taps_from_anywhere(
    arrive: Arrive, bot: Bot, language: str, place: str, reach: Reach
) -> None:
    """The command is the first of the three; nothing is asked, nothing is left, and the chat is clean."""
    sam = arrive("Sam", language, place)
    await reach(sam)
    await sam.say("/leave")
    await sam.press("All three")
    await sam.press("Yes, all three")
    await until(lambda: sam.labels == [])  # on a busy machine it may be quiet before it is there
    await until(lambda: bot.stores.count("conversations") == bot.stores.count("key_destructions") == 0)
    await sam.settle()
    owed = bot.stores.count("entitlements")
    assert [message.author for message in sam.person.messages] == ["bot"] * (1 + owed), "the goodbye, and what is owed"
    assert [bot.stores.count(table) for table in ("contributions", "answers", "outbox", "contact_permissions")] == [
        0
    ] * 4
    assert bot.stores.wraps() == []
    if reach in BEFORE_CONSENT:
        assert bot.stores.is_empty_of_people()
    else:
        assert sam.goodbye


@pytest.mark.parametrize("reach", STAGES, ids=_name)
async def test_coming_back_finds_the_same_screen_also_after_a_restart(arrive: Arrive, bot: Bot, reach: Reach) -> None:
    sam = arrive()
    await reach(sam)
    if reach is _paused:
        await sam.press("Go on")
    before = sam.screen, sam.labels
    await sam.start("")
    await _shown(sam)
    assert (sam.screen, sam.labels) == before
    await bot.restart()
    await sam.start("")
    await _shown(sam)
    assert (sam.screen, sam.labels) == before
    await sam.start("demographics")
    await _shown(sam)
    assert (sam.screen, sam.labels) == before


async def test_a_press_after_the_goodbye_brings_nobody_back(arrive: Arrive, bot: Bot) -> None:
    """Impatient people press once more; it is answered in their language, and nothing is kept of it."""
    sam = arrive("Sam", "ar", "EG")
    await sam.whole()
    await sam.say("/leave")
    await sam.press("All three")
    card = sam.person.messages[-1]
    await sam.press("Yes, all three")
    await until(lambda: bot.stores.count("conversations") == 0)
    await sam.person.press_button(card.id, card.buttons[0])
    await sam.settle()
    assert sam.person.toasts[-1] == sam.words("If you change your mind, /start begins anew.")
    assert sam.labels == []
    assert bot.stores.count("conversations") == 0
    assert bot.stores.wraps() == []


DONE_TO_THE_CHAT: list[dict[str, Any]] = [
    {"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}},
    {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
    {"chat_background_set": {"type": {}}},
]


@pytest.mark.parametrize("done", DONE_TO_THE_CHAT, ids=lambda done: next(iter(done)))
async def test_who_pins_something_or_sets_a_timer_after_leaving_is_not_brought_back(
    arrive: Arrive, bot: Bot, done: dict[str, Any]
) -> None:
    """Nobody has written anything."""
    sam = arrive()
    await sam.whole()
    await sam.say("/leave")
    await sam.press("All three")
    await sam.press("Yes, all three")
    await until(lambda: bot.stores.count("conversations") == 0)
    goodbye = sam.screen
    await sam.person.send(done)
    await sam.settle()
    assert (sam.screen, sam.labels) == (goodbye, [])
    assert bot.stores.count("conversations") == 0
    assert bot.stores.wraps() == []


async def test_who_pins_something_keeps_their_card_and_it_goes_when_the_chat_is_cleaned(arrive: Arrive) -> None:
    sam = arrive()
    await sam.to_questions()
    card = next(message.id for message in sam.person.messages if message.buttons)
    for done in DONE_TO_THE_CHAT:
        await sam.person.send(done)
    await sam.settle()
    assert [message.id for message in sam.person.messages if message.buttons] == [card]
    await sam.press_label("25–34")
    assert [message.id for message in sam.person.messages if message.buttons] == [card]
    await sam.say("/leave")
    await sam.press("Clean this chat")
    await until(lambda: [message.author for message in sam.person.messages] == ["bot"])


async def test_one_purpose_is_taken_back_and_the_rest_stands(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await sam.whole(1, 2, 3)
    assert {lock for _, lock, _ in bot.stores.wraps()} >= {"purpose:demographics/improvement", "self"}
    await sam.say("/leave")
    await sam.press("Take back my data")
    await sam.press("End use {number}", number=1)
    assert sam.sees("✓ Done: that use has ended and its key is destroyed.")
    await until(lambda: "purpose:demographics/improvement" not in {lock for _, lock, _ in bot.stores.wraps()})
    assert {lock for _, lock, _ in bot.stores.wraps()} == {
        "contact",
        "self",
        "purpose:demographics/evaluation",
        "purpose:demographics/balance",
    }
    assert bot.stores.answers(sam.person.id)
    assert sam.collection_words("Improve AI models") not in sam.screen
    await sam.say("/mydata")
    assert re.search(r"– Taken back on \S+ \S+ \S+: Improve AI models", sam.screen)
    assert "– No: " not in sam.screen


async def test_the_last_use_of_the_answers_takes_the_answers_with_it(arrive: Arrive, bot: Bot) -> None:
    """What taking part needs is "all of it"; with it goes everything, invites too."""
    sam = arrive()
    await sam.whole(3)
    assert bot.stores.count("contact_permissions") == 1
    await sam.say("/withdraw")
    await sam.press("Take back my data")
    await sam.press("All of it")
    await until(lambda: bot.stores.count("conversations") == 0)
    assert bot.stores.count("contact_permissions") == 0
    assert bot.stores.count("answers") == 0


async def test_no_more_messages_ends_invites_and_keeps_the_answers(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await sam.whole(3)
    await sam.say("/stop")
    await sam.press("No more messages")
    assert sam.sees("✓ Done: no more invites and no reminders.")
    assert bot.stores.count("contact_permissions") == 0
    assert bot.stores.answers(sam.person.id)


async def test_a_clean_chat_holds_one_card_and_what_is_held_stays(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await sam.whole()
    await sam.say("just chatting")
    await sam.say("/leave")
    await sam.press("Clean this chat")
    assert sam.sees("✓ Done: this chat is being cleaned.")
    assert [message.author for message in sam.person.messages] == ["bot"]
    assert bot.stores.answers(sam.person.id)


async def test_after_submitting_sensitive_answers_open_with_the_code_alone(arrive: Arrive) -> None:
    sam = arrive()
    await sam.to_questions()
    code = sam.code
    await sam.to_review()
    await sam.press("Submit")
    await sam.say("/mydata")
    assert sam.collection_words("Woman") not in sam.screen
    await sam.press("Show answers")
    assert sam.sees("Your code")
    wrong = await sam.say("0000-0000")
    assert sam.sees("Your code")
    right = await sam.say(code.lower().replace("-", " "))
    assert sam.collection_words("Woman") in sam.screen
    assert {wrong, right}.isdisjoint(message.id for message in sam.person.messages), "no code stays in the chat"
    await sam.press("Hide answers")
    assert sam.collection_words("Woman") not in sam.screen


async def test_changing_a_sensitive_answer_after_submitting_asks_for_the_code_too(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await sam.to_questions()
    code = sam.code
    await sam.to_review()
    await sam.press("Submit")
    await sam.say("/edit")
    await sam.press("Change {number}", number=1)
    await sam.press_label("18–24")
    await sam.press("Change {number}", number=2)
    assert sam.sees("Your code")
    await sam.say(code)
    await sam.press("Change {number}", number=2)
    ancestry = sam.region.questions[1]
    await sam.press_option(ancestry, "asian")
    await sam.press("Done")
    await sam.press("Submit")
    kept = bot.stores.answers(sam.person.id)
    assert (kept["age"]["options"], kept["ancestry"]["options"]) == (["age_18_24"], ["asian", "black"])
    assert bot.stores.count("entitlements") == 1, "pay is owed once"


async def test_five_codes_off_the_mark_wait_an_hour_and_leaving_needs_none(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await sam.to_questions()
    code = sam.code
    await sam.to_review()
    await sam.press("Submit")
    await sam.say("/mydata")
    await sam.press("Show answers")
    for _ in range(5):
        await sam.say("wrong")
    await sam.say(code)
    assert sam.sees("Your code"), "the right one has to wait as well"
    await sam.say("/leave")
    await sam.press("Take back my data")
    await sam.press("All of it")
    await until(lambda: bot.stores.count("conversations") == 0)


async def test_another_language_in_the_middle_of_the_cards_begins_them_anew(arrive: Arrive, bot: Bot) -> None:
    """Consent is to text that was read: the record names the language of the cards that were read last."""
    sam = arrive()
    await sam.to_cards()
    await sam.press("Next")
    await sam.press_label(sam.right_answer(1))
    await sam.say("/language")
    await sam.press_label("العربية")
    sam.language = "ar"
    assert sam.sees("{number} of {count}", number=1, count=4)
    await sam.read_cards()
    await sam.agree()
    assert sam.sees("{number} of {count}", number=1, count=3)
    assert bot.stores.rows("select language from consent_records") == [("ar",)]


async def test_another_language_among_the_questions_keeps_the_place(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await _sensitive_question(sam)
    await sam.say("/language")
    await sam.press_label("العربية")
    sam.language = "ar"
    await sam.press("Show")  # a command puts a sensitive card away
    assert sam.question is not None
    assert sam.question.id == "ancestry"
    await sam.to_review()
    await sam.press("Submit")
    assert sam.sees("Thank you")
    assert len(bot.stores.answers(sam.person.id)) == 3


async def test_who_blocks_and_lets_in_again_finds_their_screen(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await _sensitive_question(sam)
    buttons = sam.labels
    await sam.person.block()
    await sam.settle()
    assert bot.stores.rows("select reachable from conversations") == [(0,)]
    await sam.person.unblock()
    await sam.settle()
    await sam.press("Show")  # it was put away when the chat was begun again
    assert sam.labels == buttons
    assert bot.stores.rows("select reachable from conversations") == [(1,)]
    await sam.to_review()
    await sam.press("Submit")
    assert sam.sees("Thank you")


async def test_blocking_and_letting_in_by_somebody_unknown_keeps_nothing(arrive: Arrive, bot: Bot) -> None:
    """After a no, blocking is the usual next thing."""
    sam = arrive()
    await sam.start()
    await sam.press("My place is not listed")
    await until(bot.stores.is_empty_of_people)
    await sam.person.block()
    await sam.person.unblock()
    await sam.settle()
    assert bot.stores.is_empty_of_people()
    assert {row[0] for row in bot.stores.rows("select kind from schedule")} == {"sweep", "retention"}


async def test_a_goodbye_that_a_block_keeps_back_is_forgotten_all_the_same(arrive: Arrive, bot: Bot) -> None:
    sam = arrive()
    await sam.to_decision()
    await sam.person.press("I do not agree")
    await sam.person.block()
    await sam.settle()
    await until(lambda: bot.stores.rows("select ending from conversations") in ([], [(1,)]))
    left = bot.stores.rows("select ending from conversations")
    assert left in ([], [(1,)]), "it goes now, or when its day is over"
    if left:
        assert "forget" in {row[0] for row in bot.stores.rows("select kind from schedule")}


async def test_the_place_is_what_was_said_and_never_guessed_from_the_language(arrive: Arrive, bot: Bot) -> None:
    sam = arrive("Sam", "ar", "US")
    await sam.start()
    assert place_name("US", "ar") in sam.labels
    assert place_name("EG", "ar") in sam.labels
    await sam.whole()
    assert bot.stores.rows("select language, territory from consent_records") == [("ar", "US")]


async def test_what_is_written_behind_a_command_goes_from_the_chat_as_any_text_does(arrive: Arrive) -> None:
    sam = arrive()
    await sam.to_questions()
    await sam.say("/help how do I say that I am a zebrafish?")
    await until(lambda: "zebrafish" not in repr([message.text for message in sam.person.messages]))
    assert sam.sees("Help")
    await sam.say("/contact I am a zebrafish")
    assert "zebrafish" in repr([message.text for message in sam.person.messages]), "no letter yet: to be written anew"
    await sam.say("I am a fish")
    await until(
        lambda: "fish" not in repr([message.text for message in sam.person.messages if message.author != "bot"])
    )
