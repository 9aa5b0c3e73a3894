"""Recipients on file: without an agreement that holds, for the purpose, nothing is released."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import orjson
import pytest
from support.commands import Done
from support.running import Bot

from .conftest import EXPORT, Arrive, Surveybot, files_in, take_part

ADD = ("recipients", "add", "institute", "--agreement", "DUA-7", "--purpose", "evaluation", "--contact",
       "data@example.org", "--expires", "2099-12-31", "--delete-within", "30")  # fmt: skip


def with_other(**options: str) -> tuple[str, ...]:
    """The command with other values."""
    words = list(ADD)
    for name, value in options.items():
        words[words.index(f"--{name.replace('_', '-')}") + 1] = value
    return tuple(words)


async def test_somebody_is_put_on_file_listed_shown_and_ended_and_each_is_audited(
    bot: Bot, surveybot: Surveybot
) -> None:
    added = await surveybot(*ADD)
    listed = (await surveybot("recipients", "list", "--json")).value
    shown = await surveybot("recipients", "show", "institute")
    ended = await surveybot("recipients", "end", "institute", "--json")

    assert added.out == "institute: DUA-7, for evaluation, until 2099-12-31\n"
    [told] = [each for each in listed if each["name"] == "institute"]
    assert (told["purposes"], told["delete_within"], told["live"]) == (["evaluation"], 30, True)
    assert "contact: data@example.org" in shown.out
    assert not ended.value[0]["live"]
    rows = bot.stores.rows("select action, detail from audit where action like 'recipient %' order by id")
    acts = [(action, orjson.loads(detail)["recipient"]) for action, detail in rows]
    assert acts[-2:] == [("recipient added", "institute"), ("recipient ended", "institute")]


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (with_other(purpose="fun"), "no collection has the purpose 'fun'"),
        (with_other(purpose="invites"), "no collection has the purpose 'invites'"),
        (with_other(expires="2020-01-01"), "is over already"),
        (with_other(delete_within="0"), "name 1 to 365 days"),
        (with_other(agreement=" "), "which agreement"),
        (("recipients", "add", "Lab", *ADD[3:]), "there is 'lab' on file"),
        (("recipients", "add", "lab", *ADD[3:]), "surveybot recipients end lab"),
        (("recipients", "show", "nobody"), "nobody called 'nobody' is on file; on file: clinic, lab"),
    ],
)
async def test_what_cannot_be_put_on_file_is_one_message(
    surveybot: Surveybot, arguments: tuple[str, ...], says: str
) -> None:
    done = await surveybot(*arguments)

    assert (done.code, done.err.count("\n")) == (1, 1)
    assert says in done.err


class TestNoReleaseWithoutOne:
    """Nothing is written, and the ledger has no entry."""

    async def refused(self, bot: Bot, surveybot: Surveybot, tmp_path: Path, *more: str) -> Done:
        done = await surveybot(*EXPORT, "evaluation", *more)
        assert done.code == 1
        assert files_in(tmp_path / "elsewhere") == []
        assert bot.stores.count("releases") == 0
        return done

    async def test_nobody_of_that_name(self, bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path) -> None:
        await take_part(arrive())
        done = await self.refused(bot, surveybot, tmp_path, "--recipient", "stranger")
        assert "nobody called 'stranger' is on file" in done.err

    async def test_another_purpose(self, bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path) -> None:
        await take_part(arrive())
        await surveybot(*with_other(purpose="improvement"))
        done = await self.refused(bot, surveybot, tmp_path, "--recipient", "institute")
        assert "is for improvement, not for evaluation" in done.err

    async def test_an_agreement_that_was_ended(
        self, bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path
    ) -> None:
        await take_part(arrive())
        await surveybot("recipients", "end", "lab")
        done = await self.refused(bot, surveybot, tmp_path)
        assert "the agreement with lab ended on" in done.err
        assert (await surveybot("recipients", "add", "lab", *ADD[3:])).code == 0
        assert (await surveybot(*EXPORT, "evaluation")).code == 0

    async def test_an_agreement_that_ran_out(
        self, bot: Bot, arrive: Arrive, surveybot: Surveybot, tmp_path: Path
    ) -> None:
        await take_part(arrive())
        yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
        await bot.stores.change("update recipients set expires_on = ? where name = 'lab'", yesterday.isoformat())
        done = await self.refused(bot, surveybot, tmp_path)
        assert f"ran out on {yesterday}" in done.err
