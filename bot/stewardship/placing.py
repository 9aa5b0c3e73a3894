"""Putting what a restore has made ready in its place: files by renaming, and onto a server row by row."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.durable import sync_file, sync_folder
from bot.settings import Settings
from bot.stewardship.backup import DATA_FILE, KEYS_FILE
from bot.stewardship.export import Refused
from bot.storage.database import Database
from bot.storage.engines import file_of, place_of
from bot.storage.keystore import KeyStore

_DRAFT = ".restoring"
_LOGS = ("-wal", "-shm", "-journal")
"""Files that SQLite keeps beside a database; of another database, they would be taken for its own."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where an installation's files are; none of what a server keeps."""

    data: Path | None
    keys: Path | None

    @property
    def taken(self) -> list[Path]:
        return [path for path in (self.data, self.keys) if path is not None and path.exists()]


@dataclass(frozen=True, slots=True)
class Drafts:
    """Files in which what is to be put in place is made ready."""

    data: Path
    keys: Path


def files_of(settings: Settings) -> Files:
    """Where an installation's files are."""
    return Files(file_of(settings.database_url), file_of(settings.key_store))


async def refuse_what_is_on_a_server(settings: Settings) -> None:
    """A file is set aside under another name; of a server, somebody chooses another database, in which this role may
    make tables. Raises Refused, SchemaFault."""
    database, keystore = Database.connect(settings.database_url), KeyStore.connect(settings.key_store)
    try:
        for store, url in ((database, settings.database_url), (keystore, settings.key_store)):
            if file_of(url) is None and not await store.is_new():
                raise Refused(
                    f"{place_of(url)} is in use already, and a database on a server is never put over. Make an empty "
                    "one, name it in SURVEYBOT_DATABASE_URL or SURVEYBOT_KEY_STORE_URL, and restore into that"
                )
            await store.check_may_make_tables()
    finally:
        await keystore.close()
        await database.close()


@asynccontextmanager
async def drafts(settings: Settings, places: Files) -> AsyncIterator[Drafts]:
    """Names beside the real ones, free before and after: the last step is then a renaming. What goes onto a server is
    made ready beside the master key."""
    beside = settings.key_file.parent
    data, keys = places.data or beside / DATA_FILE, places.keys or beside / KEYS_FILE
    drafts = Drafts(Path(f"{data}{_DRAFT}"), Path(f"{keys}{_DRAFT}"))
    _remove(drafts)
    try:
        yield drafts
    finally:
        _remove(drafts)


def _remove(drafts: Drafts) -> None:
    for path in (drafts.data, drafts.keys):
        for each in (path, *(Path(f"{path}{log}") for log in _LOGS)):
            each.unlink(missing_ok=True)


async def put_in_place(settings: Settings, places: Files, drafts: Drafts, now: dt.datetime) -> tuple[Path, ...]:
    """Whenever the power fails, old and new are never there together, and a key store always is: then no bot starts,
    and none takes the machine for a new one."""
    set_aside = await asyncio.to_thread(_set_all_aside, places, now)
    if places.keys is None:
        await _carry_keys(settings.key_store, drafts.keys)
    else:
        await asyncio.to_thread(_take_its_place, places.keys, drafts.keys)
    if places.data is None:
        await _carry_data(settings.database_url, drafts.data)
    else:
        await asyncio.to_thread(_take_its_place, places.data, drafts.data)
    return tuple(set_aside)


async def _carry_keys(url: str, draft: Path) -> None:
    keystore = KeyStore.connect(url)
    try:
        await keystore.create()
        await keystore.fill_from(draft)
    finally:
        await keystore.close()


async def _carry_data(url: str, draft: Path) -> None:
    database = Database.connect(url)
    try:
        await database.upgrade()
        await database.fill_from(draft)
    finally:
        await database.close()


def _set_all_aside(places: Files, now: dt.datetime) -> list[Path]:
    data = _set_aside(places.data, now, Path.rename) if places.data is not None else []
    return data + (_set_aside(places.keys, now, _link) if places.keys is not None else [])


def _take_its_place(place: Path, draft: Path) -> None:
    sync_file(draft)
    draft.replace(place)
    sync_folder(place.parent)


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
