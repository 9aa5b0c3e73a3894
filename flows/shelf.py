"""The collections that are on offer, and what the engine needs to look up in them."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from flows.collection import Collection, Question, Region
from flows.consent import Document, Documents, Translate, untranslated
from flows.grading import Paused
from flows.halts import Halts, is_halted
from flows.links import Doorway
from flows.meaning import NOT_KNOWN, Meanings
from flows.regions import in_every_language, questions_for
from flows.sign_offs import UNSIGNED, Closure, Place, Review, Reviews
from flows.zones import HandedOver

_Made = TypeVar("_Made")

Spent = tuple[str, str]
"""A collection and a territory that has promised all that it can pay."""


class Shelf:
    """Every collection by id. `unreviewed` opens regions that nobody has signed off: for rehearsals only.

    Otherwise nobody begins where and in a language that is not signed off (`reviewed`) until today at least. Where
    nothing but the day has passed, whoever has agreed goes on.
    """

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
        self._reviews: Reviews = MappingProxyType({})
        self._paused: Paused = frozenset()
        self._handed_over: HandedOver = MappingProxyType({})
        self._open: dict[tuple[str, dt.date | None], tuple[Region, ...]] = {}
        self._links: Mapping[str, Doorway] = MappingProxyType({})
        self._rehearsed = lru_cache(maxsize=64)(self._make_rehearsed)
        self._made: dict[tuple[Hashable, ...], Any] = {}
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
        """Regions that can pay one more, in the languages in which somebody new can begin and is asked.

        Whoever has agreed already goes on in any that is open.
        """
        taking = self._paying_one_more(collection, today)
        if not self._paused:
            return taking
        return tuple(left for region in taking if (left := self._without_paused(collection.id, region)).languages)

    def _paying_one_more(self, collection: Collection, today: dt.date) -> tuple[Region, ...]:
        """Regions where somebody new can begin but for a language that pauses."""
        open_today = self.beginning(collection, today)
        if not self._spent:
            return open_today
        return tuple(region for region in open_today if (collection.id, region.territory) not in self._spent)

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
        """Whether it is open and yet takes nobody new: its budgets are spent, or its pilot has enough people.

        Where only a language pauses, there is room.
        """
        return bool(self.beginning(collection, today)) and not self._paying_one_more(collection, today)

    def beginning(self, collection: Collection, today: dt.date) -> tuple[Region, ...]:
        """Regions that are signed off until today at least, each with its languages that are; none that is halted, or
        that another installation serves.
        """
        return self._regions(collection, today)

    def regions(self, collection: Collection) -> tuple[Region, ...]:
        """Regions where whoever has agreed goes on, each with the languages in which they do; none that is halted.

        A sign-off that has only lapsed stops nobody who is in the middle, so this is the same on every day.
        """
        return self._regions(collection, None)

    def _regions(self, collection: Collection, today: dt.date | None) -> tuple[Region, ...]:
        found = self._open.get((collection.id, today))
        if found is None:
            signed = (self._signed(collection, region, today) for region in collection.regions)
            found = tuple(r for r in signed if r.languages and not is_halted(self._halts, collection.id, r.territory))
            if today is not None:
                found = tuple(r for r in found if r.territory not in self._handed_over)
            self._open[collection.id, today] = found
        return found

    def _signed(self, collection: Collection, region: Region, today: dt.date | None) -> Region:
        """The region with those of its languages that are signed off; until a day, where one is named."""
        if self._unreviewed:
            return region
        reviews = {name: self.review(collection.id, region.territory, name) for name in region.languages}
        closed = [
            name for name, each in reviews.items() if (each.why if today is None else each.closure(today)) is not None
        ]
        if not closed:
            return region
        return region.model_copy(update={"languages": tuple(n for n in region.languages if n not in closed)})

    def goes_on(self, collection: Collection, territory: str | None, language: str) -> bool:
        """Whether whoever has agreed goes on in a region: it is open, and so is what they read of it.

        Of a language that a region does not offer nothing is signed there: whoever chooses to read it, reads on.
        """
        here = next((each for each in self.regions(collection) if each.territory == territory), None)
        region = collection.region(territory)
        if here is None or region is None:
            return False
        return language in here.languages or language not in region.languages

    def signed(self, collection: Collection, territory: str | None) -> Region | None:
        """A region with the languages in which whoever has agreed goes on, halted or not; None where there is none."""
        region = collection.region(territory)
        return self._signed(collection, region, None) if region is not None else None

    def review(self, collection: str, territory: str, language: str) -> Review:
        """What reviewers have said of a place in a language."""
        return self._reviews.get(Place(collection, territory, language), UNSIGNED)

    def closure(self, collection: Collection, region: Region, today: dt.date) -> Closure | None:
        """Why nobody can begin in a region, whatever their language; None where somebody can. Halts are left out."""
        reasons = [self.review(collection.id, region.territory, each).closure(today) for each in region.languages]
        if not reasons:
            return Closure.SPEECHLESS
        return None if None in reasons else reasons[0]

    def reviewed(self, reviews: Reviews) -> Shelf:
        """The same shelf with what reviewers have said: where and in which languages it is open."""
        if reviews is self._reviews:
            return self
        shelf = copy.copy(self)
        shelf._reviews, shelf._open = reviews, {}  # noqa: SLF001  # its own copy
        return shelf

    def halting(self, halts: Halts) -> Shelf:
        """The same shelf while something on it is halted: nobody can begin there, and nothing is asked."""
        if halts == self._halts:
            return self
        shelf = copy.copy(self)
        shelf._halts, shelf._open = halts, {}  # noqa: SLF001  # its own copy
        return shelf

    def handing_over(self, territories: HandedOver) -> Shelf:
        """The same shelf where other installations serve some territories: nobody new begins there here."""
        shelf = copy.copy(self)
        shelf._handed_over, shelf._open = territories, {}  # noqa: SLF001  # its own copy
        return shelf

    def in_other_zones(self, collection: Collection) -> HandedOver:
        """Territories of a collection that another installation serves, and its bot."""
        if not self._handed_over:
            return self._handed_over
        served = ((region.territory, self._handed_over.get(region.territory)) for region in collection.regions)
        return {territory: bot for territory, bot in served if bot is not None}

    def path(self, collection: Collection, territory: str) -> tuple[Question, ...]:
        """The questions that are asked there, in order."""
        return self._paths.get((collection.id, territory), ())

    def once(self, what: tuple[Hashable, ...], make: Callable[[], _Made]) -> _Made:
        """What `make` gives, made once for each `what`: a card that says nothing of whoever looks at it, say.

        `what` names everything that it depends on beside the collections. It is kept for as long as the process runs,
        so neither may hold anything of a person's.
        """
        if what not in self._made:
            self._made[what] = make()
        made: _Made = self._made[what]
        return made

    def document(self, collection: Collection, language: str, territory: str) -> Document:
        """The consent document in a language, with the region's values filled in."""
        return self._documents[collection.id].get(language, territory)

    def rehearsed(self, collection: Collection, territory: str) -> Shelf:
        """The collection alone as it would be with one region open beside those that are, in every language."""
        regions = {region.territory for region in self.regions(collection)}
        return self._rehearsed(collection.id, frozenset({territory, *regions}))

    def _make_rehearsed(self, name: str, territories: frozenset[str]) -> Shelf:
        collection = in_every_language(self._collections[name])
        opened = tuple(region for region in collection.regions if region.territory in territories)
        shown = collection.model_copy(update={"regions": opened})
        return Shelf((shown,), unreviewed=True, translate=self._translate)

    def document_of(self, name: str, version: int, language: str, territory: str) -> Document | None:
        """A consent document by what a record says of it; none where it may be read nowhere any more."""
        collection = self._collections.get(name)
        if collection is None or version != collection.consent.version or language not in collection.documents:
            return None
        return None if collection.region(territory) is None else self.document(collection, language, territory)

    def meanings_in(self, name: str, version: int, language: str) -> Meanings:
        """What purposes mean under a version of the cards; nothing where another one is today's."""
        collection = self._collections.get(name)
        today = collection is not None and version == collection.consent.version
        return self.meanings(name, language) if today else NOT_KNOWN

    def meanings(self, name: str, language: str) -> Meanings:
        """What a collection's purposes mean today to whoever reads them in a language; nothing without cards in it."""
        collection = self._collections.get(name)
        if collection is None or language not in collection.documents:
            return NOT_KNOWN
        return self._documents[name].meanings(language)

    def what_changed(self, collection: Collection, language: str, territory: str, since: int) -> tuple[str, ...]:
        """What every version of the cards after `since` changed, newest first, with the region's values filled in."""
        return self._documents[collection.id].what_changed(language, territory, since)
