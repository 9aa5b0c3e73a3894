"""Snapshots as they are taken from real stores: of whom, when, and what lies on the disk."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import orjson
from support import stores

from bot.clock import utc_now
from bot.doors import Lookout
from bot.progress.counting import counted
from bot.progress.taking import Taking
from bot.stewardship.archive import open_archive
from flows.collection import Collection
from flows.progress import countable
from flows.small_counts import FEWEST
from flows.tallies import SUBMITTED

from .conftest import FIRST, PEOPLE, Place


async def test_what_is_published_is_what_a_release_for_the_same_purpose_says(
    place: Place, lookout: Lookout, demographics: Collection
) -> None:
    truth = await place.released()
    published = await lookout.taking.refreshed(demographics)
    assert len(published) > 5
    for territory, snapshot in published.items():
        region = demographics.region(territory)
        assert region is not None
        groups = {cell: n for cell, n in snapshot.cells.items() if cell.startswith(("answer:", "language:"))}
        allowed = countable(demographics, region)
        assert groups == {c: n for c, n in truth[territory].items() if n >= FEWEST and c in allowed}
        assert snapshot.cells[SUBMITTED] == sum(n for c, n in truth[territory].items() if c.startswith("language:"))


async def test_nothing_is_counted_where_a_question_is_locked(lookout: Lookout, demographics: Collection) -> None:
    published = await lookout.taking.refreshed(demographics)
    assert not any(cell.startswith("answer:gender_identity:") for cell in published["EG"].cells)
    assert any(cell.startswith("answer:gender_identity:") for cell in published["US"].cells)
    every = [cell for snapshot in published.values() for cell in snapshot.cells]
    assert not any("prefer_not" in cell for cell in every)


async def test_who_said_no_to_being_counted_is_not(place: Place, lookout: Lookout, demographics: Collection) -> None:
    before = await place.released()
    [(record, pseudonym)] = place.rows(
        "select id, pseudonym from consent_records where territory = 'US' order by id limit 1"
    )
    place.rows(
        "insert into consent_events (record, pseudonym, event, at, purposes) values (?, ?, 'withdrawn', ?, ?)",
        record, pseudonym, "2026-11-26 12:00:00.000000", orjson.dumps(["balance"]).decode(),
    )  # fmt: skip
    async with open_archive(place.settings) as archive:
        found = await counted(archive, demographics, ["US"], utc_now())
    assert set(found) == {"US"}, "only what was asked for is opened"
    assert sum(before["US"].values()) > sum(found["US"].values())
    assert sum(n for c, n in before["US"].items() if c.startswith("language:")) - 1 == sum(
        n for c, n in found["US"].items() if c.startswith("language:")
    )
    del lookout


async def test_who_agreed_to_a_purpose_that_did_not_count_is_not_counted_under_it(
    place: Place, demographics: Collection
) -> None:
    moved = [p.model_copy(update={"balance": p.id == "improvement"}) for p in demographics.purposes]
    collection = Collection(
        **{**{name: getattr(demographics, name) for name in Collection.model_fields}, "purposes": moved}
    )
    async with open_archive(place.settings) as archive:
        assert await counted(archive, demographics, ["US"], utc_now()) != {}
        assert await counted(archive, collection, ["US"], utc_now()) == {}


async def test_a_snapshot_stays_until_ten_more_have_come_in(
    place: Place, lookout: Lookout, demographics: Collection
) -> None:
    first = await lookout.taking.refreshed(demographics)
    stored = place.rows("select * from snapshots order by territory")
    await place.seed(9, FIRST + PEOPLE)
    assert await lookout.taking.refreshed(demographics) == first
    assert place.rows("select * from snapshots order by territory") == stored
    await place.seed(200, FIRST + PEOPLE + 9)
    second = await lookout.taking.refreshed(demographics)
    assert second != first
    for territory, snapshot in second.items():
        moved = snapshot.moved - (first[territory].moved if territory in first else 0)
        assert moved == 0 or moved >= FEWEST
        for cell, value in snapshot.cells.items():
            before = first[territory].cells.get(cell) if territory in first else None
            assert before is None or before == value or abs(value - before) >= FEWEST


async def test_two_at_once_leave_one_snapshot(place: Place, lookout: Lookout, demographics: Collection) -> None:
    async with open_archive(place.settings) as archive:
        other = Taking(archive, lambda: utc_now() + dt.timedelta(hours=1))
        found = await asyncio.gather(
            lookout.taking.refreshed(demographics),
            other.refreshed(demographics),
            lookout.taking.refreshed(demographics),
        )
    assert found[0].keys() == found[1].keys()
    rows = place.rows("select territory, count(*) from snapshots group by territory")
    assert all(count == 1 for _, count in rows)
    assert await lookout.taking.published(demographics) == await other_view(place, demographics)


async def other_view(place: Place, demographics: Collection) -> object:
    async with open_archive(place.settings) as archive:
        return await Taking(archive, utc_now).published(demographics)


async def test_no_count_lies_on_the_disk_in_clear(place: Place, lookout: Lookout, demographics: Collection) -> None:
    await lookout.taking.refreshed(demographics)
    held = await stores.lying_in(place.folder)
    assert place.rows("select sealed from snapshots")[0][0][:32] in held, "there is something to look through"
    assert b"answer:" not in held
    # Behind a question's id a sealed answer may begin with any byte, so an option's id has to follow.
    assert re.search(rb"gender_identity:[a-z]{3}", held) is None
