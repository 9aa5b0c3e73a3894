"""Keys: sealing, the key file, the key store, and what is left of what was destroyed."""

from __future__ import annotations

import datetime as dt
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support import stores
from support.running import settings_for
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import utc_now
from bot.opening import open_stores
from bot.reading import read_collections
from bot.storage.keystore import KeyStore, Wrap
from bot.tombstones import Tombstones
from bot.vault import (
    CONTACT,
    FIXED_RING_KEYS,
    KEY_BYTES,
    PAYOUTS,
    SELF,
    CannotOpen,
    KeyFileFault,
    Vault,
    open_ring,
    read_master_key,
    seal,
    unseal,
    wrap_ring_key,
    write_master_key,
)

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
KEY = bytes(range(KEY_BYTES))


def a_vault() -> Vault:
    """A vault with a ring of its own."""
    return Vault({name: os.urandom(KEY_BYTES) for name in FIXED_RING_KEYS}, os.urandom)


# --- sealing -------------------------------------------------------------------------------------------------------


def test_what_is_sealed_opens_where_it_belongs_and_nowhere_else() -> None:
    sealed = seal(KEY, b"answer", b"answer|p_1|age|1", os.urandom)
    assert unseal(KEY, sealed, b"answer|p_1|age|1") == b"answer"
    with pytest.raises(CannotOpen):
        unseal(KEY, sealed, b"answer|p_2|age|1")
    with pytest.raises(CannotOpen):
        unseal(os.urandom(KEY_BYTES), sealed, b"answer|p_1|age|1")


@pytest.mark.parametrize("place", [0, 1, 5, 13, -1])
def test_a_changed_byte_does_not_open(place: int) -> None:
    sealed = bytearray(seal(KEY, b"answer", b"here", os.urandom))
    sealed[place] ^= 1
    with pytest.raises(CannotOpen):
        unseal(KEY, bytes(sealed), b"here")


@pytest.mark.parametrize("cut", [b"", b"\x01", b"\x01" + bytes(12), bytes(50)])
def test_what_is_too_short_or_of_another_format_does_not_open(cut: bytes) -> None:
    with pytest.raises(CannotOpen):
        unseal(KEY, cut, b"here")


def test_the_same_value_never_looks_the_same() -> None:
    assert seal(KEY, b"answer", b"here", os.urandom) != seal(KEY, b"answer", b"here", os.urandom)


def test_a_wrap_opens_under_its_own_lock_and_id_alone() -> None:
    vault = a_vault()
    wrapped = vault.wrap(SELF, b"id", KEY)
    assert vault.unwrap(SELF, b"id", wrapped) == KEY
    for lock, key_id in ((CONTACT, b"id"), (SELF, b"other")):
        with pytest.raises(CannotOpen):
            vault.unwrap(lock, key_id, wrapped)
    with pytest.raises(CannotOpen):
        a_vault().unwrap(SELF, b"id", wrapped)


def test_hashes_differ_by_ring_and_by_what_they_are_for() -> None:
    vault = a_vault()
    assert vault.chat_hash(1) != vault.chat_hash(2)
    assert vault.chat_hash(1) != a_vault().chat_hash(1)
    assert vault.entitlement_hash(1, "a") != vault.entitlement_hash(1, "b")
    assert vault.release_pseudonym("p_1", "lab") != vault.release_pseudonym("p_1", "other")


def test_the_ring_does_not_open_with_another_master_key() -> None:
    wrapped = {"lookup": wrap_ring_key(KEY, "lookup", os.urandom(KEY_BYTES), os.urandom)}
    assert open_ring(KEY, wrapped).keys() == {"lookup"}
    with pytest.raises(CannotOpen):
        open_ring(os.urandom(KEY_BYTES), wrapped)
    with pytest.raises(CannotOpen):
        open_ring(KEY, {"self": wrapped["lookup"]})


# --- the key file --------------------------------------------------------------------------------------------------


