"""A human to write to: /contact at any stage, the inbox, answers, what was not right, and what leaving takes along."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from support import stores
from support.by_hand import CHAT, ByHand, by_hand
from support.contributors import Contributor
from support.copies import SECOND, copied
from support.running import Bot, until
from support.team import OWNER, Member, joins, member

from bot.sandbox.server import Sandbox
from flows.contact.correspondence import ContactAsked
from flows.contact.letter import MOST_WAITING
from flows.events import TOKEN_BYTES, Command, InviteAnswer, InviteAnswered, Sent, Typed
from flows.team.events import TeamAsked, TeamCommand

WORDS = "a marmalade lighthouse"


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot with an owner."""
    bot = Bot(sandbox, tmp_path, owners=(OWNER,))
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
def owner(sandbox: Sandbox, bot: Bot) -> Member:  # noqa: ARG001  # running
    return member(sandbox, "Olga", OWNER)


def contributor(bot: Bot, name: str = "Sam", language: str = "en", place: str = "US") -> Contributor:
    return Contributor(bot.sandbox.person(name, language), language, place, bot.collections[0], bot.texts)


def plain(somebody: Contributor) -> str:
    """Their screen without the marks that keep the direction of words."""
    return re.sub("[\u2066-\u2069]", "", somebody.screen)


async def writes(somebody: Contributor, words: str = WORDS, *, complaint: bool = False) -> None:
    """Writes to a human, and goes back to where they were."""
    await somebody.say("/contact")
    assert somebody.sees("Write to a human")
    if complaint:
        await somebody.press_label(f"☐ {somebody.words('A complaint, for an owner only')}")
    await somebody.say(words)
    assert somebody.sees("✓ It is on its way. The answer comes here.")
    await somebody.press("‹ Back")


async def comes(somebody: Contributor, words: str) -> None:
    """Wait until the answer is on the screen."""
    await until(lambda: words in somebody.screen)
    await somebody.settle()


async def test_a_letter_is_answered_and_neither_side_learns_who_the_other_is(bot: Bot, owner: Member) -> None:
    carla = await joins(owner, bot, "Carla", "Coordinator", "United States")
    sam = contributor(bot)
    await sam.to_questions()
    question = sam.screen
    await writes(sam)
    assert sam.screen == question, "it lay over an unchanged stage"
    assert all(WORDS not in message.text for message in sam.person.messages)
    await carla.say("/inbox")
    assert "1. United States" in carla.screen
    assert WORDS not in carla.screen
    await carla.press("1")
    assert WORDS in carla.screen
    assert "Written by somebody who reads English." in carla.screen
    for who in ("Sam", str(sam.person.id)):
        assert who not in carla.screen
    await carla.say("We have mended it. Thank you!")
    assert "Nothing waits for an answer." in carla.screen
    await comes(sam, "We have mended it. Thank you!")
    assert "988 Suicide & Crisis Lifeline" in sam.screen, "below each reply of a human, whatever was written"
    assert "Carla" not in sam.screen
    await sam.press("‹ Back")
    assert sam.screen == question
    assert bot.stores.rows("select actor, action, collection from audit order by id desc limit 1") == [
        ("coordinator", "letter answered", "demographics")
    ]


async def test_what_was_not_right_reaches_an_owner_only(bot: Bot, owner: Member) -> None:
    carla = await joins(owner, bot, "Carla", "Coordinator")
    sam = contributor(bot)
    await sam.to_questions()
    await writes(sam)
    await carla.say("/inbox")
    await carla.press("1")
    await carla.say("Read it yourself.")
    await comes(sam, "Read it yourself.")
    await sam.press("This was not right")
    assert sam.sees("✓ Thank you for saying so. Only an owner reads that.")
    await carla.say("/inbox")
    assert "Nothing waits for an answer." in carla.screen
    await owner.say("/inbox")
    assert "the answer was not right" in owner.screen
    await owner.press("1")
    assert WORDS in owner.screen
    assert "Answered before: Read it yourself." in owner.screen
    await owner.say("I am sorry. Here is how.")
    await comes(sam, "I am sorry. Here is how.")


