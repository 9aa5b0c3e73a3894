"""Work that a stop does not break off, and what becomes of it where it fails: a stop that meets a store which cannot be
written is no fault."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import logs
from bot.storage.database import StoreUnavailable
from bot.uncut import uncut


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


async def stopped_in(failure: Exception) -> None:
    """Work that is cancelled, and fails before it is over."""
    asyncio.get_running_loop().set_exception_handler(logs.log_loop_errors)
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await goes_on.wait()
        raise failure

    working = asyncio.create_task(uncut(work()))
    await begun.wait()
    working.cancel()
    await asyncio.sleep(0)
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await working
    del working
    gc.collect()
    await asyncio.sleep(0)


async def test_a_store_that_is_not_available_is_said_to_be_so(logged: list[Any]) -> None:
    await stopped_in(StoreUnavailable("OperationalError"))
    assert [entry["event"] for entry in logged] == ["the store was not available at the stop; the next start goes on"]


async def test_anything_else_is_a_fault_that_is_logged_by_its_kind_alone(logged: list[Any]) -> None:
    await stopped_in(RuntimeError("own words"))
    assert [(entry["event"], entry["why"]) for entry in logged] == [
        ("something in the background failed", "RuntimeError")
    ]
    assert "own words" not in str(logged)
