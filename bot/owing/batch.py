"""What one transaction writes, and what is owed to a chat that cannot be derived again."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from bot.chats import Chat, Part, outbox_place
from bot.lanes import ALONE, Lanes
from bot.storage.asking import REPLY, UNASKED
from bot.storage.consents import Ledger
from bot.storage.keystore import Wrap
from bot.storage.numbers import Number
from bot.storage.outbox import OutboxRow
from bot.storage.schedule import Due
from bot.storage.tallies import Tally
from bot.texts import Texts
from bot.vault import OUTBOX_STEP, Vault, seal
from flows import effects as owed
from flows.collection import PayWay
from flows.links import Passed
from flows.pilots import OpenPilot
from flows.session import Session
from flows.shelf import Shelf

FILE, COPY, COPY_BEGUN, DELETE_COPY, PAY, PICTURE = "file", "copy", "copy_begun", "delete_copy", "pay", "picture"
PARTING, POSTER, VOICE = "parting", "poster", "voice"
GONE, GONE_BEGUN = "gone", "gone_begun"
"""Kinds of outbox rows that the worker sends, since they are made, or looked after, when they are sent."""

BY_WORKER = frozenset({FILE, COPY, COPY_BEGUN, DELETE_COPY, PARTING, PAY, PICTURE, POSTER, VOICE, GONE, GONE_BEGUN})

SAID_UNASKED = frozenset({GONE, PARTING, PAY})
"""Kinds that say something: who wants no messages is not sent them where they come unasked. Files are taken away from
everybody."""

IN_HAND = dt.timedelta(minutes=15)
"""How long an outbox row belongs to the step that made it, before the worker takes it for orphaned. Longer than
`presenting.PATIENCE`, so that no file is sent twice while a 429 is waited out."""


@dataclass(frozen=True, slots=True)
class Payee:
    """Somebody whose pay for a collection can be collected."""

    chat: Chat
    collection: str
    territory: str | None
    language: str
    asks: bool = False
    """Whether they have just done something; otherwise it came due."""
    leaves: bool = False
    """Whether everything else of theirs goes now."""
    has_gone: bool = False
    """Whether it went before: they are told what becomes of their pay, where they could not be told then."""
    way: PayWay | None = None
    """How they have just said that they want to get it."""
    number: Number | None = field(default=None, repr=False)
    """Where to, sealed."""


@dataclass(slots=True)
class Batch:
    """Everything that one transaction writes beside conversations and contributions."""

    now: dt.datetime
    ledger: Ledger = field(default_factory=Ledger)
    wraps: list[Wrap] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)
    promises: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By collection and territory: how many more people have been promised pay than before."""
    remind_after: dt.timedelta | None = None
    """When somebody who stopped half-way is reminded; None for never."""
    pilots: tuple[OpenPilot, ...] = ()
    """Those that go on."""
    agreed: Counter[int] = field(default_factory=Counter)
    """By pilot: how many more people have agreed than before."""
    tallies: Counter[Tally] = field(default_factory=Counter)
    """By collection, territory and what is counted: how many more than before."""
    payees: list[Payee] = field(default_factory=list)
    """Whose pay can be collected now: `bot.paying` sees to them once everything else is written."""
    refreshed: list[bytes] = field(default_factory=list)
    """Chats that were written before it was known that their card has to be shown anew."""
    back: list[Chat] = field(default_factory=list)
    """Who writes after a time in which they could not be written to, or of whom nothing was known: they may have gone
    before, and not been told what becomes of their pay."""
    quiet_chats: list[bytes] = field(default_factory=list)
    """Chats that are sent nothing unasked any more."""
    cleaned: list[Chat] = field(default_factory=list)
    """Chats out of which everything is taken that can be; invites are looked up when it is written."""
    links: list[tuple[str, Passed]] = field(default_factory=list)
    """Who got how far by which link, in order: links alone, nobody's chat."""
    erased_parts: list[tuple[bytes, str]] = field(default_factory=list)
    destroys: bool = False
    """Whether keys are to be destroyed beside those of the ledger."""
    lanes: Lanes = ALONE
    """Where screens are under way, where several processes serve."""


@dataclass(frozen=True, slots=True)
class Turnout:
    """What carrying out an effect may look at."""

    chat: Chat
    before: Session | None
    after: Session
    batch: Batch
    vault: Vault
    shelf: Shelf
    texts: Texts
    at: dt.datetime
    rehearsing: bool = False
    """Whether it is a rehearsal's: then nothing reaches a table but what is sent to the chat and forgotten."""

    def part(self, collection: str) -> Part:
        """The chat's contribution to a collection, made now where there is none."""
        found = self.chat.parts.get(collection)
        if found is None:
            found = self.chat.parts[collection] = new_part(self.vault)
        return found

    def audit(self, action: str, collection: str | None, pseudonym: str | None, **detail: Any) -> None:  # noqa: ANN401  # JSON
        """Note what was done, beside the change itself. Never an answer, never a chat."""
        self.batch.ledger.audit.append(
            {
                "at": self.at,
                "actor": "contributor",
                "action": action,
                "collection": collection,
                "pseudonym": pseudonym,
                "detail": detail,
            }
        )

    def pays(self, collection: str, territory: str | None, *, asks: bool = True, leaves: bool = False) -> None:
        """Have somebody's pay seen to, who asks for it by what they have just done, unless it is said otherwise."""
        language = self.after.language
        self.batch.payees.append(Payee(self.chat, collection, territory, language, asks=asks, leaves=leaves))

    def owe(self, kind: str, payload: dict[str, Any]) -> None:
        """Owe something to the chat that cannot be derived again."""
        owe(kind, payload, self.chat, self.batch, self.vault)


def owe(
    kind: str,
    payload: dict[str, Any],
    chat: Chat,
    batch: Batch,
    vault: Vault,
    *,
    unasked: bool = False,
    within: dt.timedelta = IN_HAND,
) -> None:
    """Owe something to a chat: to the worker, at once or at the token's pace where nobody has asked for it, or to the
    lane that shows the step's screen, and `within` so long to the worker, where no lane has sent it."""
    row_id = vault.randomness(16).hex()
    sealed = seal(chat.key, orjson.dumps(payload), outbox_place(row_id), vault.randomness, step=OUTBOX_STEP)
    position = sum(row.chat == chat.hash for row in batch.outbox)
    due = batch.now if kind in BY_WORKER else batch.now + within
    lane = UNASKED if unasked else REPLY
    batch.outbox.append(OutboxRow(row_id, chat.hash, lane, kind, sealed, position, due, 0, batch.now))


def new_part(vault: Vault) -> Part:
    """A contribution with a random pseudonym: one who comes back after leaving is somebody else."""
    return Part("p_" + vault.randomness(14).hex(), None)


CarriedOut = Mapping[type[owed.Effect], Callable[[Any, Turnout], None]]
"""Effects, and what carries each of them out."""
