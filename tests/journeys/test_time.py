"""What time does: silence, folding, goodbyes that cannot be delivered, consents that end, and waiting as told."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from support.by_hand import CHAT, START, ByHand, ScriptedTelegram, by_hand
from support.copies import FIRST, SECOND, copied, new_version, reworded
from support.running import until

from bot import conversation
from bot.arrivals import DueArrival
from bot.messenger import Sent, Stays, TryLater, Unknown, Unreachable
from bot.owing.chat import Gone
from bot.stewardship import retention
from bot.stewardship.archive import Archive
from bot.stewardship.erasing import erase
from bot.storage import schedule
from bot.storage.asking import PAY_DUE
from bot.storage.closing import close_destroyed
from bot.storage.conversations import read_contributions
from bot.storage.schedule import Due
from bot.storage.tables import conversations
from flows.contact.correspondence import ContactAsked
from flows.events import (
    Blocked,
    Command,
    Commanded,
    Event,
    InviteAnswer,
    InviteAnswered,
    Opened,
    Tapped,
    Typed,
    Unblocked,
)
from flows.events import Sent as SentByPerson

from .test_receipts_of_two import agrees_to

OTHER = CHAT + 1
TOKEN = bytes(range(32))


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path) as opened:
        yield opened


def owed(hand: ByHand) -> list[tuple[object, ...]]:
    return hand.stored.rows("select owed from conversations")


# --- silence -------------------------------------------------------------------------------------------------------


async def test_three_days_of_silence_before_consent_leave_nothing(hand: ByHand) -> None:
    await hand.to_decision()
    await hand.later(hours=71, minutes=59)
    assert hand.stored.count("conversations") == 1
    await hand.later(minutes=2)
    assert hand.stored.is_empty_of_people()
    assert hand.stored.rows("select kind from schedule") == [("sweep",)]


async def test_a_word_in_between_begins_the_three_days_anew(hand: ByHand) -> None:
    await hand.start()
    await hand.later(hours=50)
    await hand.types("still here")
    await hand.later(hours=50)
    assert hand.stored.count("conversations") == 1
    await hand.later(hours=23)
    assert hand.stored.is_empty_of_people()


async def test_silence_after_consent_changes_nothing(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.later(days=60)
    assert hand.stored.count("contributions") == 1
    calls = len(hand.telegram.calls)
    await hand.later(days=60)
    assert len(hand.telegram.calls) == calls, "nobody is pestered"


async def test_three_days_after_a_consent_reads_as_withdrawn_the_chat_is_forgotten(hand: ByHand) -> None:
    """Its keys are gone, as after a backup was restored. What stands of the chat was agreed to by nobody."""
    await hand.to_questions()
    await hand.later(hours=100)
    [(key_id,)] = hand.stored.rows("select key_id from contributions")
    await hand.stores.keystore.destroy([(key_id, None)])
    await hand.commands(Command.HELP)
    assert hand.stored.count("contributions") == 0
    await hand.later(hours=71, minutes=59)
    assert hand.stored.count("conversations") == 1
    await hand.later(minutes=2)
    assert hand.stored.count("conversations") == 0
    assert hand.stored.wraps() == []


async def test_what_was_begun_beside_a_consent_and_not_agreed_to_goes_after_three_days(tmp_path: Path) -> None:
    """Place and cards of a second collection are no more agreed to than those of a first."""
    folder = copied(tmp_path / "collections", second=True)
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.to_questions()
        await hand.later(hours=100)
        await hand.start(collection=SECOND)
        await hand.presses("live_in", "US")
        await hand.later(hours=71)
        assert hand.stored.rows("select collection from contributions order by 1") == [("demographics",), (SECOND,)]
        await hand.later(hours=2)
        assert hand.stored.rows("select collection from contributions") == [("demographics",)]
        await hand.presses("next")
        assert hand.screen == "question-age", "a press on the old card leads to what was agreed to"
        assert hand.stored.rows("select kind from schedule where kind = 'silence'") == []


async def test_a_consent_that_ends_takes_its_data_and_then_the_chat_with_it(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.later(days=731)
    assert hand.stored.count("contributions") == 0
    assert hand.stored.rows("select event from consent_events") == [("requested",), ("given",), ("expired",)]
    assert "is erased now" in hand.telegram.said[-1]
    assert hand.stored.wraps() == [], "they were told, and nothing is left to keep the chat for"
    await hand.later(hours=73)
    assert hand.stored.count("conversations") == 0


@pytest.mark.parametrize("leaves", [False, True])
async def test_of_a_collection_that_left_the_shelf_everything_goes_with_its_consent_or_when_taken_back(
    tmp_path: Path, *, leaves: bool
) -> None:
    """As docs/keeping.md says of SURVEYBOT_COLLECTIONS_GONE."""
    folder = copied(tmp_path / "collections", second=True)
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.to_questions()
    shutil.rmtree(folder / FIRST)
    async with by_hand(tmp_path, collections=folder, collections_gone=FIRST) as hand:
        if leaves:
            await hand.leaves()
        else:
            await hand.later(days=729)
            assert hand.stored.count("contributions") == 1
            await hand.later(days=2)
        assert hand.stored.count("contributions") == 0
        locks = [lock for _, lock, _ in hand.stored.wraps()]
        assert [lock for lock in locks if FIRST in lock] == []


async def test_of_two_collections_the_one_that_left_the_shelf_is_taken_back_alone(tmp_path: Path) -> None:
    """It stands there by its id, which is all that is known of it; its uses have no names any more."""
    folder = copied(tmp_path / "collections", second=True)
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.to_questions()
        await hand.to_questions(collection=SECOND)
        assert hand.stored.count("contributions") == 2
    shutil.rmtree(folder / FIRST)
    async with by_hand(tmp_path, collections=folder, collections_gone=FIRST) as hand:
        await hand.commands(Command.LEAVE)
        await hand.presses("open_take_back")
        offered = [choice.value for choice in hand.telegram.cards[CHAT].screen.choices if "take_back" in choice.verb]
        assert [value for value in offered if value.startswith(f"{FIRST}/")] == []
        await hand.presses("take_back_collection", FIRST)
        assert hand.screen == "left"
        assert hand.stored.rows("select collection from contributions") == [(SECOND,)]
        locks = [lock for _, lock, _ in hand.stored.wraps()]
        assert [lock for lock in locks if FIRST in lock] == []


async def taken_back(hand: ByHand) -> None:
    await hand.commands(Command.LEAVE)
    await hand.presses("open_take_back")
    await hand.presses("take_back_collection", FIRST)


async def erased_by_a_steward(hand: ByHand) -> None:
    archive = Archive(hand.stores.database, hand.stores.keystore, hand.stores.vault)
    async with archive.database.read() as connection:
        rows = await read_contributions(connection, [archive.vault.chat_hash(CHAT)])
    mine = [row for row in rows if row.collection == FIRST]
    await erase(archive, hand.stores.tombstones, mine, Gone.ERASED, lambda _rows, _keys: [], lambda: hand.now)


async def closed_after_a_restore(hand: ByHand) -> None:
    [(key_id,)] = hand.stored.rows("select key_id from contributions where collection = ?", FIRST)
    async with hand.stores.database.write() as connection:
        await close_destroyed(connection, [(key_id, None)], hand.now)


@pytest.mark.parametrize("goes", [taken_back, erased_by_a_steward, closed_after_a_restore])
async def test_nothing_comes_due_of_a_collection_that_somebody_has_left(
    tmp_path: Path, goes: Callable[[ByHand], Awaitable[None]]
) -> None:
    """When it would have ended is in a record that only knows a pseudonym: the schedule would lead there."""
    async with by_hand(tmp_path, collections=copied(tmp_path / "collections", second=True), remind_after=3) as hand:
        await hand.to_questions()
        await hand.to_questions(collection=SECOND)
        async with hand.stores.database.write() as connection:
            await schedule.put_due(
                connection, [Due(PAY_DUE, f"{hand.stores.vault.chat_hash(CHAT).hex()}/{FIRST}", hand.now)]
            )
        assert of_collections(hand) == {FIRST, SECOND}
        assert len(hand.stored.rows("select 1 from schedule where key like ?", f"%/{FIRST}")) == 4

        await goes(hand)

        assert hand.stored.rows("select collection from contributions") == [(SECOND,)]
        assert of_collections(hand) == {SECOND}
        assert len(hand.stored.rows("select 1 from schedule where key like ?", f"%/{SECOND}")) == 3


async def test_agreeing_again_to_what_was_taken_back_puts_it_onto_the_schedule_anew(tmp_path: Path) -> None:
    async with by_hand(tmp_path, collections=copied(tmp_path / "collections", second=True)) as hand:
        await hand.to_questions()
        await hand.to_questions(collection=SECOND)
        await taken_back(hand)
        await hand.to_questions()
        assert of_collections(hand) == {FIRST, SECOND}


def of_collections(hand: ByHand) -> set[str]:
    """Collections that something is to come due of."""
    return {key.partition("/")[2] for (key,) in hand.stored.rows("select key from schedule where key like '%/%'")}


# --- travelling ----------------------------------------------------------------------------------------------------


async def travels(hand: ByHand, place: str, code: str) -> None:
    """Says where they are, by writing it and pressing what was found."""
    await hand.commands(Command.HELP)
    await hand.presses("open_travelling")
    await hand.types(place)
    await hand.presses("travel_to", code)


def dues(hand: ByHand) -> list[tuple[object, ...]]:
    return hand.stored.rows("select kind from schedule where kind = 'travelling'")


async def test_where_somebody_travelled_is_forgotten_after_a_month_though_they_say_nothing(hand: ByHand) -> None:
    """Nothing is shown to anybody, and a press on the card that stands there leads on."""
    await hand.to_questions()
    await travels(hand, "Uganda", "UG")
    await hand.later(days=29)
    assert "UG" in hand.stored.session(CHAT)
    calls = len(hand.telegram.calls)
    await hand.later(days=1, minutes=1)
    assert "UG" not in hand.stored.session(CHAT)
    assert len(hand.telegram.calls) == calls, "nobody is pestered"
    assert dues(hand) == []
    await hand.presses("close")
    assert hand.screen == "question-age"


async def test_who_says_it_again_is_travelling_for_another_month(hand: ByHand) -> None:
    await hand.to_questions()
    await travels(hand, "Uganda", "UG")
    await hand.later(days=20)
    await travels(hand, "Uganda", "UG")
    await hand.later(days=20)
    assert "UG" in hand.stored.session(CHAT)
    await hand.later(days=11)
    assert "UG" not in hand.stored.session(CHAT)


@pytest.mark.parametrize("way", ["come back", "leave"])
async def test_who_is_back_or_leaves_has_left_no_date_of_it(hand: ByHand, way: str) -> None:
    await hand.to_questions()
    await travels(hand, "Uganda", "UG")
    assert len(dues(hand)) == 1
    if way == "leave":
        await hand.leaves()
    else:
        await hand.presses("come_back")
        assert "UG" not in hand.stored.session(CHAT)
    assert dues(hand) == []


# --- folding -------------------------------------------------------------------------------------------------------


async def test_ticks_fold_three_minutes_after_the_last_tap(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.presses("choose", "age_25_34")
    await hand.presses("tick", "asian")
    assert any(choice.ticked for choice in hand.telegram.cards[CHAT].screen.choices)
    await hand.later(minutes=2)
    assert any(choice.ticked for choice in hand.telegram.cards[CHAT].screen.choices)
    await hand.later(minutes=2)
    assert not any(choice.ticked for choice in hand.telegram.cards[CHAT].screen.choices)
    await hand.presses("show")
    assert any(choice.ticked for choice in hand.telegram.cards[CHAT].screen.choices)
    await hand.later(minutes=4)
    assert not any(choice.ticked for choice in hand.telegram.cards[CHAT].screen.choices), "and again"


async def test_each_tick_begins_the_three_minutes_anew(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.presses("choose", "age_25_34")
    for option in ("asian", "black", "asian", "asian"):
        await hand.presses("tick", option)
        await hand.later(minutes=2)
    assert any(choice.ticked for choice in hand.telegram.cards[CHAT].screen.choices)
    await hand.later(minutes=2)
    assert not any(choice.ticked for choice in hand.telegram.cards[CHAT].screen.choices)


async def test_answers_shown_in_the_review_fold_too(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.presses("choose", "age_25_34")
    await hand.presses("tick", "prefer_not_to_answer")
    await hand.presses("tick", "woman")
    await hand.presses("done")
    await hand.presses("reveal")
    assert "hide" in {choice.verb for choice in hand.telegram.cards[CHAT].screen.choices}
    await hand.later(minutes=4)
    assert "reveal" in {choice.verb for choice in hand.telegram.cards[CHAT].screen.choices}


# --- goodbyes ------------------------------------------------------------------------------------------------------

LATER = TryLater(100_000)


async def test_a_goodbye_that_cannot_be_delivered_is_forgotten_after_a_day(hand: ByHand) -> None:
    await hand.to_decision()
    hand.telegram.script("show", *[LATER] * 3)
    await hand.presses("decline")
    assert hand.stored.rows("select ending, owed from conversations") == [(1, 1)]
    await hand.later(hours=23)
    assert hand.stored.count("conversations") == 1
    await hand.later(hours=2)
    assert hand.stored.is_empty_of_people()


async def test_blocking_before_the_goodbye_arrives_does_not_keep_it_longer(hand: ByHand) -> None:
    await hand.to_decision()
    hand.telegram.script("show", *[LATER] * 3)
    await hand.presses("decline")
    await hand.happens(Blocked(at=hand.now, token=TOKEN))
    await hand.later(hours=25)
    assert hand.stored.is_empty_of_people()


async def test_who_has_blocked_is_forgotten_at_once_when_the_goodbye_is_refused(hand: ByHand) -> None:
    await hand.to_decision()
    hand.telegram.script("show", Unreachable())
    await hand.presses("decline")
    assert hand.stored.is_empty_of_people()


async def test_a_new_start_takes_the_place_of_an_undelivered_goodbye(hand: ByHand) -> None:
    """It is a chat like any other again, and its three days run."""
    await hand.to_decision()
    await hand.later(hours=71)
    hand.telegram.script("show", LATER)
    await hand.presses("decline")
    hand.telegram.scripted.clear()
    await hand.start()
    assert hand.screen == "place"
    await hand.later(hours=25)
    assert hand.stored.count("conversations") == 1
    await hand.later(hours=50)
    assert hand.stored.count("conversations") == 0
    assert hand.stored.wraps() == []


@pytest.mark.parametrize("way", ["take_back", "leave_all"])
async def test_who_leaves_once_more_before_the_goodbye_arrived_reads_the_receipt(hand: ByHand, way: str) -> None:
    """To them, nothing had come of it. That nothing is kept about them would be true, and not what they asked for."""
    await hand.to_questions()
    await hand.commands(Command.LEAVE)
    await hand.presses(f"open_{way}")
    hand.telegram.script("show", LATER)
    await hand.presses({"take_back": "take_back_all"}.get(way, way))
    hand.telegram.scripted.clear()
    assert not hand.screen.startswith("goodbye")
    await hand.commands(Command.LEAVE)
    assert hand.screen == {"take_back": "goodbye-taken_back"}.get(way, "goodbye-left_all")
    assert hand.stored.count("conversations") == 0
    await hand.commands(Command.LEAVE)
    assert hand.screen == "leave", "once it has arrived, they are nobody that is known"


async def _leaves_and_does_not_see_the_receipt(hand: ByHand, outcome: Sent | BaseException) -> None:
    await hand.to_questions()
    await hand.commands(Command.LEAVE)
    await hand.presses("open_take_back")
    hand.telegram.script("show", outcome)
    await hand.presses("take_back_all")
    hand.telegram.scripted.clear()
    assert hand.screen == "take-back"
    assert hand.stored.count("conversations") == 1


_WORDS: Mapping[str, Callable[[dt.datetime], Event]] = {
    "/start": lambda now: Opened(at=now, token=TOKEN, collection="demographics"),
    "a text": lambda now: Typed(at=now, token=TOKEN, text="did it work?", message=77),
    "a picture": lambda now: SentByPerson(at=now, token=TOKEN, message=77),
    "/mydata": lambda now: Commanded(at=now, token=TOKEN, command=Command.MY_DATA),
    "/contact": lambda now: ContactAsked(at=now, token=TOKEN),
    "an invite": lambda now: InviteAnswered(at=now, token=TOKEN, answer=InviteAnswer.OPEN, collection="demographics"),
}


@pytest.mark.parametrize("word", _WORDS)
async def test_the_receipt_for_leaving_comes_before_whatever_somebody_asks_for(hand: ByHand, word: str) -> None:
    await _leaves_and_does_not_see_the_receipt(hand, LATER)
    await hand.happens(_WORDS[word](hand.now))
    assert hand.screen == "goodbye-taken_back"
    assert hand.stored.count("conversations") == 0, "it is there, and that is all that was still owed"
    await hand.start()
    assert hand.screen == "place"


async def test_a_receipt_that_is_only_just_there_is_not_taken_away(hand: ByHand) -> None:
    """/start is taken before word has come that the receipt is there; its card would be deleted with it."""
    await hand.to_questions()
    await hand.commands(Command.LEAVE)
    await hand.presses("open_take_back")
    start = Opened(at=hand.now, token=TOKEN, language_code="en", collection="demographics")
    await hand.conversation.take([hand.arrival(hand.tap("take_back_all"), callback="callback")])
    await hand.conversation.take([hand.arrival(start)])
    await hand.settled()
    assert hand.screen == "goodbye-taken_back"
    assert hand.stored.count("conversations") == 0
    await hand.start()
    assert hand.screen == "place"


async def test_whoever_has_the_receipt_begins_anew_though_the_chat_is_still_being_cleaned(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.commands(Command.LEAVE)
    await hand.presses("open_leave_all")
    hand.telegram.script("delete", TryLater(3600))
    await hand.presses("leave_all")
    assert hand.screen == "goodbye-left_all"
    assert hand.stored.count("conversations") == 1
    await hand.start()
    assert hand.screen == "place"
    assert_receipt_stands(hand)


def assert_receipt_stands(hand: ByHand) -> None:
    (receipt,) = (number for number, screen in hand.telegram.sent_as.items() if screen.name == "goodbye-left_all")
    assert receipt not in hand.telegram.deleted
    assert hand.telegram.cards[CHAT].screen.name == "place", "and nothing took its place"


async def test_who_comes_back_in_the_moment_in_which_the_receipt_is_there_keeps_it(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.commands(Command.LEAVE)
    await hand.presses("open_leave_all")
    hand.telegram.script("delete", TryLater(3600))
    await hand.meets(hand.tap("leave_all"), callback="callback")
    assert hand.screen == "goodbye-left_all"
    await hand.start()
    assert_receipt_stands(hand)


async def test_a_receipt_that_a_fault_of_ours_keeps_back_keeps_nobody_out(hand: ByHand) -> None:
    await _leaves_and_does_not_see_the_receipt(hand, RuntimeError("a fault of ours"))
    await hand.start()
    assert hand.screen == "place"


async def test_a_receipt_that_does_not_arrive_keeps_nobody_out_for_longer_than_a_day(hand: ByHand) -> None:
    await _leaves_and_does_not_see_the_receipt(hand, LATER)
    hand.telegram.script("show", *[LATER] * 3)
    await hand.start()
    await hand.later(hours=25)
    hand.telegram.scripted.clear()
    await hand.start()
    assert hand.screen == "place"


async def test_the_chat_is_cleaned_before_it_is_forgotten(hand: ByHand) -> None:
    """A goodbye that arrives while the cleaning has to wait keeps the chat until it has been done."""
    await hand.to_decision()
    await hand.happens(Commanded(at=hand.now, token=TOKEN, command=Command.LEAVE))
    await hand.presses("open_leave_all")
    hand.telegram.script("delete", TryLater(3600))
    await hand.presses("leave_all")
    assert hand.screen.startswith("goodbye")
    assert hand.stored.count("conversations") == 1
    assert hand.stored.count("outbox") == 1
    await hand.later(minutes=59)
    assert hand.stored.count("outbox") == 1, "as long as told"
    before = len(hand.telegram.deleted)
    await hand.later(minutes=2)
    assert len(hand.telegram.deleted) > before
    assert hand.stored.is_empty_of_people()


# --- files that go again -------------------------------------------------------------------------------------------


async def _asks_for_a_file(hand: ByHand, form: str = "json") -> None:
    await hand.happens(Commanded(at=hand.now, token=TOKEN, command=Command.MY_DATA))
    await hand.presses("ask_own_copy")
    await hand.presses("send_own_copy", form)


async def _has_a_file(hand: ByHand, form: str = "json") -> int:
    """The number of its message."""
    await _asks_for_a_file(hand, form)
    await hand.later(seconds=1)
    return max(hand.telegram.files)


async def test_each_file_goes_when_its_own_hour_is_over(hand: ByHand) -> None:
    await hand.to_questions()
    first = await _has_a_file(hand)
    await hand.later(minutes=30)
    second = await _has_a_file(hand, "csv")
    assert [name for name, _ in hand.telegram.files.values()] == ["mydata.json", "mydata.csv"]
    await hand.later(minutes=29)
    assert not {first, second} & set(hand.telegram.deleted)
    await hand.later(minutes=2)
    assert first in hand.telegram.deleted
    assert second not in hand.telegram.deleted
    await hand.later(minutes=30)
    assert second in hand.telegram.deleted
    assert hand.stored.count("outbox") == 0
    assert hand.stored.rows("select kind from schedule where kind = 'copies'") == []


async def test_taking_a_file_away_is_tried_until_there_is_an_answer(hand: ByHand) -> None:
    await hand.to_questions()
    file = await _has_a_file(hand)
    hand.telegram.script("delete", TryLater(600), Unknown(), Unknown())
    await hand.later(minutes=60)
    assert hand.stored.count("outbox") == 1
    await hand.later(minutes=9)
    assert file not in hand.telegram.deleted, "as long as told"
    for _ in range(3):
        await hand.later(minutes=2)
    assert file in hand.telegram.deleted
    assert hand.telegram.said[1:] == [], "there is nothing to explain"
    assert hand.stored.count("outbox") == 0


async def test_a_file_that_stays_is_explained_once(hand: ByHand) -> None:
    await hand.to_questions()
    await _has_a_file(hand)
    hand.telegram.script("delete", Stays())
    said = len(hand.telegram.said)
    await hand.later(minutes=61)
    await hand.later(minutes=61)
    assert [words for words in hand.telegram.said[said:] if "please delete it yourself" in words] == (
        hand.telegram.said[said:]
    )
    assert len(hand.telegram.said) == said + 1


async def test_a_file_that_may_or_may_not_have_arrived_is_explained_and_not_sent_again(hand: ByHand) -> None:
    await hand.to_questions()
    hand.telegram.script("file", Unknown())
    await _asks_for_a_file(hand)
    said = len(hand.telegram.said)
    await hand.later(seconds=1)
    await hand.later(hours=2)
    assert [method for method, _ in hand.telegram.calls].count("file") == 1
    assert len(hand.telegram.said) == said + 1
    assert "please delete it yourself" in hand.telegram.said[-1]


class _Killed(BaseException):
    """The process is gone, in the middle of a call."""


@pytest.mark.sqlite("a start takes over from whoever was there")
async def test_a_process_that_dies_while_sending_a_file_leaves_an_explanation(hand: ByHand) -> None:
    """It cannot be known whether it arrived, nor its number."""
    await hand.to_questions()
    hand.telegram.script("file", _Killed())
    await _asks_for_a_file(hand)
    with pytest.raises(_Killed):
        await hand.outgoing.work()
    assert hand.stored.rows("select kind from outbox") == [("copy_begun",)]
    said = len(hand.telegram.said)
    await hand.taken_over()
    assert [method for method, _ in hand.telegram.calls].count("file") == 1
    assert len(hand.telegram.said) == said + 1
    assert hand.stored.count("outbox") == 0


async def test_a_file_waits_as_long_as_told_and_comes_once(hand: ByHand) -> None:
    await hand.to_questions()
    hand.telegram.script("file", TryLater(300))
    await _asks_for_a_file(hand)
    await hand.later(seconds=1)
    assert hand.stored.rows("select kind from outbox") == [("copy",)]
    await hand.later(minutes=4)
    assert hand.telegram.files == {}
    await hand.later(minutes=2)
    assert len(hand.telegram.files) == 1


async def test_no_file_is_sent_of_what_was_taken_back_in_the_meantime(hand: ByHand) -> None:
    """A file is made when it is sent, of what is held then."""
    await hand.to_questions()
    await _asks_for_a_file(hand)
    await hand.happens(Commanded(at=hand.now, token=TOKEN, command=Command.LEAVE))
    await hand.presses("open_take_back")
    await hand.presses("take_back_all")
    await hand.later(minutes=1)
    assert hand.telegram.files == {}
    assert hand.stored.count("conversations") == 0


async def test_a_file_that_arrives_as_everything_is_taken_back_goes_at_once(hand: ByHand) -> None:
    """It was under way already; the chat is not forgotten before the file is gone."""
    await hand.to_questions()
    await _asks_for_a_file(hand)

    async def meanwhile(chat_id: int, name: str, content: bytes, words: str, *, may_leave: bool = False) -> Sent:
        sent = await ScriptedTelegram.file(hand.telegram, chat_id, name, content, words, may_leave=may_leave)
        await hand.happens(Commanded(at=hand.now, token=TOKEN, command=Command.LEAVE))
        await hand.presses("open_take_back")
        await hand.presses("take_back_all")
        return sent

    hand.telegram.file = meanwhile  # type: ignore[method-assign]
    await hand.later(seconds=1)
    await hand.later(seconds=1)
    (file,) = hand.telegram.files
    assert file in hand.telegram.deleted
    assert hand.stored.count("conversations") == 0
    assert hand.stored.wraps() == []


@pytest.mark.parametrize("form", ["json", "receipt"])
async def test_a_file_about_what_was_just_taken_back_goes_at_once_though_something_else_is_held(
    tmp_path: Path, form: str
) -> None:
    folder = copied(tmp_path / "collections", second=True)
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.to_questions()
        await hand.start(collection=SECOND)
        await hand.presses("live_in", "US")
        await hand.presses("next")
        document = hand.shelf.document(hand.shelf.collections[SECOND], "en", "US")
        for card in document.cards[1:]:
            assert card.question is not None
            await hand.presses("card_answer", str(card.question.right))
        await hand.presses("agree")
        await hand.happens(Commanded(at=hand.now, token=TOKEN, command=Command.MY_DATA))
        opens, sends = {
            "json": ("ask_own_copy", "send_own_copy"),
            "receipt": ("ask_receipt_file", "send_receipt_file"),
        }[form]
        await hand.presses("hold", SECOND)
        await hand.presses(opens)
        await hand.presses(sends, form if form == "json" else None)

        async def meanwhile(chat_id: int, name: str, content: bytes, words: str, *, may_leave: bool = False) -> Sent:
            sent = await ScriptedTelegram.file(hand.telegram, chat_id, name, content, words, may_leave=may_leave)
            await hand.happens(Commanded(at=hand.now, token=TOKEN, command=Command.LEAVE))
            await hand.presses("open_take_back")
            await hand.presses("take_back_collection", SECOND)
            return sent

        hand.telegram.file = meanwhile  # type: ignore[method-assign]
        await hand.later(seconds=1)
        await hand.later(seconds=1)
        (file,) = hand.telegram.files
        assert file in hand.telegram.deleted
        assert hand.stored.rows("select collection from contributions") == [(FIRST,)]


# --- waiting -------------------------------------------------------------------------------------------------------


async def test_a_429_is_waited_for_to_the_second(hand: ByHand) -> None:
    hand.telegram.script("show", TryLater(7), TryLater(90))
    await hand.start()
    assert hand.slept == [7, 90]
    assert hand.screen == "place"


async def test_a_429_beyond_patience_leaves_the_screen_owed_to_the_next_word(hand: ByHand) -> None:
    hand.telegram.script("show", TryLater(2282))
    await hand.start()
    assert hand.slept == []
    assert hand.stored.rows("select owed from conversations") == [(1,)]
    await hand.start()
    assert hand.stored.rows("select owed from conversations") == [(0,)]


async def test_word_of_a_new_card_does_not_wait(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgotten, it would have the chat end up with two cards."""
    monkeypatch.setattr(conversation, "_A_WHILE", 3600.0)
    await hand.meets(Opened(at=hand.now, token=TOKEN, language_code="en", collection="demographics"))
    await until(lambda: owed(hand) == [(0,)])


