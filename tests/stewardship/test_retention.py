"""What may not be kept any longer goes, and what is closed ends by its rule; nobody else is touched."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from journeys.conftest import running
from journeys.conftest import somebody as in_front_of
from sqlalchemy.ext.asyncio import AsyncConnection
from support.by_hand import by_hand
from support.contributors import Contributor
from support.copies import FIRST, copied
from support.copies import reworded as put_in
from support.running import Bot, until

from bot.clock import utc_now
from bot.sandbox.server import Sandbox
from bot.shipped import ready_collections
from bot.stewardship import erasing, retention
from bot.stewardship.archive import Archive, open_archive
from bot.storage import audit
from bot.tombstones import Tombstones
from flows.load import load_collections

from .conftest import (
    IMPROVEMENT,
    LINK,
    Arrive,
    Export,
    Surveybot,
    after_a_look,
    code_of,
    pseudonym_of,
    take_back,
    take_part,
)

Reworded = Callable[[str, str], Path]


@pytest.fixture
def reworded(tmp_path: Path, environment: dict[str, str]) -> Reworded:
    """The ready collection with something else in its file; commands read that one from then on."""

    def write(before: str, after: str) -> Path:
        folder = tmp_path / "collections"
        shutil.copytree(ready_collections(), folder, ignore=shutil.ignore_patterns("__*"))
        file = folder / "demographics" / "collection.yaml"
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after), encoding="utf-8")
        environment["SURVEYBOT_COLLECTIONS"] = str(folder)
        return folder

    return write


async def agreed_days_ago(bot: Bot, somebody: Contributor, days: int) -> str:
    """Let somebody's consent be of an earlier day; their pseudonym."""
    pseudonym = pseudonym_of(bot, somebody)
    await bot.stores.change("update consent_records set given_at = ? where pseudonym = ?", days_ago(days), pseudonym)
    return pseudonym


