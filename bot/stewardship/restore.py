"""Putting a backup back, so that nothing opens that was closed after it was made.

The list of destroyed keys is never rolled back: keys that it names are destroyed in the key store before that takes its
place, and what they had sealed is taken out of the data. Without a list that may be newer than the backup's own,
nothing is restored, unless somebody says in so many words that there is none.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.durable import sync_file, sync_folder
from bot.serving import InUse, alone
from bot.settings import Settings
from bot.stewardship import manifest
from bot.stewardship.backup import DATA_FILE, KEYS_FILE, LIST_FILE
from bot.stewardship.ending import told
from bot.stewardship.export import Clock, Refused
from bot.stewardship.manifest import Manifest
from bot.storage import installation, releases, vouchers
from bot.storage.closing import Closed, close_destroyed
from bot.storage.conversations import update_contributions
from bot.storage.copying import check_file
from bot.storage.database import Database
from bot.storage.keystore import KeyStore
from bot.tombstones import Tombstones
from bot.trail.resuming import newer_heads, resume
from bot.trail.sealer import adopt_earlier
from bot.vault import CannotOpen, Vault, open_ring, read_master_key, read_recovery_copy, write_master_key

_DRAFT = ".restoring"
_LOGS = ("-wal", "-shm", "-journal")
"""Files that SQLite keeps beside a database; of another database, they would be taken for its own."""

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


@dataclass(frozen=True, slots=True)
class _Places:
    """Where an installation's files are."""

    data: Path
    keys: Path

    @property
    def taken(self) -> list[Path]:
        return [path for path in (self.data, self.keys) if path.exists()]


async def restore(settings: Settings, order: Order, clock: Clock) -> Restored:
    """Put a backup back. Raises Refused, NotABackup, CannotOpen, KeyFileFault, SchemaFault, OSError."""
    of_data = await asyncio.to_thread(manifest.read, order.data, "data")
    of_keys = await asyncio.to_thread(manifest.read, order.keys, "keys")
    _check_pair(of_data, of_keys)
    places = _places(settings)
    destroyed, newer = _list_of_destroyed(settings, order)
    master = _master_key(settings, order)
    with _nobody_serves(settings.serving_mark), _drafts(places) as drafts:
        if places.taken and not order.over:
            raise Refused(
                f"{places.taken[0]} is there already. To set it aside and put the backup in its place, say --over"
            )
        await asyncio.to_thread(_copy, order, drafts)
        vault = await _prepare_keys(places, drafts.keys, master, destroyed, of_keys)
        closed, codes, audit_lost = await _prepare_data(drafts, vault, destroyed, of_data, clock())
        # From here on, the list holds whatever is put in place after it.
        await asyncio.to_thread(_complete_list, Tombstones(settings.tombstones), destroyed)
        if not settings.key_file.exists():
            write_master_key(settings.key_file, master)
        set_aside = await asyncio.to_thread(_put_in_place, places, drafts, clock())
    return Restored(of_data.made_at, of_keys.made_at, newer, closed, codes, set_aside, audit_lost)


def _check_pair(of_data: Manifest, of_keys: Manifest) -> None:
    if of_data.installation != of_keys.installation:
        raise Refused("these two folders are of different installations: their keys open nothing of that data")


def _places(settings: Settings) -> _Places:
    data = Database.connect(settings.database_url).file
    keys = Database.connect(settings.key_store).file
    if data is None or keys is None:
        raise Refused("this restores SQLite files; restore a PostgreSQL server with its own tools, such as pg_restore")
    return _Places(data, keys)


@contextmanager
def _nobody_serves(mark: Path) -> Iterator[None]:
    try:
        with alone(mark):
            yield
    except InUse:
        raise Refused("the bot is serving from here; stop it first") from None


# --- the list of destroyed keys --------------------------------------------------------------------------------------