async def test_a_complaint_goes_to_the_owner(bot: Bot, owner: Member) -> None:
    carla = await joins(owner, bot, "Carla", "Coordinator")
    sam = contributor(bot)
    await sam.to_questions()
    await writes(sam, "Somebody pressed me.", complaint=True)
    await writes(sam, "And another thing.")
    await carla.say("/inbox")
    assert "2." not in carla.screen
    await carla.press("1")
    assert "And another thing." in carla.screen
    await carla.press("A complaint: to an owner")
    assert "Nothing waits for an answer." in carla.screen
    await owner.say("/inbox")
    assert owner.screen.count("a complaint") == 2


async def test_whoever_may_answer_is_told_once_and_those_who_may_not_are_not(bot: Bot, owner: Member) -> None:
    carla = await joins(owner, bot, "Carla", "Coordinator", "United States")
    ella = await joins(owner, bot, "Ella", "Coordinator", "Egypt")
    rita = await joins(owner, bot, "Rita", "Reviewer")
    for each in (carla, ella, rita):
        await each.say("/team")
        await each.press("Close")
    own = Contributor(carla.person, "en", "US", bot.collections[0], bot.texts)
    await own.to_questions()
    question, quiet = own.screen, [ella.chat, rita.chat]
    sam = contributor(bot)
    await sam.to_questions()
    await writes(sam)
    await until(lambda: "Inbox" in owner.screen)
    await until(lambda: any("Somebody has written to you. /inbox shows it." in text for _, text, _ in carla.chat))
    assert any(text == question for _, text, _ in carla.chat), "what she contributes is not disturbed"
    assert [ella.chat, rita.chat] == quiet
    told = len(carla.chat)
    await writes(sam, "And another thing.")
    await owner.press("1")
    assert "2. United States" in owner.screen, "the list has changed under the button, so it is shown again"
    await owner.press("1")
    assert WORDS in owner.screen
    assert len(carla.chat) == told
    await owner.press("‹ Back", "‹ Back", "Close")


async def test_an_owner_is_told_of_a_complaint_and_a_coordinator_is_not(bot: Bot, owner: Member) -> None:
    carla = await joins(owner, bot, "Carla", "Coordinator")
    await carla.press("Close")
    before = carla.chat
    sam = contributor(bot)
    await sam.to_questions()
    await writes(sam, complaint=True)
    await until(lambda: "a complaint" in owner.screen)
    assert carla.chat == before


async def test_two_do_not_answer_the_same_letter(bot: Bot, owner: Member) -> None:
    carla = await joins(owner, bot, "Carla", "Coordinator")
    chris = await joins(owner, bot, "Chris", "Coordinator")
    sam = contributor(bot)
    await sam.to_questions()
    await writes(sam)
    for each in (carla, chris):
        await each.say("/inbox")
    await carla.press("1")
    await chris.press("1")
    assert "It has been answered, or somebody else is answering it." in chris.screen
    assert "somebody is answering it" in chris.screen
    assert WORDS not in chris.screen
    await carla.press("‹ Back")
    await chris.say("/inbox")
    await chris.press("1")
    assert WORDS in chris.screen


async def test_a_coordinator_reads_only_what_they_look_after(bot: Bot, owner: Member) -> None:
    carla = await joins(owner, bot, "Carla", "Coordinator", "Egypt")
    rita = await joins(owner, bot, "Rita", "Reviewer")
    sam = contributor(bot)
    await sam.to_questions()
    await writes(sam)
    await carla.say("/inbox")
    assert "Nothing waits for an answer." in carla.screen
    unknown = member(bot.sandbox, "Pat")
    for each, command in ((rita, "/inbox"), (unknown, "/unknown")):
        await each.start("")
        await each.say(command)
    assert rita.screen == unknown.screen, "for a reviewer there is no inbox"


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_somebody_writes_before_anything_else_and_is_answered(bot: Bot, owner: Member, language: str) -> None:
    nia = contributor(bot, "Nia", language)
    await writes(nia)
    await owner.say("/inbox")
    assert "1. no place yet · " in owner.screen
    await owner.press("1")
    await owner.say("Come by.")
    await comes(nia, "Come by.")
    await nia.press("‹ Back")
    assert nia.sees("Where do you live? Rules and pay differ by place.")


