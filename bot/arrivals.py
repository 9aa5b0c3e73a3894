"""What comes to the conversation: events from people and from the clock, and word of what has been shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.storage.outbox import OutboxRow
from bot.storage.schedule import Due
from flows.events import Event


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event for one chat. From people: an update id, a tap's callback, the numbers of messages."""

    chat_id: int = field(repr=False)
    event: Event = field(repr=False)
    update_id: int | None = None
    callback: str | None = field(default=None, repr=False)
    card: int | None = None
    """The card that was tapped, as the tap itself says."""
    message: int | None = None
    """The contributor's own message in the chat."""


@dataclass(frozen=True, slots=True)
class DueArrival:
    """Something of the schedule has come due for a chat, known by its hash alone."""

    chat: bytes = field(repr=False)
    due: Due


@dataclass(frozen=True, slots=True)
class Settled:
    """What has been shown to a chat, to be remembered with the next commit."""

    chat: bytes = field(repr=False)
    version: int
    shown: bool
    """Whether the screen of that version is there."""
    faulty: bool = False
    """Whether a fault of ours kept it back, as it may the next time."""
    card: int | None = None
    """The number of a new card."""
    protected: bool = False
    """Whether that one cannot be forwarded or saved."""
    gone: tuple[int, ...] = ()
    """Numbers of messages that are out of the chat, or empty."""
    replaced: tuple[int, ...] = ()
    """Numbers of cards that another has taken the place of, and that are to go still."""
    receipts: Mapping[str, int] = field(default_factory=dict)
    """By collection, messages that are its receipt now."""
    sent: tuple[int, ...] = ()
    """Numbers of messages that the bot has added to the chat."""
    copies: tuple[int, ...] = ()
    """Those of them that are files with everything in them, to be taken away again."""
    files: tuple[int, ...] = ()
    """Those of them that are files which stay, until what they are about is erased."""
    about: str | None = None
    """The collection that copies and files are about."""
    delivered: tuple[str, ...] = ()
    """Outbox rows that are done."""
    postponed: tuple[tuple[str, dt.datetime], ...] = ()
    handed_back: tuple[OutboxRow, ...] = ()
    """Outbox rows that were not sent, for the worker to send."""
    unreachable: bool = False
    again_at: dt.datetime | None = None
    """When a screen that was not sent is to be tried once more."""

    @property
    def is_noted(self) -> bool:
        """Whether something about the chat is noted with it, beyond that the screen is there."""
        of_messages = self.receipts or self.sent or self.gone or self.replaced
        return self.card is not None or bool(of_messages) or self.unreachable

    @property
    def is_harmless(self) -> bool:
        """Whether nothing but a screen's arrival is forgotten with it: that screen is then shown once more in place of
        itself."""
        of_rows = self.delivered or self.postponed or self.handed_back
        return not (self.is_noted or of_rows or self.copies or self.files or self.again_at)
