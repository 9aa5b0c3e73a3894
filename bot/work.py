"""One chat's part of a batch: what came for it, what was loaded, and what has come of it so far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.arrivals import Arrival, DueArrival, Settled
from bot.chats import Chat
from bot.lanes import Lanes
from bot.storage.asking import SHOW, UNASKED
from bot.storage.conversations import ContributionRow, ConversationRow
from bot.storage.outbox import OutboxRow
from bot.storage.schedule import Due
from bot.vault import Vault
from flows.words import Text

Incoming = Arrival | DueArrival | Settled


@dataclass(slots=True)
class Work:
    """One chat's part of a batch."""

    hash: bytes
    row: ConversationRow | None
    chat: Chat | None
    arrivals: list[Incoming]
    everything: list[Incoming]
    """With the arrivals that were met before: their taps are answered too."""
    closed: bool = False
    """Nothing of the chat had to be opened: only word came that its screen is there."""
    lost: bool = False
    """There is a row and its key is gone."""
    parts: Sequence[ContributionRow] = ()
    """The contributions of a chat whose key is gone."""
    changed: bool = False
    shown_only: bool = False
    shows_newest: bool = False
    """The newest screen is to be sent from here: another process has left it to this one, an older one may cover it, or
    nobody has said that it is there."""
    left: tuple[OutboxRow, ...] = ()
    """What other processes have left to be sent beside the screen."""
    gives_up: bool = False
    """The newest screen could not be sent: it stays owed, and this process has none under way any more."""
    shows_later: bool = False
    """What is owed came by itself, and at night; it is on the schedule for the morning."""
    is_under_way: bool = False
    """A screen is on its way to the chat already; what becomes of it decides whether it is shown once more."""
    shows_again: bool = False
    """Whether word of something else has just moved on a chat that is to be forgotten, and nobody is about to say that
    the goodbye is there."""
    receipt_stands: bool = False
    """Whether the receipt for leaving is there."""
    owing: set[str] = field(default_factory=set)
    """What a chat that is to be forgotten is still owed beside the goodbye."""
    version: int = 0
    language: str = "en"
    """Of a toast where there is no session to say it."""
    notices: list[tuple[str, Text | None]] = field(default_factory=list)
    dues_done: list[Due] = field(default_factory=list)
    delivered: tuple[str, ...] = ()
    postponed: tuple[tuple[str, dt.datetime], ...] = ()
    handed_back: tuple[OutboxRow, ...] = ()

    @property
    def newest_word(self) -> int:
        """The version of the newest screen that word has come of."""
        return max((a.version for a in self.arrivals if isinstance(a, Settled)), default=0)

    @property
    def stepped(self) -> bool:
        """Whether anything but word of what was shown has come."""
        return any(not isinstance(arrival, Settled) for arrival in self.arrivals)

    @property
    def shows(self) -> bool:
        """Whether what is owed is to be shown now."""
        if self.shows_later and not self.is_asked:
            return False
        return self._shows_a_step or self.asks_again or self.shows_newest or self.shows_again

    @property
    def _shows_a_step(self) -> bool:
        """Whether more has come than a look at whether a screen that is under way has been forgotten."""
        if not self.is_under_way:
            return self.stepped
        return any(not _is_a_look(arrival) for arrival in self.arrivals if not isinstance(arrival, Settled))

    @property
    def is_unasked(self) -> bool:
        """Whether what is shown now left at the token's pace: nothing has come from the person."""
        if self.is_asked:
            return False
        return any(isinstance(arrival, DueArrival) and arrival.due.lane == UNASKED for arrival in self.arrivals)

    @property
    def is_asked(self) -> bool:
        """Whether anything has come from the person."""
        return any(isinstance(arrival, Arrival) for arrival in self.everything)

    @property
    def asks_again(self) -> bool:
        """Whether a repeated update came: its tap is answered, and the screen is not sent again."""
        return len(self.everything) > len(self.arrivals)


def _is_a_look(arrival: Incoming) -> bool:
    return isinstance(arrival, DueArrival) and arrival.due.kind == SHOW


def by_chat(arrivals: Iterable[Incoming], vault: Vault) -> dict[bytes, list[Incoming]]:
    """What arrived, by the chat's hash, in order."""
    found: dict[bytes, list[Incoming]] = {}
    hashes: dict[int, bytes] = {}
    for arrival in arrivals:
        if isinstance(arrival, Arrival):
            chat = hashes.get(arrival.chat_id) or vault.chat_hash(arrival.chat_id)
            hashes[arrival.chat_id] = chat
        else:
            chat = arrival.chat
        found.setdefault(chat, []).append(arrival)
    return found


def needs_no_opening(row: ConversationRow | None, arrivals: list[Incoming], lanes: Lanes) -> bool:
    """Whether only word came that a screen is there, and nothing else of the chat changes by it."""
    if row is None or row.ending or any(not isinstance(a, Settled) or a.is_noted for a in arrivals):
        return False
    return not any(isinstance(a, Settled) and lanes.needs_a_look(row, a) for a in arrivals)


def first_time(arrivals: list[Incoming], met: set[int]) -> list[Incoming]:
    """Arrivals whose update has not been taken before, in this batch or an earlier one."""
    kept = []
    for arrival in arrivals:
        if isinstance(arrival, Arrival) and arrival.update_id is not None:
            if arrival.update_id in met:
                continue
            met.add(arrival.update_id)
        kept.append(arrival)
    return kept
