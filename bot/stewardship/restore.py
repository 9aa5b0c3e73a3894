"""Putting a backup back, so that nothing opens that was closed after it was made.

The list of destroyed keys is never rolled back: keys that it names are destroyed in the key store before that takes its
place, and what they had sealed is taken out of the data. Without a list that may be newer than the backup's own,
nothing is restored, unless somebody says in so many words that there is none.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.notices.desk import ENDED
from bot.serving import alone, or_refuse
from bot.settings import Settings
from bot.stewardship import manifest
from bot.stewardship.backup import DATA_FILE, KEYS_FILE, LIST_FILE
from bot.stewardship.ending import told
from bot.stewardship.export import Refused
from bot.stewardship.manifest import Manifest
from bot.stewardship.placing import Drafts, Files, drafts, files_of, put_in_place, refuse_what_is_on_a_server
from bot.storage import installation, releases, team, vouchers
from bot.storage.agreed_texts import needing_code
from bot.storage.closing import Closed, Ended, close_destroyed
from bot.storage.conversations import update_contributions
from bot.storage.copying import check_file
from bot.storage.database import Database, StoreUnavailable
from bot.storage.engines import file_of, place_of
from bot.storage.holding import Turn
from bot.storage.keystore import KeyStore
from bot.storage.server import marked
from bot.tombstones import Tombstones
from bot.trail.resuming import newer_heads, resume
from bot.trail.sealer import adopt_earlier
from bot.uncut import to_the_end, uncut
from bot.vault import CannotOpen, Vault, open_ring, read_master_key, read_recovery_copy, write_master_key

Destroyed = tuple[bytes, str | None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to restore, and what was said about it."""

    data: Path
    keys: Path
    lists: tuple[Path, ...]
    """Copies of the list of destroyed keys that are newer than the backup's."""
    recovery_copy: Path | None
    over: bool
    """An installation that is there may be set aside."""
    no_newer_list: bool
    """Somebody says that no list is left but the backup's own."""
    older_keys: bool = False
    """Keys of before the data will do: whoever agreed in between is lost."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that is back in its place."""

    made_at: dt.datetime
    keys_made_at: dt.datetime
    destroyed: int
    """Entries on the list of destroyed keys that the backup's own lacked."""
    closed: Closed
    codes: int
    """Voucher codes that were nobody's in the backup, and were taken out: some may have been handed out since."""
    set_aside: tuple[Path, ...]
    """What stood there before."""
    audit_lost: int
    """Audit entries that had been sealed and that the backup lacks; the trail says so from now on."""
    halts: int | None
    """Halts that were made after the backup, and stand; None where nothing is left that knows of them."""


async def restore(settings: Settings, order: Order, clock: Clock) -> Restored:
    """Put a backup back. Raises Refused, NotABackup, CannotOpen, KeyFileFault, SchemaFault, OSError."""
    of_data = await asyncio.to_thread(manifest.read, order.data, "data")
    of_keys = await asyncio.to_thread(manifest.read, order.keys, "keys")
    _check_pair(of_data, of_keys, older_keys=order.older_keys)
    places = files_of(settings)
    master = _master_key(settings, order)
    of_this = await _installation_there(settings) == of_keys.installation
    destroyed, newer = _list_of_destroyed(settings, order, of_this_installation=of_this)
    async with _nobody_serves(settings), drafts(settings, places) as ready:
        await refuse_what_is_on_a_server(settings)
        if places.taken and not order.over:
            raise Refused(
                f"{places.taken[0]} is there already. To set it aside and put the backup in its place, say --over"
            )
        await _copy(order, ready)
        vault = await _prepare_keys(settings, ready.keys, master, destroyed, of_keys)
        halts = await _halts_there(places, of_data.installation)
        closed, codes, audit_lost = await _prepare_data(ready, vault, destroyed, of_data, clock())
        kept = await _keep_halts(ready.data, halts) if halts is not None else None
        # Half of it starts no bot, so a stop comes too late.
        set_aside = await to_the_end(_put_all_in_place(settings, places, ready, master, destroyed, clock()))
    return Restored(of_data.made_at, of_keys.made_at, newer, closed, codes, set_aside, audit_lost, kept)


async def _put_all_in_place(
    settings: Settings, places: Files, ready: Drafts, master: bytes, destroyed: Sequence[Destroyed], now: dt.datetime
) -> tuple[Path, ...]:
    # From here on, the list holds whatever is put in place after it.
    await asyncio.to_thread(_complete_list, Tombstones(settings.tombstones), destroyed)
    if not settings.key_file.exists():
        write_master_key(settings.key_file, master)
    return await put_in_place(settings, places, ready, now)


