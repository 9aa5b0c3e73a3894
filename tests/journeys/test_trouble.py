"""A disk that is full for a while, and a clock that was wrong: what was put off by it is not put off for long."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.by_hand import CHAT, START, ByHand, by_hand
from support.running import Stored, until

from bot.arrivals import Settled
from bot.clock_went_back import SWEEP
from bot.messenger import Sent, TryLater
from bot.storage import outbox, schedule
from bot.storage.database import StoreUnavailable
from bot.storage.outbox import OutboxRow
from bot.storage.schedule import Due
from bot.storage.together import Goes
from flows.events import Command
from flows.screens import Screen

DAYS = dt.timedelta(days=5)
HOURS = dt.timedelta(hours=3)
MINUTES = dt.timedelta(minutes=5)


def due_at(stored: Stored, kind: str) -> dt.datetime:
    ((moment,),) = stored.rows("select due_at from schedule where kind = ?", kind)
    return dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)


async def test_keys_are_destroyed_as_soon_as_that_can_be_written_down(tmp_path: Path) -> None:
    """The person has their receipt at once: what was decided is on disk. It does not wait for the hourly sweep."""
    async with by_hand(tmp_path) as hand:
        await hand.to_questions()
        tombstones = hand.stores.tombstones
        path, tombstones.path = tombstones.path, tmp_path  # a folder cannot be appended to
        await hand.leaves()
        assert hand.screen == "goodbye-taken_back"
        assert hand.stored.count("key_destructions") > 0
        tombstones.path = path
        await hand.later(seconds=2)
        assert hand.stored.count("key_destructions") == 0
        assert hand.stored.wraps() == []


async def test_nothing_is_left_of_who_left_though_word_of_something_else_came_first(tmp_path: Path) -> None:
    """A message of theirs arrives while the goodbye is under way: it is noted, and then the goodbye is."""
    async with by_hand(tmp_path) as hand:
        await hand.to_questions()
        chat, show = hand.stores.vault.chat_hash(CHAT), hand.telegram.show
        first = [True]

        async def slowly(chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent:
            if screen.name.startswith("goodbye") and first.pop():
                await hand.conversation.take([Settled(chat, 0, shown=False, sent=(999,))])
                first.append(False)
            return await show(chat_id, card, screen, language, step)

        hand.telegram.show = slowly  # type: ignore[method-assign]
        await hand.leaves()
        assert hand.stored.count("conversations") == 0


async def test_the_goodbye_comes_once_though_word_of_something_else_overtakes_word_of_it(tmp_path: Path) -> None:
    """Word of pay is being committed while the goodbye arrives, which is known only to the next batch."""
    async with by_hand(tmp_path) as hand:
        await hand.to_questions()
        chat, database, show = hand.stores.vault.chat_hash(CHAT), hand.stores.database, hand.telegram.show
        write, commits = database.write_in_two_goes, asyncio.Event()

        @asynccontextmanager
        async def writing() -> AsyncIterator[Goes]:
            if hand.screen.startswith("goodbye") and not commits.is_set():
                commits.set()
                await until(lambda: not hand.presenter.is_showing(chat))
            async with write() as goes:
                yield goes

        async def shows(chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent:
            sent = await show(chat_id, card, screen, language, step)
            if screen.name.startswith("goodbye") and not commits.is_set():
                hand.conversation.note(Settled(chat, 0, shown=False, sent=(999,)))
                await commits.wait()
            return sent

        database.write_in_two_goes = writing  # type: ignore[method-assign]
        hand.telegram.show = shows  # type: ignore[method-assign]
        await hand.commands(Command.LEAVE)
        await hand.presses("open_leave_all")
        await hand.presses("leave_all")
        await until(lambda: commits.is_set() and hand.stored.count("conversations") == 0)
        assert [screen.name for screen in hand.telegram.sent_as.values()].count("goodbye-left_all") == 1


async def test_a_screen_that_word_of_something_else_overtakes_is_not_owed_for_ever(tmp_path: Path) -> None:
    """A start would send it once more, and to who has deleted it as a new message."""
    async with by_hand(tmp_path) as hand:
        await hand.to_questions()
        chat, show = hand.stores.vault.chat_hash(CHAT), hand.telegram.show
        first = [True]

        async def slowly(chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent:
            if screen.name == "help" and first:
                first.clear()
                await hand.conversation.take([Settled(chat, 0, shown=False, sent=(999,))])
            return await show(chat_id, card, screen, language, step)

        hand.telegram.show = slowly  # type: ignore[method-assign]
        await hand.commands(Command.HELP)
        assert hand.stored.rows("select owed from conversations") == [(0,)]
        assert [screen.name for screen in hand.telegram.sent_as.values()].count("help") == 1


async def test_word_of_a_goodbye_outlasts_a_store_that_is_in_trouble(tmp_path: Path) -> None:
    async with by_hand(tmp_path) as hand:
        await hand.to_questions()
        database, failures = hand.stores.database, [StoreUnavailable("full")]
        write = database.write_in_two_goes

        @asynccontextmanager
        async def writing() -> AsyncIterator[Goes]:
            if hand.screen.startswith("goodbye") and failures:
                raise failures.pop()
            async with write() as goes:
                yield goes

        database.write_in_two_goes = writing  # type: ignore[method-assign]
        await hand.commands(Command.LEAVE)
        await hand.presses("open_take_back")
        await hand.presses("take_back_all")
        await until(lambda: not failures and hand.stored.count("conversations") == 0)


async def a_clock_that_was_ahead(hand: ByHand) -> None:
    """It said that it was days later than it is; somebody came, and things were put off and taken in hand."""
    await hand.to_questions()
    chat = hand.stores.vault.chat_hash(CHAT)
    async with hand.stores.database.write() as connection:
        await schedule.put_due(connection, [Due("sweep", "hourly", START + SWEEP), Due("fold", chat.hex(), START)])
        await schedule.claim_due(connection, START, MINUTES, 100)
        await outbox.put(connection, [OutboxRow("row", chat, "reply", "say", b"", 0, START + MINUTES, 1, START)])
    hand.now = START - DAYS


def looks_right(hand: ByHand) -> bool:
    stored, now = hand.stored, hand.now
    latest = {"sweep": now + SWEEP, "fold": now + MINUTES, "silence": now + dt.timedelta(hours=72)}
    return (
        all(due_at(stored, kind) <= moment for kind, moment in latest.items())
        and not stored.rows("select 1 from schedule where leased_until > ?", f"{now + MINUTES:%Y-%m-%d %H:%M:%S.%f}")
        and not stored.rows("select 1 from outbox where due_at > ?", f"{now + MINUTES:%Y-%m-%d %H:%M:%S.%f}")
    )


async def test_after_a_clock_that_was_ahead_a_start_waits_for_nothing_too_long(tmp_path: Path) -> None:
    async with by_hand(tmp_path) as hand:
        await a_clock_that_was_ahead(hand)
        assert not looks_right(hand)
        await hand.dues.take_over()
        assert looks_right(hand)


async def test_a_bot_that_runs_notices_when_the_clock_goes_back(tmp_path: Path) -> None:
    async with by_hand(tmp_path) as hand:
        await a_clock_that_was_ahead(hand)
        running = asyncio.create_task(hand.dues.run())
        await until(lambda: looks_right(hand))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def jumps_ahead(hand: ByHand, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
    """From the moment at which a goodbye is sent, the clock is hours ahead."""
    show = hand.telegram.show

    async def ahead(chat_id: int, card: int | None, screen: Screen, language: str, step: int) -> Sent:
        if screen.name.startswith("goodbye") and hand.now < START + HOURS:
            hand.now += HOURS
            if meanwhile is not None:
                await meanwhile()
        return await show(chat_id, card, screen, language, step)

    hand.telegram.show = ahead  # type: ignore[method-assign]


@pytest.mark.parametrize("back", ["before", "after"])
async def test_what_is_owed_beside_a_goodbye_comes_at_once_when_the_clock_is_right_again(
    tmp_path: Path, back: str
) -> None:
    """The step that made it took it for the worker's, since its time seemed to have come, and for the worker it is not
    due for a quarter of an hour. The clock is put right before that is noted, or after it."""
    async with by_hand(tmp_path) as hand:
        await hand.to_decision()
        await hand.commands(Command.LEAVE)
        await hand.presses("open_leave_all")
        began, note = hand.now, hand.presenter._note
        jumps_ahead(hand)

        def put_right(settled: Settled) -> None:
            hand.now = began if back == "before" else hand.now
            note(settled)

        hand.presenter._note = put_right
        hurried: list[dt.datetime] = []
        hand.conversation.on_due = hurried.append
        await hand.presses("leave_all")
        hand.now = began
        assert hand.stored.count("outbox") == 1
        assert min(hurried) <= hand.now, "the worker looks at once"
        await hand.dues.work()
        assert hand.stored.is_empty_of_people()


async def test_what_is_owed_by_a_clock_that_is_ahead_for_a_moment_is_not_put_off_by_as_much(tmp_path: Path) -> None:
    """Nobody looked at the schedule in that moment, so that nobody saw that the clock was ahead."""
    async with by_hand(tmp_path) as hand:
        hand.conversation.on_due = hand.dues.hurry
        await hand.to_review()
        running = asyncio.create_task(hand.dues.run())
        await until(lambda: hand.dues._looks_again is not None)
        began, hand.now = hand.now, hand.now + HOURS
        await hand.commands(Command.LEAVE)
        await hand.presses("open_take_back")
        await hand.presses("take_back_all")
        hand.now = began
        await until(lambda: hand.stored.count("outbox") == 0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_the_worker_took_meanwhile_is_not_handed_back_to_be_sent_twice(tmp_path: Path) -> None:
    async with by_hand(tmp_path) as hand:
        await hand.to_decision()
        await hand.commands(Command.LEAVE)
        await hand.presses("open_leave_all")
        hand.telegram.script("delete", TryLater(3600))
        jumps_ahead(hand, hand.outgoing.work)
        await hand.presses("leave_all")
        deleted = hand.telegram.calls.count(("delete", CHAT))
        await hand.later(minutes=59)
        assert hand.telegram.calls.count(("delete", CHAT)) == deleted, "as long as told"
        await hand.later(minutes=2)
        assert hand.stored.is_empty_of_people()


async def test_what_is_being_sent_is_not_claimed_once_more_though_the_store_fails_another_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file takes its time to upload. On SQLite a claim is no lease, so whoever looked again would send it again."""
    async with by_hand(tmp_path) as hand:
        slow, failing = b"slow", b"failing"
        rows = [
            OutboxRow(f"row-{number}", chat, "reply", "file", b"", 0, START, 0, START)
            for number, chat in enumerate((failing, slow))
        ]
        async with hand.stores.database.write() as connection:
            await outbox.put(connection, rows)
        begun: list[bytes] = []
        uploaded = asyncio.Event()

        async def send(row: OutboxRow) -> None:
            begun.append(row.chat)
            if row.chat == failing:
                raise StoreUnavailable("locked")
            await uploaded.wait()
            async with hand.stores.database.write() as connection:
                await outbox.done(connection, [row.id])

        monkeypatch.setattr(hand.outgoing, "_send", send)
        working = asyncio.create_task(hand.outgoing.work())
        await until(lambda: slow in begun)
        await asyncio.sleep(0.05)
        assert not working.done()
        uploaded.set()
        with pytest.raises(StoreUnavailable):
            await working
        assert begun.count(slow) == 1
        assert hand.stored.count("outbox") == 1