def days_ago(days: int) -> str:
    """A moment as it stands in the store."""
    return (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S.%f")


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot looks after half a minute at the latest for what a command has left to it; here sooner."""
    monkeypatch.setattr("bot.due._LONGEST_WAIT", 0.2)


async def test_a_purpose_with_a_time_of_its_own_ends_before_the_rest(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, exported: Export, reworded: Reworded
) -> None:
    sam, kim = await take_part(arrive("Sam"), IMPROVEMENT), await take_part(arrive("Kim"), IMPROVEMENT)
    await agreed_days_ago(bot, sam, 10)
    reworded("label: Improve AI models", "kept: P7D\n    label: Improve AI models")
    before = bot.stores.wraps()

    ahead = (await surveybot("retention", "run", "--dry-run", "--json")).value
    today = dt.datetime.now(dt.UTC).date()
    assert [(each["what"], each["contributions"]) for each in ahead] == [("improvement", 1), ("improvement", 1)]
    assert ahead[0]["on"] == (today - dt.timedelta(days=3)).isoformat()
    assert len((await surveybot("retention", "run", "--dry-run", "--days", "0", "--json")).value) == 1
    assert bot.stores.wraps() == before

    done = await surveybot("retention", "run")
    assert (done.code, done.out) == (0, f"{today}  demographics: improvement of 1 contribution went\n")
    [(_, lock, _)] = set(before) - set(bot.stores.wraps())
    assert lock == "purpose:demographics/improvement"
    assert len((await exported("improvement")).rows) == 1
    assert len((await exported("evaluation")).rows) == 2
    await sam.say("/mydata")
    assert f"No: {sam.collection_words('Improve AI models')}" in sam.screen
    await kim.say("/mydata")
    assert f"Yes: {kim.collection_words('Improve AI models')}" in kim.screen

    query = "select actor, collection, pseudonym, detail from audit where action = 'retention carried out'"
    [(actor, collection, pseudonym, detail)] = bot.stores.rows(query)
    assert (actor, collection, pseudonym) == ("steward", "demographics", None)
    proof = json.loads(detail)
    listed = (bot.stores.keys / "destroyed-keys.log").read_text().split("\n")[-2]
    assert proof["keys_sha256"] == hashlib.sha256(listed.encode()).hexdigest()
    assert (proof["what"], proof["contributions"], proof["keys"]) == ("improvement", 1, 1)
    assert (await surveybot("retention", "run")).out == "Nothing has been kept too long.\n"
    assert (await surveybot("audit", "verify")).code == 0


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("retention:\n  answers: P24M", "retention:\n  answers: P7D", "everything"),
        ("label: Improve AI models", "kept: P7D\n    label: Improve AI models", "improvement"),
    ],
)
async def test_what_went_is_said_where_its_keys_cannot_be_destroyed_just_now(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, reworded: Reworded, before: str, after: str, what: str
) -> None:
    """To try again would find nothing: it is gone, and whatever serves destroys the keys."""
    await agreed_days_ago(bot, await take_part(arrive("Sam"), IMPROVEMENT), 10)
    reworded(before, after)
    listed, aside = bot.stores.keys / "destroyed-keys.log", bot.stores.keys / "aside"
    listed.rename(aside)
    listed.mkdir()  # nobody writes a list there

    done = await surveybot("retention", "run")
    waiting = bot.stores.count("key_destructions")
    listed.rmdir()
    aside.rename(listed)

    today = dt.datetime.now(dt.UTC).date()
    assert done.code == 0, done.err
    assert waiting
    assert done.out.startswith(f"{today}  demographics: {what} of 1 contribution went\nFollows: 1 key. The key store")
    assert (await surveybot("retention", "run")).out == "Nothing has been kept too long.\n"
    await until(lambda: bot.stores.count("key_destructions") == 0)


async def test_keys_that_the_days_look_cannot_destroy_are_with_the_next_sweep(tmp_path: Path) -> None:
    async with by_hand(tmp_path) as hand:
        await hand.to_questions()
        hand.now += dt.timedelta(days=1000)
        archive = Archive(hand.stores.database, hand.stores.keystore, hand.stores.vault)
        collections, listed = tuple(hand.shelf.collections.values()), hand.stores.tombstones.path
        aside = listed.rename(listed.with_suffix(".aside"))
        listed.mkdir()  # nobody writes a list there
        again_at = await retention.carry_out_daily(
            archive, hand.stores.tombstones, collections, lambda: hand.now, object()
        )
        assert again_at == hand.now + retention.EACH
        assert (hand.stored.count("contributions"), hand.stored.count("key_destructions")) == (0, 1)
        listed.rmdir()
        aside.rename(listed)
        await hand.later(hours=1)
        assert hand.stored.count("key_destructions") == 0


async def test_the_code_of_another_contribution_goes_with_the_purpose_that_needs_it(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, reworded: Reworded
) -> None:
    """And with no other: it leads to everything that its owner gave elsewhere."""
    people = [await take_part(arrive(name), IMPROVEMENT, LINK, code=f"{name}7Kx93Qz") for name in ("Sam", "Kim")]
    await agreed_days_ago(bot, people[0], 10)
    folder = reworded("label: Improve AI models", "kept: P7D\n    label: Improve AI models")
    assert "improvement of 1 contribution went" in (await surveybot("retention", "run")).out
    assert [code_of(bot, each) for each in people] == ["Sam7Kx93Qz", "Kim7Kx93Qz"]

    put_in(folder / "demographics" / "collection.yaml", "label: Link to my", "kept: P7D\n    label: Link to my")
    assert "link of 1 contribution went" in (await surveybot("retention", "run")).out

    assert [code_of(bot, each) for each in people] == [None, "Kim7Kx93Qz"]


@pytest.mark.parametrize("what", ["improvement", "everything"])
async def test_a_stop_while_something_goes_lets_it_be_gone_first(
    bot: Bot, arrive: Arrive, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A transaction that is cut short can leave the store locked; a look at the next day's waits for its turn."""
    await agreed_days_ago(bot, await take_part(arrive("Sam"), IMPROVEMENT), 1000)
    [collection] = bot.collections
    if what == "improvement":
        await bot.stores.change("update consent_records set given_at = ?", days_ago(10))
        kept = {each.id: {"kept": "P7D"} if each.id == what else {} for each in collection.purposes}
        purposes = [each.model_copy(update=kept[each.id]) for each in collection.purposes]
        collection = collection.model_copy(update={"purposes": tuple(purposes)})
    begun, may_go_on, append = asyncio.Event(), asyncio.Event(), audit.append

    async def slowly(connection: AsyncConnection, entries: Sequence[Mapping[str, object]]) -> None:
        begun.set()
        await may_go_on.wait()
        await append(connection, entries)

    for module in (retention, erasing):
        monkeypatch.setattr(module, "audit", SimpleNamespace(append=slowly))
    async with open_archive(bot.settings) as archive:
        going = asyncio.create_task(
            retention.carry_out(archive, Tombstones(bot.settings.tombstones), [collection], utc_now, actor="steward")
        )
        await begun.wait()
        going.cancel()
        await asyncio.sleep(0)
        may_go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await going
    proofs = "select detail from audit where action = 'retention carried out'"
    assert [json.loads(detail)["what"] for (detail,) in bot.stores.rows(proofs)] == [what]


async def test_a_time_that_is_made_longer_holds_for_nobody_who_agreed_before(
    sandbox: Sandbox, tmp_path: Path, environment: dict[str, str], surveybot: Surveybot
) -> None:
    """What was said of answers then is on record, and in the proof of what went."""
    folder = copied(tmp_path / "collections")
    environment["SURVEYBOT_COLLECTIONS"] = str(folder)
    file = folder / FIRST / "collection.yaml"
    put_in(file, "retention:\n  answers: P24M", "retention:\n  answers: P30D")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        early, late = await take_part(in_front_of(bot)), await take_part(in_front_of(bot, name="Kim"))
        await agreed_days_ago(bot, early, 40)
        await agreed_days_ago(bot, late, 20)
    put_in(file, "retention:\n  answers: P30D", "retention:\n  answers: P24M")
    assert "everything of 1 contribution went" in (await surveybot("retention", "run")).out
    assert bot.stores.count("contributions") == 1
    [(detail,)] = bot.stores.rows("select detail from audit where action = 'retention carried out'")
    assert json.loads(detail)["kept"] == "P30D"


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("retention:\n  answers: P24M", "retention:\n  answers: P30D", "everything"),
        ("label: Improve AI models", "kept: P7D\n    label: Improve AI models", "improvement"),
    ],
)
async def test_what_went_is_counted_and_not_what_was_looked_up(
    bot: Bot, arrive: Arrive, reworded: Reworded, monkeypatch: pytest.MonkeyPatch, before: str, after: str, what: str
) -> None:
    """One of two leaves in between, and then the other."""
    people = [await take_part(arrive(name), IMPROVEMENT) for name in ("Sam", "Kim")]
    for somebody in people:
        await agreed_days_ago(bot, somebody, 40)
    collections = load_collections(reworded(before, after))

    async def somebody_leaves() -> None:
        await take_back(people.pop())

    tombstones = Tombstones(bot.settings.tombstones)
    async with open_archive(bot.settings) as archive:
        after_a_look(archive.database, somebody_leaves, monkeypatch)
        done = await retention.carry_out(archive, tombstones, collections, utc_now, actor="steward")
    [counted] = done.counted
    assert (counted.what, counted.contributions) == (what, 1)
    left = await take_part(arrive("Lee"), IMPROVEMENT)
    await agreed_days_ago(bot, left, 40)
    people.append(left)
    async with open_archive(bot.settings) as archive:
        after_a_look(archive.database, somebody_leaves, monkeypatch)
        done = await retention.carry_out(archive, tombstones, collections, utc_now, actor="steward")
    assert done.counted == []


