"""Audiences that are chosen by answers, and targets that keep people from being invited, on real stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
from support.copies import copied, reworded
from support.running import settings_for

from bot.broadcasts.desk import Desk, Order
from bot.broadcasts.refusal import Refused
from bot.doors import open_desk
from flows.broadcasts import RECIPIENTS, Audience, Broadcast, Reason, shown_ends, shown_tally
from flows.choosing import FEWEST_CHOSEN
from flows.progress import chose, reads

from .conftest import Place

YOUNG = chose("age", "age_25_34")


def total(truth: dict[str, Counter[str]], cell: str) -> int:
    return sum(cells[cell] for cells in truth.values())


async def plan(place: Place, who: str | None, *regions: str) -> Broadcast:
    async with open_desk(place.settings) as desk:
        order = Order("demographics", "Kim", Audience(regions), any_hour=True, who=who)
        return await desk.plan(order)


async def test_only_who_answered_so_is_chosen(place: Place) -> None:
    truth = total(await place.released(), YOUNG)
    assert truth >= FEWEST_CHOSEN
    planned = await plan(place, "age=age_25_34")
    assert planned.recipients == truth
    assert planned.fallen_out[Reason.OTHER_ANSWER.value] > 0
    assert place.rows("select count(*) from deliveries") == [(truth,)]


async def test_who_did_not_agree_to_be_counted_is_not_chosen(place: Place) -> None:
    before = await plan(place, "age=age_25_34")
    records = place.rows("select id, pseudonym from consent_records")
    for record, pseudonym in records[: len(records) // 2]:
        place.rows(
            "insert into consent_events (record, pseudonym, event, at, purposes) values (?, ?, 'withdrawn', ?, ?)",
            record, pseudonym, "2026-11-26 12:00:00.000000", orjson.dumps(["balance"]).decode(),
        )  # fmt: skip
    truth = total(await place.released(), YOUNG)
    assert truth < before.recipients
    if truth < FEWEST_CHOSEN:
        with pytest.raises(Refused, match="fewer than 30"):
            await plan(place, "age=age_25_34")
    else:
        assert (await plan(place, "age=age_25_34")).recipients == truth


async def test_who_agreed_to_a_purpose_that_did_not_choose_is_not_chosen_under_it(place: Place, tmp_path: Path) -> None:
    """The file says `balance` of another purpose than it did when people agreed."""
    file = copied(tmp_path / "collections") / "demographics" / "collection.yaml"
    reworded(file, "    balance: true\n", "")
    reworded(file, "label: Improve AI models", "balance: true\n    label: Improve AI models")
    settings = settings_for(place.folder, "http://127.0.0.1:9", collections=file.parent.parent)
    async with open_desk(settings) as desk:
        with pytest.raises(Refused, match="fewer than 30"):
            await desk.plan(Order("demographics", "Kim", Audience(()), any_hour=True, who="age=age_25_34"))


async def test_a_small_group_is_refused_and_leaves_no_trace(place: Place) -> None:
    truth = await place.released()
    assert truth["US"][YOUNG] < FEWEST_CHOSEN
    with pytest.raises(Refused, match="fewer than 30 people would be chosen"):
        await plan(place, "age=age_25_34", "US")
    assert place.rows("select count(*) from deliveries") == [(0,)]
    assert place.rows("select state, recipients, fallen_out from broadcasts") == [("cancelled", 0, "{}")]


@pytest.mark.parametrize("who", ["gender_identity=woman", "gender_identity=man", "religion=any"])
async def test_by_some_things_nobody_is_chosen(place: Place, who: str) -> None:
    with pytest.raises(Refused, match=r"community links|question=option"):
        await plan(place, who)
    assert place.rows("select count(*) from broadcasts") == [(0,)]


async def test_nothing_that_is_written_down_says_by_which_answer(place: Place) -> None:
    planned = await plan(place, "age=age_25_34")
    async with open_desk(place.settings) as desk:
        await desk.send(planned.id, "Kim")
    for table in ("broadcasts", "deliveries", "audit", "schedule"):
        assert "age_25_34" not in repr(place.rows(f"select * from {table}"))  # noqa: S608  # names of tables
    [(audience,)] = place.rows("select audience from broadcasts")
    assert orjson.loads(audience)["by_answers"] is True


async def test_what_is_seen_of_such_a_broadcast_is_in_tens(place: Place) -> None:
    planned = await plan(place, "age=age_25_34")
    shown = [count for count in shown_tally(planned).values() if count is not None]
    assert shown_tally(planned)[RECIPIENTS] == planned.recipients - planned.recipients % 10
    assert all(count % 10 == 0 for count in shown)
    assert all(count is None or count % 10 == 0 for count in shown_ends(planned).values())


# --- targets ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def hoping(place: Place, folder: Path, territory: str, targets: str) -> AsyncIterator[Desk]:
    """A desk where one region hopes for somebody."""
    collections = copied(folder / "collections")
    (collections / "demographics" / "regions" / territory / "targets.yaml").write_text(targets, encoding="utf-8")
    settings = settings_for(place.folder, "http://127.0.0.1:9", collections=collections)
    async with open_desk(settings) as desk:
        yield desk


async def invited(desk: Desk) -> Broadcast:
    return await desk.plan(Order("demographics", "Kim", any_hour=True))


async def lives(place: Place, broadcast: Broadcast) -> Counter[str]:
    rows = place.rows("select region from deliveries where broadcast = ?", broadcast.id)
    return Counter(row[0] for row in rows)


async def test_a_region_that_is_heard_is_not_invited_any_more(place: Place, tmp_path: Path) -> None:
    everybody = Counter(row[0] for row in place.rows("select territory from consent_records"))
    async with hoping(place, tmp_path, "US", "people: 20\n") as desk:
        planned = await invited(desk)
    assert everybody["US"] >= 20
    assert "US" not in await lives(place, planned)
    assert planned.fallen_out[Reason.HEARD.value] == everybody["US"]
    assert not planned.by_answers


async def test_a_region_that_is_not_heard_yet_is(place: Place, tmp_path: Path) -> None:
    async with hoping(place, tmp_path, "US", "people: 4000\n") as desk:
        planned = await invited(desk)
    assert (await lives(place, planned))["US"] > 0
    assert Reason.HEARD.value not in planned.fallen_out


async def test_readers_of_a_language_that_is_heard_are_not_invited_there(place: Place, tmp_path: Path) -> None:
    truth = (await place.released())["US"]
    counts = {cell: n - n % 10 for cell, n in truth.items() if cell.startswith(reads("")) and n >= 10}
    assert len(counts) > 1, "the made-up people read several languages"
    cell = max(counts, key=lambda each: counts[each])
    language = cell.removeprefix(reads(""))
    async with hoping(place, tmp_path, "US", f"languages: {{{language}: 5}}\n") as desk:
        planned = await invited(desk)
    assert planned.fallen_out[Reason.HEARD.value] == truth[cell]
    assert (await lives(place, planned))["US"] == sum(n for c, n in truth.items() if c.startswith(reads(""))) - truth[
        cell
    ]


async def test_a_group_that_is_heard_is_not_invited_but_who_is_in_another_one_too(place: Place, tmp_path: Path) -> None:
    """Ages that are heard, beside an ancestry that is still hoped for."""
    truth = (await place.released())["US"]
    ages = {c: n - n % 10 for c, n in truth.items() if c.startswith(chose("age", "")) and n >= 10}
    assert len(ages) > 1
    cell = max(ages, key=lambda each: ages[each])
    option = cell.removeprefix(chose("age", ""))
    async with hoping(place, tmp_path, "US", f"questions: {{age: {{{option}: 1}}}}\n") as desk:
        planned = await invited(desk)
    assert planned.fallen_out[Reason.HEARD.value] == truth[cell]
    assert planned.by_answers
    rows = await place.rows_released()
    said = [row["ancestry"].split() for row in rows if (row["region"], row["age"]) == ("US", option)]
    with_each = Counter(ancestry for each in said for ancestry in each)
    hoped_for = next(ancestry for ancestry, people in sorted(with_each.items()) if people < len(said))
    both = f"questions: {{age: {{{option}: 1}}, ancestry: {{{hoped_for}: 99}}}}\n"
    async with hoping(place, tmp_path / "both", "US", both) as desk:
        planned = await invited(desk)
    assert 0 < planned.fallen_out[Reason.HEARD.value] < truth[cell]
