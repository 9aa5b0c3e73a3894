"""What a broadcast asks for again and again is found by an index, however many rows have come to their end."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite

from bot.storage import deliveries
from bot.storage.deliveries import pending_of

from .conftest import Office

pytestmark = pytest.mark.sqlite("asks SQLite how it would go about it")


@pytest.mark.parametrize("region", ["EG", None])
async def test_pending_ones_are_not_looked_for_from_the_beginning(office: Office, region: str | None) -> None:
    assert "USING COVERING INDEX ix_deliveries_pending" in _way(office, pending_of(1, region).limit(10))


async def test_what_is_in_hand_is_found_by_its_index(office: Office) -> None:
    assert "USING INDEX ix_deliveries_in_hand" in _way(office, deliveries.IN_HAND)


async def test_what_follows_somebody_is_found_by_their_chat(office: Office) -> None:
    """In each step in which a yes to invites is given or ends."""
    way = _way(office, deliveries._not_settled([b"a", b"b"]))
    assert "SEARCH deliveries USING INDEX ix_deliveries_chat" in way
    assert "SCAN" not in way


def _way(office: Office, query: Select[Any]) -> str:
    text = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    return " ".join(str(row[3]) for row in office.rows(f"explain query plan {text}"))
