"""Updates from Telegram: fetched by long polling, and confirmed only when what they caused is committed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.adapter.decode import WANTED_UPDATES, Decoder, Elsewhere, NotUnderstood, is_update_id
from bot.adapter.transport import seconds_to_wait
from bot.arrivals import Arrival
from bot.storage.database import StoreUnavailable

log = structlog.get_logger()

_POLL_SECONDS = 25
_MARGIN_SECONDS = 10
_CROWD, _LONGEST_LULL = 8, 0.05
"""When so many updates come at once, the next are left to gather until the screens of these have gone out, so many
seconds at most: people who come together share one commit, and each commit costs the same whoever shares it. A chat
on its own never waits."""

_MOST_AT_ONCE = 100
"""What one getUpdates brings at most. Where it brings so many, others have gathered already: their steps are taken
while the screens of these go out."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_CONFLICTS = 3
_CONFLICT_MEMORY = 60.0
"""So many conflicts in so many seconds are no left-over of a killed process."""

Call = Callable[..., Awaitable[Any]]
Lull = Callable[[float], Awaitable[None]]
Take = Callable[[Sequence[Arrival]], Awaitable[None]]


class Stopped(Exception):
    """The bot cannot go on; the text says why and what helps."""


class Polling:
    """Asks for updates for ever. One poller at a time: Telegram ends the first when a second begins."""

    def __init__(
        self,
        call: Call,
        decoder: Decoder,
        take: Take,
        elsewhere: Callable[[Elsewhere], Awaitable[None]],
        lull: Lull = asyncio.sleep,
    ) -> None:
        self._lull = lull
        self._call = call
        self._decoder = decoder
        self._take = take
        self._elsewhere = elsewhere
        self._offset = 0
        self._is_ours = False
        self._conflicts: list[float] = []
        self._pause = _FIRST_PAUSE

    async def run(self, begun: Callable[[], None] = lambda: None) -> None:
        """Fetch, take, confirm; `begun` is called at once. Raises Stopped where trying again cannot help."""
        begun()
        while True:
            try:
                await self._once()
                self._pause = _FIRST_PAUSE
            except InvalidToken:
                raise Stopped("Telegram does not know this token; check SURVEYBOT_TOKEN") from None
            except Conflict as error:
                await self._stand_back(error)
            except RetryAfter as error:
                await asyncio.sleep(seconds_to_wait(error))
            except (TelegramError, StoreUnavailable) as error:
                log.warning("no updates just now; trying again", why=type(error).__name__, pause=self._pause)
                await asyncio.sleep(self._pause)
                self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    async def _stand_back(self, error: Conflict) -> None:
        """Somebody else polls. Once or twice it is what a killed process had under way; then it is a second bot.

        The newer of two keeps going: each ends the other's poll, and the older one has been ended more often.
        """
        now = asyncio.get_running_loop().time()
        self._conflicts = [*(each for each in self._conflicts if each > now - _CONFLICT_MEMORY), now]
        if len(self._conflicts) > _CONFLICTS or _is_about_webhook(error):
            raise Stopped(_why_conflict(error)) from None
        log.warning("another process polls, or one that has just ended; trying again")
        await asyncio.sleep(_FIRST_PAUSE)

    async def _once(self) -> None:
        if not self._is_ours:
            await self._call("deleteWebhook", {"drop_pending_updates": False})  # with one set, polling gets nothing
            self._is_ours = True
        fields = {"offset": self._offset, "timeout": _POLL_SECONDS, "allowed_updates": list(WANTED_UPDATES)}
        updates = await self._call("getUpdates", fields, read_seconds=_POLL_SECONDS + _MARGIN_SECONDS)
        if not updates:
            return
        taken = await take_updates(updates, self._decoder, self._take, self._elsewhere)
        ids = [each["update_id"] for each in updates if isinstance(each, dict) and is_update_id(each.get("update_id"))]
        self._offset = max(ids, default=self._offset - 1) + 1
        if taken >= _CROWD and len(updates) < _MOST_AT_ONCE:
            await self._lull(_LONGEST_LULL)


async def take_updates(
    updates: Sequence[Any], decoder: Decoder, take: Take, elsewhere: Callable[[Elsewhere], Awaitable[None]]
) -> int:
    """Decode updates one by one and take them together; returns when what they caused is committed, how many they were.

    What one chat sends beyond what a person does is not among them.
    """
    arrivals: list[Arrival] = []
    for update in updates:
        try:
            decoded = decoder.decode(update)
        except NotUnderstood as error:
            log.warning("an update was not understood and passed over", kind=str(error))
            continue
        if isinstance(decoded, Elsewhere):
            await elsewhere(decoded)
        elif decoded is not None:
            arrivals.append(decoded)
    if arrivals:
        await take(arrivals)
    return len(arrivals)


def _is_about_webhook(error: Conflict) -> bool:
    return "webhook" in error.message.casefold()


def _why_conflict(error: Conflict) -> str:
    if _is_about_webhook(error):
        return "a webhook is set for this bot, so polling gets nothing; start again, which removes it"
    return "another process is polling with this token; stop it first"