def _check_pair(of_data: Manifest, of_keys: Manifest, *, older_keys: bool) -> None:
    if of_data.installation != of_keys.installation:
        raise Refused("these two folders are of different installations: their keys open nothing of that data")
    if of_keys.made_at < of_data.made_at and not older_keys:
        raise Refused(
            f"the keys are of {of_keys.made_at:%Y-%m-%d %H:%M} UTC and the data of {of_data.made_at:%Y-%m-%d %H:%M}: "
            "whoever agreed in between would have no key, and read as withdrawn. Name two parts of one backup, or say "
            "--older-keys where no others are left"
        )


@asynccontextmanager
async def _nobody_serves(settings: Settings) -> AsyncIterator[None]:
    """On this machine, and where a server has the data on any."""
    async with AsyncExitStack() as stack:
        refusal = Refused("the bot is serving from here; stop it first")
        stack.enter_context(or_refuse(alone(settings.serving_mark), refusal))
        for url in (settings.database_url, settings.key_store):
            if file_of(url) is None and not await stack.enter_async_context(marked(url, Turn.SERVING, shared=False)):
                raise Refused(f"a bot is serving from {place_of(url)}; stop it first, on whichever machine it is")
        yield


# --- the list of destroyed keys --------------------------------------------------------------------------------------


async def _installation_there(settings: Settings) -> str | None:
    """Whose keys are in place now; None where none are, or a file is damaged and says nothing."""
    keystore = KeyStore.connect(settings.key_store)
    try:
        return None if await keystore.is_new() else await keystore.installation()
    except StoreUnavailable:
        if file_of(settings.key_store) is None:
            raise
        return None
    finally:
        await keystore.close()


def _list_of_destroyed(settings: Settings, order: Order, *, of_this_installation: bool) -> tuple[list[Destroyed], int]:
    """Everything that is known to be destroyed, and how much of it the backup does not know. Raises Refused.

    `of_this_installation` says so of the keys that are in place, and with them of the list there.
    """
    own = order.keys / LIST_FILE
    of_backup = Tombstones(own).read()
    lists = [_read_list(path) for path in order.lists if not _is_same(path, own)]
    in_place = _read_list(settings.tombstones) if settings.tombstones.exists() else []
    # Every list goes on from an empty one, also the one that was begun on a new machine.
    if settings.tombstones.exists() and (of_backup or of_this_installation):
        lists.append(in_place)
    if not order.no_newer_list and not any(set(of_backup) <= set(each) for each in lists):
        raise Refused(_why_no_list(settings, lists))
    newer = {entry for each in lists for entry in each} - set(of_backup)
    return list(dict.fromkeys(entry for each in (of_backup, *lists, in_place) for entry in each)), len(newer)


def _why_no_list(settings: Settings, lists: Sequence[Sequence[Destroyed]]) -> str:
    if lists:
        what = "lacks entries that the backup has, so it is older"
    elif settings.tombstones.exists():
        what = "may have been begun on a new machine: no keys beside it say that it is of this backup's installation"
    else:
        what = "is missing"
    return (
        f"{settings.tombstones}: the list of destroyed keys {what}. Without the newest one, whoever took their data "
        "back after this backup was made would be opened again. Name the newest copy of it with --destroyed. Only if "
        "no newer copy is left anywhere, say --no-newer-list"
    )


def _read_list(path: Path) -> list[Destroyed]:
    if not path.is_file():
        raise Refused(f"{path}: there is no list of destroyed keys here")
    try:
        return Tombstones(path).read()
    except (OSError, UnicodeDecodeError):
        raise Refused(f"{path}: this cannot be read as a list of destroyed keys") from None


def _is_same(path: Path, other: Path) -> bool:
    return path.exists() and other.exists() and path.samefile(other)


def _complete_list(tombstones: Tombstones, destroyed: Iterable[Destroyed]) -> None:
    """The installation's own list, with what it lacks. What was on it stays."""
    known = set(tombstones.read())
    tombstones.begin()
    tombstones.append(entry for entry in destroyed if entry not in known)


# --- the master key --------------------------------------------------------------------------------------------------