async def test_what_was_written_lies_sealed_and_goes_with_whoever_leaves(bot: Bot, owner: Member) -> None:
    sam = contributor(bot)
    await sam.to_questions()
    await writes(sam)
    [(key_id,)] = bot.stores.rows("select key_id from letters")
    content = await stores.lying_in(bot.stores.folder)
    assert key_id in content, "there is something to look through"
    assert WORDS.encode() not in content
    chat = bot.stores.vault().chat_hash(sam.person.id)
    assert bot.stores.rows("select count(*) from letters where sender = ?", chat) == [(0,)]
    await sam.say("/leave")
    await sam.press("Take back my data")
    await sam.press("All of it")
    await until(lambda: bot.stores.count("letters") == 0 and bot.stores.count("key_destructions") == 0)
    assert key_id not in {each for each, _, _ in bot.stores.wraps()}
    await owner.say("/inbox")
    assert "Nothing waits for an answer." in owner.screen


KEPT = "1 letter of yours to a human is kept too, sealed, with what you were answered, until "


async def test_what_was_written_and_answered_is_held_and_stands_in_the_file(bot: Bot, owner: Member) -> None:
    """Word for word, also where a table would take it for a formula."""
    sam = contributor(bot)
    await sam.to_questions()
    code = sam.code
    await sam.to_review()
    await sam.press("Submit")
    await writes(sam, f"={WORDS}")
    await owner.say("/inbox")
    await owner.press("1")
    await owner.say("We have mended it.")
    await comes(sam, "We have mended it.")
    await sam.press("‹ Back")
    await sam.say("/mydata")
    assert KEPT in plain(sam)
    await sam.press("All of it as a file")
    assert "what you wrote to a human" in sam.screen
    await sam.press("For programs (JSON)")
    assert sam.sees("Your code")
    await sam.say(code)
    await sam.press("For programs (JSON)")
    rows = orjson.loads((await sam.newest_file()).content)["rows"]
    written, answer = [row for row in rows if row["part"] == "letter"]
    assert (written["own_words"], [value["id"] for value in written["values"]]) == (f"={WORDS}", ["demographics", "US"])
    assert written["since"] < written["until"]
    assert [value["id"] for value in answer["values"]] == ["We have mended it."]
    await sam.press("As a table (CSV)")
    table = (await sam.newest_file(2)).content.decode("utf-8-sig")
    assert f"'={WORDS}" in table
    assert "What you wrote to a human" in table


async def test_somebody_who_writes_a_lot_is_asked_to_wait(bot: Bot, owner: Member) -> None:
    sam = contributor(bot)
    await sam.to_questions()
    await sam.say("/contact")
    for number in range(5):
        await sam.say(f"{WORDS} {number}")
    await sam.say("once more")
    assert sam.sees("Several of your messages wait for an answer already. Please give it a little time.")
    assert bot.stores.count("letters") == 5
    await sam.say("x" * 2001)
    assert "2,001" in sam.screen
    await owner.say("/team")
    assert "Inbox: 5" in owner.labels


async def test_an_answer_that_is_too_long_is_not_sent(bot: Bot, owner: Member) -> None:
    sam = contributor(bot)
    await sam.to_questions()
    await writes(sam)
    await owner.say("/inbox")
    await owner.press("1")
    await owner.say("y" * 1501)
    assert "Please write 1,500 letters at most." in owner.screen
    assert WORDS in owner.screen


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path, owners=(OWNER,)) as opened:
        yield opened


async def contacts(hand: ByHand, words: str = WORDS) -> None:
    """/contact, and a letter."""
    token = os.urandom(TOKEN_BYTES)
    await hand.happens(ContactAsked(at=hand.now, token=token, language_code="en"))
    await hand.happens(Typed(at=hand.now, token=os.urandom(TOKEN_BYTES), text=words, message=60))


