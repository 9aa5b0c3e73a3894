"""`surveybot audit` and `surveybot receipt`, beside a bot that runs and after it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rdflib import Graph
from support.running import Bot, until

from .conftest import Arrive, Surveybot, take_part


async def sealed(bot: Bot) -> None:
    """Until nothing waits for its place in the log."""
    await until(lambda: bot.stores.rows("select count(*) from audit where leaf is null") == [(0,)])


async def receipt_of(bot: Bot, arrive: Arrive, tmp_path: Path) -> Path:
    """Somebody's receipt, as the chat gave it."""
    sam = arrive("Sam")
    await sam.to_questions(1, 2)
    await sealed(bot)
    await sam.say("/mydata")
    await sam.press("Receipt as a file")
    await sam.press("Send the file")
    file = tmp_path / "receipt.jsonld"
    file.write_bytes((await sam.newest_file()).content)
    return file


async def test_the_trail_is_shown_and_held_against_its_heads(bot: Bot, arrive: Arrive, surveybot: Surveybot) -> None:
    await take_part(arrive("Sam"), 1)
    await take_part(arrive("Kim"), 1)
    await sealed(bot)
    shown = (await surveybot("audit", "show", "--json")).value
    assert [each["action"] for each in shown if each["actor"] == "contributor"].count("consent given") == 2
    only = (await surveybot("audit", "show", "--action", "answers submitted", "--collection", "demographics")).out
    assert len(only.splitlines()) == 2
    assert "contributor: answers submitted" in only
    assert (
        await surveybot("audit", "show", "--actor", "steward", "--action", "answers submitted", "--json")
    ).value == []
    assert (await surveybot("audit", "show", "--since", "2100-01-01")).out == "No audit entry is like that.\n"
    assert (await surveybot("audit", "show", "--since", "yesterday")).code == 1
    assert (await surveybot("audit", "show", "--most", str(1 << 31))).code == 2, "more than a server counts"

    verified = await surveybot("audit", "verify", "--json")
    assert (verified.code, verified.value["untouched"], verified.value["not_sealed_yet"]) == (0, True, 0)
    assert verified.value["head"]["size"] == verified.value["sealed"] == len(shown)
    await bot.stores.change("update audit set action = 'answers submitted' where leaf = 0")
    await bot.stores.change("delete from audit where leaf = 2")
    found = await surveybot("audit", "verify")
    assert found.code == 1
    assert "✗ changed: entry 0" in found.err
    assert "✗ removed: entry 2 is not in the table any more" in found.err
    found = await surveybot("audit", "verify", "--json")
    assert (found.code, [each["kind"] for each in found.value["findings"]]) == (1, ["changed", "removed"])


async def test_what_commands_do_is_sealed_when_the_bot_next_runs(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, environment: dict[str, str]
) -> None:
    await take_part(arrive("Sam"))
    await bot.stop()
    assert bot.stores.rows("select count(*) from audit where leaf is null") == [(0,)], "it seals before it ends"
    new = bot.stores.keys / "master-2.key"
    assert (await surveybot("keys", "rotate", "--new-key-file", new)).code == 0
    environment["SURVEYBOT_KEY_FILE"] = str(new)
    told = await surveybot("audit", "verify")
    assert told.code == 0
    assert "1 not sealed yet: nothing was tampered with" in told.out


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # the parser's own
async def test_a_receipt_is_checked_without_bot_data_and_keys(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, environment: dict[str, str], tmp_path: Path
) -> None:
    file = await receipt_of(bot, arrive, tmp_path)
    key = (await surveybot("audit", "key", "--json")).value
    for name in [each for each in environment if each.startswith("SURVEYBOT_")]:
        del environment[name]
    await bot.stop()
    alone = await surveybot("receipt", "verify", file)
    assert alone.code == 0
    assert "Not checked: whose key that is" in alone.out
    assert "✗" not in alone.out
    for known in (key["public_key"], key["fingerprint"]):
        checked = await surveybot("receipt", "verify", file, "--key", known, "--json")
        assert (checked.code, checked.value["holds"], checked.value["key_checked"]) == (0, True, True)
    other = await surveybot("receipt", "verify", file, "--key", "00" * 32)
    assert other.code == 1
    assert "✗ the key is the one that was given: NO" in other.out
    assert len(Graph().parse(data=file.read_text(), format="json-ld")) > 60


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"dct:identifier": "improvement"', '"dct:identifier": "link"'),
        ('"schema:version": "1"', '"schema:version": "2"'),
        ("contributor", "somebody"),
        ('"survey:place": ', '"survey:place": 1'),
        ('"survey:treeSize": ', '"survey:treeSize": 1'),
        ('"survey:headKind": "sealed"', '"survey:headKind": "restored"'),
    ],
)
async def test_a_receipt_that_was_changed_does_not_hold(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path, before: str, after: str
) -> None:
    file = await receipt_of(bot, arrive, tmp_path)
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    checked = await surveybot("receipt", "verify", file, "--json")
    assert (checked.code, checked.value["holds"]) == (1, False)


async def test_what_cannot_be_checked_is_said(surveybot: Surveybot, bot: Bot, arrive: Arrive, tmp_path: Path) -> None:
    file = await receipt_of(bot, arrive, tmp_path)
    receipt = json.loads(file.read_text())
    for content in (b"\xff", b"no JSON", b"[]", json.dumps({**receipt, "survey:hasAuditProof": {}}).encode()):
        file.write_bytes(content)
        assert (await surveybot("receipt", "verify", file)).code == 1
    del receipt["survey:hasAuditProof"]
    file.write_text(json.dumps(receipt))
    told = await surveybot("receipt", "verify", file)
    assert told.code == 1
    assert "carries no proof" in told.err
    assert (await surveybot("receipt", "verify", tmp_path / "nowhere")).code == 1


@pytest.mark.sqlite("a key store that is put over knows what was sealed since; on a server it is another one")
async def test_a_backup_that_is_put_back_is_told_apart_from_tampering(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path
) -> None:
    await take_part(arrive("Sam"))
    await sealed(bot)
    folders = ("--data", tmp_path / "copies-data", "--keys", tmp_path / "copies-keys")
    assert (await surveybot("backup", *folders)).code == 0
    await take_part(arrive("Kim"))
    await bot.stop()
    before = (await surveybot("audit", "verify", "--json")).value["sealed"]
    restored = await surveybot("restore", *folders, "--over", "--json")
    assert restored.code == 0
    lost = restored.value["audit_entries_lost"]
    verified = await surveybot("audit", "verify", "--json")
    assert (verified.code, verified.value["untouched"]) == (0, True)
    assert verified.value["sealed"] == before - lost
    assert [each["entries"] for each in verified.value["restored"]] == [lost]
    assert lost > 0
    await bot.start()
    await sealed(bot)
    verified = await surveybot("audit", "verify")
    assert verified.code == 0
    assert f"{lost} entries that came after it are lost" in verified.out
    await bot.stores.change("delete from audit where leaf = (select max(leaf) from audit)")
    assert "the end is cut off" in (await surveybot("audit", "verify")).err
