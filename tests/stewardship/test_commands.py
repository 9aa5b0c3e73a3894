"""Exit codes and words of the stewards' commands: 0 done, 1 a refusal that is explained, 2 wrong usage."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from support import stores
from support.running import Bot

from bot import shipped
from bot.stewardship.export import Refused, order
from bot.stewardship.formats import FORMATS
from bot.storage.schema import alembic, newest_schema
from flows.load import load_collections

from .conftest import EXPORT, Arrive, Export, Surveybot, files_in, take_part


@pytest.mark.parametrize(
    ("collection", "purpose", "recipient", "says"),
    [
        ("censuses", "evaluation", "lab", "there is no collection 'censuses'; there is: demographics"),
        ("demographics", "fun", "lab", "no purpose 'fun'; it has: evaluation, improvement, balance, link"),
        ("demographics", "invites", "lab", "invites uses the contact and not the answers"),
        ("demographics", "evaluation", "../lab", "letters (A-Z, a-z), digits, - and _ only"),
        ("demographics", "evaluation", "lab\n", "letters (A-Z, a-z), digits, - and _ only"),
        ("demographics", "evaluation", "l" * 41, "40 at most"),
        ("demographics", "evaluation", "مختبر", "letters (A-Z, a-z), digits, - and _ only"),
        ("demographics", "evaluation", "", "letters (A-Z, a-z), digits, - and _ only"),
    ],
)
def test_orders_that_are_refused(collection: str, purpose: str, recipient: str, says: str) -> None:
    collections = load_collections(shipped.ready_collections())

    with pytest.raises(Refused) as refused:
        order(collections, collection, purpose, recipient, FORMATS["csv"])

    assert says in str(refused.value)


@pytest.mark.usefixtures("bot")
async def test_a_refusal_is_one_message_and_ends_with_1(surveybot: Surveybot) -> None:
    done = await surveybot(*EXPORT, "fun")

    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "demographics has no purpose 'fun'" in done.err


@pytest.mark.parametrize("arguments", [["export", "demographics"], [*EXPORT, "evaluation", "--format", "xlsx"]])
async def test_wrong_usage_ends_with_2(surveybot: Surveybot, arguments: list[str]) -> None:
    assert (await surveybot(*arguments)).code == 2


@pytest.mark.parametrize("arguments", [[*EXPORT, "evaluation"], ["releases"], ["keys", "status"], ["db", "upgrade"]])
async def test_without_data_each_command_says_so_and_makes_none(
    surveybot: Surveybot, tmp_path: Path, arguments: list[str]
) -> None:
    done = await surveybot(*arguments)

    assert (done.code, done.err.count("\n")) == (1, 1)
    place = "postgresql+asyncpg://postgres@/" if stores.on_server() else tmp_path
    assert f"there is no database at {place}" in done.err
    assert files_in(tmp_path) == []


@pytest.mark.sqlite("the key store's file is taken away")
async def test_without_the_key_store_nothing_is_made_in_its_place(bot: Bot, surveybot: Surveybot) -> None:
    await bot.stop()
    bot.stores.keystore.unlink()

    done = await surveybot(*EXPORT, "evaluation")

    assert done.code == 1
    assert "there is no key store" in done.err
    assert not bot.stores.keystore.exists()


@pytest.mark.usefixtures("bot")
async def test_a_file_where_the_folder_should_be_is_refused(surveybot: Surveybot, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()

    done = await surveybot(*EXPORT, "evaluation", "--out", tmp_path / "taken")

    assert done.code == 1
    assert str(tmp_path / "taken") in done.err
    assert "Traceback" not in done.err


async def test_it_says_in_words_what_was_made(arrive: Arrive, surveybot: Surveybot, tmp_path: Path) -> None:
    await take_part(arrive())

    done = await surveybot(*EXPORT, "evaluation", "--out", tmp_path / "a" / "b")

    assert (done.code, done.err) == (0, "")
    [folder] = (tmp_path / "a" / "b").iterdir()
    assert f"{folder / folder.name}.csv: 1 row, SHA-256 " in done.out
    assert "is in the ledger" in done.out


async def test_what_a_kill_left_is_removed_by_the_next_release(
    arrive: Arrive, exported: Export, tmp_path: Path
) -> None:
    await take_part(arrive())
    (tmp_path / "out").mkdir()
    left = tmp_path / "out" / ".unfinished-0123456789abcdef.part"
    left.write_bytes(b"answers of people")

    release = await exported()

    assert list((tmp_path / "out").iterdir()) == [release.path.parent]


async def test_older_tables_are_named_with_the_remedy(bot: Bot, surveybot: Surveybot) -> None:
    await bot.stop()
    with bot.stores.writing() as data:
        data.execute("update alembic_version set version_num = '0000'")

    for arguments in ([*EXPORT, "evaluation"], ["db", "status"], ["releases"]):
        done = await surveybot(*arguments)
        assert done.code == 1
        assert "stop the bot and run: surveybot db upgrade" in done.err


async def test_tables_are_not_changed_under_a_bot_that_serves(bot: Bot, surveybot: Surveybot) -> None:
    """It is of the version before, and would write into tables that it does not know."""
    before = ScriptDirectory.from_config(alembic()).get_revision(newest_schema() or "").down_revision
    await bot.stores.change("update alembic_version set version_num = ?", before)

    refused = await surveybot("db", "upgrade")

    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "a bot serves from here; stop it first" in refused.err
    assert bot.stores.rows("select version_num from alembic_version") == [(before,)]


@pytest.mark.usefixtures("bot")
async def test_tables_of_this_version(surveybot: Surveybot) -> None:
    assert (await surveybot("db", "status", "--json")).value == {"up_to_date": True}
    assert (await surveybot("db", "upgrade")).code == 0
