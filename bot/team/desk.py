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
from bot.storage import team as stored
from bot.storage.consents import Ledger
from bot.storage.keystore import KeyStore, Wrap
from bot.storage.tables import halts, rights, team_links
from bot.storage.team import RightRow, TeamLedger
from bot.team.auditing import audit_entry
from bot.vault import CONTACT, RIGHT_STEP, CannotOpen, Vault, seal, unseal
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


@dataclass(slots=True)
class Desk:
    """Rights, links and halts, with the keys of rights in hand. `change` is the one way to alter them."""

    settings: TeamSettings
    vault: Vault
    roster: Roster
    keys: dict[str, tuple[bytes, bytes]] = field(default_factory=dict, repr=False)
    """Right -> the id of its key, and the key."""
    ledger: TeamLedger = field(default_factory=TeamLedger, repr=False)
    notes: Ledger = field(default_factory=Ledger, repr=False)
    """Audit entries, and keys that are to be destroyed."""
    wraps: list[Wrap] = field(default_factory=list, repr=False)

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

    def sealed(self, right: Right) -> bytes:
        """What of a right is personal, under the right's own key."""
        value = {"name": right.name, "training": right.training.what if right.training is not None else None}
        _, key = self.keys[right.id]
        return seal(key, orjson.dumps(value), _place(right.id), self.vault.randomness, step=RIGHT_STEP)


async def open_desk(connection: AsyncConnection, keystore: KeyStore, vault: Vault, settings: TeamSettings) -> Desk:
    """The team as it is now. A right whose key is gone reads as revoked."""
    rows = await stored.read_rights(connection)
    wraps = await keystore.wraps([row.key_id for row in rows], (CONTACT,))
    keys = {
        row.id: (row.key_id, vault.unwrap(CONTACT, row.key_id, w))
        for row in rows
        if (w := wraps.get((row.key_id, CONTACT)))
    }
    opened = [_opened(row, keys[row.id][1]) for row in rows if row.id in keys]
    links = [Link(r.id, r.secret_hash, Role(r.role), limits_from_json(r.limits), r.made_by, r.made_at, r.expires_at)
             for r in await stored.read_links(connection)]  # fmt: skip
    halted = [_halt(row) for row in await stored.read_halts(connection)]
    roster = Roster(
        {right.id: right for right in opened if right is not None},
        {link.id: link for link in links},
        {halt.id: halt for halt in halted},
    )
    return Desk(settings, vault, roster, keys)


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
    }
)
