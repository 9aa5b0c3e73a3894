"""PostgreSQL roles that may do less than surveybot needs: each command says so in one line, and what helps."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from support import commands, stores
from support.by_hand import CHAT, by_hand
from support.commands import Done
from support.made_up import dice
from support.running import settings_on_files

from bot.clock import utc_now
from bot.doors import open_ground
from bot.opening import open_stores
from bot.reading import read_collections
from bot.storage.database import StoreUnavailable

pytestmark = pytest.mark.server("it has roles")

MAY_NOT = "may not make tables in the database"

Surveybot = Callable[..., Awaitable[Done]]


@pytest.fixture
def surveybot(tmp_path: Path) -> Surveybot:
    """Runs a command; what is said of stores stands in its environment. It ends without a traceback."""

    async def run(*arguments: str | Path, **stored: str) -> Done:
        settings = settings_on_files(tmp_path, **stored)
        said = {
            "SURVEYBOT_TOKEN": "1:test",
            "SURVEYBOT_API_URL": settings.api_url,
            "SURVEYBOT_ALLOW_UNREVIEWED": "1",
            "SURVEYBOT_KEY_FILE": str(settings.key_file),
            "SURVEYBOT_DATABASE_URL": settings.database_url,
            "SURVEYBOT_KEY_STORE_URL": settings.key_store,
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SURVEYBOT_")}
        done = await commands.run(list(map(str, arguments)), {**kept, **said}, tmp_path)
        assert "Traceback" not in done.out + done.err, done.err
        return done

    return run


@pytest.fixture
async def on_files(tmp_path: Path) -> None:
    """An installation on SQLite files, with nobody in it."""
    async with open_ground(settings_on_files(tmp_path), "", dice()):
        pass


async def a_guest_at(folder: Path, store: str, *, empty: bool = True) -> str:
    """A database by the URL of a role that does not own it."""
    return await asyncio.to_thread(stores.url_of_a_guest, folder, store, empty=empty)


async def empty_database(folder: Path, store: str) -> str:
    return await asyncio.to_thread(stores.url, folder, store, empty=True)


def is_one_line(done: Done, says: str) -> bool:
    return done.code == 1 and done.err.count("\n") == 1 and says in done.err


async def test_a_start_with_a_role_that_may_make_no_tables_says_so(surveybot: Surveybot, tmp_path: Path) -> None:
    done = await surveybot("run", database_url=await a_guest_at(tmp_path, stores.DATA))
    assert is_one_line(done, MAY_NOT), done
    name = stores.name_of(tmp_path, stores.DATA)
    assert f"alter database {name} owner to guest_of_{name}" in done.err


async def test_a_start_whose_keys_role_may_make_no_tables_says_so(surveybot: Surveybot, tmp_path: Path) -> None:
    data, keys = await empty_database(tmp_path, stores.DATA), await a_guest_at(tmp_path, stores.KEYS)
    done = await surveybot("run", database_url=data, key_store_url=keys)
    assert is_one_line(done, "permission denied for schema public; let this role own the database"), done
    assert stores.name_of(tmp_path, stores.KEYS) in done.err


async def test_doctor_says_so_before_the_first_start(surveybot: Surveybot, tmp_path: Path) -> None:
    data, keys = await a_guest_at(tmp_path, stores.DATA), await a_guest_at(tmp_path, stores.KEYS)
    before = await surveybot("doctor", database_url=data, key_store_url=keys)
    await surveybot("run", database_url=data, key_store_url=keys)  # which makes the master key, and ends
    after = await surveybot("doctor", database_url=data, key_store_url=keys)
    for done in (before, after):
        said = " ".join(done.out.split())
        assert done.code == 1
        for store in (stores.DATA, stores.KEYS):
            assert re.search(rf"{MAY_NOT} {stores.name_of(tmp_path, store)}\b", said), said
        assert "let it own the database: alter database" in said
        assert "the first start makes data and key store" not in said


@pytest.mark.usefixtures("on_files")
async def test_nothing_is_moved_to_where_a_role_may_make_no_tables(surveybot: Surveybot, tmp_path: Path) -> None:
    new = tmp_path / "new.env"
    new.write_text(f"SURVEYBOT_DATABASE_URL={await a_guest_at(tmp_path, 'moved')}\n")
    assert is_one_line(await surveybot("db", "copy", "--to", new), MAY_NOT)
    keys = await a_guest_at(tmp_path, "moved_keys")
    new.write_text(f"SURVEYBOT_DATABASE_URL={await empty_database(tmp_path, 'free')}\nSURVEYBOT_KEY_STORE_URL={keys}\n")
    assert is_one_line(await surveybot("db", "copy", "--to", new), MAY_NOT)


@pytest.mark.usefixtures("on_files")
async def test_nothing_is_put_back_to_where_a_role_may_make_no_tables(surveybot: Surveybot, tmp_path: Path) -> None:
    """Keys beside no data, or data that the old ones belong to, would start nothing."""
    data, keys = tmp_path / "backup" / "data", tmp_path / "backup" / "keys"
    assert (await surveybot("backup", "--data", data, "--keys", keys)).code == 0
    stored = {"database_url": await a_guest_at(tmp_path, stores.DATA)}
    before = (tmp_path / "keys" / "keystore.db").stat().st_ino
    done = await surveybot("restore", "--data", data, "--keys", keys, "--over", "--no-newer-list", **stored)
    assert is_one_line(done, MAY_NOT), done
    assert (tmp_path / "keys" / "keystore.db").stat().st_ino == before
    assert "set aside" not in done.out


@pytest.mark.usefixtures("on_files")
async def test_a_key_is_not_proved_by_an_empty_database(surveybot: Surveybot, tmp_path: Path) -> None:
    await surveybot("keys", "split", "--out", tmp_path / "shares", "--shares", "2", "--threshold", "2")
    shares = sorted((tmp_path / "shares").iterdir())
    to = ("--to", tmp_path / "back.key")
    empty = await empty_database(tmp_path, stores.KEYS)
    done = await surveybot("keys", "recover", *shares, *to, key_store_url=empty)
    assert is_one_line(done, f"/{stores.name_of(tmp_path, stores.KEYS)}"), done
    assert "there is no key store at" in done.err
    assert "--key-store names the file of a backup" in done.err
    assert not (tmp_path / "back.key").exists()


@pytest.mark.usefixtures("on_files")
async def test_data_in_the_place_of_keys_is_called_so(surveybot: Surveybot, tmp_path: Path) -> None:
    """Both have a table that says whose they are."""
    data = await asyncio.to_thread(stores.url, tmp_path, stores.DATA)
    await asyncio.to_thread(stores.rows, tmp_path, "insert into installation values ('x') returning id")
    done = await surveybot("keys", "status", key_store_url=data)
    assert is_one_line(done, 'relation "ring" does not exist; look whether the settings name the right database'), done
    doctor = await surveybot("doctor", key_store_url=data)
    assert 'relation "ring" does not exist, so that the bot does not start' in " ".join(doctor.out.split())


async def test_tables_that_a_role_may_not_read_are_named(surveybot: Surveybot, tmp_path: Path) -> None:
    stored = {"database_url": await a_guest_at(tmp_path, stores.DATA, empty=False)}
    denied = "permission denied for table"
    for line in (("run",), ("keys", "status")):
        done = await surveybot(*line, **stored)
        assert is_one_line(done, denied), done
        assert "let this role own the database and its tables" in done.err
    doctor = await surveybot("doctor", **stored)
    assert denied in doctor.out


async def test_a_role_that_finds_the_tables_as_they_should_be_needs_to_make_none(tmp_path: Path) -> None:
    """Whoever lets another role make them gives this one less, and the bot serves with it."""
    names = {"database_url": stores.DATA, "key_store_url": stores.KEYS}
    guest = {each: await a_guest_at(tmp_path, store, empty=False) for each, store in names.items()}
    for store in names.values():
        await asyncio.to_thread(stores.let_a_guest_work, tmp_path, store)
    settings = settings_on_files(tmp_path, **guest)
    async with open_stores(settings, read_collections(settings), utc_now) as opened:
        await opened.database.try_to_write()
        await opened.keystore.try_to_write()


async def test_a_step_is_not_confirmed_while_a_table_may_not_be_used(tmp_path: Path) -> None:
    """Whoever set the server up mends it, and the step is taken then: it is not one that failed."""
    async with by_hand(tmp_path) as hand:
        await hand.to_questions()
        before, shown = hand.stored.rows("select version from conversations"), hand.telegram.cards[CHAT]
        tap = hand.tap("choose")
        await hand.stored.change("alter table contributions rename to elsewhere")
        with pytest.raises(StoreUnavailable, match="contributions"):
            await hand.happens(tap, CHAT)
        await hand.stored.change("alter table elsewhere rename to contributions")
        assert hand.stored.rows("select version from conversations") == before
        await hand.happens(tap, CHAT)
        assert hand.telegram.cards[CHAT] != shown
