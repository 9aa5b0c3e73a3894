"""What is due, what is owed, what was met, and what was ever opened."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from support.copies import FIRST, copied, reworded

from bot import shipped
from bot.stewardship.columns import ever_asked
from bot.storage import conversations, outbox, processes, schedule, updates, vocabulary
from bot.storage.asking import REPLY, UNASKED
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow
from bot.storage.schedule import Due
from flows.load import load_collection

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
LEASE = dt.timedelta(minutes=5)
LANES = (REPLY, UNASKED)
MINUTE = dt.timedelta(minutes=1)


async def test_what_is_due_is_claimed_once_until_its_lease_ends(database: Database) -> None:
    due = [Due("fold", "aa", NOW - MINUTE, 7), Due("silence", "aa", NOW), Due("fold", "bb", NOW + MINUTE)]
    async with database.write() as connection:
        await schedule.put_due(connection, due)
        assert await schedule.next_due(connection) == NOW - MINUTE
        assert await schedule.claim_due(connection, NOW, LEASE, 10) == due[:2]
        assert await schedule.claim_due(connection, NOW, LEASE, 10) == []
        assert await schedule.next_due(connection) == NOW + MINUTE, "not what somebody has leased"
        later = NOW + LEASE + dt.timedelta(seconds=1)
        assert {d.key for d in await schedule.claim_due(connection, later, LEASE, 10)} == {"aa", "bb"}


async def test_one_kind_and_key_comes_due_once_and_the_later_word_counts(database: Database) -> None:
    first, second = Due("fold", "aa", NOW, 1), Due("fold", "aa", NOW + MINUTE, 2)
    async with database.write() as connection:
        await schedule.put_due(connection, [first])
        assert await schedule.claim_due(connection, NOW, LEASE, 10) == [first]
        await schedule.put_due(connection, [second])
        await schedule.done(connection, [first])
        assert await schedule.claim_due(connection, NOW + MINUTE, LEASE, 10) == [second], "put anew while leased"
        await schedule.done(connection, [second])
        assert await schedule.next_due(connection) is None


async def test_forgetting_a_chat_takes_what_is_due_for_it_and_nothing_else(database: Database) -> None:
    async with database.write() as connection:
        kept = [Due("fold", "aab", NOW), Due("lapse", "ab/demographics", NOW)]
        await schedule.put_due(connection, [Due("fold", "aa", NOW), Due("lapse", "aa/demographics", NOW), *kept])
        await schedule.cancel_for(connection, ["aa"])
        assert set(await schedule.claim_due(connection, NOW, LEASE, 10)) == set(kept)


def owed(name: str, chat: bytes = b"a", position: int = 0, lane: str = "reply") -> OutboxRow:
    """Something owed."""
    return OutboxRow(name, chat, lane, "delete", b"sealed", position, NOW, 0, NOW)


async def test_what_is_owed_is_claimed_in_order_and_comes_again_unless_done(database: Database) -> None:
    async with database.write() as connection:
        await outbox.put(connection, [owed("2", position=1), owed("1"), owed("3", b"b", 2)])
        assert [row.id for row in await outbox.claim(connection, NOW, LEASE, 2)] == ["1", "2"]
        assert [row.id for row in await outbox.claim(connection, NOW, LEASE, 10)] == ["3"]
        await outbox.done(connection, ["1"])
        again = await outbox.claim(connection, NOW + LEASE, LEASE, 10)
        assert {(row.id, row.attempts) for row in again} == {("2", 1), ("3", 1)}
        assert await outbox.owing(connection, [b"a", b"c"]) == {b"a": {"2"}}


async def test_what_is_postponed_waits_as_long_as_told_also_through_a_restart(database: Database) -> None:
    async with database.write() as connection:
        await outbox.put(connection, [replace(owed("told"), due_at=NOW + 15 * MINUTE), owed("in hand")])
        await outbox.postpone(connection, ["told"], NOW + 60 * MINUTE)
        await processes.take_over(connection, None, NOW)
        assert [row.id for row in await outbox.claim(connection, NOW + 59 * MINUTE, LEASE, 10)] == ["in hand"]
        assert "told" in [row.id for row in await outbox.claim(connection, NOW + 60 * MINUTE, LEASE, 10)]


async def test_what_is_handed_back_is_due_unless_somebody_else_has_it_by_now(database: Database) -> None:
    """Whoever had it in hand does not know whether its time came meanwhile, and with it another process."""
    put = [replace(owed(name), due_at=NOW + 15 * MINUTE, holder=1) for name in ("mine", "claimed", "told", "done")]
    async with database.write() as connection:
        await outbox.put(connection, [replace(each, due_at=NOW) if each.id == "claimed" else each for each in put])
        claimed = await outbox.claim(connection, NOW, 15 * MINUTE, 10, 2)
        await outbox.postpone(connection, ["told"], NOW + 60 * MINUTE)
        await outbox.done(connection, ["done"])
        await outbox.hand_back(connection, put, NOW)
        assert [row.id for row in claimed] == ["claimed"]
        (mine,) = await outbox.claim(connection, NOW, LEASE, 10)
        assert (mine.id, mine.holder) == ("mine", None)
        later = await outbox.claim(connection, NOW + 60 * MINUTE, LEASE, 10)
        assert {(row.id, row.due_at) for row in later} >= {("claimed", NOW + 15 * MINUTE), ("told", NOW + 60 * MINUTE)}


async def test_what_was_put_while_the_clock_was_ahead_is_due_at_once_for_who_takes_it_over(database: Database) -> None:
    """Not when that time has come for the clock that is right."""
    ahead = NOW + 4 * MINUTE
    rows = [replace(owed(name), due_at=ahead + 15 * MINUTE, created_at=ahead) for name in ("dead", "handed back")]
    async with database.write() as connection:
        await outbox.put(connection, rows)
        await outbox.hand_back(connection, rows[1:], NOW)
        assert [row.id for row in await outbox.claim(connection, NOW, LEASE, 10)] == ["handed back"]
        await processes.take_over(connection, None, NOW)
        assert [row.id for row in await outbox.claim(connection, NOW, LEASE, 10)] == ["dead"]


async def test_what_nobody_has_asked_for_is_claimed_apart(database: Database) -> None:
    async with database.write() as connection:
        asked, unasked = Due("fold", "aa", NOW), Due("remind", "aa/demographics", NOW - MINUTE)
        await schedule.put_due(connection, [asked, unasked])
        assert await schedule.next_due(connection) == NOW
        assert await schedule.next_due(connection, lane=UNASKED) == NOW - MINUTE
        assert await schedule.claim_due(connection, NOW, LEASE, 10) == [asked]
        assert await schedule.claim_due(connection, NOW, LEASE, 10, lane=UNASKED) == [unasked]

        await outbox.put(connection, [owed("reply"), owed("gone", lane=UNASKED)])
        assert [row.id for row in await outbox.claim(connection, NOW, LEASE, 10)] == ["reply"]
        assert [row.id for row in await outbox.claim(connection, NOW, LEASE, 10, lane=UNASKED)] == ["gone"]


@pytest.mark.sqlite("asks SQLite how it would go about it")
@pytest.mark.parametrize("table", ["schedule", "outbox"])
async def test_what_is_due_in_a_lane_is_not_looked_for_among_what_waits_in_another(
    database: Database, table: str
) -> None:
    asked = f"explain query plan select * from {table} where lane = 'reply' and due_at <= '2026' order by due_at"  # noqa: S608
    async with database.read() as connection:
        [way] = [row[3] for row in await connection.execute(text(asked))]
    assert f"ix_{table}_lane_due_at (lane=? AND due_at<?)" in way


@pytest.mark.sqlite("counts what SQLite's machine does")
async def test_what_is_looked_at_all_the_time_takes_no_more_among_many(database: Database) -> None:
    """Each person has several entries on the schedule, and every process looks at it as often as it serves somebody."""
    taken = [await _instructions(database, _looks)]
    async with database.write() as connection:
        await schedule.put_due(connection, [Due("silence", f"{n}", NOW + MINUTE) for n in range(2_000)])
        await outbox.put(connection, [replace(owed(f"{n}", b"b"), due_at=NOW + MINUTE) for n in range(2_000)])
    taken.append(await _instructions(database, _looks))
    assert taken[1] < taken[0] + 100


async def _looks(connection: AsyncConnection) -> None:
    for lane in LANES:
        await schedule.next_due(connection, lane=lane)
        await schedule.claim_due(connection, NOW, LEASE, 10, lane=lane)
        await outbox.next_due(connection, lane=lane)
        await outbox.claim(connection, NOW, LEASE, 10, lane=lane)


async def _instructions(database: Database, work: Callable[[AsyncConnection], Awaitable[None]]) -> int:
    """How many instructions of SQLite's virtual machine some work takes: what it costs, on any machine."""
    count = 0

    def another() -> None:
        nonlocal count
        count += 1

    async with database.write() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.set_progress_handler(another, 1)
        await work(connection)
        await driver.set_progress_handler(None, 1)
    return count


