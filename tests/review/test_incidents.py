"""Complaints, halts and breaches for the ethics committee, and the committee on the last card."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

from journeys.conftest import running, somebody
from support.running import Bot
from support.team import OWNER, member
from typer.testing import CliRunner, Result

from bot.cli import app

ETHICS = """
ethics:
  committee: Ethics committee of Example University
  approval: EC-2026-17
  expires_on: 2099-01-31
  contact: ethics@example.org
"""


def command(*asked: str) -> Result:
    return CliRunner().invoke(app, asked)


async def test_complaints_and_halts_come_by_themselves(environment: Bot) -> None:
    bot = Bot(environment.sandbox, environment.stores.folder, collections=environment.settings.collections,
              owners=(OWNER,))  # fmt: skip
    async with running(bot):
        owner = member(bot.sandbox, "Olga", OWNER)
        sam = somebody(bot)
        await sam.start()
        await sam.person.say("/contact")
        await sam.person.settled(timeout=20)
        [complaint] = [each.label for each in sam.person.buttons if "complaint" in each.label]
        await sam.person.press(complaint)
        await sam.person.settled(timeout=20)
        await sam.person.say("Somebody told me that I have to take part.")
        await sam.person.settled(timeout=20)
        await owner.say("/halt EG")
    rows = bot.stores.rows("select kind, collection, territory, noted_by, what, at from incidents order by id")
    assert [row[:5] for row in rows] == [
        ("complaint", "demographics", "", "contributor", ""),
        ("halt", "", "EG", "owner", ""),
    ]
    assert rows[0][5].endswith("00:00:00.000000"), "of a complaint the day alone"


def test_what_is_written_down_is_listed_and_exported(environment: Bot, tmp_path: Path) -> None:
    import asyncio

    from support.reviewing import said

    from flows.sign_offs import Verdict

    asyncio.run(said(environment.settings, "ZA", "en", verdict=Verdict.REMARKED, words="Nice."))
    assert "Nothing has happened" in command("incidents", "list").stdout
    noted = command("incidents", "add", "breach", "--what", "=A laptop was lost; it held no keys.", "--by", "Kim",
                    "--collection", "demographics", "--region", "us")  # fmt: skip
    assert noted.exit_code == 0, noted.stderr
    assert command("incidents", "add", "breach", "--what", " ", "--by", "Kim").exit_code == 1
    assert command("incidents", "add", "theft", "--what", "x", "--by", "Kim").exit_code == 2
    assert (
        "has no region 'XX'"
        in command(
            "incidents", "add", "other", "--what", "x", "--by", "Kim", "--collection", "demographics", "--region", "XX"
        ).stderr
    )
    listed = json.loads(command("incidents", "list", "--json").stdout)
    assert [(each["kind"], each["collection"], each["region"]) for each in listed] == [("breach", "demographics", "US")]
    assert json.loads(command("incidents", "list", "--since", "2999-01-01", "--json").stdout) == []
    file = tmp_path / "incidents.csv"
    assert command("incidents", "export", str(file)).exit_code == 0
    [row] = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    assert row["what"].startswith("'="), "no spreadsheet runs it"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = command("incidents", "export", str(file))
    assert (again.exit_code, "incidents.csv is there already; name another file" in again.stderr) == (1, True)
    assert command("incidents", "export", str(tmp_path / "incidents.txt")).exit_code == 2
    entries = environment.stores.rows("select action, detail from audit where action = 'incident noted'")
    assert len(entries) == 1
    assert "laptop" not in entries[0][1]


async def test_the_committee_stands_on_the_last_card_and_in_the_text_that_is_agreed_to(bot: Bot, folder: Path) -> None:
    before = next(iter(bot.collections))
    file = folder / "demographics" / "collection.yaml"
    file.write_text(file.read_text(encoding="utf-8") + ETHICS, encoding="utf-8")
    named = Bot(bot.sandbox, bot.stores.folder, collections=folder)
    assert before.ethics is None
    async with running(named):
        sam = somebody(named)
        await sam.start()
        await sam.press_label("United States")
        await sam.press("Next")
        for card in (1, 2):
            assert "EC-2026-17" not in sam.screen
            await sam.press_label(sam.right_answer(card))
        assert "4 of 4" in sam.screen
        assert "EC-2026-17" in sam.screen
        assert "ethics@example.org" in sam.screen
        await sam.press_label(sam.right_answer(3))
        await sam.agree()
    [(text,)] = named.stores.rows("select text from documents")
    assert text.endswith("Ethics committee of Example University\n\nEC-2026-17\n\n2099-01-31\n\nethics@example.org")