async def test_a_look_at_everybody_keeps_nobody_in_memory(bot: Bot, arrive: Arrive) -> None:
    """A bot that serves seldom lets the collector go round: what only that would free is there for everybody at once,
    and a million people's ids took a hundred megabytes that way."""
    sam = await take_part(arrive("Sam"), IMPROVEMENT)
    pseudonym = pseudonym_of(bot, sam)
    ((record,),) = bot.stores.rows("select record from contributions")
    collections = load_collections(bot.settings.collections)
    async with open_archive(bot.settings) as archive:
        gc.collect()
        gc.disable()
        try:
            assert await retention.look_ahead(archive, collections, utc_now()) == []
            held = [
                each
                for each in gc.get_objects()
                if isinstance(each, list) and {pseudonym, str(record)} & set(_plain(each))
            ]
        finally:
            gc.enable()
    assert held == []


def _plain(values: list[object]) -> list[str]:
    return [each for each in values if isinstance(each, str)]


async def test_a_collection_that_is_missing_is_said_to_be_looked_through_by_nobody(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, environment: dict[str, str], tmp_path: Path
) -> None:
    await take_part(arrive("Sam"))
    folder = copied(tmp_path / "collections", second=True)
    shutil.rmtree(folder / FIRST)
    environment["SURVEYBOT_COLLECTIONS"] = str(folder)
    for words in (("retention", "run", "--dry-run"), ("retention", "run", "--json")):
        done = await surveybot(*words)
        assert done.code == 0
        assert "1 contribution to demographics is held" in done.err
        assert "not looked through" in done.err
    assert bot.stores.count("contributions") == 1


