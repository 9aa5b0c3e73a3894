"""What a process has in hand that has died is anybody's, and only that; what was under way is never sent again."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from support import stores
from support.statements import asked_of

from bot.presence import Presence
from bot.storage import deliveries, notices, outbox, processes
from bot.storage.database import Database
from bot.storage.deliveries import DeliveryState, Ending
from bot.storage.notices import NoticeState
from bot.storage.outbox import OutboxRow
from bot.storage.processes import TakenOver
from bot.storage.tables import broadcasts, conversations, notice_deliveries
from bot.storage.tables import deliveries as rows

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=10)
DEAD, ALIVE = 3, 4


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database.connect(stores.url(tmp_path, stores.DATA))
    await made.upgrade()
    yield made
    await made.close()


def owed(name: str, **more: Any) -> OutboxRow:  # noqa: ANN401  # columns
    return OutboxRow(name, b"chat", "reply", "words", b"", 0, LATER, 0, NOW, **more)


async def test_what_is_owed_by_the_dead_is_due_at_once(database: Database) -> None:
    mine = [owed("in hand", holder=DEAD), owed("left", left_to=DEAD)]
    others = [owed("another's", holder=ALIVE), owed("left to another", left_to=ALIVE), owed("nobody's")]
    async with database.write() as connection:
        await outbox.put(connection, [*mine, *others])
        await processes.take_over(connection, [DEAD], NOW)
        assert {row.id for row in await outbox.claim(connection, NOW, LATER - NOW, 10)} == {"in hand", "left"}


@pytest.mark.server("several processes share one database")
async def test_what_is_in_hand_is_found_by_an_index_however_much_is_not(database: Database) -> None:
    """Whoever takes over says meanwhile to nobody that it is alive, and the schedule has several entries a person."""
    async with database.write() as connection:
        with asked_of(database) as asked:
            await processes.lost(connection)
            await processes.take_over(connection, [DEAD, ALIVE], NOW)
        await connection.exec_driver_sql("set local enable_seqscan = off")  # which a few rows are read by otherwise
        ways = ""
        for words, values in asked:
            ways += "\n".join(row[0] for row in await connection.exec_driver_sql(f"explain {words}", values))
    indexes = ("ix_outbox_holder", "ix_outbox_left_to", "ix_schedule_holder", "ix_notice_deliveries_holder")
    assert {each: ways.count(each) for each in indexes} == dict.fromkeys(indexes, 2), ways


@pytest.mark.sqlite("a start takes over from whoever was there")
async def test_on_sqlite_everything_in_hand_is_a_dead_processs(database: Database) -> None:
    waits = OutboxRow("told to wait", b"chat", "reply", "words", b"", 0, LATER, 1, NOW)
    async with database.write() as connection:
        await outbox.put(connection, [owed("of a step"), waits])
        await outbox.postpone(connection, ["of a step"], LATER, 0)
    await Presence(database, lambda: NOW, fetches=True).begin()
    async with database.write() as connection:
        assert {row.id for row in await outbox.claim(connection, NOW, LATER - NOW, 10)} == {"of a step"}


async def sent_to(database: Database) -> int:
    """A broadcast to four people, of whom two processes have some in hand and some leaving."""
    nobody = {"fallen_out": {}, "delivered": 0, "unreachable": 0, "unknown": 0, "cancelled": 0}
    row = {
        "collection": "c", "state": "running", "audience": {}, "paragraphs": {}, "paid": False, "any_hour": True,
        "planned_by": "Kim", "planned_at": NOW, "starts_at": NOW, "recipients": 4, **nobody,
    }  # fmt: skip
    states = [("leased", DEAD), ("sending", DEAD), ("leased", ALIVE), ("sending", ALIVE)]
    async with database.write() as connection:
        written = await connection.execute(insert(broadcasts).values(row))
        assert written.inserted_primary_key is not None
        number = int(written.inserted_primary_key[0])
        mine = [
            {"broadcast": number, "position": at, "chat": bytes([at]), "region": "US", "state": state, "at": NOW,
             "holder": holder, "sealed": None}
            for at, (state, holder) in enumerate(states)
        ]  # fmt: skip
        await connection.execute(insert(rows), mine)
    return number


async def how_they_stand(database: Database) -> list[str]:
    async with database.read() as connection:
        return list(await connection.scalars(select(rows.c.state).order_by(rows.c.position)))


async def test_invites_of_the_dead_go_again_or_are_unknown_and_others_go_on(database: Database) -> None:
    number = await sent_to(database)
    place = (number, "US")
    async with database.write() as connection:
        assert await processes.take_over(connection, [DEAD], NOW) == TakenOver(invites=1, notices=0)
    assert await how_they_stand(database) == ["pending", "unknown", "leased", "sending"]

    # It was not dead, only slow: what it does now changes nothing, and counts nothing twice.
    ended = [Ending(1, DeliveryState.DELIVERED, b"", "US")]
    await database.write_in_one_go(
        lambda connection: deliveries.settle_and_begin(connection, {number: ended}, {place: [0, 2]}, NOW, -1, DEAD)
    )
    assert await how_they_stand(database) == ["pending", "unknown", "leased", "sending"]
    async with database.read() as connection:
        counted = (await connection.execute(select(broadcasts.c.delivered, broadcasts.c.unknown))).one()
    assert tuple(counted) == (0, 1)

    ended = [Ending(3, DeliveryState.DELIVERED, b"", "US")]
    may = await database.write_in_one_go(
        lambda connection: deliveries.settle_and_begin(connection, {number: ended}, {place: [2]}, NOW, -1, ALIVE)
    )
    assert may == {(number, 2)}
    assert await how_they_stand(database) == ["pending", "unknown", "sending", "delivered"]


async def test_notices_of_the_dead_are_unknown_and_those_of_others_are_left_to_them(database: Database) -> None:
    row = {"planned_at": NOW, "by": "Ada", "reason": "a lost disk", "concerns": {}, "texts": {}}
    states = select(notice_deliveries.c.state).order_by(notice_deliveries.c.position)
    async with database.write() as connection:
        number = await notices.plan(connection, row)
        await notices.add(connection, number, 0, [bytes([each]) for each in range(4)])
        await notices.take(connection, number, [0, 1], DEAD)
        await notices.take(connection, number, [1, 2, 3], ALIVE)
        assert await processes.take_over(connection, [DEAD], NOW) == TakenOver(invites=0, notices=2)
        assert list(await connection.scalars(states)) == ["unknown", "unknown", "sending", "sending"]

        # It was not dead, only slow: what it does now changes nothing.
        await notices.settle(connection, number, dict.fromkeys(range(4), NoticeState.DELIVERED), DEAD)
        await notices.bring_back(connection, number, DEAD)
        assert list(await connection.scalars(states)) == ["unknown", "unknown", "sending", "sending"]

        await notices.settle(connection, number, {2: NoticeState.DELIVERED}, ALIVE)
        await notices.bring_back(connection, number, ALIVE)
        assert list(await connection.scalars(states)) == ["unknown", "unknown", "delivered", "pending"]


async def test_only_screens_of_the_dead_are_there_to_be_shown(database: Database) -> None:
    def chat(name: bytes, shown_by: int | None) -> dict[str, Any]:
        same = {"key_id": name, "sealed": b"", "version": 1, "owed": True, "ending": False, "reachable": True}
        return {"chat": name, "shown_by": shown_by, **same}

    async with database.write() as connection:
        await connection.execute(insert(conversations), [chat(b"a", DEAD), chat(b"b", ALIVE), chat(b"c", None)])
        await processes.take_over(connection, [DEAD], NOW)
        query = select(conversations.c.chat, conversations.c.shown_by).order_by(conversations.c.chat)
        assert (await connection.execute(query)).all() == [(b"a", None), (b"b", ALIVE), (b"c", None)]
