"""`surveybot setup` where nobody is asked, as a script calls it."""

from __future__ import annotations

from pathlib import Path

import pytest
from dotenv import dotenv_values
from support.running import TOKEN, settings_for

from bot import shipped
from bot.clock import utc_now
from bot.opening import open_stores
from bot.reading import read_collections
from bot.sandbox.server import Sandbox
from bot.vault import KEY_BYTES, write_master_key

from .conftest import Surveybot

YES = ("setup", "--yes")


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file in and below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_it_sets_up_what_the_options_say_and_a_second_time_nothing(
    sandbox: Sandbox, surveybot: Surveybot, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "stick").mkdir()
    wanted = (
        *YES, "--token-stdin", "--api-url", sandbox.api_url, "--recovery", tmp_path / "stick", "--unit", "system",
        "--name", "Listening Lab", "--name", "ar=مختبر الإصغاء",
    )  # fmt: skip
    first = await surveybot(*wanted, said=f"{TOKEN}\n")
    before = contents(folder)
    told = len([call for call in sandbox.calls if call.method.startswith("set")])
    second = await surveybot(*wanted, said=f"{TOKEN}\n")

    assert (first.code, first.err) == (second.code, second.err) == (0, "")
    assert dotenv_values(folder / ".env") == {"SURVEYBOT_TOKEN": TOKEN, "SURVEYBOT_API_URL": sandbox.api_url}
    assert sandbox.service.profile.exact_text("name", "ar") == "مختبر الإصغاء"
    assert contents(folder) == before
    assert len([call for call in sandbox.calls if call.method.startswith("set")]) == told
    assert ".env:" not in second.out
    for done in (first, second):
        assert TOKEN not in done.out


async def test_a_place_for_the_recovery_copy_that_cannot_be_looked_into_is_refused_in_one_line(
    sandbox: Sandbox, surveybot: Surveybot, tmp_path: Path
) -> None:
    """As a folder that lets nobody in; here its name is too long, which stops root too."""
    place = tmp_path / ("stick" * 100)
    asked = (*YES, "--no-profile", "--token-stdin", "--api-url", sandbox.api_url, "--recovery", place)
    done = await surveybot(*asked, said=f"{TOKEN}\n")
    assert (done.code, done.err) == (1, f"{place}: cannot be written (File name too long); choose another place\n")


async def test_who_may_rehearse_is_written_down_and_looked_at(surveybot: Surveybot, folder: Path) -> None:
    asked = (*YES, "--no-recovery", "--no-profile", "--token-stdin", "--owners")
    wrong = await surveybot(*asked, "me", said=f"{TOKEN}\n")
    right = await surveybot(*asked, "1,2", said=f"{TOKEN}\n")
    assert (wrong.code, right.code) == (1, 0)
    assert "write Telegram ids" in wrong.err
    assert dotenv_values(folder / ".env")["SURVEYBOT_OWNERS"] == "1,2"


async def test_a_token_in_the_environment_is_written_down(
    surveybot: Surveybot, environment: dict[str, str], folder: Path
) -> None:
    environment["SURVEYBOT_TOKEN"] = TOKEN
    done = await surveybot(*YES, "--no-recovery", "--no-profile")
    assert done.code == 0
    assert "! there is no recovery copy yet" in done.out
    assert dotenv_values(folder / ".env") == {"SURVEYBOT_TOKEN": TOKEN}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("setup",), "nobody to ask"),
        (("setup", "--token-stdin"), "nobody to ask"),
        (YES, "--recovery, or --no-recovery"),
        ((*YES, "--no-recovery", "--unit", "launchd"), "launchd"),
    ],
)
async def test_wrong_usage_ends_with_2_and_changes_nothing(
    surveybot: Surveybot, folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = await surveybot(*arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert contents(folder) == {}


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("", "there is no token"),
        ("hello", "this is not a bot token"),
        ("99:somebody-elses", "Telegram does not know this token"),
    ],
)
async def test_without_a_token_that_telegram_knows_nothing_is_written(
    surveybot: Surveybot, folder: Path, token: str, says: str
) -> None:
    done = await surveybot(*YES, "--no-recovery", "--token-stdin", said=f"{token}\n")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert says in done.err
    assert token == "" or token not in done.err
    assert contents(folder) == {}