async def test_letters_are_kept_as_long_as_the_collection_says(hand: ByHand) -> None:
    await hand.to_questions()
    await contacts(hand)
    await hand.later(days=360)
    assert hand.stored.count("letters") == 1
    await hand.later(days=6)
    assert hand.stored.count("letters") == 0
    assert hand.stored.count("key_destructions") == 0


async def test_of_somebody_who_has_agreed_to_nothing_a_letter_goes_after_three_days_of_silence(hand: ByHand) -> None:
    await contacts(hand)
    assert hand.stored.count("letters") == 1
    await hand.later(minutes=1)  # an owner is told, in a chat that closes in an hour
    await hand.later(hours=73)
    assert hand.stored.count("letters") == 0
    assert hand.stored.is_empty_of_people()


# --- a letter on the way to a second consent -------------------------------------------------------------------------


@pytest.fixture
async def at_second(tmp_path: Path) -> AsyncIterator[ByHand]:
    """Somebody has agreed to one collection, and stands before the decision on another, after a letter from each."""
    folder = copied(tmp_path / "collections", second=True)
    async with by_hand(tmp_path, owners=(OWNER,), collections=folder) as hand:
        await hand.to_questions()
        await contacts(hand)
        await hand.to_decision(collection=SECOND)
        await contacts(hand)
        await hand.start(collection=SECOND)
        assert [collection for collection, _ in kept_letters(hand)] == ["demographics", SECOND]
        yield hand


def kept_letters(hand: ByHand) -> list[tuple[str, str]]:
    """What each is about, and the day until which it is kept."""
    return [
        (collection, str(until)[:10])
        for collection, until in hand.stored.rows("select collection, keep_until from letters order by 1")
    ]


async def test_a_letter_about_what_is_declined_goes_with_it(at_second: ByHand) -> None:
    await at_second.presses("decline")
    assert at_second.stored.rows("select collection from contributions") == [("demographics",)]
    assert kept_letters(at_second) == [("demographics", "2027-11-23")]
    await at_second.later(seconds=0)
    assert at_second.stored.count("key_destructions") == 0


async def test_a_letter_about_what_somebody_is_silent_on_goes_after_three_days(at_second: ByHand) -> None:
    await at_second.later(hours=71)
    assert len(kept_letters(at_second)) == 2
    await at_second.later(hours=2)
    assert kept_letters(at_second) == [("demographics", "2027-11-23")]


async def test_a_letter_about_what_was_not_agreed_to_is_kept_for_three_days(at_second: ByHand) -> None:
    assert kept_letters(at_second) == [("demographics", "2027-11-23"), (SECOND, "2026-11-26")]
    await at_second.presses("agree")
    assert len(kept_letters(at_second)) == 2
    await contacts(at_second)
    assert kept_letters(at_second)[-1] == (SECOND, "2027-11-23")


def words_on(hand: ByHand) -> str:
    """The words on the card."""
    return re.sub("[\u2066-\u2069]", "", hand.texts.screen(hand.telegram.cards[CHAT].screen, "en"))


async def test_that_a_letter_is_kept_is_said_wherever_it_is_said_what_is_held(tmp_path: Path) -> None:
    """Before anything is agreed to, of one collection, and of several; until when differs, and the last day counts."""
    folder = copied(tmp_path / "collections", second=True)
    async with by_hand(tmp_path, owners=(OWNER,), collections=folder) as hand:
        await contacts(hand)
        await hand.presses("close")
        await hand.commands(Command.MY_DATA)
        assert KEPT + "November 26, 2026 at the latest." in words_on(hand)
        await hand.commands(Command.LEAVE)
        await hand.presses("open_take_back")
        assert KEPT in words_on(hand)
        await hand.to_questions()
        await contacts(hand)
        await hand.commands(Command.MY_DATA)
        assert hand.screen == "my-data"
        assert "2 letters of yours to a human are kept too" in words_on(hand)
        assert "until November 23, 2027 at the latest." in words_on(hand)
        await hand.to_questions(collection=SECOND)
        await hand.commands(Command.MY_DATA)
        assert hand.screen == "my-data-choice"
        assert "2 letters of yours to a human are kept too" in words_on(hand)
        await hand.later(days=366)
        await hand.commands(Command.MY_DATA)
        assert "to a human" not in words_on(hand)