async def test_stopping_cancels_what_is_said_unasked_and_leaving_cancels_all(database: Database) -> None:
    """A file that is to be taken out of the chat goes all the same, also from who wants no messages."""
    gone = [replace(owed(name, chat, lane=UNASKED), kind="gone") for name, chat in (("gone", b"a"), ("other", b"b"))]
    rows = [replace(owed("asked"), kind="gone"), replace(owed("goes", lane=UNASKED), kind="delete_copy"), *gone]
    async with database.write() as connection:
        await outbox.put(connection, rows)
        await outbox.cancel_unasked_for(connection, [b"a"], ["gone"])
        assert await outbox.owing(connection, [b"a", b"b"]) == {b"a": {"asked", "goes"}, b"b": {"other"}}
        await outbox.cancel_for(connection, [b"a"])
        assert await outbox.owing(connection, [b"a", b"b"]) == {b"b": {"other"}}


async def test_what_somebody_else_has_in_hand_by_now_is_not_turned_into_anything(database: Database) -> None:
    """Whoever was slow, and was taken for dead, sends nothing of it any more."""
    async with database.write() as connection:
        await outbox.put(connection, [owed("gone")])
        [mine] = await outbox.claim(connection, NOW, LEASE, 1, 1)
        assert await outbox.turn_into(connection, mine, "begun", 1)
        assert not await outbox.turn_into(connection, mine, "begun", 1), "it is another by now"
        begun = replace(mine, kind="begun")
        assert await outbox.turn_into(connection, begun, mine.kind, 1)
        await outbox.postpone(connection, [mine.id], NOW)
        [theirs] = await outbox.claim(connection, NOW, LEASE, 1, 2)
        assert not await outbox.turn_into(connection, mine, "begun", 1)
        assert await outbox.turn_into(connection, theirs, "begun", 2)
        await outbox.done(connection, [mine.id])
        assert not await outbox.turn_into(connection, begun, mine.kind, 2), "it is gone"


