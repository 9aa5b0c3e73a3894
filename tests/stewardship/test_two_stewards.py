"""Who confirms a release, own words, and what is told of changes since an earlier one."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import orjson
import pytest
from support.running import Bot

from bot import shipped
from bot.stewardship.formats import FORMATS
from bot.stewardship.ordering import confirmed, order
from bot.stewardship.refusing import Refused
from flows.load import load_collections

from .conftest import Arrive, Export, Surveybot, contributor_of, naming_own_words, take_back, take_part

WANTED = ("export", "demographics", "--recipient", "lab", "--purpose", "evaluation", "--out", "out", "--by", "Ada")


async def test_a_second_steward_confirms_before_anything_is_made(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path
) -> None:
    await take_part(arrive())

    ordered = await surveybot(*WANTED, "--json")
    assert not (tmp_path / "elsewhere" / "out").exists()
    waiting = ordered.value["waiting"]
    assert f"waits for a second steward: {waiting}" in (await surveybot("releases")).out
    herself = await surveybot("releases", "confirm", waiting, "--by", "ada", "--out", "out")
    assert (herself.code, "two stewards confirm every release" in herself.err) == (1, True)
    made = await surveybot("releases", "confirm", waiting, "--by", "Ben", "--out", "out", "--json")
    assert made.value["stewards"] == ["Ada", "Ben"]
    again = await surveybot("releases", "confirm", waiting, "--by", "Ben", "--out", "out")
    assert (again.code, "no order" in again.err) == (1, True)
    acts = [act for (act,) in bot.stores.rows("select action from audit where action like 'release %' order by id")]
    assert acts == ["release ordered", "release made"]


async def test_two_who_confirm_at_the_same_time_make_one_release(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path
) -> None:
    await take_part(arrive())
    waiting = (await surveybot(*WANTED, "--json")).value["waiting"]

    ends = await asyncio.gather(
        *(surveybot("releases", "confirm", waiting, "--by", name, "--out", "out") for name in ("Ben", "Cleo"))
    )

    assert sorted(end.code for end in ends) == [0, 1]
    assert bot.stores.count("releases") == 1
    assert len(list((tmp_path / "elsewhere" / "out").iterdir())) == 1


async def test_one_person_alone_only_where_the_team_is_one_and_the_datasheet_says_so(
    arrive: Arrive, surveybot: Surveybot, environment: dict[str, str], tmp_path: Path
) -> None:
    await take_part(arrive())

    refused = await surveybot(*WANTED, "--yes")
    environment["SURVEYBOT_ONE_PERSON_TEAM"] = "true"
    made = await surveybot(*WANTED, "--yes", "--json")

    assert (refused.code, "name the second" in refused.err) == (1, True)
    folder = tmp_path / "elsewhere" / made.value["folder"]
    assert "Ada alone: this team has one person" in (folder / "datasheet.md").read_text()
    assert orjson.loads((folder / "manifest.json").read_bytes())["one_person_team"] is True


def test_own_words_need_a_purpose_that_names_them_and_a_second_steward() -> None:
    [collection] = load_collections(shipped.ready_collections())
    with pytest.raises(Refused, match="evaluation does not name own words"):
        order([collection], "demographics", "evaluation", "lab", FORMATS["csv"], own_words=True)
    wanted = order([naming_own_words(collection)], "demographics", "evaluation", "lab", FORMATS["csv"], own_words=True)
    with pytest.raises(Refused, match="own words leave only with a second steward"):
        confirmed(wanted, "Ada", None, one_person_team=True)
    assert confirmed(wanted, "Ada", "Ben", one_person_team=False).stewards == ("Ada", "Ben")


async def test_own_words_of_whoever_chose_a_broader_group_never_leave(arrive: Arrive, exported: Export) -> None:
    said = {"age": ["age_25_34"], "ancestry": ["own words:Zwischenraum"], "gender_identity": ["woman"]}
    await take_part(arrive("A"), answers=said)
    await take_part(arrive("B"), answers=said, exactly=False)

    with_words = await exported(own_words=True)
    without = await exported()

    assert [row["ancestry.text"] for row in with_words.rows] == ["Zwischenraum"], "the other is rare, and left out"
    assert b"Zwischenraum" not in without.path.read_bytes()


async def test_what_changed_since_an_earlier_release(bot: Bot, arrive: Arrive, exported: Export) -> None:
    stays, leaves, edits = [await take_part(arrive(name)) for name in "ABC"]
    names = {who: contributor_of(bot, who) for who in (stays, leaves, edits)}
    first = await exported()
    await take_back(leaves)
    await edits.say("/edit")
    await edits.press("Change {number}", number=1)
    await edits.press_label("18–24")
    await edits.press("Submit")
    late = await take_part(arrive("D"))
    names[late] = contributor_of(bot, late)

    second = await exported(since=first.told["release"][:8])

    with (second.path.parent / "changes.csv").open(encoding="utf-8", newline="") as file:
        changes = {row["contributor"]: row["change"] for row in csv.DictReader(file)}
    assert changes == {names[leaves]: "withdrawn", names[edits]: "changed", names[late]: "added"}
    manifest = orjson.loads((second.path.parent / "manifest.json").read_bytes())
    assert manifest["changes"] == {"added": 1, "changed": 1, "withdrawn": 1, "left_out": 0}
    assert "changes.csv" in manifest["files"]
    with pytest.raises(Refused, match="no release zzz"):
        await exported(since="zzz")