def _list_of_destroyed(settings: Settings, order: Order) -> tuple[list[Destroyed], int]:
    """Everything that is known to be destroyed, and how much of it the backup does not know. Raises Refused."""
    own = order.keys / LIST_FILE
    of_backup = Tombstones(own).read()
    lists = [_read_list(path) for path in order.lists if not _is_same(path, own)]
    if settings.tombstones.exists():
        lists.append(_read_list(settings.tombstones))
    everything = list(dict.fromkeys(entry for each in (of_backup, *lists) for entry in each))
    if not order.no_newer_list and not any(set(of_backup) <= set(each) for each in lists):
        raise Refused(_why_no_list(settings, lists))
    return everything, len(set(everything) - set(of_backup))


def _why_no_list(settings: Settings, lists: Sequence[Sequence[Destroyed]]) -> str:
    what = "lacks entries that the backup has, so it is older" if lists else "is missing"
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
            "over; set SURVEYBOT_KEY_FILE to a new name in the same folder"
        )
    return master


# --- making ready, beside what is there ------------------------------------------------------------------------------


@contextmanager
def _drafts(places: _Places) -> Iterator[_Places]:
    """Names beside the real ones, free before and after: the last step is then a renaming."""
    drafts = _Places(Path(f"{places.data}{_DRAFT}"), Path(f"{places.keys}{_DRAFT}"))
    _remove(drafts)
    try:
        yield drafts
    finally:
        _remove(drafts)


def _remove(drafts: _Places) -> None:
    for path in (drafts.data, drafts.keys):
        for each in (path, *(Path(f"{path}{log}") for log in _LOGS)):
            each.unlink(missing_ok=True)


def _copy(order: Order, drafts: _Places) -> None:
    for source, target in ((order.data / DATA_FILE, drafts.data), (order.keys / KEYS_FILE, drafts.keys)):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        shutil.copyfile(source, target)
        check_file(target)


async def _prepare_keys(
    places: _Places, path: Path, master: bytes, destroyed: Sequence[Destroyed], of_keys: Manifest
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
        await keystore.take_heads(await newer_heads(places.keys, of_keys.installation, vault))
        return vault
    finally:
        await keystore.close()


async def _prepare_data(
    drafts: _Places, vault: Vault, destroyed: Sequence[Destroyed], of_data: Manifest, at: dt.datetime
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
            rows = [await told(part, purposes, keystore, vault) for part, purposes in closed.ended]
            await update_contributions(connection, [row for row in rows if row is not None])
            codes = await vouchers.take_out_free(connection)
            detail: dict[str, object] = {"backup": of_data.backup, "made_at": of_data.made_at.isoformat()}
            await releases.note_act(connection, at, "backup restored", None, detail)
        return closed, codes, await resume(database, keystore, vault, of_data.backup, at)
    finally:
        await keystore.close()
        await database.close()


# --- the last step ---------------------------------------------------------------------------------------------------


def _put_in_place(places: _Places, drafts: _Places, now: dt.datetime) -> tuple[Path, ...]:
    """Whenever the power fails, old and new are never there together, and a key store always is: then no bot starts,
    and none takes the machine for a new one."""
    set_aside = [*_set_aside(places.data, now, Path.rename), *_set_aside(places.keys, now, _link)]
    for place, draft in ((places.keys, drafts.keys), (places.data, drafts.data)):
        sync_file(draft)
        draft.replace(place)
        sync_folder(place.parent)
    return tuple(set_aside)


def _set_aside(place: Path, now: dt.datetime, how: Callable[[Path, Path], object]) -> list[Path]:
    """Give what is there another name, and the logs that belong to it."""
    if not place.exists():
        return []
    aside = _free_name(place, now)
    for log in _LOGS:
        beside = Path(f"{place}{log}")
        if beside.exists():
            beside.rename(f"{aside}{log}")
    how(place, aside)
    sync_folder(place.parent)
    return [aside]


def _free_name(place: Path, now: dt.datetime) -> Path:
    """A restore that was cut short may have taken this second's name."""
    name = f"{place.name}.before-restore-{now:%Y%m%dT%H%M%SZ}"
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(path for each in itertools.chain([name], numbered) if not (path := place.with_name(each)).exists())


def _link(place: Path, aside: Path) -> None:
    """A second name: the first stays, until the new file takes it."""
    aside.hardlink_to(place)
