"""Opening the desk: the team's rows, and letters, as a transaction finds them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import broadcasts as broadcasts_stored
from bot.storage import card_pauses, release_orders, schedule
from bot.storage import letters as letters_stored
from bot.storage import links as links_stored
from bot.storage import pilots as pilots_stored
from bot.storage import posts as posts_stored
from bot.storage import recipients as recipients_stored
from bot.storage import team as stored
from bot.storage.keystore import KeyStore
from bot.storage.tallies import tallied
from bot.storage.team import RightRow
from bot.team.desk import Desk, TeamSettings
from bot.team.sealing import letter_in, unseal_right
from bot.vault import CONTACT, CannotOpen, Vault
from flows.broadcasts import Broadcast
from flows.halts import Scope
from flows.pilots import invitable
from flows.team import inviting
from flows.team.rights import COMMAND_LINE, Right, Role, Training
from flows.team.roster import Agreement, Halt, Link, Roster
from flows.team.visit import limits_from_json

BROADCASTS_SHOWN = 60
"""So many broadcasts, the newest, are in front of the team; `surveybot invite list` has all of them."""


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
    halted = [_as_agreed_now(_halt(row), settings, vault) for row in await stored.read_halts(connection)]
    broadcasts = await broadcasts_stored.newest(connection, BROADCASTS_SHOWN)
    roster = Roster(
        {right.id: right for right in rights_now if right is not None},
        {link.id: link for link in links},
        {halt.id: halt for halt in halted},
        {
            row.id: letter_in(row, keys[row.id][1] if row.id in keys else None)
            for row in written
            if row.id in keys or row not in opened
        },
        {each.id: each for each in broadcasts},
        invitable(await pilots_stored.every(connection)),
        {each.id: each for each in await links_stored.every(connection)},
        {each.id: each for each in await posts_stored.newest(connection)},
        {each.id: each for each in await card_pauses.every(connection)},
        {each.id: each for each in await release_orders.newest(connection)},
        await recipients_stored.live(connection, dt.datetime.now(dt.UTC).date()),
        {name: await tallied(connection, name) for name in sorted(inviting.waiting_collections(broadcasts))},
        settings.rehearses_invites,
    )
    return Desk(settings, vault, roster, keys)


async def tell_second_person(
    keystore: KeyStore,
    vault: Vault,
    settings: TeamSettings,
    clock: Callable[[], dt.datetime],
    connection: AsyncConnection,
    broadcast: Broadcast,
) -> None:
    """Have everybody told who may confirm what was sent off on the command line."""
    desk = await open_desk(connection, keystore, vault, settings)
    await schedule.put_due(connection, desk.who_may_confirm(broadcast, clock()))


def _opened(row: RightRow, key: bytes) -> Right | None:
    try:
        value = unseal_right(row.id, row.sealed, key)
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
        chat_id=value["chat"],
        language=value["language"],
    )


def _as_agreed_now(halt: Halt, settings: TeamSettings, vault: Vault) -> Halt:
    """A halt without the word of owners who are none any more; that of reviewers is looked at as it is counted."""
    if not isinstance(settings.owners, Collection):
        return halt
    owners = {COMMAND_LINE.member, *map(vault.member, settings.owners)}
    return replace(halt, agreed=tuple(each if each.member in owners else _no_owner(each) for each in halt.agreed))


def _no_owner(agreement: Agreement) -> Agreement:
    return replace(agreement, roles=tuple(role for role in agreement.roles if role is not Role.OWNER))


def _halt(row: Any) -> Halt:  # noqa: ANN401  # a row of the table
    agreed = tuple(Agreement(member, tuple(map(Role, roles))) for member, roles in row.agreed)
    return Halt(row.id, Scope(row.collection, row.territory), row.at, row.by, Role(row.role), agreed)
