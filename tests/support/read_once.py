"""What lies in a folder is read once in a test process, for as long as none of its files changes.

A start reads collections and the words of twelve languages, and hashes what is shown in every region: most of what a
journey costs, and the same each time. Nothing that is read is ever changed by whoever reads it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import pytest

from bot import bootstrap, shipped
from bot.checking.launching import stamp
from bot.review import shown, signed
from bot.settings import Settings
from bot.spoken import Missing, words_missing
from bot.texts import Texts
from flows.collection import Collection
from flows.load import load_collections
from flows.sign_offs import Contents

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
    read_texts = bootstrap.read_texts
    collections: Kept[tuple[Collection, ...]] = Kept()
    missing: Kept[Missing] = Kept()
    texts: Kept[Texts] = Kept()
    contents: Kept[Contents] = Kept()

    def own_words() -> Hashable:
        return stamp(shipped.translations())

    def collections_of(folder: Path) -> tuple[Collection, ...]:
        return collections.or_read((folder, stamp(folder)), lambda: load_collections(folder))

    def missing_of(folder: Path, collection: Collection) -> Missing:
        key = (folder, stamp(folder), own_words(), id(collection))
        return missing.or_read(key, lambda: words_missing(folder, collection), of=collection)

    def texts_of(settings: Settings, some: tuple[Collection, ...]) -> Texts:
        key = (settings.collections, stamp(settings.collections), own_words(), *map(id, some))
        return texts.or_read(key, lambda: read_texts(settings, some), of=some)

    def contents_of(some: Sequence[Collection], in_words: Texts) -> Contents:
        key = (id(in_words), *map(id, some))
        return contents.or_read(key, lambda: shown.contents_of(some, in_words), of=(in_words, *some))

    patch.setattr(bootstrap, "load_collections", collections_of)
    patch.setattr(bootstrap, "words_missing", missing_of)
    patch.setattr(bootstrap, "read_texts", texts_of)
    patch.setattr(signed, "contents_of", contents_of)
