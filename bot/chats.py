"""One chat while a batch works on it: opened rows, keys in hand, and sealing it all again.

Keys live only as long as the batch; nothing personal is kept between steps, since the command line may have erased it
meanwhile.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from bot.letterhead import Letterhead, letterhead_from_json, letterhead_to_json
from bot.storage.conversations import ContributionRow, ConversationRow
from bot.vault import CONTACT, CONVERSATION_STEP, MESSAGE_STEP, PASSAGE_STEP, SELF, CannotOpen, Vault, seal, unseal
from flows.contact.correspondence import Correspondence, correspondence_from_json, correspondence_to_json
from flows.on_record import Records
from flows.records import replace
from flows.rehearsal import Rehearsal, rehearsal_from_json, rehearsal_to_json
from flows.session import (
    Passage,
    Session,
    passage_from_json,
    passage_to_json,
    session_from_json,
    session_to_json,
    what_leaves,
)
from flows.team.visit import Visit, visit_from_json, visit_to_json


@dataclass(slots=True)
class Part:
    """One contribution of the chat, opened."""

    pseudonym: str
    row: ContributionRow | None
    key_id: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    record: str | None = None
    submitted_at: dt.datetime | None = None
    submitted_under: str | None = None
    passage: Passage | None = None
    """The passage as it was read, to tell whether it has changed."""


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """An owner's rehearsal, kept in the chat's own row and nowhere else."""

    rehearsal: Rehearsal = field(repr=False)
    since: int
    """The message that began it: what has come into the chat since goes when it ends."""
    receipt: int | None = None
    """Its receipt's message; the owner's own stays on the letterhead."""


@dataclass(slots=True)
class Chat:
    """A chat with its keys in hand."""

    hash: bytes = field(repr=False)
    key_id: bytes = field(repr=False)
    key: bytes = field(repr=False)
    letterhead: Letterhead = field(repr=False)
    row: ConversationRow | None
    session: Session | None = field(repr=False)
    parts: dict[str, Part]
    owed: bool = False
    ending: bool = False
    reachable: bool = True
    withdrawn: list[tuple[str, Part]] = field(default_factory=list)
    """Contributions whose key is gone: they read as withdrawn."""
    rehearsing: Rehearsing | None = None
    visit: Visit | None = field(default=None, repr=False)
    """A member's visit to the team's screens, over whatever lies beneath; kept in the chat's own row alone."""
    correspondence: Correspondence | None = field(default=None, repr=False)
    """A letter that is being written, or an answer that is being read, over an unchanged session."""
    records: Records = field(default_factory=dict, repr=False)
    """What is on record about its contributions, where the open screen says so."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left that the chat would be remembered for."""
        return self.session is None and self.rehearsing is None and self.visit is None

    @property
    def is_met(self) -> bool:
        """Whether something is open here that a tap could belong to."""
        return self.session is not None or self.rehearsal is not None or self.open_visit is not None

    @property
    def open_visit(self) -> Visit | None:
        """The visit that goes on here."""
        return self.visit if self.visit is not None and not self.visit.over else None

    @property
    def rehearsal(self) -> Rehearsal | None:
        """The rehearsal that goes on here."""
        return self.rehearsing.rehearsal if self.rehearsing and not self.rehearsing.rehearsal.over else None


def new_chat(chat_hash: bytes, chat_id: int, vault: Vault) -> Chat:
    """A chat that nothing is known of, with a fresh contact key."""
    return Chat(chat_hash, vault.randomness(16), vault.new_key(), Letterhead(chat_id), None, None, {})


def open_chat(
    row: ConversationRow,
    contributions: list[ContributionRow],
    wraps: Mapping[tuple[bytes, str], bytes],
    vault: Vault,
) -> Chat | None:
    """The chat of a row, or None where its contact key is gone: whoever it was has left."""
    wrapped = wraps.get((row.key_id, CONTACT))
    if wrapped is None:
        return None
    key = vault.unwrap(CONTACT, row.key_id, wrapped)
    data: dict[str, Any] = orjson.loads(unseal(key, row.sealed, _conversation_place(row.chat)))
    parts: dict[str, Part] = {}
    gone: list[tuple[str, Part]] = []
    for contribution in contributions:
        part = _open_part(contribution, key, wraps, vault)
        if part.passage is None:
            gone.append((contribution.collection, part))
        else:
            parts[contribution.collection] = part
    passages = {name: part.passage for name, part in parts.items() if part.passage is not None}
    session = session_from_json(data["session"], passages) if "session" in data else None
    if session is not None and session.current is not None and session.current not in passages:
        session = replace(session, current=None)
    head = letterhead_from_json(data)
    rehearsing = _rehearsing_in(data["rehearsing"]) if "rehearsing" in data else None
    visit = visit_from_json(data["visit"]) if "visit" in data else None
    chat = Chat(
        row.chat,
        row.key_id,
        key,
        head,
        row,
        session,
        parts,
        row.owed,
        row.ending,
        row.reachable,
        gone,
        rehearsing,
        visit,
    )
    if "correspondence" in data:
        chat.correspondence = correspondence_from_json(data["correspondence"])
    return chat