async def test_a_sweep_takes_no_letters_key_for_an_orphan(hand: ByHand) -> None:
    await hand.to_questions()
    await contacts(hand)
    await hand.later(days=5)
    keys = {row[0] for row in hand.stored.rows("select key_id from letters")}
    assert keys <= {key_id for key_id, _, _ in hand.stored.wraps()}


async def test_a_correspondence_ends_with_any_command_and_what_is_typed_then_is_an_answer(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.happens(ContactAsked(at=hand.now, token=os.urandom(TOKEN_BYTES), language_code="en"))
    assert hand.screen == "contact"
    await hand.start(CHAT, None)
    assert hand.screen == "question-age"
    await hand.types("not a letter")
    assert hand.stored.count("letters") == 0


async def test_who_writes_a_letter_is_not_silent(hand: ByHand) -> None:
    """The screen says that the answer comes here, so the chat is there for it."""
    await hand.start()
    await hand.later(hours=71)
    await contacts(hand)
    await hand.later(hours=2)
    assert (hand.stored.count("letters"), hand.stored.count("conversations")) == (1, 2), "theirs, and the owner's"
    await hand.later(hours=74)
    assert (hand.stored.count("letters"), hand.stored.count("conversations")) == (0, 0)


# --- a sheet that is left lying --------------------------------------------------------------------------------------


async def test_who_is_asked_whether_to_go_on_sees_the_question_and_not_an_old_letter(hand: ByHand) -> None:
    await hand.later(hours=8)  # people are awake in all of their country
    await hand.to_review()
    await hand.presses("submit")
    await contacts(hand)
    assert hand.screen == "contact-sent"
    await hand.later(days=701)
    assert hand.screen == "renew-ending"


async def test_whoever_writes_a_letter_just_then_is_asked_when_they_are_through(hand: ByHand) -> None:
    await hand.later(hours=8)  # people are awake in all of their country
    await hand.to_review()
    await hand.presses("submit")
    await hand.later(days=700, hours=23, minutes=50)
    await contacts(hand)
    await hand.later(minutes=15)
    assert hand.screen == "contact-sent"
    await hand.later(hours=2)
    assert hand.screen == "renew-ending"


async def test_a_reminder_comes_over_an_old_letter(tmp_path: Path) -> None:
    async with by_hand(tmp_path, owners=(OWNER,), remind_after=3) as hand:
        await hand.to_questions()
        await contacts(hand)
        for _ in range(5 * 24):
            await hand.later(hours=1)
        assert hand.screen == "reminded"


@pytest.mark.parametrize("after", [dt.timedelta(hours=2), dt.timedelta(days=200)])
async def test_what_is_typed_long_after_a_letter_is_none(hand: ByHand, after: dt.timedelta) -> None:
    """It may be own words; of who has agreed it goes from the chat."""
    await hand.to_questions()
    await contacts(hand)
    await hand.later(seconds=after.total_seconds())
    await hand.types("an answer that nobody is to read", message=99)
    assert hand.stored.count("letters") == 1
    assert hand.screen == "question-age"
    assert 99 in hand.telegram.deleted


async def test_an_invite_that_is_answered_is_not_hidden_by_a_letter(hand: ByHand) -> None:
    await hand.to_questions()
    await contacts(hand)
    token = os.urandom(TOKEN_BYTES)
    event = InviteAnswered(at=hand.now, token=token, answer=InviteAnswer.OPEN, collection="demographics")
    await hand.happens(event)
    assert hand.screen == "question-age"


# --- letters that are not taken --------------------------------------------------------------------------------------


async def to_the_sheet(hand: ByHand) -> None:
    await hand.happens(ContactAsked(at=hand.now, token=os.urandom(TOKEN_BYTES), language_code="en"))


@pytest.mark.parametrize("words", ["x" * 2001, "🙂" * 1001], ids=["letters", "units of UTF-16"])
async def test_a_letter_that_is_too_long_stands_there_to_be_shortened_until_one_goes(hand: ByHand, words: str) -> None:
    """Letters are counted as Telegram counts them: whoever answers has to be able to open it."""
    await hand.to_questions()
    await to_the_sheet(hand)
    await hand.types(words, message=60)
    assert hand.stored.count("letters") == 0
    assert 60 not in hand.telegram.deleted
    await hand.types("shorter", message=70)
    assert hand.stored.count("letters") == 1
    assert {60, 70} <= set(hand.telegram.deleted)


@pytest.mark.parametrize("way", ["close", "a command"])
async def test_it_goes_when_no_letter_comes_of_it(hand: ByHand, way: str) -> None:
    await hand.to_questions()
    await to_the_sheet(hand)
    await hand.types("x" * 2001, message=60)
    if way == "close":
        await hand.presses("close")
    else:
        await hand.commands(Command.HELP)
    assert 60 in hand.telegram.deleted


async def sends_a_voice_note(hand: ByHand, message: int) -> None:
    await hand.happens(Sent(at=hand.now, token=os.urandom(TOKEN_BYTES), message=message))


@pytest.mark.parametrize("way", ["a letter", "close", "a command"])
async def test_what_cannot_be_read_as_a_letter_goes_as_well(hand: ByHand, way: str) -> None:
    """A voice note or a picture may say more than a text; of somebody who has agreed nothing of it stays."""
    await hand.to_questions()
    await to_the_sheet(hand)
    await sends_a_voice_note(hand, 60)
    assert "Please write it as a text." in hand.texts.screen(hand.telegram.cards[CHAT].screen, "en")
    if way == "a letter":
        await hand.types("what it says", message=70)
        assert 60 in hand.telegram.deleted
        await sends_a_voice_note(hand, 80)
        await hand.presses("close")
        assert 80 in hand.telegram.deleted, "also of what comes behind it"
    elif way == "close":
        await hand.presses("close")
    else:
        await hand.commands(Command.HELP)
    assert 60 in hand.telegram.deleted


async def test_the_rest_of_a_text_that_telegram_cut_in_two_is_no_letter(hand: ByHand) -> None:
    """Its apps send what has more than 4,096 letters as messages that follow one another, between those of others."""
    await hand.to_questions()
    await to_the_sheet(hand)
    await hand.types("x" * 4096, message=60)
    await hand.types("the end of it", message=65)
    assert hand.stored.count("letters") == 0
    assert "4,109" in hand.texts.screen(hand.telegram.cards[CHAT].screen, "en")
    await hand.later(minutes=1)
    await hand.types("shorter", message=70)
    assert hand.stored.count("letters") == 1
    assert {60, 65, 70} <= set(hand.telegram.deleted)


async def test_whoever_has_to_wait_keeps_what_they_have_written(hand: ByHand) -> None:
    await hand.to_questions()
    for _ in range(MOST_WAITING):
        await contacts(hand)
    await to_the_sheet(hand)
    await hand.types("one more", message=90)
    assert 90 not in hand.telegram.deleted
    assert hand.stored.count("letters") == MOST_WAITING


# --- an answer while something else is written -----------------------------------------------------------------------


async def answers(hand: ByHand, words: str) -> None:
    """An owner answers the oldest letter that waits."""
    token = os.urandom(TOKEN_BYTES)
    asked = TeamAsked(at=hand.now, token=token, language_code="en", command=TeamCommand.INBOX, message=1)
    await hand.happens(asked, OWNER)
    await hand.presses("letter", chat_id=OWNER)
    await hand.types(words, chat_id=OWNER)
    await hand.later(seconds=1)


async def to_own_words(hand: ByHand) -> None:
    """With a letter under way, and at own words."""
    await hand.to_questions()
    await contacts(hand)
    await hand.presses("close")
    await hand.leaves_out()
    await hand.presses("describe")


async def test_an_answer_waits_for_who_is_writing_own_words(hand: ByHand) -> None:
    await to_own_words(hand)
    asking = hand.screen
    await answers(hand, "Next week.")
    assert hand.screen == asking
    await hand.types("what I call myself", message=77)
    assert hand.stored.count("letters") == 1, "own words are no letter"
    assert 77 in hand.telegram.deleted
    await hand.later(minutes=6)
    assert hand.screen == "contact-answer"


async def test_an_answer_does_not_wait_for_who_has_gone_away_over_own_words(hand: ByHand) -> None:
    await to_own_words(hand)
    await answers(hand, "Next week.")
    await hand.later(minutes=65)
    assert hand.screen == "contact-answer"


async def test_an_answer_comes_at_once_over_what_was_just_written_to_a_human(hand: ByHand) -> None:
    await to_own_words(hand)
    await contacts(hand)
    await answers(hand, "Next week.")
    assert hand.screen == "contact-answer"


async def test_what_is_typed_over_an_answer_may_be_own_words_and_nobody_reads_it(hand: ByHand) -> None:
    await to_own_words(hand)
    await contacts(hand)
    await answers(hand, "Next week.")
    await hand.types("what I call myself", message=77)
    assert hand.stored.count("letters") == 2
    assert "To answer this, please press “Write back”" in hand.texts.screen(hand.telegram.cards[CHAT].screen, "en")
    assert 77 not in hand.telegram.deleted, "it stands there to be written anew"
    await hand.presses("close")
    assert 77 in hand.telegram.deleted


# --- answers that come one after the other ---------------------------------------------------------------------------


def read(hand: ByHand) -> str:
    return hand.texts.screen(hand.telegram.cards[CHAT].screen, "en")


async def writes_twice(hand: ByHand) -> None:
    """Two letters wait for an answer, and nothing lies over the question."""
    await hand.to_questions()
    for _ in range(2):
        await contacts(hand)
    await hand.presses("close")


@pytest.mark.parametrize("away", [dt.timedelta(), dt.timedelta(hours=3), dt.timedelta(days=9)])
async def test_an_answer_that_was_not_read_stays_until_it_is(hand: ByHand, away: dt.timedelta) -> None:
    """The next one comes after it: nowhere else are answers shown."""
    await writes_twice(hand)
    await hand.later(seconds=away.total_seconds())
    await answers(hand, "The first answer.")
    await answers(hand, "The second answer.")
    await hand.later(hours=2)
    assert "The first answer." in read(hand)
    await hand.presses("close")
    await hand.later(hours=1)
    assert "The second answer." in read(hand)


async def test_an_answer_waits_for_who_is_writing_to_a_human(hand: ByHand) -> None:
    await writes_twice(hand)
    await to_the_sheet(hand)
    await answers(hand, "Next week.")
    assert hand.screen == "contact"
    await hand.presses("close")
    await hand.later(minutes=6)
    assert hand.screen == "contact-answer"


async def test_a_letter_that_was_not_taken_goes_when_an_answer_comes_over_it(hand: ByHand) -> None:
    await writes_twice(hand)
    await to_the_sheet(hand)
    await hand.types("x" * 2001, message=90)
    await answers(hand, "Next week.")
    assert 90 not in hand.telegram.deleted
    await hand.later(minutes=65)
    assert hand.screen == "contact-answer"
    assert 90 in hand.telegram.deleted


async def test_what_was_not_taken_over_an_answer_goes_also_where_the_answer_was_not_right(hand: ByHand) -> None:
    await writes_twice(hand)
    await answers(hand, "Next week.")
    await hand.types("to be written anew", message=90)
    await hand.presses("not_right")
    assert 90 not in hand.telegram.deleted, "it may still be written back"
    await hand.presses("close")
    assert 90 in hand.telegram.deleted


async def test_an_answer_to_who_has_long_been_away_is_not_put_away_by_what_is_said_next(tmp_path: Path) -> None:
    async with by_hand(tmp_path, owners=(OWNER,), remind_after=9) as hand:
        await hand.to_questions()
        await contacts(hand)
        await hand.later(days=8, hours=20)
        await answers(hand, "Next week.")
        for _ in range(6 * 24):
            await hand.later(hours=1)
            assert hand.screen == "contact-answer"
        for _ in range(3 * 24):
            await hand.later(hours=1)
        assert hand.screen == "reminded"