def test_a_key_file_is_its_owners_alone_and_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    write_master_key(path, KEY)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert read_master_key(path) == KEY
    with pytest.raises(KeyFileFault, match="never written over"):
        write_master_key(path, KEY)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_key_file_that_others_can_open_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    write_master_key(path, KEY)
    path.chmod(mode)
    with pytest.raises(KeyFileFault, match="chmod 600"):
        read_master_key(path)


@pytest.mark.parametrize("content", ["", "hello\n", "surveybot master key 1\n", "surveybot master key 1\n!!!\n"])
def test_what_is_no_key_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileFault, match="not a surveybot master key"):
        read_master_key(path)


def test_a_key_file_that_is_missing_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(KeyFileFault, match="SURVEYBOT_KEY_FILE"):
        read_master_key(tmp_path / "master.key")


async def test_data_without_its_key_file_is_refused_and_no_new_key_is_made(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "http://127.0.0.1:1")
    collections = read_collections(settings)
    async with open_stores(settings, collections, utc_now):
        pass
    settings.key_file.rename(tmp_path / "elsewhere")
    with pytest.raises(KeyFileFault, match="there is no master key"):
        async with open_stores(settings, collections, utc_now):
            pass
    assert not settings.key_file.exists()


def test_another_master_key_is_refused_with_one_clear_message(tmp_path: Path) -> None:
    environment = {
        "SURVEYBOT_TOKEN": "1:test",
        "SURVEYBOT_API_URL": "http://127.0.0.1:1",
        **stores.environ(tmp_path),
        "SURVEYBOT_KEY_FILE": str(tmp_path / "keys" / "master.key"),
    }
    first = CliRunner().invoke(app, ["run"], env=environment)
    assert (first.exit_code, "Telegram does not answer" in first.output) == (1, True)
    (tmp_path / "keys" / "master.key").unlink()
    write_master_key(tmp_path / "keys" / "master.key", os.urandom(KEY_BYTES))
    second = CliRunner().invoke(app, ["run"], env=environment)
    assert second.exit_code == 1
    assert "the master key is not the one that this data was sealed with" in second.output
    assert "SURVEYBOT_KEY_FILE" in second.output
    assert "Traceback" not in second.output


# --- the key store -------------------------------------------------------------------------------------------------


@pytest.mark.sqlite("reads the key store's file")
async def test_a_destroyed_wrap_leaves_no_byte_in_any_file(keystore: KeyStore, tmp_path: Path) -> None:
    wraps = [Wrap(os.urandom(16), lock, os.urandom(61), NOW) for lock in ("self", "contact") for _ in range(50)]
    await keystore.put(wraps)
    gone, kept = wraps[::2], wraps[1::2]
    await keystore.destroy([(wrap.key_id, None) for wrap in gone])
    content = b"".join(path.read_bytes() for path in (tmp_path / "keys").iterdir())
    assert [wrap for wrap in gone if wrap.wrapped[-20:] in content or wrap.key_id in content] == []
    assert all(wrap.wrapped in content for wrap in kept)


async def test_one_lock_is_destroyed_and_the_others_stay(keystore: KeyStore) -> None:
    wraps = [Wrap(b"id", lock, os.urandom(61), NOW) for lock in ("self", "purpose:a/b", "purpose:a/c")]
    await keystore.put(wraps)
    await keystore.destroy([(b"id", "purpose:a/b"), (b"never", None)])
    assert set(await keystore.wraps([b"id"], ["self", "purpose:a/b", "purpose:a/c"])) == {
        (b"id", "self"),
        (b"id", "purpose:a/c"),
    }


@pytest.mark.sqlite("looks at its file's mode")
async def test_the_key_store_is_its_owners_alone(keystore: KeyStore, tmp_path: Path) -> None:
    assert keystore is not None
    assert (tmp_path / "keys" / "keystore.db").stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