@dataclass(frozen=True, slots=True)
class Addressee:
    """As much of a chat as is needed to write to it unasked. Its key seals what is noted of that."""

    chat: bytes = field(repr=False)
    chat_id: int = field(repr=False)
    language: str
    stopped: bool
    key: bytes = field(repr=False)


def open_addressee(
    chat: bytes, key_id: bytes, sealed: bytes, wraps: Mapping[tuple[bytes, str], bytes], vault: Vault
) -> Addressee | None:
    """Whom a chat's row is of, or None where its contact key is gone, or nobody has a session there."""
    wrapped = wraps.get((key_id, CONTACT))
    if wrapped is None:
        return None
    key = vault.unwrap(CONTACT, key_id, wrapped)
    data: dict[str, Any] = orjson.loads(unseal(key, sealed, _conversation_place(chat)))
    session = data.get("session")
    if session is None:
        return None
    return Addressee(chat, data["chat"], session["language"], session.get("stopped", False), key)


def seal_message(number: int, chat: bytes, key: bytes, vault: Vault) -> bytes:
    """The number of a message in a chat, as it is noted beside a delivery."""
    return seal(key, str(number).encode(), _message_place(chat), vault.randomness, step=MESSAGE_STEP)


def open_message(sealed: bytes, chat: bytes, key: bytes) -> int:
    """What `seal_message` sealed. Raises CannotOpen."""
    return int(unseal(key, sealed, _message_place(chat)))


def _message_place(chat: bytes) -> bytes:
    return b"message|" + chat


def _rehearsing_in(data: dict[str, Any]) -> Rehearsing:
    return Rehearsing(rehearsal_from_json(data["rehearsal"]), data["since"], data["receipt"])


def _open_part(
    row: ContributionRow, contact_key: bytes, wraps: Mapping[tuple[bytes, str], bytes], vault: Vault
) -> Part:
    """A contribution; without its `self` wrap it stays closed, and has no passage."""
    part = Part(row.pseudonym, row, row.key_id, None, row.record, row.submitted_at, row.submitted_under)
    sealed_with = contact_key
    if row.key_id is not None:
        wrapped = wraps.get((row.key_id, SELF))
        if wrapped is None:
            return part
        part.key = sealed_with = vault.unwrap(SELF, row.key_id, wrapped)
    try:
        part.passage = open_passage(row.pseudonym, row.sealed, sealed_with)
    except CannotOpen:
        return part
    return part


def open_passage(pseudonym: str, sealed: bytes, key: bytes) -> Passage:
    """The passage of a contribution. Raises CannotOpen."""
    return passage_from_json(orjson.loads(unseal(key, sealed, _contribution_place(pseudonym))))


def open_what_leaves(pseudonym: str, sealed: bytes, key: bytes) -> tuple[str | None, bool]:
    """Of a contribution's passage what a release needs and no more. Raises CannotOpen."""
    return what_leaves(orjson.loads(unseal(key, sealed, _contribution_place(pseudonym))))


def seal_conversation(chat: Chat, vault: Vault) -> bytes:
    """The chat's own row: where to write, the session, a rehearsal, and a visit to the team's screens."""
    data = letterhead_to_json(chat.letterhead)
    if chat.session is not None:
        data["session"] = session_to_json(chat.session)
    if chat.rehearsing is not None:
        kept = chat.rehearsing
        data["rehearsing"] = {
            "rehearsal": rehearsal_to_json(kept.rehearsal),
            "since": kept.since,
            "receipt": kept.receipt,
        }
    if chat.visit is not None:
        data["visit"] = visit_to_json(chat.visit)
    if chat.correspondence is not None:
        data["correspondence"] = correspondence_to_json(chat.correspondence)
    return seal(chat.key, orjson.dumps(data), _conversation_place(chat.hash), vault.randomness, step=CONVERSATION_STEP)


def seal_passage(chat: Chat, part: Part, passage: Passage, vault: Vault) -> bytes:
    """A contribution's row: under its data key, before consent under the contact key."""
    return close_passage(part.pseudonym, passage, chat.key if part.key is None else part.key, vault)


def close_passage(pseudonym: str, passage: Passage, key: bytes, vault: Vault) -> bytes:
    """What `open_passage` opens."""
    content = orjson.dumps(passage_to_json(passage))
    return seal(key, content, _contribution_place(pseudonym), vault.randomness, step=PASSAGE_STEP)


def answer_place(pseudonym: str, question: str, collection_version: int) -> bytes:
    """What a sealed answer belongs to."""
    return f"answer|{pseudonym}|{question}|{collection_version}".encode()


def outbox_place(row_id: str) -> bytes:
    """What a sealed outbox row belongs to."""
    return f"outbox|{row_id}".encode()


def _conversation_place(chat: bytes) -> bytes:
    return b"conversation|" + chat


def _contribution_place(pseudonym: str) -> bytes:
    return f"contribution|{pseudonym}".encode()