async def test_the_bot_lets_go_of_what_was_kept_long_enough_by_itself(
    bot: Bot, arrive: Arrive, sandbox: Sandbox, tmp_path: Path, reworded: Reworded
) -> None:
    sam, kim = await take_part(arrive("Sam")), await take_part(arrive("Kim"))
    pseudonym = await agreed_days_ago(bot, sam, 40)
    await bot.stop()
    folder = reworded("retention:\n  answers: P24M", "retention:\n  answers: P30D")
    text = (folder / "demographics" / "collection.yaml").read_text(encoding="utf-8")
    text = text.replace("consent:\n  version: 1\n", "consent:\n  version: 2\n  changes: {2: minor}\n")
    (folder / "demographics" / "collection.yaml").write_text(text, encoding="utf-8")
    for changes in (folder / "demographics" / "consent").iterdir():
        (changes / "changes.md").write_text("# 2\n\nA shorter time.\n", encoding="utf-8")
    await bot.stores.change("update schedule set due_at = '2026-01-01 00:00:00.000000' where kind = 'retention'")
    again = Bot(sandbox, tmp_path, collections=folder)
    await again.start()
    try:
        await until(lambda: again.stores.count("contributions") == 1)
        await until(lambda: again.stores.count("key_destructions") == 0)
    finally:
        await again.stop()
    assert again.stores.rows("select pseudonym from contributions") == [(pseudonym_of(bot, kim),)]
    assert again.stores.rows("select * from answers where pseudonym = ?", pseudonym) == []
    query = "select actor, pseudonym, detail from audit where action = 'retention carried out'"
    [(actor, named, detail)] = again.stores.rows(query)
    assert (actor, named, json.loads(detail)["what"]) == ("bot", None, "everything")


async def test_a_closed_collection_keeps_what_consent_said_and_asks_nobody(
    bot: Bot, arrive: Arrive, surveybot: Surveybot
) -> None:
    await take_part(arrive("Sam"))
    looked = await surveybot("close", "demographics", "--reason", "we have enough", "--dry-run", "--json")
    assert (looked.value["rule"], looked.value["contributions"], looked.value["closed"]) == ("keep", 1, False)
    assert bot.stores.count("halts") == 0
    done = await surveybot("close", "demographics", "--reason", "we have enough")
    assert done.code == 0
    assert "1 contribution stays until its own consent ends" in done.out
    assert bot.stores.rows("select collection, territory from halts") == [("demographics", None)]
    assert bot.stores.count("contributions") == 1
    detail = json.loads(bot.stores.rows("select detail from audit where action = 'collection closed'")[0][0])
    assert detail == {"rule": "keep", "reason": "we have enough", "contributions": 1}
    assert (await surveybot("close", "demographics", "--reason", "once more")).code == 0
    assert (await surveybot("close", "nothing", "--reason", "x")).code == 1


async def test_a_closed_collection_whose_rule_is_to_erase_is_empty(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, reworded: Reworded
) -> None:
    await take_part(arrive("Sam"))
    await take_part(arrive("Kim"))
    reworded("  place: DE", "  place: DE\n  when_closed: erase")
    done = await surveybot("close", "demographics", "--reason", "it is over", "--json")
    assert done.code == 0
    assert done.value["erased"]["contributions"] == 2
    assert (bot.stores.count("contributions"), bot.stores.count("answers")) == (0, 0)
    await until(lambda: (bot.stores.count("conversations"), bot.stores.wraps()) == (0, []))
    assert (await surveybot("audit", "verify")).code == 0