async def test_a_collection_in_place_of_the_folder_that_it_lies_in_is_said_before_anything_is_written(
    surveybot: Surveybot, environment: dict[str, str], folder: Path
) -> None:
    asked = (*YES, "--no-recovery", "--no-profile", "--token-stdin")
    collection = shipped.ready_collections() / "demographics"
    named = await surveybot(*asked, "--collections", collection, said=f"{TOKEN}\n")
    environment["SURVEYBOT_COLLECTIONS"] = str(collection)
    set_so = await surveybot(*asked, said=f"{TOKEN}\n")
    for done in (named, set_so, await surveybot("check"), await surveybot("review", "list")):
        assert (done.code, done.err.count("\n")) == (1, 1)
        says = f"this is a collection itself. Name the folder that it lies in: {collection.parent}"
        assert says in done.err
    assert contents(folder) == {}


async def test_a_telegram_that_is_not_reached_is_named_with_what_to_look_at(surveybot: Surveybot, folder: Path) -> None:
    done = await surveybot(*YES, "--no-recovery", "--token-stdin", "--api-url", "http://127.0.0.1:9", said=f"{TOKEN}\n")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "http://127.0.0.1:9 is not reached" in done.err
    assert TOKEN not in done.err
    assert contents(folder) == {}


async def test_a_setting_that_is_wrong_beside_the_token_is_named(
    surveybot: Surveybot, environment: dict[str, str]
) -> None:
    environment["SURVEYBOT_SEND_RATE"] = "fast"
    done = await surveybot(*YES, "--no-recovery", "--token-stdin", said=f"{TOKEN}\n")
    assert done.code == 1
    assert "SURVEYBOT_SEND_RATE" in done.err


async def test_a_folder_of_collections_with_faults_is_refused_with_every_fault(
    surveybot: Surveybot, tmp_path: Path
) -> None:
    (tmp_path / "mine" / "first").mkdir(parents=True)
    done = await surveybot(
        *YES, "--no-recovery", "--token-stdin", "--collections", tmp_path / "mine", said=f"{TOKEN}\n"
    )
    assert done.code == 1
    assert "collection.yaml" in done.err


async def test_data_without_its_master_key_gets_no_new_one(surveybot: Surveybot, folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "survey.db").write_bytes(b"of before")
    done = await surveybot(*YES, "--no-recovery", "--token-stdin", said=f"{TOKEN}\n")
    assert done.code == 1
    assert "A new key would open nothing" in done.err
    assert not (folder / "keys").exists()


async def test_a_key_without_a_recovery_copy_is_warned_of_until_one_is_named(
    surveybot: Surveybot, folder: Path, tmp_path: Path
) -> None:
    """As one that a first start has made, or a setup that was cut off; a copy that somebody else made counts once it is
    named."""
    asked = (*YES, "--no-profile", "--token-stdin")
    warns = "! there is no recovery copy yet that setup knows of"
    write_master_key(folder / "keys" / "master.key", b"k" * KEY_BYTES)
    copy = tmp_path / "copied.key"
    copy.write_bytes((folder / "keys" / "master.key").read_bytes())
    for more in ((), ("--no-recovery",)):
        done = await surveybot(*asked, *more, said=f"{TOKEN}\n")
        assert (done.code, warns in done.out) == (0, True), done
    named = await surveybot(*asked, "--recovery", copy, said=f"{TOKEN}\n")
    assert "was there already, and opens what the master key opens" in named.out
    for done in (named, await surveybot(*asked, said=f"{TOKEN}\n")):
        assert (done.code, "no recovery copy" in done.out) == (0, False), done


