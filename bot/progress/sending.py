"""Sends pictures to members of the team, one after another, beside the outbox: counting for them may take a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from bot.messenger import Delivered, Messenger, Sent, TryLater, Unknown
from bot.progress.drawing import svg
from bot.progress.rasterise import NotDrawn, fonts_of, png
from bot.progress.taking import Taking
from bot.progress.words import Words
from bot.storage.database import StoreUnavailable
from bot.texts import Texts
from flows.collection import Collection
from flows.painting import picture
from flows.picture import Picture, Theme

log = structlog.get_logger()

_AGAIN_SECONDS = 60.0
_UNLOOKED_AT = 3600.0
"""Seconds without anybody looking, after which it is looked at whether a region may be published anew."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture that somebody asked for. `settle` is told what became of it."""

    row: str
    chat_id: int = field(repr=False)
    payload: Mapping[str, Any]
    settle: Callable[[Sent], Awaitable[None]] = field(repr=False)


class Pictures:
    """Makes and sends them. What comes twice while it waits is sent once."""

    def __init__(
        self,
        *,
        taking: Taking,
        collections: Mapping[str, Collection],
        texts: Texts,
        messenger: Messenger,
        folder: Path,
    ) -> None:
        self._taking = taking
        self._collections = collections
        self._texts = texts
        self._messenger = messenger
        self._folder = folder
        self._waiting: asyncio.Queue[Wanted] = asyncio.Queue()
        self._in_hand: set[str] = set()

    def take(self, wanted: Wanted) -> None:
        """Send this when its turn comes."""
        if wanted.row not in self._in_hand:
            self._in_hand.add(wanted.row)
            self._waiting.put_nowait(wanted)

    async def run(self) -> None:
        """Send until cancelled; and take snapshots that may be taken, where nobody has looked for an hour."""
        while True:
            try:
                async with asyncio.timeout(_UNLOOKED_AT):
                    wanted = await self._waiting.get()
            except TimeoutError:
                await self._look_at_all()
            else:
                await self._next(wanted)

    async def _look_at_all(self) -> None:
        for collection in self._collections.values():
            try:
                await self._taking.refreshed(collection)
            except StoreUnavailable:
                return
            except Exception as error:  # noqa: BLE001  # one that cannot be counted must not hold up the rest
                log.warning("a collection was not counted", collection=collection.id, why=type(error).__name__)

    async def work(self) -> None:
        """Everything that has been taken."""
        while not self._waiting.empty():
            await self._next(self._waiting.get_nowait())

    async def _next(self, wanted: Wanted) -> None:
        try:
            sent = await self._send(wanted)
            # Sent twice it is the same picture.
            await wanted.settle(TryLater(_AGAIN_SECONDS) if isinstance(sent, Unknown) else sent)
        except StoreUnavailable:
            pass  # it comes again when the outbox looks at it again
        except Exception as error:  # noqa: BLE001  # one that cannot be sent must not hold up the rest
            log.warning("a picture was not sent", why=type(error).__name__)
            await wanted.settle(Delivered())
        finally:
            self._in_hand.discard(wanted.row)

    async def _send(self, wanted: Wanted) -> Sent:
        asked = wanted.payload
        collection = self._collections.get(asked["collection"])
        if collection is None:
            return Delivered()
        snapshots = await self._taking.refreshed(collection)
        seen = picture(collection, snapshots, tuple(asked["territories"])).of(Theme(asked["theme"]))
        caption = self._in_short(seen, asked["language"])
        try:
            drawn = svg(seen, Words(self._texts, asked["language"])) if seen.parts else ""
            made = await png(drawn, fonts_of(self._folder / collection.id / "fonts")) if drawn else b""
        except NotDrawn:
            made = b""
        if not made:
            return await self._messenger.say(wanted.chat_id, None, caption)
        return await self._messenger.picture(wanted.chat_id, made, caption)

    def _in_short(self, seen: Picture, language: str) -> str:
        title, *others = (self._texts.html(text, language) for text in seen.in_short)
        return "\n".join((f"<b>{title}</b>", *others))