async def test_word_of_a_screen_in_its_own_place_waits_for_whatever_comes_next(
    hand: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forgotten, it would have the same screen put there once more. It takes no commit of its own."""
    monkeypatch.setattr(conversation, "_A_WHILE", 3600.0)
    await hand.start()
    await hand.meets(hand.tap("live_in", "US"))
    await asyncio.sleep(0.1)
    assert owed(hand) == [(1,)]
    await hand.meets(Blocked(at=hand.now, token=TOKEN), OTHER)
    assert owed(hand) == [(0,)]


async def test_where_nothing_comes_next_it_waits_a_while_and_no_longer(hand: ByHand) -> None:
    await hand.start()
    await hand.meets(hand.tap("live_in", "US"))
    await until(lambda: owed(hand) == [(0,)])


async def test_what_may_not_have_arrived_is_sent_again_until_it_has(hand: ByHand) -> None:
    """A receipt twice does no harm, and the card says that it is on its way."""
    await hand.to_questions()
    await hand.happens(Commanded(at=hand.now, token=TOKEN, command=Command.MY_DATA))
    await hand.presses("ask_receipt_file")
    hand.telegram.script("show", Unknown(), Unknown())
    hand.telegram.script("file", Unknown())
    before = len(hand.telegram.calls)
    await hand.presses("send_receipt_file")
    await hand.later(minutes=1)
    await hand.later(minutes=2)
    after = [method for method, _ in hand.telegram.calls[before:]]
    assert (after.count("show"), after.count("file"), after.count("answer")) == (3, 2, 1)
    assert len(hand.telegram.files) == 1
    assert hand.stored.count("outbox") == 0


async def test_a_tap_is_answered_again_when_that_may_not_have_arrived(hand: ByHand) -> None:
    await hand.start()
    hand.telegram.script("answer", Unknown(), TryLater(3))
    await hand.presses("live_in", "US")
    assert len(hand.telegram.answered) == 1


async def test_a_screen_that_never_arrives_stays_owed(hand: ByHand) -> None:
    hand.telegram.script("show", *[Unknown()] * 20)
    await hand.start()
    assert hand.stored.rows("select owed from conversations") == [(1,)]
    hand.telegram.scripted.clear()
    await hand.shows_owed()
    await hand.settled()
    assert hand.screen == "place"
    assert hand.stored.rows("select owed from conversations") == [(0,)]


async def test_a_row_that_can_never_be_sent_holds_up_nobody(hand: ByHand) -> None:
    """An error that is no answer of Telegram's: the row goes, and the worker goes on."""
    await hand.to_questions()
    await hand.presses("choose", "age_25_34")
    await hand.presses("describe")
    hand.telegram.script("delete", *[TryLater(3600)])
    await hand.types("own words", message=77)
    assert hand.stored.count("outbox") == 1
    hand.telegram.script("delete", ValueError("never"))
    await hand.later(hours=2)
    assert hand.stored.count("outbox") == 0
    await hand.later(hours=2)


async def test_a_stop_does_not_wait_for_what_waits_long(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    never = asyncio.Event()

    async def stuck(*_given: Any) -> Sent:  # noqa: ANN401  # whatever `show` takes
        await never.wait()
        raise AssertionError

    monkeypatch.setattr(hand.telegram, "show", stuck)
    await hand.conversation.take([])
    start = asyncio.create_task(hand.start())
    await until(lambda: bool(hand.presenter._tasks))
    await hand.presenter.finish(seconds=0.01)
    await start
    assert not hand.presenter._tasks
    assert hand.stored.rows("select owed from conversations") == [(1,)]


async def test_one_chat_that_waits_holds_up_no_other(hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    release = asyncio.Event()
    shown = hand.telegram.show

    async def slow(chat_id: int, *rest: Any) -> Sent:  # noqa: ANN401  # whatever `show` takes
        if chat_id == CHAT:
            await release.wait()
        return await shown(chat_id, *rest)

    monkeypatch.setattr(hand.telegram, "show", slow)
    first = asyncio.create_task(hand.start(CHAT))
    await until(lambda: bool(hand.presenter._tasks))
    second = asyncio.create_task(hand.start(OTHER))
    await until(lambda: OTHER in hand.telegram.cards)
    assert CHAT not in hand.telegram.cards
    release.set()
    await asyncio.gather(first, second)
    assert CHAT in hand.telegram.cards


# --- keys that are gone --------------------------------------------------------------------------------------------


async def test_a_chat_whose_key_is_gone_begins_anew(hand: ByHand) -> None:
    """Erased from the command line, or a key store from another day: whoever writes then is somebody new."""
    await hand.to_questions()
    await hand.presses("choose", "age_25_34")
    await hand.stores.keystore.destroy([(key_id, None) for key_id, _, _ in hand.stored.wraps()])
    await hand.start()
    assert hand.screen == "place"
    assert hand.stored.count("contributions") == 1
    await hand.to_questions()
    assert hand.screen == "question-age"
    assert hand.stored.count("contributions") == 1


async def test_a_contribution_whose_key_is_gone_reads_as_withdrawn(hand: ByHand) -> None:
    await hand.to_questions()
    (data_key,) = {key_id for key_id, lock, _ in hand.stored.wraps() if lock == "self"}
    await hand.stores.keystore.destroy([(data_key, None)])
    await hand.start()
    assert hand.screen == "place"
    assert "withdrawn" in {row[0] for row in hand.stored.rows("select event from consent_events")}
    await hand.to_questions()
    assert hand.screen == "question-age"


async def test_something_due_for_a_chat_that_is_gone_does_nothing(hand: ByHand) -> None:
    await hand.to_questions()
    chat = hand.stores.vault.chat_hash(CHAT)
    async with hand.stores.database.write() as connection:
        await connection.execute(delete(conversations))
    for kind in ("fold", "silence", "forget", "show", "lapse"):
        await hand.conversation.take([DueArrival(chat, Due(kind, chat.hex(), START))])


async def test_letting_in_again_shows_what_was_owed(hand: ByHand) -> None:
    await hand.to_questions()
    await hand.happens(Blocked(at=hand.now, token=TOKEN))
    hand.telegram.cards.clear()
    await hand.later(minutes=30)
    assert hand.telegram.cards == {}, "who has blocked is sent nothing"
    await hand.happens(Unblocked(at=hand.now, token=TOKEN))
    assert hand.screen == "question-age"


async def test_an_old_tap_after_everything_was_forgotten_is_answered_and_brings_nobody_back(hand: ByHand) -> None:
    await hand.start()
    await hand.presses("not_listed")
    assert hand.stored.is_empty_of_people()
    tap = Tapped(at=hand.now + dt.timedelta(seconds=1), token=TOKEN, step=1, choice=0, layout=1)
    before = len(hand.telegram.calls)
    await hand.happens(tap, callback="late")
    assert hand.telegram.answered[-1] == "late"
    assert [method for method, _ in hand.telegram.calls[before:]] == ["answer"]
    assert hand.stored.is_empty_of_people()
    await hand.start()
    assert hand.screen == "place"


# --- consent over time ---------------------------------------------------------------------------------------------


async def through(hand: ByHand) -> None:
    """From the link to the thanks."""
    await hand.to_questions()
    await hand.presses("choose", "age_25_34")
    await hand.presses("tick", "prefer_not_to_answer")
    await hand.presses("tick", "prefer_not_to_answer")
    await hand.presses("submit")
    assert hand.screen == "thanks"


async def closes_before_that_day(hand: ByHand) -> None:
    """Somebody is through, and it is closed where they live on the day on which they were to be asked."""
    await hand.later(hours=8)  # people are awake in all of their country
    await through(hand)
    await hand.later(days=699)
    await hand.stored.change("insert into halts values ('h1', null, 'US', '2026-11-26 12:00:00', 'm1', 'owner', '[]')")
    await hand.later(days=4)


async def opens_again(hand: ByHand) -> None:
    """It takes people again where they live."""
    await hand.stored.change("delete from halts")


async def test_where_it_is_closed_just_then_it_is_asked_once_it_is_open(hand: ByHand) -> None:
    """Whoever is not asked has everything erased at the end."""
    await closes_before_that_day(hand)
    assert hand.screen == "thanks"
    await opens_again(hand)
    await hand.later(days=2)
    assert hand.screen == "renew-ending"


async def test_whoever_puts_the_phone_away_on_the_way_out_is_asked_all_the_same(hand: ByHand) -> None:
    await hand.later(hours=8)  # people are awake in all of their country
    await through(hand)
    await hand.later(days=700, hours=23, minutes=50)
    await hand.commands(Command.LEAVE)
    await hand.later(minutes=15)
    assert hand.screen == "leave", "not in the middle of it"
    await hand.later(hours=2)
    assert hand.screen == "renew-ending"
    asked = len(hand.telegram.calls)
    await hand.later(days=5)
    assert len(hand.telegram.calls) == asked, "once"


async def test_who_comes_by_as_it_opens_has_the_question_and_is_not_asked_twice(hand: ByHand) -> None:
    await closes_before_that_day(hand)
    await opens_again(hand)
    await hand.start()
    assert hand.screen == "renew-ending"
    met = len(hand.telegram.calls)
    await hand.later(days=5)
    assert len(hand.telegram.calls) == met


async def test_who_comes_to_the_question_in_the_night_is_not_asked_again_in_the_morning(hand: ByHand) -> None:
    await through(hand)
    await hand.later(days=701)
    assert hand.screen == "thanks", "not at night"
    await hand.start()
    assert hand.screen == "renew-ending"
    met = len(hand.telegram.calls)
    await hand.later(hours=12)
    assert len(hand.telegram.calls) == met


async def test_who_looked_at_something_else_as_it_opened_has_not_met_the_question(hand: ByHand) -> None:
    """It lies beneath, and they may never come back to it."""
    await closes_before_that_day(hand)
    await opens_again(hand)
    await hand.commands(Command.LEAVE)
    await hand.later(days=2)
    assert hand.screen == "renew-ending"


async def test_who_was_at_another_collection_as_it_opened_has_not_met_the_question(tmp_path: Path) -> None:
    async with by_hand(tmp_path, collections=copied(tmp_path / "collections", second=True)) as hand:
        await closes_before_that_day(hand)
        await opens_again(hand)
        await agrees_to(hand, SECOND)
        await hand.later(days=2)
        assert hand.screen == "renew-ending"


async def test_a_month_before_its_end_a_consent_is_asked_about_once_and_renewed(hand: ByHand) -> None:
    """The same text for some time more: same keys, another record, and everything stands under that one."""
    await through(hand)
    wraps = {(key_id, lock) for key_id, lock, _ in hand.stored.wraps()}
    calls = len(hand.telegram.calls)
    await hand.later(days=699)
    assert len(hand.telegram.calls) == calls, "not before"
    await hand.later(days=2)
    assert len(hand.telegram.calls) == calls, "not at night, at the hour at which they once agreed"
    await hand.later(hours=12)
    assert hand.screen == "renew-ending"
    asked = len(hand.telegram.calls)
    await hand.later(days=5)
    assert len(hand.telegram.calls) == asked, "once"
    await hand.presses("decide")
    await hand.presses("agree")
    assert hand.screen == "thanks"
    [first, second] = hand.stored.rows("select id, key_id from consent_records order by given_at")
    assert first[1] == second[1]
    assert {(key_id, lock) for key_id, lock, _ in hand.stored.wraps()} == wraps
    assert hand.stored.rows("select distinct record from answers") == [(second[0],)]
    assert hand.stored.rows("select record, submitted_under from contributions") == [(second[0], second[0])]
    await hand.later(days=400)
    assert hand.stored.count("contributions") == 1, "it goes on"
    await hand.later(days=400)
    assert hand.stored.count("contributions") == 0, "and ends on its own day"


@pytest.mark.parametrize("hours", [8, 0], ids=["asked", "asleep whenever the bot served"])
async def test_without_an_answer_a_consent_ends_on_its_day(hand: ByHand, hours: int) -> None:
    await through(hand)
    await hand.later(days=705, hours=hours)
    await hand.later(days=26)
    assert hand.stored.count("contributions") == 0
    gone, owed = hand.telegram.said[-2:]
    assert "is erased now" in gone
    assert "We still owe you" in owed
    assert hand.stored.wraps() == [], "once they were told of it, nothing is left to keep the chat for"


async def test_who_wants_no_messages_is_not_asked_unasked(hand: ByHand) -> None:
    await through(hand)
    await hand.happens(Commanded(at=hand.now, token=TOKEN, command=Command.LEAVE))
    await hand.presses("stop_messages")
    calls = len(hand.telegram.calls)
    await hand.later(days=705)
    assert len(hand.telegram.calls) == calls


async def test_invites_that_were_taken_back_and_agreed_to_again_outlast_a_restore(hand: ByHand) -> None:
    """On the list of destroyed keys they stand under the key of before; the new yes has another one."""
    await hand.to_decision()
    await hand.presses("purpose_yes", "invites")
    await hand.presses("agree")
    while hand.screen.startswith("question-"):
        await hand.leaves_out()
    await hand.presses("submit")
    await hand.commands(Command.LEAVE)
    await hand.presses("stop_messages")
    assert hand.stored.count("contact_permissions") == 0
    await hand.later(days=715)
    await hand.start()
    await hand.presses("decide")
    await hand.presses("purpose_yes", "invites")
    await hand.presses("agree")
    assert hand.screen == "review", "what was submitted stands under the consent of before, until they submit it again"
    await hand.presses("submit")
    assert hand.stored.count("contact_permissions") == 1
    before = hand.stored.count("withdrawals")
    async with hand.stores.database.write() as connection:
        await close_destroyed(connection, hand.stores.tombstones.read(), hand.now)
    assert hand.stored.count("contact_permissions") == 1
    assert hand.stored.count("withdrawals") == before


async def test_invites_that_ended_by_their_time_and_were_agreed_to_again_outlast_a_restore(tmp_path: Path) -> None:
    """They were kept for less time than everything else, and the lock of before is destroyed for ever."""
    folder = copied(tmp_path / "collections")
    reworded(folder / FIRST / "collection.yaml", "    uses: contact\n", "    uses: contact\n    kept: P12M\n")
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.to_decision()
        await hand.presses("purpose_yes", "invites")
        await hand.presses("agree")
        while hand.screen.startswith("question-"):
            await hand.leaves_out()
        await hand.presses("submit")
        await hand.later(days=715)
        archive = Archive(hand.stores.database, hand.stores.keystore, hand.stores.vault)
        collections, tombstones = tuple(hand.shelf.collections.values()), hand.stores.tombstones
        await retention.carry_out(archive, tombstones, collections, lambda: hand.now, actor="bot")
        assert hand.stored.count("contact_permissions") == 0
        await hand.start()
        await hand.presses("decide")
        await hand.presses("purpose_yes", "invites")
        await hand.presses("agree")
        assert hand.stored.count("contact_permissions") == 1
        before = hand.stored.count("withdrawals")
        async with hand.stores.database.write() as connection:
            await close_destroyed(connection, tombstones.read(), hand.now)
        assert hand.stored.count("contact_permissions") == 1
        assert hand.stored.count("withdrawals") == before


async def test_an_earlier_consent_ends_with_its_keys_and_what_still_stands_under_it(tmp_path: Path) -> None:
    """The one in force goes on, and comes to its own end."""
    folder = copied(tmp_path / "collections")
    async with by_hand(tmp_path, collections=folder) as hand:
        await through(hand)
    new_version(folder / FIRST, 2, "material", "New.")
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.later(days=100)
        await hand.start()
        await hand.presses("decide")
        await hand.presses("agree")
        [old, new] = hand.stored.rows("select key_id, id from consent_records order by given_at")
        await hand.later(days=632)
        held = {key_id for key_id, _, _ in hand.stored.wraps()}
        assert old[0] not in held
        assert new[0] in held
        assert hand.stored.count("answers") == 0
        assert hand.stored.rows("select submitted_at, submitted_under from contributions") == [(None, None)]
        assert hand.stored.rows("select event from consent_events where record = ? order by id", old[1])[-1] == (
            "expired",
        )
        await hand.later(days=100)
        assert hand.stored.count("contributions") == 0


async def test_orphans_are_swept_and_keys_of_an_earlier_consent_are_not(tmp_path: Path) -> None:
    """An earlier consent's key is in use as long as its contribution is there."""
    folder = copied(tmp_path / "collections")
    async with by_hand(tmp_path, collections=folder) as hand:
        await through(hand)
    new_version(folder / FIRST, 2, "material", "New.")
    async with by_hand(tmp_path, collections=folder) as hand:
        await hand.later(days=10)
        await hand.start()
        await hand.presses("decide")
        await hand.presses("agree")
        before = {key_id for key_id, _, _ in hand.stored.wraps()}
        for _ in range(3):
            await hand.later(hours=2)
        assert {key_id for key_id, _, _ in hand.stored.wraps()} == before


@pytest.mark.parametrize("moments", range(4))
async def test_a_stop_in_the_moment_of_being_woken_is_a_stop(hand: ByHand, moments: int) -> None:
    """Whatever the loop has come to in between."""
    working = asyncio.create_task(hand.dues.run())
    await until(lambda: hand.dues._looks_again)
    await asyncio.sleep(0)
    hand.dues.hurry(START - dt.timedelta(days=1))
    for _ in range(moments):
        await asyncio.sleep(0)
    working.cancel()
    done, _ = await asyncio.wait([working], timeout=5)
    working.cancel()
    assert done
