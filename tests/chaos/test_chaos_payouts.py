"""The bot is killed just as it hands voucher codes out: everybody gets one, and no code goes to two people."""

from __future__ import annotations

import asyncio
import random
import re
from functools import partial
from pathlib import Path

from support.contributors import Contributor
from support.nursery import Nursery
from support.paying import collections_that_pay, load_into, settings_of
from support.running import TOKEN, settings_for, until

from bot.bootstrap import read_collections, read_texts, utc_now
from bot.sandbox.server import Sandbox

PEOPLE, KILLS_EACH = 6, 2
CODE = re.compile(r"VOUCHER-\d{4}")


def codes_seen(who: Contributor) -> list[str]:
    """Codes in the chat, in order."""
    return [code for message in who.person.messages if message.author == "bot" for code in CODE.findall(message.text)]


async def test_killed_while_codes_are_handed_out(tmp_path: Path) -> None:
    collections = collections_that_pay(tmp_path / "collections", "voucher")
    dice = random.Random(20261126)  # noqa: S311  # a test's dice
    async with Sandbox(TOKEN) as sandbox:
        nursery = Nursery(sandbox, tmp_path, SURVEYBOT_COLLECTIONS=str(collections))
        await nursery.open()
        await nursery.start()
        await nursery.serving()
        codes = [f"VOUCHER-{number:04}" for number in range(PEOPLE)]
        await load_into(settings_of(tmp_path, collections), codes, utc_now)
        everybody = []
        for number in range(PEOPLE):
            who = somebody(sandbox, tmp_path, collections, number)
            everybody.append(who)
            await who.to_questions()
            await who.to_review()
            for _ in range(KILLS_EACH):
                if "Submit" in who.labels:
                    await who.person.press("Submit")
                    await who.person.press("Submit")
                await asyncio.sleep(dice.uniform(0, 0.05))
                await nursery.kill()
                await nursery.start()
                await nursery.serving()
            await until(partial(codes_seen, who), seconds=30)
        await until(lambda: nursery.stores.count("outbox") == 0, seconds=30)
        await nursery.close()
        assert sandbox.violations == []
    seen = [set(codes_seen(who)) for who in everybody]
    assert [len(each) for each in seen] == [1] * PEOPLE, "one each, however often it was said"
    assert set.union(*seen) == set(codes), "and each code to one"
    taken = "select count(*), count(distinct holder) from voucher_codes where holder is not null"
    assert nursery.stores.rows(taken) == [(PEOPLE, PEOPLE)]
    log = nursery.log.read_text()
    assert "Traceback" not in log
    assert "VOUCHER-" not in log


def somebody(sandbox: Sandbox, folder: Path, collections: Path, number: int) -> Contributor:
    """The next one who comes along."""
    settings = settings_for(folder, sandbox.api_url, collections=collections)
    read = read_collections(settings)
    return Contributor(sandbox.person(f"Traveller {number}", "en"), "en", "US", read[0], read_texts(settings, read))
