"""Posting: an invite into a channel or a group, once. That it is about to leave is committed first.

A process that dies in between, or a request without an answer, leaves a post that may be there: it is not sent again,
and whoever asked for it is told to look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.clock import Clock
from bot.storage import consents, posts, team
from bot.storage.consents import Ledger
from bot.storage.database import Database
from bot.storage.schedule import Due
from flows.collection import Collection
from flows.halts import Halts
from flows.links import address
from flows.posts import Post, PostState, WhyNot, post_screen, stands_still
from flows.screens import Screen


@dataclass(frozen=True, slots=True)
class Posted:
    """It stands there."""


@dataclass(frozen=True, slots=True)
class NotPosted:
    """Nothing stands there."""

    why: WhyNot


@dataclass(frozen=True, slots=True)
class MayBeThere:
    """The request left and no answer came."""


Outcome = Posted | NotPosted | MayBeThere


class PostDoor(Protocol):
    """The one door to channels and groups."""

    async def post(self, place: str, parts: Sequence[tuple[Screen, str]]) -> Outcome:
        """Post one message with each screen in its language, once."""
        ...


@dataclass(frozen=True, slots=True)
class PostDesk:
    """What posting takes."""

    database: Database
    door: PostDoor
    collections: Mapping[str, Collection]
    bot_name: str
    clock: Clock

    async def carry_out_due(self, due: Due) -> None:
        """Post what is asked for in a chat (`bot.errands`)."""
        await self.carry_out(due.key.rpartition("/")[2], "surveybot")

    async def carry_out(self, post: str, actor: str) -> Post | None:
        """Post what is asked for, and note what became of it; as it stands then. None where there is no such post."""
        async with self.database.write() as connection:
            found = await posts.read(connection, post)
            if found is not None and found.state is PostState.POSTING:  # whoever had it in hand has died
                await posts.move(connection, post, (PostState.POSTING,), PostState.UNKNOWN)
                return await posts.read(connection, post)
            begins = await posts.move(connection, post, (PostState.ASKED,), PostState.POSTING)
            halts = await team.halted(connection)
        if found is None or not begins:
            return found
        outcome = await self._post(found, halts)
        return await self._note(found, outcome, actor)

    async def _post(self, post: Post, halts: Halts) -> Outcome:
        collection = self.collections.get(post.collection)
        if collection is None:
            return NotPosted(WhyNot.NOT_TAKEN)
        if stands_still(collection, post.territory, halts):
            return NotPosted(WhyNot.CLOSED)
        screen = post_screen(collection, collection.region(post.territory), address(self.bot_name, post.link))
        return await self.door.post(post.place, [(screen, language) for language in post.languages])

    async def _note(self, post: Post, outcome: Outcome, actor: str) -> Post | None:
        state, why = PostState.POSTED, ""
        if isinstance(outcome, NotPosted):
            state, why = PostState.REFUSED, outcome.why.value
        elif isinstance(outcome, MayBeThere):
            state = PostState.UNKNOWN
        entry = {
            "at": self.clock(), "actor": actor, "action": f"post {state.value}", "collection": post.collection,
            "pseudonym": None, "detail": {"post": post.id, "link": post.link, "why": why},
        }  # fmt: skip
        async with self.database.write() as connection:
            await posts.move(connection, post.id, (PostState.POSTING,), state, why)
            await consents.write_ledger(connection, Ledger(audit=[entry]))
            return await posts.read(connection, post.id)
