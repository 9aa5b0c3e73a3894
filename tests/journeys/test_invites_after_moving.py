"""An invite that waits goes by where somebody lives when it leaves, whatever was planned while they lived elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.by_hand import ByHand, by_hand
from support.copies import FIRST, SECOND, copied
from support.inviting import TRIED

from bot.broadcasts.desk import Desk, Order, Rules
from bot.storage import deliveries
from flows.broadcasts import Audience, Broadcast
from flows.events import Command


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[ByHand]:
    """Somebody in the United States who wants invites, and two collections."""
    async with by_hand(tmp_path, collections=copied(tmp_path / "collections", second=True)) as running:
        await agrees(running)
        yield running


async def agrees(hand: ByHand, collection: str = FIRST, place: str = "US") -> None:
    await hand.start(collection=collection)
    await hand.presses("live_in", place)
    await hand.presses("next")
    document = hand.shelf.document(hand.shelf.collections[collection], "en", place)
    for card in document.cards[1:]:
        assert card.question is not None
        await hand.presses("card_answer", str(card.question.right))
    await hand.presses("purpose_yes", "invites")
    await hand.presses("agree")


async def moves_to_brazil(hand: ByHand, *, invites: bool) -> None:
    await hand.commands(Command.MY_DATA)
    await hand.presses("open_places")
    await hand.presses("choose_place", "BR")
    await hand.presses("move")
    await hand.presses("read_cards")
    await hand.reads_cards(place="BR")
    await hand.presses("purpose_yes" if invites else "purpose_no", "invites")
    await hand.presses("agree")


async def waiting(hand: ByHand, collection: str = SECOND, **asked: Any) -> Broadcast:  # noqa: ANN401  # an audience's fields
    """Invites that were sent off and have not left."""
    stores, rules = hand.stores, Rules(most=3, days=30, confirm_above=500, one_person=False, nobody_real=False)
    desk = Desk(
        database=stores.database, keystore=stores.keystore, vault=stores.vault, shelf=hand.shelf, rules=rules,
        clock=lambda: hand.now,
    )  # fmt: skip
    planned = await desk.plan(Order(collection, "Kim", Audience(**asked), without_pilot=TRIED))
    assert planned.recipients == 1
    return await desk.send(planned.id, "Kim")


def stands(hand: ByHand) -> list[tuple[object, ...]]:
    return hand.stored.rows("select region, state from deliveries")


async def test_who_has_moved_is_written_to_by_where_they_live_now(hand: ByHand) -> None:
    await waiting(hand)
    assert stands(hand) == [("US", "pending")]
    await moves_to_brazil(hand, invites=True)
    assert stands(hand) == [("BR", "pending")]


async def test_what_was_in_hand_waits_there(hand: ByHand) -> None:
    broadcast = await waiting(hand)
    async with hand.stores.database.write() as connection:
        assert await deliveries.lease(connection, broadcast.id, "US", 10, hand.now)
    await moves_to_brazil(hand, invites=True)
    assert stands(hand) == [("BR", "pending")]


async def test_where_only_other_regions_were_asked_for_nothing_follows_them(hand: ByHand) -> None:
    await waiting(hand, regions=("US",))
    await moves_to_brazil(hand, invites=True)
    assert stands(hand) == [(None, "cancelled")]
    assert hand.stored.rows("select recipients, cancelled from broadcasts") == [(1, 1)]


async def test_who_moves_and_wants_no_invites_there_gets_none(hand: ByHand) -> None:
    await waiting(hand)
    await moves_to_brazil(hand, invites=False)
    assert stands(hand) == [(None, "cancelled")]


async def test_who_agrees_elsewhere_is_written_to_there_as_long_as_that_holds(
    hand: ByHand,
) -> None:
    await waiting(hand, FIRST, finished=False)
    await agrees(hand, SECOND, "BR")
    assert stands(hand) == [("BR", "pending")]
    await hand.commands(Command.LEAVE)
    await hand.presses("open_take_back")
    await hand.presses("take_back_collection", SECOND)
    assert stands(hand) == [("US", "pending")]
