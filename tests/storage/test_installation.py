"""Data and key store belong together, destroyed keys stay destroyed, and what is sealed does not tell by its length."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert
from support import stores

from bot.clock import utc_now
from bot.opening import open_stores
from bot.reading import read_collections
from bot.settings import Settings, read_settings
from bot.start_checks import CannotStart
from bot.storage import tables
from bot.storage.database import Database
from bot.storage.installation import NotAPair
from bot.storage.keystore import Wrap
from bot.storage.schema import alembic
from bot.vault import ANSWER_STEP, CONTACT, KEY_BYTES, CannotOpen, seal, unseal, write_master_key

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def settings_in(folder: Path, data: str = stores.DATA, keys: str = "keys") -> Settings:
    return read_settings(
        _env_file=None,
        database_url=stores.url(folder, data),
        key_file=folder / keys / "master.key",
        key_store_url=stores.url(folder, stores.KEYS) if stores.on_server() else "",
    )


async def with_a_person(settings: Settings) -> bytes:
    """Make the stores, with one person's key in them; its id."""
    async with open_stores(settings, read_collections(settings), utc_now) as stores:
        key_id = os.urandom(16)
        wrapped = stores.vault.wrap(CONTACT, key_id, stores.vault.new_key())
        await stores.keystore.put([Wrap(key_id, CONTACT, wrapped, NOW)])
        return key_id


async def test_another_database_is_refused_and_nobodys_key_is_touched(tmp_path: Path) -> None:
    key_id = await with_a_person(settings_in(tmp_path))
    elsewhere = settings_in(tmp_path, data="another")
    with pytest.raises(NotAPair, match="SURVEYBOT_DATABASE_URL"):
        async with open_stores(elsewhere, read_collections(elsewhere), utc_now):
            pass
    async with open_stores(settings_in(tmp_path), read_collections(elsewhere), utc_now) as stores:
        assert (key_id, CONTACT) in await stores.keystore.wraps([key_id], [CONTACT])


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [("another's keys", NotAPair), ("another master key", CannotOpen), ("a collection is missing", CannotStart)],
)
async def test_a_start_that_is_refused_leaves_the_tables_to_the_version_that_serves_them(
    tmp_path: Path, wrong: str, refusal: type[Exception]
) -> None:
    """Settings that name somebody else's data are not theirs to bring to a new version."""
    earlier = Database.connect(stores.url(tmp_path, "earlier", empty=True))
    settings = settings_in(tmp_path, data="earlier")
    async with open_stores(settings_in(tmp_path), read_collections(settings), utc_now) as opened:
        installation = await opened.keystore.installation()
    async with earlier.write_beside() as connection:
        await connection.run_sync(lambda each: command.upgrade(alembic(each), "0023"))
        owner = "another" if wrong == "another's keys" else installation
        await connection.execute(insert(tables.installation), {"id": owner})
        if wrong == "a collection is missing":
            named = {"collection": "gone", "question": "age", "option": "", "meaning": "", "position": 0}
            held = {"chat": b"chat", "collection": "gone", "pseudonym": "p", "sealed": b"sealed", "record": "r"}
            await connection.execute(insert(tables.vocabulary), named)
            await connection.execute(insert(tables.contributions), held)
    if wrong == "another master key":
        settings.key_file.unlink()
        write_master_key(settings.key_file, os.urandom(KEY_BYTES))

    with pytest.raises(refusal):
        async with open_stores(settings, read_collections(settings), utc_now):
            pass

    assert await earlier.schema() == "0023"
    await earlier.close()


@pytest.mark.sqlite("the key store's file is taken away")
async def test_a_missing_key_store_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    await with_a_person(settings)
    (tmp_path / "keys" / "keystore.db").unlink()
    with pytest.raises(NotAPair, match="restore"):
        async with open_stores(settings, read_collections(settings), utc_now):
            pass


@pytest.mark.sqlite("the key store's file is put back")
async def test_a_key_store_put_back_from_before_opens_nothing_that_was_destroyed(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    key_id = await with_a_person(settings)
    before = tmp_path / "before.db"
    shutil.copy(tmp_path / "keys" / "keystore.db", before)
    async with open_stores(settings, read_collections(settings), utc_now) as stores:
        stores.tombstones.append([(key_id, None)])
        await stores.keystore.destroy([(key_id, None)])
    shutil.copy(before, tmp_path / "keys" / "keystore.db")
    async with open_stores(settings, read_collections(settings), utc_now) as stores:
        assert await stores.keystore.wraps([key_id], [CONTACT]) == {}


@pytest.mark.parametrize("value", [b"", b"a", b"\x80", b"\x80\x00\x00", b"x" * ANSWER_STEP, os.urandom(700)])
def test_what_is_padded_opens_as_it_was(value: bytes) -> None:
    key = os.urandom(32)
    assert unseal(key, seal(key, value, b"place", os.urandom, step=ANSWER_STEP), b"place") == value


def test_every_short_answer_has_one_length_when_sealed() -> None:
    key = os.urandom(32)
    lengths = {len(seal(key, b"." * size, b"place", os.urandom, step=ANSWER_STEP)) for size in range(ANSWER_STEP)}
    assert len(lengths) == 1
