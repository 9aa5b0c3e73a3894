"""What a session has in hand: the collection, region and question that moves and screens alike look at."""

from __future__ import annotations

from flows.collection import Collection, Question, Region
from flows.session import Passage, Session
from flows.shelf import Shelf
from flows.travelling import safe_on_the_way


class InHand:
    """A session and a shelf, and what follows from the two. Asking for what is not there is a fault of ours."""

    session: Session
    shelf: Shelf

    @property
    def passage(self) -> Passage:
        """The passage in hand. Raises LookupError where there is none."""
        passage = self.session.passage
        if passage is None:
            raise LookupError("no passage in hand")
        return passage

    @property
    def collection(self) -> Collection:
        """The collection in hand."""
        return self.shelf.collections[self.passage.collection]

    @property
    def region(self) -> Region:
        """The region in hand. Raises LookupError while no place was named."""
        region = self.collection.region(self.passage.territory)
        if region is None:
            raise LookupError("no region in hand")
        return region

    @property
    def path(self) -> tuple[Question, ...]:
        """The questions on this person's way, where they live and where they are; none before a place was named."""
        return safe_on_the_way(self.session, self.whole_path)

    @property
    def whole_path(self) -> tuple[Question, ...]:
        """With what is put away only while somebody is elsewhere."""
        return self.shelf.path(self.collection, self.passage.territory or "")

    @property
    def asking(self) -> Question:
        """The question that is open."""
        return next(question for question in self.path if question.id == self.passage.asking)
