"""Erasing for somebody who has lost their account, by the receipt that they still have."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from support.running import Bot, until

from bot import destroying, writing
from bot.commands.erasing import _erase, say_erased
from bot.owing.batch import Batch
from bot.stewardship import erasing
from bot.storage.database import StoreUnavailable
from bot.writing import Writing

from .conftest import Arrive, Export, Surveybot, contributor_of, pseudonym_of, take_part


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot looks after half a minute at the latest for what a command has left to it; here sooner."""
    monkeypatch.setattr("bot.due._LONGEST_WAIT", 0.2)


async def test_what_somebody_gave_goes_by_their_receipt(
    bot: Bot, arrive: Arrive, surveybot: Surveybot, exported: Export
) -> None:
    sam, kim = await take_part(arrive("Sam"), 1), await take_part(arrive("Kim"), 1)
    await sam.say("/mydata")
    await sam.press("Receipt as a file")
    await sam.press("Send the file")
    receipt = json.loads((await sam.newest_file()).content)["dpv:hasIdentifier"]
    await exported()
    pseudonym, known_as = pseudonym_of(bot, sam), contributor_of(bot, sam)
    of_kim = bot.stores.rows("select * from answers where pseudonym = ?", pseudonym_of(bot, kim))
    wraps = len(bot.stores.wraps())

    looked = await surveybot("erase", "--receipt", receipt, "--reason", "lost the phone", "--dry-run")
    assert looked.code == 0
    assert "Nothing was changed" in looked.out
    assert len(bot.stores.wraps()) == wraps
    done = await surveybot("erase", "--receipt", f"urn:uuid:{receipt}", "--reason", "lost the phone", "--json")
    assert done.code == 0, done.err
    assert done.value["contributions"] == done.value["chats"] == 1
    assert done.value["recipients"] == ["lab"]

    for table in ("answers", "contributions"):
        assert bot.stores.rows(f"select * from {table} where pseudonym = ?", pseudonym) == []  # noqa: S608
    assert bot.stores.rows("select * from answers where pseudonym = ?", pseudonym_of(bot, kim)) == of_kim
    assert (done.value["keys"], done.value["told"], done.value["files"]) == (1, 1, 1)
    await until(lambda: bot.stores.count("conversations") == 1 and bot.stores.count("key_destructions") == 0)
    assert len(bot.stores.wraps()) == wraps - 4, "the data key, for each purpose and for oneself, and the contact key"
    assert sam.person.files == []
    told = [message.text for message in sam.person.messages]
    assert any("What you gave here is erased now." in words for words in told)
    [(reference,)] = bot.stores.rows('select reference from entitlements where "left"')
    assert done.value["owed"] == [{"amount": "2.50", "currency": "USD", "reference": reference}]
    assert any(reference in words for words in told)
    assert (await surveybot("withdrawals", "--recipient", "lab", "--json")).value["withdrawn"][0][
        "contributor"
    ] == known_as
    query = "select actor, action, pseudonym, detail from audit where action like 'erased%'"
    assert bot.stores.rows(query) == [("steward", "erased by receipt", pseudonym, '{"reason": "lost the phone"}')]
    assert (await surveybot("audit", "verify")).code == 0

    again = await surveybot("erase", "--receipt", receipt, "--reason", "lost the phone")
    assert again.code == 1
    assert "nothing is held under this receipt" in again.err
    await kim.say("/mydata")
    await sam.start()  # the account was found again: whoever has it is new here
    await until(lambda: bot.stores.count("conversations") == 2)
    assert bot.stores.rows("select count(*) from contributions where key_id is not null") == [(1,)]


async def test_what_cannot_be_meant_is_refused(bot: Bot, arrive: Arrive, surveybot: Surveybot) -> None:
    await take_part(arrive("Sam"))
    unknown = await surveybot("erase", "--receipt", "11111111-1111-4111-8111-111111111111", "--reason", "asked")
    assert unknown.code == 1
    assert "no receipt is called" in unknown.err
    assert (await surveybot("erase", "--receipt", "x", "--reason", " ")).code == 1
    assert bot.stores.count("contributions") == 1


async def receipt_of(bot: Bot, arrive: Arrive) -> str:
    """The id of the consent record of somebody who took part, as it stands in their receipt's file."""
    pseudonym = pseudonym_of(bot, await take_part(arrive("Sam"), 1))
    [(record,)] = bot.stores.rows("select id from consent_records where pseudonym = ?", pseudonym)
    return str(record)


async def test_ctrl_c_while_it_goes_comes_too_late_and_what_is_owed_is_said(
    bot: Bot, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference is said once: the same command again finds nothing."""
    receipt = await receipt_of(bot, arrive)
    begun, may_go_on, put = asyncio.Event(), asyncio.Event(), writing.put

    async def slowly(connection: AsyncConnection, batch: Batch, rows: Writing) -> None:
        begun.set()
        await may_go_on.wait()
        await put(connection, batch, rows)

    monkeypatch.setattr(erasing, "put", slowly)
    going = asyncio.create_task(_erase(bot.settings, receipt, "lost the phone", dry_run=False))
    await begun.wait()
    going.cancel()
    await asyncio.sleep(0)
    may_go_on.set()
    _, erased = await going
    [(reference,)] = bot.stores.rows('select reference from entitlements where "left"')
    assert [each.reference for each in erased.owed] == [reference]
    assert not erased.keys_wait


async def test_keys_that_cannot_be_destroyed_just_now_keep_back_nothing_that_is_to_be_said(
    bot: Bot, arrive: Arrive, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = await receipt_of(bot, arrive)

    async def away(*_of_it: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(destroying, "destroy_decided", away)
    _, erased = await _erase(bot.settings, receipt, "lost the phone", dry_run=False)
    say_erased(erased)
    said = capsys.readouterr().out
    assert "Gone at once: 1 contribution with all answers, 1 chat.\nFollows: 1 key. The key store" in said
    [(reference,)] = bot.stores.rows('select reference from entitlements where "left"')
    assert f"Stays owed: 2.50 USD, under {reference}." in said
    await until(lambda: bot.stores.count("key_destructions") == 0)
