"""Coordinators in tests: they plan at the same desk as the command line, and wait until what they sent is over."""

from __future__ import annotations

from typing import Any

from bot.bootstrap import open_desk
from bot.broadcasts.audience import Audience
from bot.broadcasts.desk import Order
from bot.settings import Settings
from bot.storage.broadcasts import ENDED, Broadcast

from .running import Stored, until


async def planned(settings: Settings, collection: str, **asked: Any) -> Broadcast:
    """A broadcast that is planned and not sent. What is asked for is an `Order`'s or an `Audience`'s."""
    of_order = {name: asked.pop(name) for name in ("paid", "any_hour", "paragraphs", "starts_at") if name in asked}
    order = Order(collection, "Kim", Audience(**asked), **{"any_hour": True, **of_order})
    async with open_desk(settings) as desk:
        return await desk.plan(order)


async def sent(settings: Settings, collection: str, **asked: Any) -> Broadcast:
    """A broadcast that is under way."""
    number = (await planned(settings, collection, **asked)).id
    async with open_desk(settings) as desk:
        return await desk.send(number, "Kim")


async def over(settings: Settings, broadcast: Broadcast, seconds: float = 30) -> Broadcast:
    """The broadcast once it has ended."""
    stores = Stored(settings.key_file.parent.parent)
    ended = {state.value for state in ENDED}
    query = "select state from broadcasts where id = ?"
    await until(lambda: stores.rows(query, broadcast.id)[0][0] in ended, seconds)
    async with open_desk(settings) as desk:
        return await desk.look(broadcast.id)


def states(stores: Stored, broadcast: Broadcast) -> dict[str, int]:
    """How many deliveries stand how."""
    query = "select state, count(*) from deliveries where broadcast = ? group by state"
    return dict(stores.rows(query, broadcast.id))