@pytest.mark.sqlite("a server numbers no rows")
async def test_wraps_of_an_earlier_surveybot_stay_and_lie_in_no_order_that_they_came_in(
    keystore: KeyStore, tmp_path: Path
) -> None:
    """Between the keys of two consents, a number's key would say whose number it is."""
    file, made_at = stores.file_of(tmp_path, stores.KEYS), "2026-11-23 12:34:56.000789"
    with closing(sqlite3.connect(file)) as before, before:
        before.execute("drop table wraps")
        before.execute(
            "create table wraps (key_id blob not null, lock varchar(100) not null, wrapped blob not null, "
            "made_at datetime not null, primary key (key_id, lock))"
        )
        keys = [bytes([number]) * 16 for number in (7, 2, 9, 4)]
        for key_id in keys:
            for lock in (CONTACT, SELF, PAYOUTS):
                before.execute("insert into wraps values (?, ?, ?, ?)", (key_id, lock, b"wrapped" * 8, made_at))
    await keystore.create()
    await keystore.create()

    with closing(sqlite3.connect(file)) as after:
        found = after.execute("select key_id, lock, made_at from wraps order by 1, 2").fetchall()
        with pytest.raises(sqlite3.OperationalError, match="rowid"):
            after.execute("select rowid from wraps")
        assert after.execute("select count(*) from sqlite_master where name like '%they_came'").fetchone() == (0,)
    day = "2026-11-24 00:00:00.000000"
    assert found == sorted(
        (key, lock, day if lock == PAYOUTS else made_at) for key in keys for lock in (CONTACT, SELF, PAYOUTS)
    )
    assert len(await keystore.wraps(keys, (CONTACT, SELF, PAYOUTS))) == 12
    content = file.read_bytes()
    lying = sorted(keys, key=lambda key: content.index(key + b"contact"), reverse=True)
    assert lying == sorted(keys)
    assert content.count(keys[0] + b"contact") == 1, "the table that was there left nothing behind"


# --- tombstones ----------------------------------------------------------------------------------------------------


def test_tombstones_are_read_back_in_order_and_only_grow(tmp_path: Path) -> None:
    tombstones = Tombstones(tmp_path / "destroyed-keys.log")
    assert tombstones.read() == []
    tombstones.append([(b"\x01", None), (b"\x02", "purpose:a/b")])
    tombstones.append([(b"\x03", None)])
    assert tombstones.read() == [(b"\x01", None), (b"\x02", "purpose:a/b"), (b"\x03", None)]
    assert tombstones.path.stat().st_mode & 0o077 == 0


def test_a_line_cut_short_before_its_lock_does_not_take_the_whole_key(tmp_path: Path) -> None:
    tombstones = Tombstones(tmp_path / "destroyed-keys.log")
    tombstones.path.write_text("0a0b")
    tombstones.append([(b"\x0a\x0b", "purpose:a/b")])
    assert tombstones.read() == [(b"\x0a\x0b", "purpose:a/b")]


@pytest.mark.parametrize("cut", range(1, 34))
def test_a_last_line_cut_short_by_a_crash_is_passed_over(tmp_path: Path, cut: int) -> None:
    tombstones = Tombstones(tmp_path / "destroyed-keys.log")
    first, second = os.urandom(16), os.urandom(16)
    tombstones.append([(first, None)])
    whole = tombstones.path.read_bytes()
    tombstones.append([(second, None)])
    tombstones.path.write_bytes(tombstones.path.read_bytes()[: len(whole) + cut - 1])
    assert tombstones.read() == ([(first, None)] if cut < 34 else [(first, None), (second, None)])
    tombstones.append([(second, None)])
    assert (second, None) in tombstones.read(), "what follows a cut line is not lost with it"
    assert (first, None) in tombstones.read()


def test_what_does_not_fit_onto_the_disk_does_not_count_as_written_down(tmp_path: Path) -> None:
    """A full disk takes the beginning of what is written and says nothing of the rest."""
    tombstones = Tombstones(tmp_path / "destroyed-keys.log")
    destroyed = [(os.urandom(16), None) for _ in range(100)]
    with room_for(1_000), pytest.raises(OSError, match="large"):
        tombstones.append(destroyed)
    assert len(tombstones.read()) < 100
    tombstones.append(destroyed)
    assert set(tombstones.read()) == set(destroyed)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
