"""What is left in a chat: nothing that says what was answered, and after cleaning nothing at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.clock import Clock
from support.contributors import Answers, Contributor
from support.running import TOKEN, Bot, until

from bot.adapter.send import EMPTIED
from bot.sandbox.server import Sandbox

from .conftest import Arrive

OWN_WORDS = "marmalade-scented lighthouse keeper"
ANSWERS: dict[str, Answers] = {
    "US": {
        "age": ["age_65_74"],
        "ancestry": ["nhpi", f"own words:{OWN_WORDS}"],
        "gender_identity": ["non_binary", f"own words:{OWN_WORDS}"],
    },
    "EG": {"age": ["age_75_up"], "grew_up_region": ["canal_sinai"], "first_language": ["other_arabic"]},
}
SENSITIVE = ("race", "ethnicity", "gender", "Woman", "Man", "Non-binary", "عرق", "جنس", "امرأة", "رجل")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock for everybody."""
    made = Clock()
    monkeypatch.setattr("bot.bootstrap.utc_now", made.now)
    return made


@pytest.fixture
async def sandbox(logged: list[Any], clock: Clock) -> AsyncIterator[Sandbox]:  # noqa: ARG001  # looked at last
    """The stand-in, with that clock."""
    async with Sandbox(TOKEN, first_retry=0.01, clock=clock.seconds) as running:
        yield running
        assert running.violations == []


def texts(sam: Contributor) -> list[str]:
    """Everything that can be read in the chat now, buttons too."""
    return [
        words
        for message in sam.person.messages
        for words in (message.text, *(button.label for button in message.buttons))
    ]


def answered(sam: Contributor, *, sensitive: bool = False) -> list[str]:
    """What their answers say, in their language; of sensitive questions alone, or all."""
    found = [OWN_WORDS]
    for name, options in ANSWERS[sam.place].items():
        question = next(each for each in sam.region.questions if each.id == name)
        chosen = (question.option(option) for option in options if question.sensitive or not sensitive)
        found += [sam.collection_words(option.label) for option in chosen if option is not None]
    return found


def announced(sandbox: Sandbox) -> list[str]:
    """What each message said when it was sent: what a lock screen shows of it."""
    return [call.parameters.get("text", "") for call in sandbox.calls if call.method == "sendMessage"]


@pytest.mark.parametrize(("language", "place"), [("en", "US"), ("ar", "EG")])
async def test_a_whole_journey_leaves_no_answer_in_the_chat_and_cleaning_leaves_nothing(
    arrive: Arrive, sandbox: Sandbox, bot: Bot, language: str, place: str
) -> None:
    """In an open region and in a locked one; what the lock screen showed on the way says nothing of it either."""
    sam = arrive("Sam", language, place)
    await sam.to_questions(1, 2)
    await sam.to_review(ANSWERS[place])
    left = texts(sam)
    hidden = answered(sam, sensitive=True)
    assert not [words for words in left for answer in hidden if answer in words], "the review reads back the rest"
    await sam.press("Submit")
    left = texts(sam)
    assert not [words for words in left for answer in (*answered(sam), *SENSITIVE) if answer in words]
    assert not [words for words in announced(sandbox) for word in (*answered(sam), *SENSITIVE) if word in words]
    await sam.say("/edit")
    assert ("gender" in sam.screen) == (place == "US"), "the review says what was asked"
    if place == "US":
        await sam.press("Clean this chat")
        await until(lambda: len(sam.person.messages) == 1)
        assert sam.sees("This chat is being cleaned. You can go on whenever it suits.")
    else:
        await sam.say("/leave")
        await sam.press("Clean this chat")
        await until(lambda: len(sam.person.messages) == 1)
    assert not [words for words in texts(sam) for answer in (*answered(sam), *SENSITIVE) if answer in words]
    assert bot.stores.answers(sam.person.id), "what is held stays"


async def test_a_sensitive_card_that_comes_as_a_new_message_is_announced_by_a_neutral_line(
    arrive: Arrive, sandbox: Sandbox
) -> None:
    """Words that no button takes bring the card anew, below."""
    sam = arrive()
    await sam.to_questions()
    await sam.press_label("25–34")
    await sam.say("hello?")
    assert "ethnicity" in sam.screen
    assert announced(sandbox)[-1] == sam.words("There is something new for you here.")
    await sam.say("/help")
    await sam.press("‹ Back")
    assert "ethnicity" not in sam.screen
    assert sam.sees("Put away, so that nobody reads it over your shoulder.")
    await sam.press("Show")
    assert "ethnicity" in sam.screen
    assert [message.protected for message in sam.person.messages if message.buttons] == [True]


