"""What stands under a hash of somebody lies in an order that says nothing of when it came."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support import stores
from support.by_hand import CHAT, ByHand, by_hand
from support.paying import collections_that_pay, load_codes, settings_of, submitted

from bot.settings import Settings
from bot.stewardship import retention
from bot.stewardship.archive import Archive
from flows.contact.correspondence import ContactAsked
from flows.events import TOKEN_BYTES

PEOPLE = range(CHAT, CHAT + 6)
WAYS = "voucher, mobile_money"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path, collections_that_pay(tmp_path / "collections", WAYS))


@pytest.fixture
async def hand(tmp_path: Path, settings: Settings) -> AsyncIterator[ByHand]:
    """A bot whose collection pays by code or by mobile money in the United States."""
    async with by_hand(tmp_path, collections=settings.collections) as running:
        yield running


async def all_take_part(hand: ByHand) -> None:
    """One after the other; half of them leave a number, and half take everything back."""
    for number, somebody in enumerate(PEOPLE):
        await submitted(hand, somebody)
        if number % 2:
            await hand.presses("choose_way", "mobile_money", chat_id=somebody)
            await hand.types("+254 712-345 67" + str(number), chat_id=somebody)
        else:
            await hand.presses("choose_way", "voucher", chat_id=somebody)
        await hand.later(minutes=7)
    for somebody in PEOPLE[::2]:
        await hand.leaves(somebody)


async def the_day_passes(hand: ByHand) -> None:
    """What the bot does each day."""
    archive = Archive(hand.stores.database, hand.stores.keystore, hand.stores.vault)
    collections = tuple(hand.shelf.collections.values())
    await retention.carry_out(archive, hand.stores.tombstones, collections, lambda: hand.now, actor="bot")


@pytest.mark.sqlite("a server numbers no rows")
@pytest.mark.parametrize("table", ["entitlements", "payout_numbers"])
async def test_no_row_has_a_number_that_counts_submissions(hand: ByHand, table: str) -> None:
    await all_take_part(hand)
    assert hand.stored.count(table)
    with pytest.raises(sqlite3.OperationalError, match="no such column: rowid"):
        hand.stored.rows(f"select rowid from {table}")  # noqa: S608  # the test's own words


@pytest.mark.sqlite("a server numbers no rows")
async def test_no_wrap_has_a_number_that_counts_consents(hand: ByHand) -> None:
    """A number's key would lie between those of the consents before and after it."""
    with pytest.raises(sqlite3.OperationalError, match="no such column: rowid"):
        stores.rows(hand.stored.folder, "select rowid from wraps", store=stores.KEYS)


async def test_of_a_numbers_key_a_day_is_written_down(hand: ByHand) -> None:
    """Its moment is that of a submission. The day's end, so that no sweep takes it for one that nothing uses."""
    await all_take_part(hand)
    moments = stores.rows(
        hand.stored.folder, "select distinct made_at from wraps where lock = 'payouts'", store=stores.KEYS
    )
    assert [str(moment)[:19] for (moment,) in moments] == ["2026-11-24 00:00:00"]


@pytest.mark.sqlite("how a row lies in its page")
async def test_after_a_day_pages_tell_no_order_either(hand: ByHand) -> None:
    await all_take_part(hand)
    before = lying(hand)
    await the_day_passes(hand)
    await hand.stores.database.empty_log()

    found = lying(hand)

    assert before != sorted(before)
    assert found == sorted(found)


async def test_a_stop_in_the_middle_of_it_leaves_nothing_locked(hand: ByHand) -> None:
    """A transaction that is cut short would keep everybody else from writing."""
    await all_take_part(hand)
    rows = hand.stored.rows("select * from entitlements order by holder")
    for moment in range(60):
        day = asyncio.create_task(the_day_passes(hand))
        await asyncio.sleep(moment / 1000)
        day.cancel()
        await asyncio.gather(day, return_exceptions=True)
        async with asyncio.timeout(5):
            await hand.stores.database.try_to_write()
    assert hand.stored.rows("select * from entitlements order by holder") == rows


def lying(hand: ByHand) -> list[bytes]:
    """Holders as their rows lie in the file, the last one that was put there first."""
    with sqlite3.connect(hand.stored.data) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    content = hand.stored.data.read_bytes()
    holders = [holder for (holder,) in hand.stored.rows("select holder from entitlements")]
    return sorted(holders, key=lambda holder: -content.index(holder + b"demographics"))


@pytest.mark.server("SQLite has no transactions on record")
@pytest.mark.parametrize("table", ["entitlements", "payout_numbers", "voucher_codes", "letters"])
async def test_after_a_day_no_row_says_with_which_submission_it_came(
    hand: ByHand, settings: Settings, table: str
) -> None:
    await load_codes(hand, settings, [f"CODE-{number}" for number in range(10)])
    await all_take_part(hand)
    await written_to(hand)
    key = {"entitlements": "holder", "payout_numbers": "holder"}.get(table, "id")
    which = "where holder is not null" if table == "voucher_codes" else ""
    query = f"select {key}, xmin::text from {table} {which} order by ctid"  # noqa: S608  # the test's own words
    before = hand.stored.rows(query)
    assert len({transaction for _, transaction in before}) > 1
    every = f"select * from {table} order by {key}"  # noqa: S608
    whole = hand.stored.rows(every)

    await the_day_passes(hand)

    found = hand.stored.rows(query)
    assert len({transaction for _, transaction in found}) == 1
    assert [name for name, _ in found] == sorted(name for name, _ in before)
    assert hand.stored.rows(every) == whole


async def written_to(hand: ByHand) -> None:
    """Two people write to a human."""
    for somebody in PEOPLE[1::4]:
        await hand.happens(ContactAsked(at=hand.now, token=os.urandom(TOKEN_BYTES), language_code="en"), somebody)
        await hand.types("Is this safe?", chat_id=somebody)
