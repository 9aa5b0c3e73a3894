"""What is signed off just now, for a shelf: read at the start, and again once a reviewer has said anything.

Whether somebody has, in whichever process, is the number of the newest word. It comes with what is halted, in the one
statement that every step reads anyway (`bot.storage.pilots.standing`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.review.shown import Shown, contents_of, shown_in
from bot.storage import pilots, sign_offs
from bot.storage.pilots import Standing
from bot.texts import Texts
from flows.collection import Collection
from flows.shelf import Shelf
from flows.sign_offs import Contents, Place, Reviews, SignOff, reviews_of

_NEVER = -1


class Signed:
    """What reviewers have said of what is shown, as far as is known."""

    def __init__(self, contents: Contents, show: Callable[[Place], Shown] | None = None) -> None:
        self.contents = contents
        self._show = show
        self.newest_word = _NEVER
        self._words: list[SignOff] = []
        self._reviews: Reviews = MappingProxyType({})

    @classmethod
    def of(cls, collections: Sequence[Collection], texts: Texts) -> Signed:
        """Of what collections show."""
        known = {each.id: each for each in collections}

        def show(place: Place) -> Shown:
            collection = known[place.collection]
            region = next(each for each in collection.regions if each.territory == place.territory)
            return shown_in(collection, region, place.language, texts)

        return cls(contents_of(collections, texts), show)

    def shown_to(self, words: Sequence[SignOff]) -> dict[str, Shown]:
        """What each word is about, by its hash."""
        return {} if self._show is None else {each.content: self._show(each.place) for each in words}

    def after(self, words: Sequence[SignOff]) -> Reviews:
        """What is known once more has been said, in a transaction that is not over yet."""
        return reviews_of(self.contents, [*self._words, *words])

    async def on(self, shelf: Shelf, standing: Standing, connection: AsyncConnection) -> Shelf:
        """A shelf as it is open now: without what is halted, or is not signed off."""
        if standing.newest_word != self.newest_word:
            self._words = await sign_offs.every(connection)
            self._reviews = reviews_of(self.contents, self._words)
            self.newest_word = standing.newest_word
        return shelf.reviewed(self._reviews).halting(standing.halts)


async def shelf_as_it_stands(
    connection: AsyncConnection, collections: Sequence[Collection], texts: Texts, *, unreviewed: bool
) -> Shelf:
    """A shelf of collections as it is open now: for a command."""
    shelf = Shelf(collections, unreviewed=unreviewed, translate=texts.of_collection)
    return await Signed.of(collections, texts).on(shelf, await pilots.standing(connection), connection)
