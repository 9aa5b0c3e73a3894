"""The release ledger, and who has withdrawn from what a recipient holds."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import orjson
from support.running import Bot

from .conftest import (
    EXPORT,
    IMPROVEMENT,
    Arrive,
    Export,
    Surveybot,
    contributor_of,
    end_purpose,
    files_in,
    pseudonym_of,
    take_back,
    take_part,
)


async def test_a_release_is_in_the_ledger_with_whose_rows_left_and_an_audit_entry(
    bot: Bot, arrive: Arrive, exported: Export, surveybot: Surveybot
) -> None:
    people = [arrive("A"), arrive("B")]
    for somebody in people:
        await take_part(somebody)

    release = await exported()

    told = release.told
    assert told["sha256"] == hashlib.sha256(release.path.read_bytes()).hexdigest()
    assert release.path.stem == release.path.parent.name == f"demographics-evaluation-lab-{told['release'][:8]}"
    assert release.path.stat().st_mode & 0o077 == 0
    [listed] = (await surveybot("releases", "--json")).value
    expected = {
        "id": told["release"],
        "collection": "demographics",
        "purpose": "evaluation",
        "recipient": "lab",
        "format": "csv",
        "rows": 2,
        "sha256": told["sha256"],
        "exact_times": False,
        "folder": release.path.parent.name,
        "stewards": ["Ada", "Ben"],
        "manifest": hashlib.sha256((release.path.parent / "manifest.json").read_bytes()).hexdigest(),
    }
    assert {name: listed[name] for name in expected} == expected
    left = {pseudonym for (pseudonym,) in bot.stores.rows("select pseudonym from release_rows")}
    assert left == {pseudonym_of(bot, somebody) for somebody in people}
    query = "select actor, collection, pseudonym, detail from audit where action = 'release made'"
    [(actor, collection, pseudonym, detail)] = bot.stores.rows(query)
    assert (actor, collection, pseudonym) == ("steward", "demographics", None)
    assert orjson.loads(detail)["release"] == told["release"]


async def test_each_recipient_is_told_by_the_names_that_they_know(
    bot: Bot, arrive: Arrive, exported: Export, surveybot: Surveybot
) -> None:
    stays, leaves, ends = arrive("A"), arrive("B"), arrive("C")
    for somebody in (stays, leaves, ends):
        await take_part(somebody, IMPROVEMENT)
    first, second = await exported("evaluation", "lab"), await exported("improvement", "lab")
    await exported("evaluation", "clinic")
    names = {who: [contributor_of(bot, s, who) for s in (leaves, ends)] for who in ("lab", "clinic")}

    await take_back(leaves)
    await end_purpose(ends, 1)

    lab = (await surveybot("withdrawals", "--recipient", "lab", "--json")).value["withdrawn"]
    clinic = (await surveybot("withdrawals", "--recipient", "clinic", "--json")).value["withdrawn"]
    gone, ended = names["lab"]
    assert {(row["contributor"], row["purpose"], *row["releases"]) for row in lab} == {
        (gone, "evaluation", first.told["release"]),
        (gone, "improvement", second.told["release"]),
        (ended, "improvement", second.told["release"]),
    }
    assert [(row["contributor"], row["purpose"]) for row in clinic] == [(names["clinic"][0], "evaluation")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row["withdrawn_on"]) for row in lab + clinic)


async def test_the_list_in_words(arrive: Arrive, exported: Export, surveybot: Surveybot) -> None:
    sam = await take_part(arrive())
    [row] = (await exported()).rows

    before = await surveybot("withdrawals", "--recipient", "lab")
    await take_back(sam)
    after = await surveybot("withdrawals", "--recipient", "lab")

    assert before.out == "Nobody has withdrawn from what lab holds.\n"
    assert after.out.split()[:3] == [row["contributor"], "demographics", "evaluation"]


async def test_a_recipient_nobody_knows_is_refused(arrive: Arrive, exported: Export, surveybot: Surveybot) -> None:
    """An empty list for a misspelt name would be taken for good news; another spelling has other pseudonyms."""
    await take_part(arrive())
    await exported(recipient="Archive")

    listed = await surveybot("withdrawals", "--recipient", "archive")
    again = await surveybot(*EXPORT, "evaluation", "--recipient", "archive")

    assert (listed.code, again.code) == (1, 1)
    assert "releases went to: Archive" in listed.err
    assert "earlier releases went to 'Archive'" in again.err


async def test_nothing_to_export_makes_no_entry(bot: Bot, surveybot: Surveybot, tmp_path: Path) -> None:
    done = await surveybot(*EXPORT, "evaluation")

    assert done.code == 1
    assert "nothing to export" in done.err
    assert files_in(tmp_path / "elsewhere") == []
    assert (bot.stores.count("releases"), bot.stores.count("release_rows")) == (0, 0)
    assert (await surveybot("releases")).out == "No release was made yet.\n"


async def test_nothing_of_a_person_is_in_what_commands_print_or_the_data_in_clear(
    arrive: Arrive, exported: Export, surveybot: Surveybot, tmp_path: Path
) -> None:
    words = "Zwischenraumforschung"
    answers = {"age": ["age_25_34"], "ancestry": [f"own words:{words}"], "gender_identity": ["woman"]}
    sam = await take_part(arrive(), answers=answers)
    release = await exported(own_words=True)
    printed = [
        await surveybot(*command.split())
        for command in ("releases --json", "withdrawals --recipient lab", "keys status")
    ]

    assert words.encode() in release.path.read_bytes()
    for done in printed:
        assert words not in done.out + done.err
        assert str(sam.person.id) not in done.out + done.err
    assert [path for path in files_in(tmp_path) if words.encode() in path.read_bytes()] == [release.path]


async def test_whoever_was_in_a_release_reads_to_whom_it_went_and_for_what(arrive: Arrive, exported: Export) -> None:
    """Others' releases are not theirs: who came later was passed on to nobody."""
    early = await take_part(arrive("A"))
    await exported(recipient="lab")
    late = await take_part(arrive("B"))
    await early.say("/mydata")
    screen = re.sub("[\u2066-\u2069]", "", early.screen)
    assert re.search(r"^• lab, .+: Measure how well AI works for different people$", screen, re.MULTILINE)
    await late.say("/mydata")
    assert late.sees("So far it has been passed on to nobody.")
