"""`surveybot statistics`: numbers that may be published, and what is left to publish."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import json
import os
import re
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support import stores
from support.made_up import dice
from support.running import settings_for
from typer.testing import CliRunner

from bot.broadcasts.seeding import seed
from bot.cli import app
from bot.doors import open_ground
from bot.reading import read_collections
from bot.settings import Settings
from bot.stewardship.archive import open_archive
from bot.stewardship.refusing import Refused
from bot.stewardship.statistics import noise
from bot.stewardship.statistics.counting import Counted, counted
from bot.stewardship.statistics.publishing import Publishing, allow
from bot.storage.consents import Ledger, write_ledger
from flows.collection import Collection
from flows.small_counts import FEWEST

PEOPLE = 300
HALF = 500_000


@dataclass(frozen=True)
class Desk:
    """Stores with people in them, and the command beside them."""

    folder: Path
    settings: Settings
    collection: Collection
    typed: Callable[[str], tuple[int, str]]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return stores.rows(self.folder, query, *values)

    async def allowed(self, budget: int = 2 * HALF) -> None:
        async with open_archive(self.settings) as archive:
            await allow(archive, self.collection, budget, "Ada", _now)

    async def private(self, epsilon: int = HALF, *tables: str) -> dict[str, Any]:
        async with open_archive(self.settings) as archive:
            made = await Publishing(archive, self.collection, "Ada", _now).private(epsilon, tables, {})
        assert made.publication.content is not None
        return made.publication.content

    def actions(self) -> Counter[str]:
        return Counter(row[0] for row in self.rows("select action from audit where action like 'statistics%'"))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once."""
    folder = tmp_path_factory.mktemp("published")

    async def fill() -> None:
        async with open_ground(settings_for(folder, "http://127.0.0.1:9"), "", dice()) as ground:
            assert await seed(ground, 7_000_000_001, PEOPLE) == PEOPLE

    asyncio.run(fill())
    return folder


@pytest.fixture(scope="module")
def demographics(peopled: Path) -> Collection:
    return read_collections(settings_for(peopled, "http://127.0.0.1:9"))[0]


