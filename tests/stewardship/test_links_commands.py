"""`surveybot links` beside a bot that runs: what it makes is open at once, and refusals name the place."""

from __future__ import annotations

import csv
import datetime as dt
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.contributors import Contributor
from support.running import TOKEN, Bot
from support.suppliers import with_supplier

from bot.links.printing import QUIET, modules, png, svg, wrapped
from bot.sandbox.server import Sandbox

from .conftest import Surveybot

TODAY = dt.datetime.now(dt.UTC).date()


@pytest.fixture
async def bot(sandbox: Sandbox, environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot with a supplier whose attestation ends in ten days, and commands that find its Telegram."""
    collections = with_supplier(tmp_path / "collections", TODAY + dt.timedelta(days=10))
    environment |= {
        "SURVEYBOT_TOKEN": TOKEN,
        "SURVEYBOT_API_URL": sandbox.api_url,
        "SURVEYBOT_COLLECTIONS": str(collections),
    }
    bot = Bot(sandbox, tmp_path, collections=collections)
    await bot.start()
    yield bot
    await bot.stop()


def somebody(bot: Bot, name: str) -> Contributor:
    return Contributor(bot.sandbox.person(name), "en", "US", bot.collections[0], bot.texts)


async def test_a_link_made_on_the_machine_is_open_at_once_and_rests_and_ends(
    bot: Bot, surveybot: Surveybot, tmp_path: Path
) -> None:
    poster, code = tmp_path / "poster.svg", tmp_path / "code.png"
    made = await surveybot(
        "links", "new", "demographics", "--kind", "poster", "--name", "library", "--region", "Egypt", "--daily", "5",
        "--svg", str(poster), "--png", str(code), "--language", "ar", "--by", "Kim", "--json",
    )  # fmt: skip
    assert made.code == 0, made.err
    payload = made.value["address"].partition("?start=")[2]
    assert (made.value["state"], made.value["region"], made.value["daily"]) == ("open", "EG", 5)
    assert code.read_bytes() == png(made.value["address"])
    drawn = poster.read_text(encoding="utf-8")
    assert 'direction="rtl"' in drawn
    assert payload in drawn
    sam, pat = somebody(bot, "Sam"), somebody(bot, "Pat")
    await sam.to_questions(payload=payload)
    listed = (await surveybot("links", "list", "--json")).value
    assert [(each["link"], each["opened"], each["consented"]) for each in listed] == [(payload[2:], None, None)]
    paused = await surveybot("links", "pause", payload)
    assert "rests, 5 a day at most: opened too few to show" in paused.out
    await pat.start(payload)
    assert pat.sees("This link is resting just now.")
    again = await surveybot("links", "pause", payload)
    assert again.code == 1
    assert "is paused already" in again.err
    assert (await surveybot("links", "resume", payload, "--json")).value["state"] == "open"
    assert (await surveybot("links", "end", payload, "--json")).value["state"] == "ended"
    shown = await surveybot("links", "show", payload[2:].lower())
    assert "ended" in shown.out
    assert made.value["address"] in shown.out
    assert (await surveybot("links", "show", "nowhere")).code == 1
    audited = bot.stores.rows("select actor, action, detail from audit where action like 'collection link%'")
    assert audited[0][:2] == ("command line", "collection link made")
    assert bot.stores.rows("select made_by from links") == [("Kim",)]


async def test_a_list_gives_each_opaque_code_a_link_and_refuses_what_could_be_a_person(
    bot: Bot, surveybot: Surveybot, tmp_path: Path
) -> None:
    codes, out = tmp_path / "codes.txt", tmp_path / "links.csv"
    new = (
        "links",
        "new",
        "demographics",
        "--kind",
        "list",
        "--name",
        "spring",
        "--codes",
        str(codes),
        "--out",
        str(out),
    )
    for content, place in (
        ("a1b2c3d4\nJohnSmith\n", ":2: that could be"),
        ("4479460958\n", ":1: that could be"),
        ("sam@example.org\n", ":1: that could be"),
        ("a1b2c3d4\na1b2c3d4\n", ":2: the same code stands in line 1"),
        ("\n\n", "there is no code in it"),
    ):
        codes.write_text(content, encoding="utf-8")
        refused = await surveybot(*new)
        assert refused.code == 1
        assert place in refused.err
        assert not re.search("john|4479|example.org", refused.err, re.IGNORECASE)
    assert bot.stores.count("links") == 0
    codes.write_text("a1b2c3d4\n\nK7M4QX2P\n", encoding="utf-8")
    assert (await surveybot(*new)).code == 0
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["code"] for row in rows] == ["a1b2c3d4", "K7M4QX2P"]
    sam = somebody(bot, "Sam")
    await sam.start(rows[1]["link"].partition("?start=")[2])
    assert sam.sees("You come from another contribution.")
    assert bot.stores.rows("select opened from links") == [(1,)]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600, "a code is one person's"
    listed = out.read_bytes()
    again = await surveybot(*new)
    assert (again.code, f"{out} is there already; name another file" in again.err) == (1, True)
    assert (out.read_bytes(), bot.stores.count("links")) == (listed, 1)
    elsewhere = await surveybot(*new[:2], "nothing", *new[3:-1], str(tmp_path / "none.csv"))
    assert (elsewhere.code, (tmp_path / "none.csv").exists()) == (1, False), "no empty file is left"


async def test_what_is_not_right_is_said_with_what_helps(bot: Bot, surveybot: Surveybot, tmp_path: Path) -> None:
    new = ("links", "new", "demographics", "--name", "x")
    for more, said in (
        (("--kind", "poster", "--svg", str(tmp_path / "p.svg"), "--language", "zz"), "does not speak 'zz'; it has"),
        (("--kind", "supplier"), "--supplier, one of in_house, acme"),
        (("--kind", "poster", "--supplier", "nobody"), "has no supplier 'nobody'"),
        (("--kind", "poster", "--daily", "0"), "--daily: write how many"),
        (("--kind", "poster", "--daily", f"{1 << 31}"), "1 to 1,000,000, or leave it out"),
        (("--kind", "poster", "--region", "Atlantis"), "no one region is called 'Atlantis'"),
    ):
        refused = await surveybot(*new, *more)
        assert refused.code == 1
        assert said in refused.err
    assert (await surveybot("links", "new", "nothing", "--kind", "poster", "--name", "x")).code == 1
    assert (await surveybot(*new, "--kind", "flag")).code == 2
    assert (await surveybot(*new, "--kind", "poster", "--codes", "x")).code == 2
    assert bot.stores.count("links") == 0
    listed = await surveybot("links", "list")
    assert "No link has been made yet." in listed.out
    assert f"Acme Fieldwork is attested until {TODAY + dt.timedelta(days=10)}, and not on that day" in listed.out


# --- what is printed ------------------------------------------------------------------------------------------------


def test_a_code_is_drawn_whole_with_its_quiet_zone_and_the_address_in_letters() -> None:
    address = "https://t.me/some_survey_bot?start=L-7K2M9QX4PD"
    rows = modules(address)
    assert all(not any(row) for row in rows[:QUIET])
    assert all(not any(row[:QUIET]) for row in rows)
    drawn = svg(address).decode()
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn)}
    assert dark == {(x, y) for y, row in enumerate(rows) for x, point in enumerate(row) if point}
    assert "t.me/some_survey_bot?start=L-7K2M9QX4PD</text>" in drawn


def test_lines_break_between_words_and_in_what_is_written_without_spaces() -> None:
    assert wrapped("one two three", 5) == ["one two", "three"]
    assert wrapped("あいうえおかきくけこ", 5) == ["あいうえお", "かきくけこ"]
    assert wrapped("", 5) == []
