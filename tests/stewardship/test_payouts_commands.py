"""`surveybot payouts`, as a steward types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.contributors import Contributor
from support.paying import collections_that_pay
from support.running import Bot, until

from bot.sandbox.server import Sandbox

from .conftest import Surveybot, take_back


@pytest.fixture
def collections(tmp_path: Path, environment: dict[str, str]) -> Path:
    """Collections that pay by voucher in the United States."""
    into = collections_that_pay(tmp_path / "collections", "voucher")
    environment["SURVEYBOT_COLLECTIONS"] = str(into)
    return into


@pytest.fixture
async def stores(sandbox: Sandbox, tmp_path: Path, collections: Path) -> Bot:
    """What a bot has made on disk."""
    bot = Bot(sandbox, tmp_path, collections=collections)
    await bot.start()
    await bot.stop()
    return bot


def file_with(tmp_path: Path, *lines: str) -> Path:
    """A file of codes."""
    file = tmp_path / "codes.txt"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def loading(file: Path, region: str = "US", collection: str = "demographics") -> tuple[str | Path, ...]:
    """The command."""
    return ("payouts", "load", collection, "--region", region, "--file", file)


async def test_codes_are_loaded_counted_and_never_twice(stores: Bot, surveybot: Surveybot, tmp_path: Path) -> None:
    file = file_with(tmp_path, *(f"CODE-{number}" for number in range(12)))
    loaded = await surveybot(*loading(file), "--json")
    assert (loaded.code, loaded.value) == (0, {"loaded": 12, "left": 12})
    again = await surveybot(*loading(file_with(tmp_path, "CODE-NEW", "CODE-3")))
    assert again.code == 1
    assert "codes.txt:2: this code was loaded before" in again.err
    assert "CODE-3" not in again.err, "a fault names the line and not the code"
    told = await surveybot("payouts", "status", "demographics", "--json")
    assert told.value == [
        {
            "collection": "demographics",
            "territory": "US",
            "ways": ["voucher"],
            "states": {},
            "codes_left": 12,
            "codes_loaded": 12,
            "promised": 0,
            "budget_for": None,
            "runs_low": False,
        }
    ]
    assert stores.stores.rows("select action, pseudonym, detail from audit") == [
        ("voucher codes loaded", None, '{"region": "US", "count": 12}')
    ]


async def test_every_slip_of_a_file_is_named_with_its_line_and_nothing_is_loaded(
    stores: Bot, surveybot: Surveybot, tmp_path: Path
) -> None:
    file = file_with(tmp_path, "A", "", "B", "A", "x" * 201, "\u200bC")
    done = await surveybot(*loading(file))
    assert done.code == 1
    for fault in (":2: the line is blank", ":4: the same code as in line 1", ":5: longer than 200", ":6: there are"):
        assert f"codes.txt{fault}" in done.err
    assert "Traceback" not in done.err
    assert stores.stores.count("voucher_codes") == 0


async def test_what_cannot_be_meant_is_refused(stores: Bot, surveybot: Surveybot, tmp_path: Path) -> None:
    file = file_with(tmp_path, "A")
    for arguments, words in (
        (loading(file, "DE"), "DE does not pay by voucher: add `voucher` to `ways`"),
        (loading(file, "QQ"), "has no region 'QQ'; there is:"),
        (loading(file, "US", "nothing"), "there is no collection 'nothing'; there is: demographics"),
        (loading(tmp_path / "none.txt"), "none.txt: No such file"),
        (loading(file_with(tmp_path)), "there is no code in it"),
    ):
        done = await surveybot(*arguments)
        assert (done.code, "Traceback" in done.err) == (1, False)
        assert words in done.err
    low = await surveybot("payouts", "status")
    assert (low.code, "codes run low: surveybot payouts load demographics --region US" in low.err) == (0, True)
    assert stores.stores.count("voucher_codes") == 0


@pytest.mark.usefixtures("stores")
async def test_a_provider_s_file_goes_out_and_comes_back(surveybot: Surveybot, tmp_path: Path) -> None:
    """One that has nothing in it is not written, and one that says nothing known is refused."""
    out = tmp_path / "pay.csv"
    nobody = await surveybot("payouts", "export", "demographics", "--out", out)
    assert (nobody.code, out.exists()) == (1, False)
    assert "nobody in demographics waits for pay that goes to a number" in nobody.err
    out.write_text("here already", encoding="utf-8")
    taken = await surveybot("payouts", "export", "demographics", "--out", out)
    assert (taken.code, out.read_text(encoding="utf-8")) == (1, "here already")
    back = file_with(tmp_path, "PAY-K7M4-QX2P,paid")
    settled = await surveybot("payouts", "settle", back)
    assert (settled.code, "codes.txt:1: no pay has this reference" in settled.err) == (1, True)
    for command, words in (("withhold", "no pay has the reference"), ("grant", "is held back")):
        done = await surveybot("payouts", command, "PAY-K7M4-QX2P", "--reason", "They asked")
        assert (done.code, words in done.err) == (1, True)
    unsaid = await surveybot("payouts", "withhold", "PAY-K7M4-QX2P")
    assert unsaid.code == 2, "a reason has to be given"
    assert "Traceback" not in nobody.err + taken.err + settled.err


async def test_pay_to_a_number_from_contributor_to_provider_and_back(
    sandbox: Sandbox,
    environment: dict[str, str],
    surveybot: Surveybot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As everybody does it: what a person reads and writes, and the commands as they are typed."""
    monkeypatch.setattr("bot.due._LONGEST_WAIT", 0.2)
    into = collections_that_pay(tmp_path / "by_number", "mobile_money")
    environment["SURVEYBOT_COLLECTIONS"] = str(into)
    bot = Bot(sandbox, tmp_path, collections=into)
    await bot.start()
    sam = Contributor(sandbox.person("Sam", "en"), "en", "US", bot.collections[0], bot.texts)
    await sam.whole()
    assert "The company that sends it to you learns your number, and nothing else" in sam.screen
    number = await sam.say("0712 345 678")
    assert number not in {message.id for message in sam.person.messages}, "it is taken out of the chat"
    out = tmp_path / "pay.csv"
    given = await surveybot("payouts", "export", "demographics", "--out", out, "--json")
    assert (given.code, given.value["rows"], given.value["export"]) == (0, 1, 1)
    lost = tmp_path / "lost.csv"
    unsaid = await surveybot("payouts", "export", "demographics", "--out", lost, "--number", "1")
    assert (unsaid.code, lost.exists()) == (2, False)
    again = await surveybot("payouts", "export", "demographics", "--out", lost, "--again", "--number", "1")
    assert (again.code, lost.read_bytes()) == (0, out.read_bytes())
    assert "1 payment, export 1" in again.out
    reference, *_ = out.read_text(encoding="utf-8").splitlines()[1].split(",")
    assert out.stat().st_mode & 0o077 == 0
    settled = await surveybot("payouts", "settle", file_with(tmp_path, f"{reference},paid"), "--json")
    assert settled.value == {"paid": 1, "failed": 0, "unchanged": 0, "before": None}
    await until(lambda: any("Sent to you on" in message.text for message in sam.person.messages), seconds=60)
    await sam.settle()
    told = await surveybot("payouts", "status", "demographics")
    assert "demographics US: 1 sent" in told.out
    await bot.stop()


async def test_who_has_left_is_not_said_to_be_told(stores: Bot, surveybot: Surveybot) -> None:
    """The chat is known no more; who takes part reads it there."""
    await stores.start()
    sam, alex = (
        Contributor(stores.sandbox.person(name, "en"), "en", "US", stores.collections[0], stores.texts)
        for name in ("Sam", "Alex")
    )
    await sam.whole()
    gone = stores.stores.rows("select reference from entitlements")[0][0]
    await take_back(sam)
    await alex.whole()
    ((stays,),) = stores.stores.rows('select reference from entitlements where not "left"')
    await stores.stop()
    for command, done in (("withhold", "held back"), ("grant", "owed again")):
        of_gone = await surveybot("payouts", command, gone, "--reason", "They asked")
        assert of_gone.out == (
            f"{gone} is {done}. Its contributor has left, and the bot cannot write to them: tell them when they ask.\n"
        )
        of_stays = await surveybot("payouts", command, stays, "--reason", "They asked")
        assert of_stays.out.startswith(f"{stays} is {done}, and its contributor is told")
