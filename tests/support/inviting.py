"""Coordinators in tests: they plan at the same desk as the command line, and wait until what they sent is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bot.broadcasts.desk import Order
from bot.broadcasts.seeding import seed
from bot.doors import open_desk, open_ground
from bot.sandbox.contributor import Person
from bot.sandbox.server import Sandbox
from bot.settings import Settings
from flows.broadcasts import ENDED, Audience, Broadcast

from .made_up import dice
from .running import Stored, until

TRIED = "tried with people whom we know"
"""Why no pilot is needed."""


async def piloted(stores: Stored, collection: str = "demographics") -> None:
    """A collection whose pilot is finished."""
    await stores.change(
        "insert into pilots (collection, regions, people, agreed, begun_by, begun_at, before, ended_by, ended_at, "
        "after) values (?, '[]', 30, 30, 'Kim', '2026-11-01 12:00:00', '{}', 'Kim', '2026-11-09 12:00:00', '{}')",
        collection,
    )


async def planned(settings: Settings, collection: str, **asked: Any) -> Broadcast:  # noqa: ANN401  # fields of two records
    """A broadcast that is planned and not sent. What is asked for is an `Order`'s or an `Audience`'s."""
    of_order = {name: asked.pop(name) for name in ("paid", "any_hour", "paragraphs", "starts_at") if name in asked}
    order = Order(collection, "Kim", Audience(**asked), **{"any_hour": True, **of_order})
    async with open_desk(settings) as desk:
        return await desk.plan(order)


async def sent(settings: Settings, collection: str, **asked: Any) -> Broadcast:  # noqa: ANN401  # fields of two records
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


async def crowd(sandbox: Sandbox, settings: Settings, count: int, *, first: int = 7_000_000_001) -> list[Person]:
    """People who agreed to everything, finished and want invites; each has an account and once pressed Start."""
    async with open_ground(settings, "", dice()) as ground:
        assert await seed(ground, first, count) == count
    people = [sandbox.person(f"Person {number}", user_id=first + number) for number in range(count)]
    for person in people:
        person.account.started = person.account.met = True
    return people


def copies(people: Sequence[Person]) -> Counter[int]:
    """How many people have so many invites in their chats."""
    return Counter(sum(message.author == "bot" for message in person.messages) for person in people)
