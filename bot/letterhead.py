"""Where to write, and which messages stand there: kept sealed with the chat, so that it can be cleaned in one press.

Of the bot's own the numbers are kept for as long as the messages may stand: what can no longer be deleted can still be
emptied. Of the contributor's own they are kept for the 48 hours in which a bot can do something about them, and after
that only that there are some, so that cleaning can say so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.records import replace

DELETABLE = dt.timedelta(hours=48)
"""How long Telegram lets a bot delete a message."""

_REMEMBERED_MESSAGES = 400
_REMEMBERED_OURS = 100


@dataclass(frozen=True)
class Letterhead:
    """Where to write: the chat, and the numbers of messages in it."""

    chat_id: int = field(repr=False)
    card: int | None = None
    receipts: Mapping[str, int] = field(default_factory=dict)
    """By collection, the message that is the receipt. Under no name, one of a collection that was not noted with it."""
    log: tuple[tuple[int, int], ...] = ()
    """(message, unix time) of what stands in the chat and can still be deleted."""
    copies: tuple[tuple[int, int], ...] = ()
    """(message, unix time) of files with everything in them, and when each is to be taken away."""
    files: tuple[tuple[int, int], ...] = ()
    """(message, unix time) of files that stay while what they are about is held, and can still be deleted."""
    past: int = 0
    """The newest message that is no card any more: it was turned into the receipt, or is to be deleted."""
    protected: bool = False
    """Whether the card was sent as one that cannot be forwarded or saved."""
    ours: tuple[int, ...] = ()
    """Messages of the bot's own that stand in the chat: they can be emptied when they can no longer be deleted."""
    older: bool = False
    """Whether something of the contributor's own stands there that can no longer be deleted; its number is gone."""

    def met(self, card: int | None) -> Letterhead:
        """With the card that somebody pressed on, where a crash kept its number from being noted.

        Not with one of the past: a second quick press comes from what has become the receipt, or is about to go.
        """
        return self if card is None or self.card is not None or card <= self.past else replace(self, card=card)

    def without_card(self) -> Letterhead:
        """With the card in the past: what comes next is a new one."""
        return replace(self, card=None, past=max(self.past, self.card or 0), protected=False)

    def receipt_of(self, collection: str) -> int | None:
        """Where a collection's receipt stands."""
        return self.receipts.get(collection, self.receipts.get(""))

    def with_receipt(self, collection: str, message: int) -> Letterhead:
        """With a collection's receipt in the chat."""
        return replace(self, receipts={**self.receipts, collection: message})

    def without(self, messages: Collection[int]) -> Letterhead:
        """With messages gone from the chat, or about to go."""
        log = tuple(entry for entry in self.log if entry[0] not in messages)
        return replace(self, log=log, ours=tuple(each for each in self.ours if each not in messages))

    def cleaned(self) -> Letterhead:
        """With everything gone that can go; what is older is said once and then not thought of any more."""
        return replace(self.without_card(), receipts={}, log=(), copies=(), files=(), ours=(), older=False)

    def with_copies(self, messages: tuple[int, ...], until: dt.datetime) -> Letterhead:
        """With files in the chat that are to be taken away again."""
        moment = int(until.timestamp())
        others = (entry for entry in self.copies if entry[0] not in messages)
        return replace(self, copies=(*others, *((message, moment) for message in messages)))

    def copies_due(self, now: dt.datetime) -> tuple[int, ...]:
        """Those files whose time is over."""
        return tuple(message for message, until in self.copies if until <= now.timestamp())

    def without_copies(self, messages: Collection[int]) -> Letterhead:
        """With some files gone, or about to go."""
        copies, files = (tuple(e for e in each if e[0] not in messages) for each in (self.copies, self.files))
        return replace(self, copies=copies, files=files)

    def with_files(self, messages: tuple[int, ...], now: dt.datetime) -> Letterhead:
        """With files in the chat that stay."""
        moment = int(now.timestamp())
        return replace(self, files=(*self.files, *((message, moment) for message in messages)))

    def files_to_erase(self, now: dt.datetime) -> tuple[int, ...]:
        """Every file that Telegram lets the bot take away still."""
        oldest = int(now.timestamp()) - int(DELETABLE.total_seconds())
        return tuple(
            dict.fromkeys([message for message, _ in self.copies] + [m for m, at in self.files if at > oldest])
        )

    @property
    def next_copy_due(self) -> dt.datetime | None:
        """When the next file is to be taken away."""
        moment = min((until for _, until in self.copies), default=None)
        return dt.datetime.fromtimestamp(moment, dt.UTC) if moment is not None else None

    def noting(self, messages: tuple[int, ...], now: dt.datetime, *, ours: bool = False) -> Letterhead:
        """With messages added to the log, and those gone that can no longer be deleted.

        Of the contributor's own it is remembered only that there are some: nothing can be done about them by a bot.
        """
        moment = int(now.timestamp())
        oldest = moment - int(DELETABLE.total_seconds())
        standing = [entry for entry in self.log if entry[0] not in messages]
        kept = [entry for entry in standing if entry[1] > oldest]
        older = self.older or any(entry[1] <= oldest and entry[0] not in self.ours for entry in standing)
        log = (*kept, *((message, moment) for message in messages))
        added = tuple(dict.fromkeys((*self.ours, *messages))) if ours else self.ours
        files = tuple(entry for entry in self.files if entry[1] > oldest)
        return replace(self, log=log[-_REMEMBERED_MESSAGES:], files=files, ours=added[-_REMEMBERED_OURS:], older=older)


def letterhead_to_json(head: Letterhead) -> dict[str, Any]:
    """A letterhead as JSON values; what stands at its default is left out."""
    data: dict[str, Any] = {
        "chat": head.chat_id,
        "card": head.card,
        "receipts": head.receipts,
        "log": head.log,
        "copies": head.copies,
        "files": head.files,
        "past": head.past,
        "protected": head.protected,
        "ours": head.ours,
        "older": head.older,
    }
    return {name: value for name, value in data.items() if value}


def letterhead_from_json(data: Mapping[str, Any]) -> Letterhead:
    """The letterhead that `letterhead_to_json` wrote, also where an earlier surveybot did."""
    receipts = data.get("receipts") or ({"": data["receipt"]} if data.get("receipt") else {})
    log, copies, files = (tuple(map(tuple, data.get(name, ()))) for name in ("log", "copies", "files"))
    return Letterhead(
        data["chat"],
        data.get("card"),
        receipts,
        log,
        copies,
        files,
        past=data.get("past", 0),
        protected=data.get("protected", False),
        ours=tuple(data.get("ours", ())),
        older=data.get("older", False),
    )
