"""Doors: the links that a batch is about, as the transaction finds them, and as each step of the batch leaves them.

They are looked up only where somebody has opened one, or may agree by one with this very step; nobody else's batch pays
for it. A link that pauses, or is full, does so for the next chat of the same batch.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.arrivals import Arrival
from bot.chats import Chat
from bot.storage import links as stored
from bot.storage.together import together
from bot.work import Work
from flows.events import Opened
from flows.links import CollectionLink, Doorway, Passed, passed, standing
from flows.session import Aside, Stage
from flows.shelf import Shelf
from flows.team.events import TeamLinkOpened

log = structlog.get_logger()

_AT_THE_LINK = frozenset({Aside.LINK_RESTING, Aside.LINK_CLOSED})


@dataclass(slots=True)
class Doors:
    """Links in hand, by code."""

    least: int
    """Openings in an hour that are never too many (SURVEYBOT_LINK_BURST)."""
    now: dt.datetime
    links: dict[str, CollectionLink] = field(default_factory=dict)
    paused: list[CollectionLink] = field(default_factory=list)
    """Those that this batch has paused."""
    submitted: Counter[str] = field(default_factory=Counter)
    _changed: set[str] = field(default_factory=set)
    _noted: int = 0

    async def read(self, connection: AsyncConnection, works: Iterable[Work]) -> None:
        """Look up the links that these chats are about, if there are any."""
        wanted = {link for work in works for link in _wanted(work)}
        if wanted:
            self.links = await together(connection, stored.read, wanted)

    def shelf_now(self, shelf: Shelf, passages: list[tuple[str, Passed]]) -> Shelf:
        """The shelf with these links, once everybody before has got as far as `passages` say."""
        self.note(passages)
        if not self.links:
            return shelf
        return shelf.with_links({name: self._doorway(link, shelf) for name, link in self.links.items()})

    def _doorway(self, link: CollectionLink, shelf: Shelf) -> Doorway:
        return Doorway(link.collection, standing(link, shelf.collections.get(link.collection), self.now))

    def note(self, passages: list[tuple[str, Passed]]) -> None:
        """Count who got further since the last look."""
        for link, how_far in passages[self._noted :]:
            if how_far is Passed.SUBMITTED:
                self.submitted[link] += 1
                continue
            before = self.links[link]
            after = self.links[link] = passed(before, how_far, self.now, self.least)
            self._changed.add(link)
            if after.rests_by_itself and not before.rests_by_itself:
                self.paused.append(after)
                log.warning("a link was opened far faster than usual and rests", link=link, collection=after.collection)
        self._noted = len(passages)

    async def write(self, connection: AsyncConnection) -> None:
        """Write what has been counted."""
        if self._changed or self.submitted:
            changed = [self.links[name] for name in sorted(self._changed)]
            await stored.write(connection, changed, self.paused, self.submitted)


def _wanted(work: Work) -> set[str]:
    """Links that the steps of one chat may ask about. A link of the team's that grants nothing is a plain /start."""
    opened = [a.event for a in work.arrivals if isinstance(a, Arrival) and isinstance(a.event, Opened | TeamLinkOpened)]
    found = {event.link for event in opened if isinstance(event, Opened) and event.link is not None}
    chat = work.chat
    if chat is not None and chat.session is not None and (opened or _may_agree(work, chat)):
        passages = chat.session.passages.values()
        found |= {each.link for each in passages if each.link is not None and each.consented is None}
    return found


def _may_agree(work: Work, chat: Chat) -> bool:
    session = chat.session
    if session is None or not work.stepped:
        return False
    passage = session.passage
    at_the_decision = passage is not None and passage.stage is Stage.DECIDE
    return len(work.arrivals) > 1 or at_the_decision or session.aside in _AT_THE_LINK
