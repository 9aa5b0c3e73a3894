"""What the sandbox is given to serve: the gallery's page for a collection, a region and a language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from bot.gallery.exhibits import Exhibition, Keyboard, MarkedTexts
from bot.gallery.page import Hall, page
from flows.collection import Collection, Region
from flows.explore import ORIGINAL
from flows.regions import why_closed


class Gallery:
    """Every screen of every collection. What is asked for and not there is answered with the nearest that is."""

    def __init__(
        self,
        collections: Sequence[Collection],
        texts: MarkedTexts,
        keyboard: Keyboard,
        today: Callable[[], dt.date],
    ) -> None:
        self._collections = {collection.id: collection for collection in collections}
        self._texts = texts
        self._today = today
        self.exhibition = Exhibition(self._collections, texts, keyboard)

    def page(self, asked: Mapping[str, str]) -> str:
        """The page for what a query asks: `collection`, `region` and `language`."""
        hall = self._hall(asked)
        exhibits = self.exhibition.exhibits(hall.collection, hall.territory, hall.language)
        return page(hall, exhibits, self._texts)

    def _hall(self, asked: Mapping[str, str]) -> Hall:
        collection = self._collections.get(asked.get("collection", "")) or next(iter(self._collections.values()))
        region = collection.region(asked.get("region")) or collection.regions[0]
        spoken = {name: name in region.languages for name in collection.languages if name in collection.documents}
        default = next((name for name, offered in spoken.items() if offered and name != ORIGINAL), next(iter(spoken)))
        language = asked.get("language", "")
        return Hall(
            collection=collection.id,
            territory=region.territory,
            language=language if language in spoken else default,
            collections={each.id: each.title for each in self._collections.values()},
            territories={each.territory: self._state(each) for each in collection.regions},
            languages=spoken,
        )

    def _state(self, region: Region) -> str:
        why = why_closed(region, self._today())
        return f"Closed: {why}" if why is not None else "Open"