async def test_a_master_key_that_was_changed_is_warned_of_like_a_new_one(
    sandbox: Sandbox, surveybot: Surveybot, environment: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    """Also where the new one stands where an earlier one stood, which had a copy."""
    asked, keys = (*YES, "--no-profile", "--token-stdin"), folder / "keys"
    database_url = f"sqlite+aiosqlite:///{folder / 'data' / 'survey.db'}"
    settings = settings_for(folder, sandbox.api_url, database_url=database_url, key_store_url="")
    async with open_stores(settings, read_collections(settings), utc_now):
        pass
    (tmp_path / "stick").mkdir()
    await surveybot(*asked, "--recovery", tmp_path / "stick", said=f"{TOKEN}\n")
    for before, after in (("master.key", "second.key"), ("second.key", "master.key")):
        assert (await surveybot("keys", "rotate", "--new-key-file", keys / after)).code == 0
        environment["SURVEYBOT_KEY_FILE"] = str(keys / after)
        (keys / before).unlink()
        done = await surveybot(*asked, said=f"{TOKEN}\n")
        assert (done.code, "! there is no recovery copy yet" in done.out) == (0, True), done


async def test_a_name_that_telegram_lets_change_only_later_stops_nothing_else(
    sandbox: Sandbox, surveybot: Surveybot
) -> None:
    sandbox.faults.too_many_requests(retry_after=40_000, method="setMyName")
    done = await surveybot(
        *YES, "--no-recovery", "--token-stdin", "--name", "Listening Lab", "--name", "ar=مختبر", said=f"{TOKEN}\n"
    )
    assert done.code == 0
    assert "! name, everybody else: Telegram lets this change again in 11 hours" in done.out
    assert "✓ menu: set for everybody else, en" in done.out
    assert len([call for call in sandbox.calls if call.method == "setMyName"]) == 1


async def test_a_unit_that_somebody_has_changed_is_not_written_over(surveybot: Surveybot, folder: Path) -> None:
    unit = folder / "surveybot.service"
    unit.write_text("[Service]\nNice=5\n")
    done = await surveybot(*YES, "--no-recovery", "--no-profile", "--token-stdin", "--unit", "user", said=f"{TOKEN}\n")
    assert done.code == 1
    assert "--unit-to" in done.err
    assert unit.read_text() == "[Service]\nNice=5\n"


async def test_a_unit_can_be_printed_and_then_nothing_is_written(surveybot: Surveybot, folder: Path) -> None:
    done = await surveybot(
        *YES, "--no-recovery", "--no-profile", "--token-stdin", "--unit", "system", "--unit-to", "-", said=f"{TOKEN}\n"
    )
    assert "NoNewPrivileges=yes" in done.out
    assert not (folder / "surveybot.service").exists()


async def test_a_unit_lets_the_bot_write_the_releases_that_are_ordered_in_the_chat(
    surveybot: Surveybot, folder: Path, environment: dict[str, str]
) -> None:
    """Its folder is there once the unit is: in a unit nothing can be made beside what it may write to."""
    environment["SURVEYBOT_EXPORT_DIR"] = "out/handed over"
    done = await surveybot(*YES, "--no-recovery", "--no-profile", "--token-stdin", "--unit", "user", said=f"{TOKEN}\n")
    assert done.code == 0, done.err
    made = folder / "out" / "handed over"
    assert f'ReadWritePaths="-{made}"' in (folder / "surveybot.service").read_text().splitlines()
    assert (made.is_dir(), made.stat().st_mode & 0o077) == (True, 0)


async def test_a_folder_that_the_unit_needs_and_nobody_can_make_is_said(
    surveybot: Surveybot, folder: Path, environment: dict[str, str]
) -> None:
    (folder / "releases").touch()
    environment["SURVEYBOT_EXPORT_DIR"] = "releases/here"
    done = await surveybot(*YES, "--no-recovery", "--no-profile", "--token-stdin", "--unit", "user", said=f"{TOKEN}\n")
    assert done.code == 1
    assert f"{folder / 'releases' / 'here'}: cannot be made (Not a directory)" in done.err
