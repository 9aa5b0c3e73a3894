"""What lies in a folder is read once in a test process, wherever the folder is, for as long as its files say the same.

A start reads collections and the words of twelve languages, hashes what is shown in every region, and checks it all:
most of what a journey costs, and the same each time. Nothing that is read is ever changed by whoever reads it.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

import pytest

from bot import bootstrap, catalogs, doors, reading, shipped, spoken, start_checks
from bot.checking.launching import refuse_unfit
from bot.doctor import look, words
from bot.review import shown, signed
from bot.settings import Settings
from bot.spoken import Missing, words_missing
from bot.texts import Texts
from flows.collection import Collection
from flows.faults import CollectionFaults, Fault
from flows.load import load_collections
from flows.sign_offs import Contents

KEPT_IN = "SURVEYBOT_TEST_WAYS"
"""Where a run of the tests keeps what one process finds for all; `tests/conftest.py` makes and removes the folder."""

Read = TypeVar("Read")


class Kept(Generic[Read]):
    """The last few things that were read."""

    def __init__(self, most: int = 6) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, tuple[Read, object]] = OrderedDict()

    def or_read(self, key: Hashable, read: Callable[[], Read], of: object = None) -> Read:
        """What was read under a key. `of` is what the key has ids of: it lives for as long as the key is known."""
        if key not in self._known:
            self._known[key] = (read(), of)
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return self._known[key][0]


def keep(patch: pytest.MonkeyPatch) -> None:
    """Let every start in this process take what is there already."""
    read_texts = reading.read_texts
    collections: Kept[tuple[Collection, ...]] = Kept()
    missing: Kept[Missing] = Kept()
    texts: Kept[Texts] = Kept()
    contents: Kept[Contents] = Kept()
    unfit: Kept[tuple[Fault, ...]] = Kept()
    own_words = said_in(shipped.translations())

    def collections_of(folder: Path) -> tuple[Collection, ...]:
        return collections.or_read(said_in(folder), lambda: load_collections(folder))

    def missing_of(folder: Path, collection: Collection) -> Missing:
        key = (said_in(folder), own_words, id(collection))
        return missing.or_read(key, lambda: words_missing(folder, collection), of=collection)

    def texts_of(settings: Settings, some: tuple[Collection, ...]) -> Texts:
        key = (said_in(settings.collections), own_words, *map(id, some))
        return texts.or_read(key, lambda: read_texts(settings, some), of=some)

    def contents_of(some: Sequence[Collection], in_words: Texts) -> Contents:
        key = (id(in_words), *map(id, some))
        return contents.or_read(key, lambda: shown.contents_of(some, in_words), of=(in_words, *some))

    def refuse(folder: Path, today: dt.date, *, nobody_real: bool) -> None:
        def found() -> tuple[Fault, ...]:
            try:
                refuse_unfit(folder, today, nobody_real=nobody_real)
            except CollectionFaults as faults:
                return tuple(faults.faults)
            return ()

        key = (said_in(folder), own_words, today, nobody_real)
        faults = unfit.or_read(key, lambda: _found_by_any(key, found))
        if faults:
            raise CollectionFaults(list(faults))

    patch.setattr(reading, "load_collections", collections_of)
    patch.setattr(doors, "load_collections", collections_of)
    patch.setattr(reading, "words_missing", missing_of)
    for module in (reading, bootstrap, doors):
        patch.setattr(module, "read_texts", texts_of)
    patch.setattr(start_checks, "refuse_unfit", refuse)
    patch.setattr(signed, "contents_of", contents_of)
    patch.setattr(look, "load_collections", collections_of)
    patch.setattr(look, "words_missing", missing_of)
    _keep_whole_languages(patch)
    _keep_what_the_doctor_reads(patch)


def _found_by_any(key: Hashable, find: Callable[[], tuple[Fault, ...]]) -> tuple[Fault, ...]:
    """What is wrong with a collection on a day. That it is nothing takes a second to find: one process does for all."""
    folder = os.environ.get(KEPT_IN)
    if folder is None:
        return find()
    fit = Path(folder) / hashlib.blake2b(repr(key).encode(), digest_size=16).hexdigest()
    with fit.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if fit.exists():
            return ()
        found = find()
        if not found:
            fit.touch()
        return found


def _keep_whole_languages(patch: pytest.MonkeyPatch) -> None:
    """Texts, and what is hashed, are known by the very collections that they are of."""
    whole: Kept[Collection] = Kept()

    def in_whole_languages(collection: Collection, lacking: Missing) -> Collection:
        key = (id(collection), id(lacking))
        return whole.or_read(key, lambda: spoken.in_whole_languages(collection, lacking), of=(collection, lacking))

    patch.setattr(reading, "in_whole_languages", in_whole_languages)
    patch.setattr(look, "in_whole_languages", in_whole_languages)


def _keep_what_the_doctor_reads(patch: pytest.MonkeyPatch) -> None:
    problems: Kept[list[str]] = Kept()

    def problems_of_collection(folder: Path) -> list[str]:
        return problems.or_read(
            (folder, said_in(folder)), lambda: catalogs.problems_of(catalogs.collection_domain(folder))
        )

    patch.setattr(words, "problems_of_collection", problems_of_collection)


def said_in(folder: Path) -> bytes:
    """A digest of everything that a folder's files say."""
    found = hashlib.blake2b()
    for path, written, size in sorted(_files(str(folder))):
        found.update(path.removeprefix(str(folder)).encode() + b"\0" + _digest(path, written, size))
    return found.digest()


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    """Path, moment of the last change, and size. By `os.scandir`: this is done several times at every start."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            elif entry.is_file():
                stat = entry.stat()
                yield entry.path, stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=4096)
def _digest(path: str, _written: int, _size: int) -> bytes:
    return hashlib.blake2b(Path(path).read_bytes()).digest()