@pytest.fixture
def desk(peopled: Path, demographics: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    folder = tmp_path / "stores"
    stores.copied(peopled, folder)
    settings = settings_for(folder, "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "SURVEYBOT_TOKEN": "1:test",
        "SURVEYBOT_API_URL": "http://127.0.0.1:9",
        "SURVEYBOT_DATABASE_URL": settings.database_url,
        "SURVEYBOT_KEY_STORE_URL": settings.key_store_url,
        "SURVEYBOT_KEY_FILE": str(settings.key_file),
    }.items():
        monkeypatch.setenv(name, value)

    def typed(line: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["statistics", *line.split()])
        return done.exit_code, done.output

    return Desk(folder, settings, demographics, typed)


def counts_of(folder: Path) -> dict[tuple[str, ...], int | None]:
    """What a publication's CSV says."""
    with (folder / "statistics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    names = ("table", "region", "language", "cell")
    return {tuple(row[name] for name in names): int(row["count"]) if row["count"] else None for row in rows}


def test_suppressed_tables_are_published_once_with_what_they_promise(desk: Desk, tmp_path: Path) -> None:
    code, said = desk.typed("suppressed demographics --out out --no-pictures --by Ada")
    assert code == 0, said
    [folder] = (tmp_path / "out").iterdir()
    counts = counts_of(folder)
    assert any(count is not None for count in counts.values())
    assert all(count is None or count >= FEWEST for count in counts.values())
    told = json.loads((folder / "statistics.json").read_text())
    assert len(told["promise"]) == 2
    assert all(sentence in (folder / "README.md").read_text() for sentence in told["promise"])
    assert desk.actions() == {"statistics published": 1}

    code, said = desk.typed("suppressed demographics --out out --no-pictures")
    assert code == 1
    assert "could be subtracted" in said
    code, said = desk.typed(f"again {told['id'][:8]} --out twice --no-pictures")
    assert code == 0
    assert counts_of(next((tmp_path / "twice").iterdir())) == counts


def test_the_numbers_are_those_of_the_answers(desk: Desk, tmp_path: Path) -> None:
    """Regions are in clear in the data, so that who is counted can be seen without a key."""
    assert desk.typed("suppressed demographics --out out --no-pictures")[0] == 0
    [folder] = (tmp_path / "out").iterdir()
    true = Counter(desk.rows("select territory, language from consent_records"))
    for (table, region, _, cell), count in counts_of(folder).items():
        if table == "language" and count is not None:
            assert count == true[region, cell]
    told = json.loads((folder / "statistics.json").read_text())
    people = {place["region"]: place["people"] for table in told["tables"] for place in table["places"]}
    by_region = Counter(region for region, _ in true.elements())
    assert all(number is None or number == by_region[region] for region, number in people.items())
    assert any(number is not None for number in people.values())


async def test_who_agreed_to_a_purpose_without_numbers_is_in_none(desk: Desk) -> None:
    """Whatever the file says of it today."""
    moved = [p.model_copy(update={"statistics": p.id == "improvement"}) for p in desk.collection.purposes]
    collection = Collection(
        **{**{name: getattr(desk.collection, name) for name in Collection.model_fields}, "purposes": moved}
    )
    async with open_archive(desk.settings) as archive:
        with pytest.raises(Refused, match="there is nobody to count in demographics"):
            await Publishing(archive, collection, "Ada", _now).suppressed()


async def test_a_table_is_either_suppressed_or_private(desk: Desk) -> None:
    await desk.allowed()
    await desk.private(HALF, "first_language")
    async with open_archive(desk.settings) as archive:
        made = await Publishing(archive, desk.collection, "Ada", _now).suppressed()
    assert "first_language" not in made.publication.tables
    assert "age" in made.publication.tables
    with pytest.raises(Refused, match="what was seen exactly is not private"):
        await desk.private(HALF, "age")


async def test_who_took_part_cannot_be_private_and_then_exact(desk: Desk) -> None:
    await desk.allowed()
    await desk.private(HALF, "language")
    async with open_archive(desk.settings) as archive:
        with pytest.raises(Refused, match="only private tables can follow"):
            await Publishing(archive, desk.collection, "Ada", _now).suppressed()


async def test_noise_is_drawn_anew_and_what_it_costs_is_stated(desk: Desk) -> None:
    await desk.allowed()
    first, second = await desk.private(HALF, "age", "ancestry"), await desk.private(HALF, "age", "ancestry")
    assert first["tables"] != second["tables"]
    age, ancestry = first["tables"]
    assert (age["epsilon"], age["cells_a_person_is_counted_in_at_most"], age["scale"]) == (0.25, 1, pytest.approx(4))
    several = ancestry["cells_a_person_is_counted_in_at_most"]
    assert several > 1
    assert ancestry["scale"] == pytest.approx(4 * several)
    assert age["accuracy_95"] == 13, "of a discrete Laplace of scale 4, 95 of 100 are nearer than 12.5"
    assert desk.actions() == {"statistics budget set": 1, "statistics budget spent": 2, "statistics published": 2}


async def test_a_budget_that_is_spent_refuses_and_is_not_raised(desk: Desk) -> None:
    with pytest.raises(Refused, match="has no budget yet"):
        await desk.private(HALF, "age")
    await desk.allowed(HALF)
    await desk.private(HALF, "age")
    with pytest.raises(Refused, match="has 0 of its budget left"):
        await desk.private(1000, "age")
    with pytest.raises(Refused, match="cannot be raised"):
        await desk.allowed(2 * HALF)


def test_what_is_left_and_what_was_published_are_told(desk: Desk) -> None:
    asyncio.run(desk.allowed())
    asyncio.run(desk.private(HALF, "age"))
    code, said = desk.typed("budget demographics --json")
    assert code == 0
    assert json.loads(said) == {"allowed": 1.0, "spent": 0.5, "left": 0.5}
    assert "private, epsilon 0.5, by Ada, age" in desk.typed("list")[1]


async def test_two_at_once_cannot_spend_the_same(desk: Desk) -> None:
    """Each with a connection of its own, as two processes have."""
    await desk.allowed(HALF)
    found = await asyncio.gather(*(desk.private(HALF, "age") for _ in range(3)), return_exceptions=True)
    refused = [each for each in found if isinstance(each, Refused)]
    assert len(refused) == 2
    assert [row[0] for row in desk.rows("select spent from statistics_budgets")] == [HALF]
    assert len(desk.rows("select id from publications where content is not null")) == 1


async def test_what_ends_before_it_has_drawn_has_spent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.allowed(HALF)

    def killed(_counts: object, _noise: object) -> list[int]:
        raise KeyboardInterrupt

    monkeypatch.setattr(noise, "drawn", killed)
    with pytest.raises(KeyboardInterrupt):
        await desk.private(HALF, "age")
    monkeypatch.undo()
    assert desk.rows("select spent, allowed from statistics_budgets") == [(HALF, HALF)]
    with pytest.raises(Refused, match="of its budget left"):
        await desk.private(HALF, "age")
    [(publication, content)] = desk.rows("select id, content from publications")
    assert content is None
    assert desk.actions() == {"statistics budget set": 1, "statistics budget spent": 1}
    assert publication


def test_the_noise_has_the_mean_and_the_spread_that_are_stated() -> None:
    """OpenDP's measurement directly, many times: the true count is in the middle, and 95 of 100 are near."""
    of = noise.noise_for(HALF, 3)
    found = noise.drawn([1000] * 4000, of)
    assert of.scale == pytest.approx(6)
    # The mean of 4,000 has a standard deviation of about 0.13: seven of them are never seen.
    assert sum(found) / len(found) == pytest.approx(1000, abs=1)
    near = sum(abs(value - 1000) <= of.accuracy for value in found) / len(found)
    assert 0.93 < near < 0.98
    assert len(set(found)) > 20


def test_noise_that_would_cost_more_than_was_reserved_is_not_drawn() -> None:
    less = noise.Noise(HALF, 3, 1.0, 1)
    with pytest.raises(ArithmeticError):
        noise.drawn([1], less)


async def test_who_withdraws_while_it_is_counted_is_not_in_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted again, so that the numbers are those of whoever agrees at the moment of publishing."""
    times: list[int] = []

    async def and_somebody_goes(*given: Any) -> Counted:  # noqa: ANN401  # whatever it is given
        found = await counted(*given)
        times.append(found.people)
        if len(times) == 1:
            [(pseudonym, record)] = desk.rows("select pseudonym, id from consent_records limit 1")
            async with open_archive(desk.settings) as archive, archive.database.write() as connection:
                gone = {"record": record, "pseudonym": pseudonym, "event": "withdrawn", "at": _now(), "purposes": []}
                left = {"pseudonym": pseudonym, "collection": "demographics", "purposes": [], "at": _now()}
                await write_ledger(connection, Ledger(events=[gone], withdrawals=[left]))
        return found

    monkeypatch.setattr("bot.stewardship.statistics.publishing.counted", and_somebody_goes)
    async with open_archive(desk.settings) as archive:
        await Publishing(archive, desk.collection, "Ada", _now).suppressed()
    assert times == [PEOPLE, PEOPLE - 1]


async def test_only_a_purpose_that_covers_it_opens_anything(desk: Desk) -> None:
    purposes = tuple(each.model_copy(update={"statistics": False}) for each in desk.collection.purposes)
    without = desk.collection.model_copy(update={"purposes": purposes})
    vars(without).pop("statistics_purpose", None)  # what was looked up before is copied along
    async with open_archive(desk.settings) as archive:
        with pytest.raises(Refused, match="covers publishing numbers"):
            await Publishing(archive, without, "Ada", _now).suppressed()
        # Whose key for it is gone is counted nowhere, whatever other purposes still open.
        with stores.opened(desk.folder, stores.KEYS) as keys:
            keys.execute("delete from wraps where lock = 'purpose:demographics/evaluation'")
        with pytest.raises(Refused, match="nobody to count"):
            await Publishing(archive, desk.collection, "Ada", _now).suppressed()


def test_the_command_draws_a_picture_of_each_region(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    async def png(svg: str, _fonts: object) -> bytes:
        drawn.append(svg)
        return b"png"

    monkeypatch.setattr("bot.stewardship.statistics.files.png", png)
    assert desk.typed("budget demographics --allow 1")[0] == 0
    code, said = desk.typed(
        "private demographics --epsilon 0.5 --out out --language ar --most-choices ancestry=2 --by Ada --json"
    )
    assert code == 0, said
    [folder] = (tmp_path / "out").iterdir()
    assert len(list(folder.glob("picture-*.png"))) == len(desk.collection.regions)
    assert all("±" in svg for svg in drawn)
    told = json.loads(said)
    assert told["epsilon"] == pytest.approx(0.5, abs=0.0001), "parts are rounded down"
    tables = {each["table"]: each for each in json.loads((folder / "statistics.json").read_text())["tables"]}
    assert tables["ancestry"]["cells_a_person_is_counted_in_at_most"] == 2


def test_a_stop_while_pictures_are_drawn_says_how_to_get_what_was_published(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def png(*_: object) -> bytes:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)
        return b"png"

    monkeypatch.setattr("bot.stewardship.statistics.files.png", png)
    code, said = desk.typed("suppressed demographics --out out")
    assert (code, "It is published" in said, "before it was done" in said) == (1, True, False), said
    [command] = re.findall(r"surveybot statistics (again \w+)", said)
    assert list((tmp_path / "out").iterdir()) == []
    assert desk.typed(f"{command} --out out --no-pictures")[0] == 0


def test_what_is_refused_spends_nothing(desk: Desk) -> None:
    assert desk.typed("budget demographics --allow 1")[0] == 0
    for line, why in (
        ("private demographics --epsilon 0 --out out", "from 0.001"),
        ("private demographics --epsilon 0.5 --out out --most-choices ancestry", "QUESTION=N"),
        ("suppressed demographics --out out --language xx", "does not speak 'xx'"),
        ("again 00000000 --out out", "there is no publication"),
    ):
        code, said = desk.typed(line)
        assert code == 1
        assert why in " ".join(said.split())
    assert desk.rows("select spent from statistics_budgets") == [(0,)]


@pytest.mark.parametrize(
    ("epsilon", "tables", "most", "why"),
    [
        (HALF, ["shoes"], {}, "no table 'shoes'"),
        (HALF, [], {"shoes": 2}, "none of the tables"),
        (2000, [], {}, "too little for"),
    ],
)
async def test_orders_that_make_no_sense(
    desk: Desk, epsilon: int, tables: list[str], most: dict[str, int], why: str
) -> None:
    await desk.allowed()
    async with open_archive(desk.settings) as archive:
        with pytest.raises(Refused, match=why):
            await Publishing(archive, desk.collection, "Ada", _now).private(epsilon, tables, most)
    assert desk.rows("select * from published_tables") == []
