"""The collections that are on offer, and what the engine needs to look up in them."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from flows.collection import Collection, Question, Region
from flows.consent import Document, Documents, Translate, untranslated
from flows.grading import Paused
from flows.halts import Halts, is_halted
from flows.links import Doorway
from flows.regions import in_every_language, open_regions, questions_for

Spent = tuple[str, str]
"""A collection and a territory that has promised all that it can pay."""


class Shelf:
    """Every collection by id. `unreviewed` opens regions that nobody has signed off: for rehearsals only."""

    def __init__(
        self, collections: Iterable[Collection], *, unreviewed: bool, translate: Translate = untranslated
    ) -> None:
        self._collections = {collection.id: collection for collection in collections}
        self._shown = MappingProxyType(self._collections)
        self._languages = tuple(dict.fromkeys(name for c in self._collections.values() for name in c.languages))
        self._translate = translate
        self._documents = {name: Documents(collection, translate) for name, collection in self._collections.items()}
        self._unreviewed = unreviewed
        self._halts: Halts = frozenset()
        self._spent: frozenset[Spent] = frozenset()
        self._paused: Paused = frozenset()
        self._open: dict[tuple[str, dt.date], tuple[Region, ...]] = {}
        self._links: Mapping[str, Doorway] = MappingProxyType({})
        self._rehearsed = lru_cache(maxsize=64)(self._make_rehearsed)
        self._paths: dict[tuple[str, str], tuple[Question, ...]] = {
            (collection.id, region.territory): questions_for(region)
            for collection in self._collections.values()
            for region in collection.regions
        }

    @property
    def collections(self) -> Mapping[str, Collection]:
        """Every collection by id."""
        return self._shown

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language that some collection speaks, in the collections' order."""
        return self._languages

    def with_spent(self, spent: Iterable[Spent]) -> Shelf:
        """The same collections where some regions have promised all that they can pay."""
        shelf = copy.copy(self)
        shelf._spent = frozenset(spent)  # noqa: SLF001  # its own kind, and new
        return shelf

    def with_links(self, links: Mapping[str, Doorway]) -> Shelf:
        """The same collections, with what links lead to that somebody in hand has opened, or came by."""
        shelf = copy.copy(self)
        shelf._links = links  # noqa: SLF001  # its own kind, and new
        return shelf

    def link(self, code: str) -> Doorway | None:
        """Where a link leads just now; None where it is not known."""
        return self._links.get(code)

    def offered(self, today: dt.date) -> tuple[Collection, ...]:
        """Collections that take somebody new today."""
        return tuple(c for c in self._collections.values() if self.taking(c, today))

    def taking(self, collection: Collection, today: dt.date) -> tuple[Region, ...]:
        """Open regions that can pay one more, in the languages in which somebody new is asked.

        Whoever has agreed already goes on in any that is open.
        """
        open_today = self.regions(collection, today)
        taking = (region for region in open_today if (collection.id, region.territory) not in self._spent)
        if not self._paused:
            return tuple(taking)
        return tuple(left for region in taking if (left := self._without_paused(collection.id, region)).languages)

    def _without_paused(self, collection: str, region: Region) -> Region:
        """A region without the languages that a card is not understood in."""
        kept = tuple(language for language in region.languages if (collection, language) not in self._paused)
        return region if kept == region.languages else region.model_copy(update={"languages": kept})

    def pausing(self, paused: Paused) -> Shelf:
        """The same shelf while nobody new is asked in some languages."""
        if paused == self._paused:
            return self
        shelf = copy.copy(self)
        shelf._paused = paused  # noqa: SLF001  # its own copy
        return shelf

    def is_full(self, collection: Collection, today: dt.date) -> bool:
        """Whether it is open and yet takes nobody new: its budgets are spent, or its pilot has enough people."""
        return bool(self.regions(collection, today)) and not self.taking(collection, today)

    def regions(self, collection: Collection, today: dt.date) -> tuple[Region, ...]:
        """The collection's open regions today, without those that are halted."""
        found = self._open.get((collection.id, today))
        if found is None:
            regions = open_regions(collection, today, unreviewed=self._unreviewed)
            found = tuple(r for r in regions if not is_halted(self._halts, collection.id, r.territory))
            self._open[collection.id, today] = found
        return found

    def halting(self, halts: Halts) -> Shelf:
        """The same shelf while something on it is halted: nobody can begin there, and nothing is asked."""
        if halts == self._halts:
            return self
        shelf = copy.copy(self)
        shelf._halts, shelf._open = halts, {}  # noqa: SLF001  # its own copy
        return shelf

    def path(self, collection: Collection, territory: str) -> tuple[Question, ...]:
        """The questions that are asked there, in order."""
        return self._paths.get((collection.id, territory), ())

    def document(self, collection: Collection, language: str, territory: str) -> Document:
        """The consent document in a language, with the region's values filled in."""
        return self._documents[collection.id].get(language, territory)

    def rehearsed(self, collection: Collection, territory: str, today: dt.date) -> Shelf:
        """The collection alone as it would be with one region open beside those that are, in every language."""
        regions = {region.territory for region in self.regions(collection, today)}
        return self._rehearsed(collection.id, frozenset({territory, *regions}))

    def _make_rehearsed(self, name: str, territories: frozenset[str]) -> Shelf:
        collection = in_every_language(self._collections[name])
        opened = tuple(region for region in collection.regions if region.territory in territories)
        shown = collection.model_copy(update={"regions": opened})
        return Shelf((shown,), unreviewed=True, translate=self._translate)

    def every_document(self) -> Iterator[Document]:
        """Every consent document that may be read somewhere."""
        for collection in self._collections.values():
            for region in collection.regions:
                for language in collection.documents:
                    yield self.document(collection, language, region.territory)

    def what_changed(self, collection: Collection, language: str, territory: str, since: int) -> tuple[str, ...]:
        """What every version of the cards after `since` changed, newest first, with the region's values filled in."""
        return self._documents[collection.id].what_changed(language, territory, since)