async def test_answers_that_were_not_typed_leave_the_chat_and_a_text_is_asked_for(arrive: Arrive) -> None:
    """A voice note, a picture with words beneath it, and what begins like a command."""
    sam = arrive()
    await sam.to_questions()
    await sam.press_label("25–34")
    await sam.press_label(sam.collection_words("Not listed, I describe myself as"))
    await sam.person.send({"voice": {"file_id": "spoken", "file_unique_id": "s", "duration": 3}})
    await sam.person.send_photo(b"a picture", OWN_WORDS)
    await sam.settle()
    assert sam.sees("Please write it as a text.")
    await sam.say(f"/i_am a {OWN_WORDS}")
    await sam.say(f"/halt {OWN_WORDS}")
    await until(lambda: not [words for words in texts(sam) if OWN_WORDS in words])
    await until(lambda: not [message for message in sam.person.messages if message.photo or message.voice])


@pytest.mark.parametrize(
    ("sent", "stands"),
    [
        ("/leave\nI do not want this any more", "No more messages"),
        ("/leave.", "No more messages"),
        ("/contact\nI am Jane Roe, my pay never came", "Write to a human"),
    ],
)
async def test_a_command_with_something_behind_it_is_never_kept_as_an_answer(
    arrive: Arrive, sent: str, stands: str
) -> None:
    """Return begins a line on a phone, where words are awaited as well."""
    sam = arrive()
    await sam.to_questions()
    await sam.press_label("25–34")
    await sam.press_label(sam.collection_words("Not listed, I describe myself as"))
    await sam.say(sent)
    assert stands in sam.screen or sam.words(stands) in sam.labels


async def test_a_receipt_that_somebody_has_deleted_does_not_come_back(arrive: Arrive, sandbox: Sandbox) -> None:
    """Somebody may look at their phone: it says what they take part in, and would be announced on the lock screen."""
    sam = arrive()
    await sam.to_questions()
    [receipt] = [message.id for message in sam.person.messages if message.text == sam.receipt]
    await sam.person.delete(receipt)
    await sam.to_review()
    await sam.press("Submit")
    assert sam.sees("Thank you")
    await sam.settle()
    assert not sam.receipt
    assert not [words for words in announced(sandbox) if words.startswith(sam.words("Your receipt"))]


async def test_what_can_no_longer_be_deleted_is_emptied_and_what_stays_is_said(
    arrive: Arrive, bot: Bot, clock: Clock
) -> None:
    """Three days later: the bot's own messages are emptied, and the contributor's is theirs to delete."""
    sam = arrive()
    await sam.to_questions()
    await sam.press_label("25–34")
    assert any("48 hours" in words for words in texts(sam)), "said before"
    receipt = sam.receipt
    clock.ahead = dt.timedelta(days=3)
    await bot.restart()
    await sam.say("/help")
    left = [message.text for message in sam.person.messages if message.author == "bot"]
    assert not any("ethnicity" in words for words in left), "the card that was replaced is empty"
    await sam.press("‹ Back")
    await sam.press("Clean this chat")
    said = sam.words(
        "Something in this chat is older than 48 hours, and this bot cannot take it away any more. If you see it, "
        "press and hold it and choose Delete, or delete the whole chat."
    )
    await until(lambda: any(said in words for words in texts(sam)))
    await sam.settle()
    left = [message.text for message in sam.person.messages if message.author == "bot"]
    assert receipt not in left
    assert left.count(EMPTIED) == 2, "the receipt, and the card of three days ago"
    assert [message.text for message in sam.person.messages if message.author == "person"] == ["/start demographics"]


async def test_three_minutes_count_from_the_last_tap_also_across_a_restart(
    arrive: Arrive, bot: Bot, clock: Clock
) -> None:
    sam = arrive()
    await sam.to_questions()
    await sam.press_label("25–34")
    clock.ahead = dt.timedelta(minutes=2)
    question = sam.question
    assert question is not None
    await sam.press_option(question, "white")
    await bot.stop()
    clock.ahead = dt.timedelta(minutes=4)
    await bot.start()
    await sam.settle()
    assert "☑" in "".join(texts(sam)), "two minutes after the last tap"
    await bot.stop()
    clock.ahead = dt.timedelta(minutes=6)
    await bot.start()
    await until(lambda: sam.sees("Answered. Hidden, so that nobody reads it over your shoulder."))
    assert "ethnicity" not in "".join(texts(sam))
