"""A backup: the data into one folder, the key store and the list of destroyed keys into another, while the bot runs.

It is SQLite files, whatever the data is kept in, so that each can be put back into either.

The master key is in neither: whoever has it beside both can open everything. Its recovery copy was made when the
installation was set up, and stays good.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.durable import sync_folder
from bot.settings import Settings
from bot.stewardship import manifest
from bot.stewardship.archive import open_data, open_keys
from bot.stewardship.export import Refused
from bot.stewardship.manifest import Manifest, NotABackup, Part
from bot.storage import releases
from bot.storage.database import Database, newest_schema
from bot.storage.transfers import refuse_once_moved
from bot.tombstones import Tombstones

DATA_FILE, KEYS_FILE, LIST_FILE = "survey.db", "keystore.db", "destroyed-keys.log"
_UNFINISHED = ".unfinished-"

_ABANDONED = dt.timedelta(hours=1)
"""After so long without a change, whoever was making a backup is no more."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made."""

    data: Path
    keys: Path
    made_at: dt.datetime
    on_one_disk: bool
    """Both folders lie on one disk, and would be lost together."""
    destroyed: tuple[Path, ...]
    """Older backups of the key store that were destroyed, and what was left of backups that were cut off."""
    untold: tuple[Path, ...]
    """Copies of a key store that were left, since they do not say whose and how old they are."""


async def back_up(
    settings: Settings, data_to: Path, keys_to: Path, clock: Clock, *, together: bool, keep_keys: dt.timedelta | None
) -> Made:
    """Back up into new folders inside the two. Raises Refused, OSError, SchemaFault where the data was moved away, and
    what opening data and keys does."""
    _check_apart(data_to, keys_to, together=together)
    abandoned = await asyncio.to_thread(_destroy_abandoned, (data_to, keys_to), clock())
    async with open_data(settings) as database, open_keys(settings) as (keystore, vault):
        if await database.schema() == newest_schema():  # of an older version nothing has ever moved away
            await refuse_once_moved(database)
        database.note_with(vault.notary())
        installation = await keystore.installation() or ""
        made_at, backup = clock(), os.urandom(8).hex()
        # Neither has its name before both are complete: data without its keys would be put back with older ones.
        async with _folder(data_to, "data", made_at) as of_data, _folder(keys_to, "keys", made_at) as of_keys:
            # Data first: what is agreed to meanwhile has its keys written before its rows, so no row lacks its key.
            await database.copy_to(of_data / DATA_FILE)
            schema = await database.schema()
            await asyncio.to_thread(manifest.describe, of_data, "data", backup, installation, made_at, schema)
            # The list last: what is destroyed meanwhile is on it before it is gone from the key store.
            await keystore.copy_to(of_keys / KEYS_FILE)
            await asyncio.to_thread(_copy_list, Tombstones(settings.tombstones), of_keys / LIST_FILE)
            await asyncio.to_thread(manifest.describe, of_keys, "keys", backup, installation, made_at, schema)
        await _note(database, made_at, backup)
    data, keys = data_to / _name("data", made_at), keys_to / _name("keys", made_at)
    destroyed, untold = await asyncio.to_thread(_destroy_older, keys_to, installation, made_at, keep_keys)
    return Made(data, keys, made_at, data.stat().st_dev == keys.stat().st_dev, (*abandoned, *destroyed), untold)


def newest(data: Path, keys: Path) -> tuple[Path, Path]:
    """Of two places, the newest backup whose two parts are there; where no two are of one backup, the newest of each.

    Each is the place itself where that is a backup, or holds none. Raises NotABackup where a folder does not let in
    whoever looks.
    """
    of_data, of_keys = _backups(data, "data"), _backups(keys, "keys")
    both = of_data.keys() & of_keys.keys()
    in_data, in_keys = (max(both), max(both)) if both else (max(of_data), max(of_keys))
    return of_data[in_data], of_keys[in_keys]


def _backups(place: Path, part: Part) -> Mapping[str, Path]:
    """Backups of a part by when they were made, or the place itself."""
    prefix = f"surveybot-{part}-"
    manifest.check_let_in(place)
    if (place / manifest.NAME).exists() or not place.is_dir():
        return {place.name.removeprefix(prefix): place}
    for folder in place.glob(f"{prefix}*"):
        manifest.check_let_in(folder)
    found = {each.parent.name.removeprefix(prefix): each.parent for each in place.glob(f"{prefix}*/{manifest.NAME}")}
    return found or {place.name: place}


def _check_apart(data_to: Path, keys_to: Path, *, together: bool) -> None:
    data, keys = data_to.resolve(), keys_to.resolve()
    if not together and (data == keys or data in keys.parents or keys in data.parents):
        raise Refused(
            f"{data_to} and {keys_to} are one place: whoever gets hold of it has answers and keys. Choose two places "
            "that different people look after, or say --together"
        )


def _name(part: Part, made_at: dt.datetime) -> str:
    return f"surveybot-{part}-{made_at:%Y%m%dT%H%M%SZ}"


@asynccontextmanager
async def _folder(to: Path, part: Part, made_at: dt.datetime) -> AsyncIterator[Path]:
    """A folder that has its name only when everything in it is complete."""
    final = to / _name(part, made_at)
    draft = to / f"{_UNFINISHED}{final.name}"
    _begin(draft, final)
    try:
        yield draft
        sync_folder(draft)
        draft.rename(final)
        sync_folder(to)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _begin(draft: Path, final: Path) -> None:
    draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if final.exists():
        raise Refused(f"{final}: there is a backup of this second already; try again")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)


def _copy_list(source: Tombstones, path: Path) -> None:
    copy = Tombstones(path)
    copy.begin()
    copy.append(source.read())


async def _note(database: Database, at: dt.datetime, backup: str) -> None:
    async with database.write() as connection:
        await releases.note_act(connection, at, "backup made", None, {"backup": backup})


def _destroy_abandoned(places: Iterable[Path], now: dt.datetime) -> tuple[Path, ...]:
    """What is left of a backup that was killed is a copy as any other, and no command would ever find it."""
    found = {folder for place in places for folder in place.glob(f"{_UNFINISHED}surveybot-*")}
    old = sorted(folder for folder in found if _last_changed(folder) < (now - _ABANDONED).timestamp())
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)  # somebody else's is no reason to make no backup
    return tuple(folder for folder in old if not folder.exists())


def _last_changed(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.glob("*")))


def _destroy_older(
    keys_to: Path, installation: str, now: dt.datetime, keep: dt.timedelta | None
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Every copy of the key store keeps people openable who have left since, so old ones go: what went, and what stays
    although it may be one, since nothing is destroyed that does not say what it is."""
    if keep is None:
        return (), ()
    gone, untold = [], []
    for folder in sorted(keys_to.glob("surveybot-keys-*")):
        found = _said(folder)
        if found is None:
            untold += [folder] if (folder / KEYS_FILE).exists() else []
        elif found.installation == installation and now - found.made_at > keep:
            shutil.rmtree(folder)
            gone.append(folder)
    return tuple(gone), tuple(untold)


def _said(folder: Path) -> Manifest | None:
    """Also of a folder of which a file is damaged or was taken out: its copy of the key store opens as much."""
    try:
        return manifest.said(folder, "keys")
    except NotABackup:
        return None
