"""What is signed off just now, for a shelf: read at the start, and again once a reviewer has said anything.

Whether somebody has, in whichever process, is the number of the newest word. It comes with what is halted, in the one
statement that every step reads anyway (`bot.storage.pilots.standing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.review.shown import Shown, contents_of, shown_in
from bot.storage import pilots, sign_offs
from bot.storage.pilots import Standing
from bot.texts import Texts
from flows.collection import Collection
from flows.differing import Difference, differences
from flows.halts import Halts
from flows.shelf import Shelf
from flows.sign_offs import Contents, Place, Reviews, SignOff, by_place, reviews_of, signed_last

_NEVER = -1


class Signed:
    """What reviewers have said of what is shown, as far as is known."""

    def __init__(self, contents: Contents, show: Callable[[Place], Shown] | None = None) -> None:
        self.contents = contents
        self._show = show
        self.newest_word = _NEVER
        self._words: list[SignOff] = []
        self._last: tuple[Shelf, Reviews, Halts, Shelf] | None = None
        self._reviews: Reviews = MappingProxyType({})
        self._changed: Mapping[Place, tuple[Difference, ...]] = MappingProxyType({})

    @property
    def reviews(self) -> Reviews:
        """What was known when it was last put `on` a shelf."""
        return self._reviews

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
        return self._with_changes(reviews_of(self.contents, [*self._words, *words]))

    async def on(self, shelf: Shelf, standing: Standing, connection: AsyncConnection) -> Shelf:
        """A shelf as it is open now: without what is halted, or is not signed off."""
        if standing.newest_word != self.newest_word:
            self._words = await sign_offs.every(connection)
            reviews = reviews_of(self.contents, self._words)
            self._changed = await self._what_changed(reviews, connection)
            self._reviews = self._with_changes(reviews)
            self.newest_word = standing.newest_word
        if self._last is None or self._last[:3] != (shelf, self._reviews, standing.halts):
            # The same shelf as long as nothing was said or halted: it remembers which regions are open.
            self._last = (shelf, self._reviews, standing.halts, shelf.reviewed(self._reviews).halting(standing.halts))
        return self._last[3]

    async def _what_changed(
        self, reviews: Reviews, connection: AsyncConnection
    ) -> Mapping[Place, tuple[Difference, ...]]:
        """Of places that show something else than all who have to signed last, what differs; unasked, nothing."""
        if self._show is None:
            return {}
        said = by_place(self._words)
        last = {place: signed_last(said.get(place, ())) for place in reviews}
        other = {p: word for p, word in last.items() if word is not None and word.content != reviews[p].content}
        before = await sign_offs.texts(connection, [word.content for word in other.values()]) if other else {}
        return {
            place: differences(before[word.content], self._show(place))
            for place, word in other.items()
            if word.content in before
        }

    def _with_changes(self, reviews: Reviews) -> Reviews:
        """Reviews with what differs there; no more where it has been signed meanwhile."""
        return {
            place: review._replace(changed=self._changed[place])
            if review.why is not None and place in self._changed
            else review
            for place, review in reviews.items()
        }


async def shelf_as_it_stands(
    connection: AsyncConnection, collections: Sequence[Collection], texts: Texts, *, unreviewed: bool
) -> Shelf:
    """A shelf of collections as it is open now: for a command."""
    shelf = Shelf(collections, unreviewed=unreviewed, translate=texts.of_collection)
    return await Signed(contents_of(collections, texts)).on(shelf, await pilots.standing(connection), connection)