def _master_key(settings: Settings, order: Order) -> bytes:
    if order.recovery_copy is None:
        if not settings.key_file.exists():
            raise Refused(f"{settings.key_file}: there is no master key; name its recovery copy with --master-key")
        return read_master_key(settings.key_file)
    master = read_recovery_copy(order.recovery_copy)
    if settings.key_file.exists() and read_master_key(settings.key_file) != master:
        raise Refused(
            f"{settings.key_file} and {order.recovery_copy} are different keys, and a master key is never written "
            "over; name a file in a new folder in SURVEYBOT_KEY_FILE"
        )
    return master


# --- making ready, beside what is there ------------------------------------------------------------------------------


async def _copy(order: Order, drafts: Drafts) -> None:
    """A stop waits for the file in hand and begins no other: a thread that went on behind it would leave one."""
    for source, target in ((order.data / DATA_FILE, drafts.data), (order.keys / KEYS_FILE, drafts.keys)):
        await uncut(asyncio.to_thread(_copy_file, source, target))


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    shutil.copyfile(source, target)
    check_file(target)


async def _prepare_keys(
    settings: Settings, path: Path, master: bytes, destroyed: Sequence[Destroyed], of_keys: Manifest
) -> Vault:
    keystore = KeyStore.connect(f"sqlite+aiosqlite:///{path}")
    try:
        if await keystore.installation() != of_keys.installation:
            raise Refused("the key store is another installation's than its manifest says; take another backup")
        try:
            vault = Vault(open_ring(master, await keystore.ring()), os.urandom)
        except CannotOpen:
            raise Refused(
                "the master key does not open this key store: it was made under another master key. Name the recovery "
                "copy of that one with --master-key"
            ) from None
        await keystore.create()  # what an earlier surveybot's has not
        await keystore.destroy(destroyed)
        await keystore.let_go_of_sealing()  # of the process that ran when the backup was made
        # Signed heads that are newer than the backup say what it lacks.
        await keystore.take_heads(await newer_heads(settings.key_store, of_keys.installation, vault))
        return vault
    finally:
        await keystore.close()


async def _halts_there(places: Files, of_installation: str) -> Sequence[Any] | None:
    """What stands still in the data that is to be set aside; None where nothing there says so."""
    if places.data not in places.taken:
        return None
    database = Database.connect(f"sqlite+aiosqlite:///{places.data}")
    try:
        if await installation.id_of(database) != of_installation:
            return None
        async with database.read() as connection:
            return await team.read_halts(connection)
    except StoreUnavailable:  # damaged, or of a version without halts
        return None
    finally:
        await database.close()


async def _keep_halts(draft: Path, halts: Sequence[Any]) -> int:
    database = Database.connect(f"sqlite+aiosqlite:///{draft}")
    try:
        async with database.write() as connection:
            return await team.take_halts(connection, halts)
    finally:
        await database.close()


async def _prepare_data(
    drafts: Drafts, vault: Vault, destroyed: Sequence[Destroyed], of_data: Manifest, at: dt.datetime
) -> tuple[Closed, int, int]:
    database = Database.connect(f"sqlite+aiosqlite:///{drafts.data}")
    keystore = KeyStore.connect(f"sqlite+aiosqlite:///{drafts.keys}")
    try:
        await database.upgrade()
        if await installation.id_of(database) != of_data.installation:
            raise Refused("the data is another installation's than its manifest says; take another backup")
        database.note_with(vault.notary())
        await adopt_earlier(database, keystore, vault, at)
        async with database.write() as connection:
            closed = await close_destroyed(connection, destroyed, at)
            # Each consent says which purposes need a code: no collection has to be here.
            needing = await needing_code(connection, [part.record for part, _ in closed.ended])
            rows = await _told_what_ended(closed.ended, needing, keystore, vault)
            await update_contributions(connection, rows)
            for each in closed.notices:
                await releases.note_act(connection, at, ENDED, each.collection, {"notice": each.id, **each.states})
            codes = await vouchers.take_out_free(connection)
            detail: dict[str, object] = {"backup": of_data.backup, "made_at": of_data.made_at.isoformat()}
            await releases.note_act(connection, at, "backup restored", None, detail)
        return closed, codes, await resume(database, keystore, vault, of_data.backup, at)
    finally:
        await keystore.close()
        await database.close()


async def _told_what_ended(
    ended: Sequence[Ended], needing: Mapping[str, frozenset[str]], keystore: KeyStore, vault: Vault
) -> list[dict[str, object]]:
    """Rows of contributions in which the person's own screens say so too."""
    rows = [
        await told(part, purposes, needing.get(part.record or "", frozenset()), keystore, vault)
        for part, purposes in ended
    ]
    return [row for row in rows if row is not None]
