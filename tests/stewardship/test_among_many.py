"""What goes through everybody holds some of them at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from support.by_hand import CHAT, ByHand, by_hand

from bot.stewardship.archive import Archive
from bot.stewardship.closing import plan
from bot.storage.database import Database


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path) as running:
        yield running


@contextmanager
def said_to(database: Database) -> Iterator[list[str]]:
    """Every statement that the data is given meanwhile."""
    said: list[str] = []

    def note(*given: Any) -> None:  # noqa: ANN401  # SQLAlchemy's
        said.append(given[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("rule", ["keep", "erase"])
async def test_what_closing_would_come_to_is_counted_and_nobodys_answers_are_read_for_it(
    hand: ByHand, rule: str
) -> None:
    """Whoever has only opened it is among them: that goes as well."""
    await hand.to_questions(CHAT)
    await hand.to_questions(CHAT + 1)
    await hand.start(CHAT + 2)
    [collection] = hand.shelf.collections.values()
    retention = collection.retention.model_copy(update={"when_closed": rule})
    collection = collection.model_copy(update={"retention": retention})
    archive = Archive(hand.stores.database, hand.stores.keystore, hand.stores.vault)
    with said_to(hand.stores.database) as said:
        closing = await plan(archive, collection)
    assert (closing.rule, closing.contributions, closing.invites) == (rule, 3, 0)
    assert (closing.last_end is not None) == (rule == "keep")
    assert hand.stored.count("contributions") == 3
    assert not [each for each in said if "sealed" in each]
