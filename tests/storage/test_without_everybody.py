"""What comes again and again finds its rows by an index: whoever is served beside it waits meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from support.statements import asked_of

from bot.storage import entitlements, notices, numbers, vouchers
from bot.storage.database import Database

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.sqlite("asks SQLite how it would go about it")


async def _ways(database: Database, work: Callable[[AsyncConnection], Awaitable[object]]) -> str:
    """How SQLite goes about each statement of some work."""
    async with database.write() as connection:
        with asked_of(database) as asked:
            await work(connection)
        ways: list[str] = []
        for words, values in asked:
            ways += (await connection.exec_driver_sql(f"explain query plan {words}", values)).scalars(3)
    return "\n".join(ways)


async def test_a_code_is_drawn_without_putting_all_that_are_free_in_order(database: Database) -> None:
    ways = await _ways(database, lambda connection: vouchers.draw(connection, "c", "US", "8"))
    assert ways.count("USING INDEX ix_voucher_codes_free") == 2
    assert "TEMP B-TREE" not in ways
    assert "SCAN" not in ways


async def test_pay_that_is_over_is_found_by_the_day_however_much_is_owed(database: Database) -> None:
    ways = await _ways(database, lambda connection: entitlements.forget_settled(connection, NOW))
    assert ways.count("ix_entitlements_kept_until (kept_until<?)") == 2
    assert ways.count("ix_entitlements_sent (state_on<?)") == 1
    assert "SCAN" not in ways


async def test_marks_of_what_was_closed_are_found_by_its_collection(database: Database) -> None:
    ways = await _ways(database, entitlements.forget_marks_of_closed)
    assert "ix_entitlements_marks (collection=?)" in ways
    assert "SCAN entitlements" not in ways


async def test_numbers_that_were_kept_long_enough_are_found_by_the_day(database: Database) -> None:
    ways = await _ways(database, lambda connection: numbers.forget_old(connection, NOW))
    assert "ix_payout_numbers_kept_until (kept_until<?)" in ways
    assert "SCAN payout_numbers" not in ways


async def test_who_waits_for_a_notice_is_found_without_passing_all_that_have_it(database: Database) -> None:
    ways = await _ways(database, lambda connection: notices.waiting(connection, 1, 30))
    assert "ix_notice_deliveries_state (notice=? AND state=?)" in ways
    assert "TEMP B-TREE" not in ways
