"""What the sandbox is given to serve: the gallery's page for a collection, a region and a language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.gallery.exhibits import Exhibition, Explore, Keyboard, MarkedTexts, unmarked
from bot.gallery.page import Hall, anchor, page, told
from bot.gallery.ways import doings, obstacle
from flows import language as lang
from flows.collection import Collection, Region
from flows.explore import ORIGINAL, explore
from flows.regions import spoken
from flows.shelf import Shelf
from flows.why_closed import region_closed


class Gallery:
    """Every screen of every collection. What is asked for and not there is answered with the nearest that is."""

    def __init__(
        self,
        collections: Sequence[Collection],
        texts: MarkedTexts,
        keyboard: Keyboard,
        today: Callable[[], dt.date],
        explore: Explore = explore,
        shelf: Shelf | None = None,
    ) -> None:
        self._collections = {collection.id: collection for collection in collections}
        self._texts = texts
        self._shelf = shelf or Shelf(collections, unreviewed=False)
        self._today = today
        self.exhibition = Exhibition(self._collections, texts, keyboard, explore)

    def page(self, asked: Mapping[str, str]) -> str:
        """The page for what a query asks: `collection`, `region` and `language`."""
        hall = self._hall(asked)
        exhibits = self.exhibition.exhibits(hall.collection, hall.territory, hall.language)
        return page(hall, exhibits, self._texts)

    # Walking there, in the sandbox's chat.

    def halls(self) -> list[dict[str, Any]]:
        """Every collection with its regions and languages, by name."""
        return [
            {
                "id": collection.id,
                "title": collection.title,
                "regions": [
                    {
                        "id": region.territory,
                        "name": lang.place_name(region.territory, ORIGINAL),
                        "state": self._state(region),
                        "languages": list(region.languages),
                    }
                    for region in collection.regions
                ],
                "languages": [{"id": name, "name": lang.language_name(name, ORIGINAL)} for name in spoken(collection)],
            }
            for collection in self._collections.values()
        ]

    def screens(self, collection: str, region: str, language: str) -> list[dict[str, Any]]:
        """Every screen there, how it is come by last, and what stands in the way of walking there."""
        hall = self._hall({"collection": collection, "region": region, "language": language})
        way = self.exhibition.way(hall.collection, hall.territory)
        exhibits = self.exhibition.exhibits(hall.collection, hall.territory, hall.language)
        found = []
        for place, exhibit in enumerate(exhibits):
            why = obstacle(way, exhibit.number)
            found.append(
                {
                    "number": exhibit.number,
                    "name": exhibit.name,
                    "last": told(exhibit.acts[-1], self._texts),
                    "obstacle": why.words if why is not None else None,
                    "anchor": anchor(place),
                }
            )
        return found

    def doings(self, collection: str, region: str, language: str, number: int) -> list[dict[str, Any]]:
        """What to do in a chat to come by a screen. Raises LookupError where nobody can."""
        way, worlds = self.exhibition.way(collection, region), self.exhibition.worlds(collection)
        found = doings(way, worlds, collection, language, number, self._texts)
        return [{name: unmarked(value) if name == "press" else value for name, value in each.items()} for each in found]

    def _hall(self, asked: Mapping[str, str]) -> Hall:
        collection = self._collections.get(asked.get("collection", "")) or next(iter(self._collections.values()))
        region = collection.region(asked.get("region")) or collection.regions[0]
        languages = {name: name in region.languages for name in spoken(collection)}
        offered = (name for name, is_offered in languages.items() if is_offered and name != ORIGINAL)
        default = next(offered, next(iter(languages)))
        language = asked.get("language", "")
        return Hall(
            collection=collection.id,
            territory=region.territory,
            language=language if language in languages else default,
            collections={each.id: each.title for each in self._collections.values()},
            territories={each.territory: self._state(each) for each in collection.regions},
            languages=languages,
        )

    def _state(self, region: Region) -> str:
        found = next(each for each in self._collections.values() if region in each.regions)
        why = region_closed(self._shelf, found, region, self._today())
        return f"Closed: {why}" if why is not None else "Open"
