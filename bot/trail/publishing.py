"""Putting the newest head into a channel on a schedule, so that whoever rewrites the log has to rewrite that too.

That one is about to be posted for a time is committed first; a process that dies then, or a request without an answer,
leaves a post that may be there, and the next one comes at the next time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import structlog

from bot.links.posting import MayBeThere, NotPosted, Outcome, PostDoor
from bot.storage import audit, head_posts
from bot.storage.database import Database
from bot.storage.head_posts import HeadPostState
from bot.storage.keystore import KeyStore
from bot.storage.schedule import Due
from bot.trail.published import published
from bot.uncut import uncut
from bot.vault import Vault
from flows.posts import WhyNot
from flows.screens import Screen, body
from flows.words import Raw, Text

log = structlog.get_logger()

HEADS = "heads"
"""Due when a head is to be posted; its key is the channel."""

_SOON = dt.timedelta(seconds=2)
_AGAIN = dt.timedelta(minutes=5)
_LONGEST_WAIT = dt.timedelta(hours=1)
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


class HeadPosting:
    """Posts the newest head into one channel, once for each time that is due; where none is set, nowhere."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        door: PostDoor,
        channel: str,
        every: dt.timedelta,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._door = door
        self._channel = channel
        self._every = every
        self._clock = clock

    async def carry_out(self, due: Due) -> dt.datetime | None:
        """Post what is due (`bot.errands`); when to look again, None for a channel that is no longer ours."""
        if due.key != self._channel:
            return None
        await self._take_over()
        wait = await uncut(self.post_due())
        return self._clock() + min(wait, _LONGEST_WAIT)

    async def _take_over(self) -> None:
        async with self._database.write() as connection:
            await head_posts.take_over(connection)

    async def post_due(self) -> dt.timedelta:
        """Post what is due now, if it is not there; how long until there is something to do again."""
        now = self._clock()
        slot = now - (now - _EPOCH) % self._every
        head = await self._keystore.newest_head()
        if head is None:  # nothing has been sealed yet
            return _SOON
        async with self._database.write() as connection:
            mine = await head_posts.take(connection, slot, head.number, now)
        until_next = slot + self._every - now
        if not mine:
            return until_next
        words = published(head, await self._keystore.installation() or "", self._vault.head_key())
        screen = Screen("head", (body(Text("{words}", {"words": Raw(words)})),), ())
        return await self._note(slot, head.number, await self._door.post(self._channel, [(screen, "en")]), until_next)

    async def _note(self, slot: dt.datetime, head: int, outcome: Outcome, until_next: dt.timedelta) -> dt.timedelta:
        state: HeadPostState | None = HeadPostState.POSTED
        why = ""
        if isinstance(outcome, NotPosted):
            state, why = HeadPostState.REFUSED, outcome.why.value
            log.warning("the head of the audit trail was not posted; see SURVEYBOT_HEADS_CHANNEL", why=why)
        elif isinstance(outcome, MayBeThere):
            state = HeadPostState.UNKNOWN
        later = isinstance(outcome, NotPosted) and outcome.why is WhyNot.LATER
        entry = {"at": self._clock(), "actor": "bot", "collection": None, "pseudonym": None}
        async with self._database.write() as connection:
            await head_posts.settle(connection, slot, None if later else state)
            if not later and state is not None:
                detail = {"head": head, "why": why}
                await audit.append(connection, [{**entry, "action": f"head {state.value}", "detail": detail}])
        return min(_AGAIN, until_next) if later else until_next