async def test_updates_are_remembered_for_two_days(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the newest, which no clock makes forgotten."""
    monkeypatch.setattr(updates, "_NEWEST", 1)
    async with database.write() as connection:
        await updates.remember(connection, [5, 3, 1 << 62], NOW)
        await updates.remember(connection, [7], NOW + dt.timedelta(seconds=1))
        assert await updates.seen(connection, [1, 3, 1 << 62]) == {3, 1 << 62}
        await updates.forget_old(connection, NOW + dt.timedelta(hours=47))
        assert await updates.seen(connection, [5]) == {5}
        await updates.forget_old(connection, NOW + dt.timedelta(hours=49))
        assert await updates.seen(connection, [3, 5, 7]) == {7}


async def test_a_conversation_is_written_over_the_version_that_was_read_or_not_at_all(database: Database) -> None:
    values = {"key_id": b"k", "sealed": b"s", "owed": True, "ending": False, "reachable": True, "shown_by": None}
    async with database.write() as connection:
        await conversations.insert_conversations(connection, [{"chat": b"a", "version": 1, **values}])
        row = {"b_chat": b"a", "b_version": 1, "version": 2, **values}
        await conversations.update_conversations(connection, [row])
        with pytest.raises(conversations.Overtaken):
            await conversations.update_conversations(connection, [row])
        await conversations.mark_shown(connection, [(b"a", 1)])
        assert (await conversations.read_conversations(connection, [b"a"]))[b"a"].owed, "an older screen was shown"
        await conversations.mark_shown(connection, [(b"a", 2)])
        assert not (await conversations.read_conversations(connection, [b"a"]))[b"a"].owed


async def test_own_words_are_no_part_of_what_a_question_means(database: Database, tmp_path: Path) -> None:
    """A region more may take them, a region less may not; that a question ever took them is remembered."""
    folder = copied(tmp_path) / FIRST
    before = load_collection(folder)
    shutil.copytree(folder / "regions" / "EG", folder / "regions" / "AE")  # before all others
    file, said = folder / "regions" / "AE" / "region.yaml", "label: A language other than Arabic}"
    reworded(
        file, said, "label: A language other than Arabic}\n      - {id: in_own_words, label: Other, own_words: true}"
    )
    wider = load_collection(folder)
    for collection in (before, wider, before, wider):
        async with database.write() as connection:
            await vocabulary.record_vocabulary(connection, collection)
    async with database.read() as connection:
        found = ever_asked(await vocabulary.rows(connection, FIRST), before)
    assert {each.id: each.own_words for each in found}["first_language"], "what was said then is in releases still"
    assert not {each.id: each.own_words for each in found}["age"]


async def test_an_id_that_was_opened_keeps_its_meaning(database: Database) -> None:
    collection = load_collection(shipped.ready_collections() / "demographics")
    async with database.write() as connection:
        await vocabulary.record_vocabulary(connection, collection)
        before = await vocabulary.rows(connection, collection.id)
        await vocabulary.record_vocabulary(connection, collection)
        assert await vocabulary.rows(connection, collection.id) == before
    region = collection.regions[0]
    question = region.questions[0]
    option = question.options[0].model_copy(update={"label": "something else"})
    changed = collection.model_copy(
        update={
            "regions": (
                region.model_copy(
                    update={"questions": (question.model_copy(update={"options": (option, *question.options[1:])}),)}
                ),
            )
        }
    )
    async with database.write() as connection:
        with pytest.raises(vocabulary.IdReused, match=rf"{question.id}\.{option.id} meant .* take a new id"):
            await vocabulary.record_vocabulary(connection, changed)
        assert await vocabulary.rows(connection, collection.id) == before
