"""The team as one transaction finds it, and what the transaction changes there.

The bot and the command line both work through here: the same decisions, the same rows, the same audit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import consents
from bot.storage import letters as letters_stored
from bot.storage import team as stored
from bot.storage.consents import Ledger
from bot.storage.keystore import KeyStore, Wrap
from bot.storage.schedule import Due
from bot.storage.tables import halts, letters, rights, team_links
from bot.storage.team import RightRow, TeamLedger
from bot.team.auditing import audit_entry
from bot.vault import CONTACT, LETTER_STEP, RIGHT_STEP, CannotOpen, Vault, seal, unseal
from flows.contact.letter import Letter
from flows.halts import Scope
from flows.shelf import Shelf
from flows.team import roster as team
from flows.team.board import Board
from flows.team.rights import Right, Role, Standing, Training
from flows.team.roster import Agreement, Change, Halt, Link, Roster, applied
from flows.team.visit import limits_from_json, limits_to_json


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """What settings say about the team."""

    owners: Container[int] = field(default=(), repr=False)
    """Telegram ids."""
    bot_name: str = ""
    alone: bool = False
    """Whether one person may do what takes two."""


ANSWER = "answer"
"""Due when an answer is to be shown to whoever wrote: at once, or when they have finished what hides it."""


@dataclass(slots=True)
class Desk:
    """Rights, links and halts, with the keys of rights in hand. `change` is the one way to alter them."""

    settings: TeamSettings
    vault: Vault
    roster: Roster
    keys: dict[str, tuple[bytes, bytes]] = field(default_factory=dict, repr=False)
    """Right or letter -> the id of its key, and the key."""
    ledger: TeamLedger = field(default_factory=TeamLedger, repr=False)
    notes: Ledger = field(default_factory=Ledger, repr=False)
    """Audit entries, and keys that are to be destroyed."""
    wraps: list[Wrap] = field(default_factory=list, repr=False)
    dues: list[Due] = field(default_factory=list)

    def standing(self, chat_id: int) -> Standing:
        """Where whoever has this private chat stands in the team."""
        return self.roster.standing(self.vault.member(chat_id), is_owner=chat_id in self.settings.owners)

    def board(self, me: Standing, shelf: Shelf) -> Board:
        """What the flow may look at."""
        return Board(me, self.roster, shelf, self.vault.link_hash, self.settings.bot_name, self.settings.alone)

    def change(self, change: Change, me: Standing, at: dt.datetime) -> None:
        """Make a change that `flows.team.deciding` has allowed: here at once, in the tables with the transaction."""
        entry = audit_entry(change, self.roster, me, at)
        self.roster = applied(self.roster, change)
        _WRITTEN[type(change)](self, change, at)
        if entry is not None:
            self.notes.audit.append(entry)

    def sealed_letter(self, letter: Letter) -> bytes:
        """What of a letter is personal, under the letter's own key."""
        value = {
            "words": letter.words,
            "answer": letter.answer,
            "language": letter.language,
            "chat": letter.chat.hex(),
        }
        _, key = self.keys[letter.id]
        return seal(key, orjson.dumps(value), _letter_place(letter.id), self.vault.randomness, step=LETTER_STEP)

    def sealed(self, right: Right) -> bytes:
        """What of a right is personal, under the right's own key."""
        value = {"name": right.name, "training": right.training.what if right.training is not None else None}
        _, key = self.keys[right.id]
        return seal(key, orjson.dumps(value), _place(right.id), self.vault.randomness, step=RIGHT_STEP)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters a transaction looks at, beside the headings of all that wait."""

    about: frozenset[str] = frozenset()
    """By id, to be opened."""
    senders: frozenset[bytes] = frozenset()
    reads_inbox: bool = False
    """Whether some of those that wait may be read."""


async def open_desk(
    connection: AsyncConnection, keystore: KeyStore, vault: Vault, settings: TeamSettings, wanted: Wanted | None = None
) -> Desk:
    """The team as it is now, and letters. A right whose key is gone reads as revoked."""
    wanted = wanted or Wanted()
    rows = await stored.read_rights(connection)
    written = await letters_stored.read_letters(connection, wanted.about, wanted.senders)
    opened = [row for row in written if wanted.reads_inbox or row.id in wanted.about]
    owners_of_keys = [*rows, *opened]
    wraps = await keystore.wraps([row.key_id for row in owners_of_keys], (CONTACT,))
    keys = {
        row.id: (row.key_id, vault.unwrap(CONTACT, row.key_id, wrapped))
        for row in owners_of_keys
        if (wrapped := wraps.get((row.key_id, CONTACT))) is not None
    }
    rights_now = [_opened(row, keys[row.id][1]) for row in rows if row.id in keys]
    links = [
        Link(r.id, r.secret_hash, Role(r.role), limits_from_json(r.limits), r.made_by, r.made_at, r.expires_at)
        for r in await stored.read_links(connection)
    ]
    halted = [_halt(row) for row in await stored.read_halts(connection)]
    roster = Roster(
        {right.id: right for right in rights_now if right is not None},
        {link.id: link for link in links},
        {halt.id: halt for halt in halted},
        {row.id: _letter(row, keys.get(row.id)) for row in written if row.id in keys or row not in opened},
    )
    return Desk(settings, vault, roster, keys)


def _letter(row: Any, key: tuple[bytes, bytes] | None) -> Letter:  # noqa: ANN401  # a row of the table
    value: dict[str, Any] = {}
    if key is not None:
        value = orjson.loads(unseal(key[1], row.sealed, _letter_place(row.id)))
    return Letter(
        id=row.id,
        sender=row.sender,
        collection=row.collection,
        territory=row.territory,
        at=row.at,
        keep_until=row.keep_until,
        for_owner=row.for_owner,
        not_right=row.not_right,
        claimed_by=row.claimed_by,
        claimed_until=row.claimed_until,
        answered_at=row.answered_at,
        words=value.get("words", ""),
        answer=value.get("answer", ""),
        language=value.get("language", ""),
        chat=bytes.fromhex(value.get("chat", "")),
    )


def _letter_place(letter: str) -> bytes:
    return f"letter|{letter}".encode()


async def write_desk(connection: AsyncConnection, desk: Desk) -> None:
    """Write what changed at a desk by itself; the bot writes it with the rest of its batch."""
    await stored.write_ledger(connection, desk.ledger)
    await consents.write_ledger(connection, desk.notes)


def _opened(row: RightRow, key: bytes) -> Right | None:
    try:
        value: dict[str, Any] = orjson.loads(unseal(key, row.sealed, _place(row.id)))
    except CannotOpen:
        return None
    training = Training(row.trained_on, value["training"] or "") if row.trained_on is not None else None
    return Right(
        id=row.id,
        member=row.member,
        role=Role(row.role),
        granted_at=row.granted_at,
        granted_by=row.granted_by,
        limits=limits_from_json(row.limits),
        name=value["name"],
        training=training,
        code_version=row.code_version,
        code_accepted_at=row.code_accepted_at,
    )


def _halt(row: Any) -> Halt:  # noqa: ANN401  # a row of the table
    agreed = tuple(Agreement(member, tuple(map(Role, roles))) for member, roles in row.agreed)
    return Halt(row.id, Scope(row.collection, row.territory), row.at, row.by, Role(row.role), agreed)


def _place(right: str) -> bytes:
    return f"right|{right}".encode()


# --- rows ------------------------------------------------------------------------------------------------------------


def _link_made(desk: Desk, change: team.LinkMade, _at: dt.datetime) -> None:
    link = change.link
    desk.ledger.insert(
        team_links,
        {
            "id": link.id,
            "secret_hash": link.secret_hash,
            "role": link.role.value,
            "limits": limits_to_json(link.limits),
            "made_by": link.made_by,
            "made_at": link.made_at,
            "expires_at": link.expires_at,
        },
    )


def _link_cancelled(desk: Desk, change: team.LinkCancelled, _at: dt.datetime) -> None:
    desk.ledger.delete(team_links, change.link)


def _right_granted(desk: Desk, change: team.RightGranted, at: dt.datetime) -> None:
    """The link goes, the right comes, in one transaction; its key is in the key store before."""
    right, vault = change.right, desk.vault
    key_id, key = vault.randomness(16), vault.new_key()
    desk.keys[right.id] = (key_id, key)
    desk.wraps.append(Wrap(key_id, CONTACT, vault.wrap(CONTACT, key_id, key), at))
    desk.ledger.delete(team_links, change.link)
    desk.ledger.insert(
        rights,
        {
            "id": right.id,
            "member": right.member,
            "role": right.role.value,
            "key_id": key_id,
            "sealed": desk.sealed(right),
            "limits": limits_to_json(right.limits),
            "granted_by": right.granted_by,
            "granted_at": right.granted_at,
            "trained_on": None,
            "code_version": right.code_version,
            "code_accepted_at": None,
        },
    )


def _right_limited(desk: Desk, change: team.RightLimited, _at: dt.datetime) -> None:
    desk.ledger.update(rights, change.right, {"limits": limits_to_json(change.limits)})


def _training_noted(desk: Desk, change: team.TrainingNoted, _at: dt.datetime) -> None:
    sealed = desk.sealed(desk.roster.rights[change.right])
    desk.ledger.update(rights, change.right, {"trained_on": change.training.on, "sealed": sealed})


def _code_accepted(desk: Desk, change: team.CodeAccepted, _at: dt.datetime) -> None:
    desk.ledger.update(rights, change.right, {"code_version": change.version, "code_accepted_at": change.at})


def _member_named(desk: Desk, change: team.MemberNamed, _at: dt.datetime) -> None:
    for right in desk.roster.rights.values():
        if right.member == change.member:
            desk.ledger.update(rights, right.id, {"sealed": desk.sealed(right)})


def _right_revoked(desk: Desk, change: team.RightRevoked, at: dt.datetime) -> None:
    """The row now, its key right after the commit: so a backup that is put back does not bring the right back."""
    key_id, _ = desk.keys.pop(change.right)
    desk.ledger.delete(rights, change.right)
    desk.notes.destructions.append({"key_id": key_id, "lock": None, "at": at})


def _halted(desk: Desk, change: team.Halted, _at: dt.datetime) -> None:
    halt = change.halt
    desk.ledger.insert(
        halts,
        {
            "id": halt.id,
            "collection": halt.scope.collection,
            "territory": halt.scope.territory,
            "at": halt.at,
            "by": halt.by,
            "role": halt.role.value,
            "agreed": [],
        },
    )


def _reopening_agreed(desk: Desk, change: team.ReopeningAgreed, _at: dt.datetime) -> None:
    agreed = [[each.member, [role.value for role in each.roles]] for each in desk.roster.halts[change.halt].agreed]
    desk.ledger.update(halts, change.halt, {"agreed": agreed})


def _reopened(desk: Desk, change: team.Reopened, _at: dt.datetime) -> None:
    desk.ledger.delete(halts, change.halt)


def _letter_written(desk: Desk, change: team.LetterWritten, at: dt.datetime) -> None:
    letter, vault = change.letter, desk.vault
    key_id, key = vault.randomness(16), vault.new_key()
    desk.keys[letter.id] = (key_id, key)
    desk.wraps.append(Wrap(key_id, CONTACT, vault.wrap(CONTACT, key_id, key), at))
    desk.ledger.insert(
        letters,
        {
            "id": letter.id,
            "sender": letter.sender,
            "key_id": key_id,
            "sealed": desk.sealed_letter(letter),
            "collection": letter.collection,
            "territory": letter.territory,
            "at": letter.at,
            "keep_until": letter.keep_until,
            "for_owner": letter.for_owner,
            "not_right": False,
            "claimed_by": "",
            "claimed_until": None,
            "answered_at": None,
        },
    )


def _letter_changed(desk: Desk, change: Any, _at: dt.datetime) -> None:  # noqa: ANN401  # any change of a letter
    letter = desk.roster.letters[change.letter]
    desk.ledger.update(
        letters,
        letter.id,
        {
            "for_owner": letter.for_owner,
            "not_right": letter.not_right,
            "claimed_by": letter.claimed_by,
            "claimed_until": letter.claimed_until,
        },
    )


def _letter_answered(desk: Desk, change: team.LetterAnswered, at: dt.datetime) -> None:
    """The answer is sealed beside the words, and comes due at once for whoever wrote."""
    letter = desk.roster.letters[change.letter]
    _letter_changed(desk, change, at)
    desk.ledger.update(letters, letter.id, {"answered_at": letter.answered_at, "sealed": desk.sealed_letter(letter)})
    desk.dues.append(Due(ANSWER, f"{letter.chat.hex()}/{letter.id}", at))


_WRITTEN: Mapping[type[Change], Callable[[Desk, Any, dt.datetime], None]] = MappingProxyType(
    {
        team.LinkMade: _link_made,
        team.LinkCancelled: _link_cancelled,
        team.RightGranted: _right_granted,
        team.RightLimited: _right_limited,
        team.TrainingNoted: _training_noted,
        team.CodeAccepted: _code_accepted,
        team.MemberNamed: _member_named,
        team.RightRevoked: _right_revoked,
        team.Halted: _halted,
        team.ReopeningAgreed: _reopening_agreed,
        team.Reopened: _reopened,
        team.LetterWritten: _letter_written,
        team.LetterClaimed: _letter_changed,
        team.LetterPutBack: _letter_changed,
        team.LetterHandedOn: _letter_changed,
        team.LetterAnswered: _letter_answered,
        team.AnswerNotRight: _letter_changed,
    }
)
