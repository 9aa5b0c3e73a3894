"""What the command line does with the team: the decisions, rows and audit of the bot, on data that is there."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.destroying import destroy_decided
from bot.settings import Settings
from bot.stewardship.archive import open_archive
from bot.storage import schedule
from bot.team.desk import Desk, TeamSettings, write_desk
from bot.team.opening import open_desk
from bot.tombstones import Tombstones
from flows.collection import Collection
from flows.events import TOKEN_BYTES
from flows.finding import places_called
from flows.grading import CardPause
from flows.halts import Scope
from flows.language import FALLBACK
from flows.team import deciding
from flows.team.board import scopes
from flows.team.links import link_address
from flows.team.rights import COMMAND_LINE, Limits, Right, Role, Training
from flows.team.roster import Halt, Link, Reopened, Roster


class NotDone(Exception):
    """Nothing was changed; the text says why and what helps."""


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link that has just been made. Its address is kept nowhere."""

    link: Link
    address: str = field(repr=False)


async def roster_of(settings: Settings) -> Roster:
    """The team as it is. Raises NothingThere, SchemaFault, KeyFileFault, CannotOpen."""
    async with open_archive(settings) as archive, archive.database.read() as connection:
        return (await open_desk(connection, archive.keystore, archive.vault, TeamSettings(settings.owners))).roster


@asynccontextmanager
async def at_the_desk(settings: Settings) -> AsyncIterator[Desk]:
    """The team, to change it: written when the block ends, and then keys of what was revoked are destroyed."""
    async with open_archive(settings) as archive:
        async with archive.database.write() as connection:
            desk = await open_desk(connection, archive.keystore, archive.vault, TeamSettings(settings.owners))
            yield desk
            await write_desk(connection, desk)
            await schedule.put_due(connection, desk.dues)
        await destroy_decided(archive.database, archive.keystore, Tombstones(settings.tombstones))


def carry_out(desk: Desk, changes: deciding.Changes, now: dt.datetime, why_not: str) -> None:
    """Make changes as whoever runs commands here. Raises NotDone, with `why_not`, where there are none."""
    if not changes:
        raise NotDone(why_not)
    for change in changes:
        desk.change(change, COMMAND_LINE, now)


async def make_link(
    settings: Settings, role: Role, limits: Limits, hours: float, bot_name: str, now: dt.datetime
) -> MadeLink:
    """A link that grants a role. Raises NotDone."""
    token = os.urandom(TOKEN_BYTES)
    secret = deciding.secret_in(token)
    if role is not Role.COORDINATOR and not limits.are_none:
        raise NotDone(f"only a coordinator can be limited; leave --collection and --region out for a {role.value}")
    most = int(deciding.LINK_HOLDS_AT_MOST.total_seconds() // 3600)
    why_not = f"a link holds for more than 0 and at most {most} hours; see --hours"
    if not 0 < hours <= most:  # of what is no number, too
        raise NotDone(why_not)
    async with at_the_desk(settings) as desk:
        changes = deciding.make_link(
            COMMAND_LINE, role, limits, now, id_=deciding.new_id("l", token),
            secret_hash=desk.vault.link_hash(secret), holds=dt.timedelta(hours=hours),
        )  # fmt: skip
        carry_out(desk, changes, now, why_not)
        return MadeLink(desk.roster.links[deciding.new_id("l", token)], link_address(bot_name, secret))


async def cancel_link(settings: Settings, link: str, now: dt.datetime) -> None:
    """Take a link back. Raises NotDone."""
    async with at_the_desk(settings) as desk:
        changes = deciding.cancel_link(desk.roster, COMMAND_LINE, link)
        carry_out(desk, changes, now, f"no link {link} is open; surveybot team list shows those that are")


async def limit(settings: Settings, right: str, limits: Limits, now: dt.datetime) -> Right:
    """Say what a coordinator looks after. Raises NotDone."""
    async with at_the_desk(settings) as desk:
        found = _right(desk, right)
        if found.role is not Role.COORDINATOR:
            raise NotDone(f"{right} is a {found.role.value}'s; only a coordinator can be limited")
        changes = deciding.limit(desk.roster, COMMAND_LINE, right, limits)
        carry_out(desk, changes, now, f"{right} has just these limits already")
        return desk.roster.rights[right]


async def note_training(settings: Settings, right: str, training: Training, now: dt.datetime) -> Right:
    """Write a coordinator's training down. Raises NotDone."""
    async with at_the_desk(settings) as desk:
        found = _right(desk, right)
        if found.role is not Role.COORDINATOR:
            raise NotDone(f"{right} is a {found.role.value}'s; only a coordinator's waits for a training")
        changes = deciding.note_training(desk.roster, COMMAND_LINE, right, training, now)
        carry_out(desk, changes, now, "the day is still to come, or --what is empty; note a training that has been")
        return desk.roster.rights[right]


async def revoke(settings: Settings, right: str, now: dt.datetime) -> Right:
    """Take a right back. Raises NotDone."""
    async with at_the_desk(settings) as desk:
        found = _right(desk, right)
        carry_out(desk, deciding.revoke(desk.roster, COMMAND_LINE, right), now, f"{right} could not be revoked")
        return found


def _right(desk: Desk, right: str) -> Right:
    found = desk.roster.rights.get(right)
    if found is None:
        raise NotDone(f"there is no right {right}; surveybot team list shows all of them")
    return found


# --- halts -----------------------------------------------------------------------------------------------------------


def halting(collections: Sequence[Collection], region: str | None, collection: str | None) -> tuple[Scope, ...]:
    """What a command names. Raises NotDone."""
    limits = checked_limits(collections, [collection] if collection else [], [region] if region else [])
    return scopes(collection or "", next(iter(limits.regions), ""), Limits())


def checked_limits(collections: Sequence[Collection], named: Iterable[str], regions: Iterable[str]) -> Limits:
    """Collections by id, and regions by code or name, that exist. Raises NotDone."""
    known = {each.id: each for each in collections}
    wanted = list(named)
    for each in wanted:
        if each not in known:
            raise NotDone(f"there is no collection {each!r}; there are: {', '.join(sorted(known))}")
    among = [known[each] for each in wanted] or list(known.values())
    territories = sorted({region.territory for each in among for region in each.regions})
    return Limits(frozenset(wanted), frozenset(_territory(each, territories) for each in regions))


def _territory(called: str, territories: Sequence[str]) -> str:
    found = places_called(called, territories, FALLBACK)
    if len(found) != 1:
        raise NotDone(f"no one region is called {called!r}; there are: {', '.join(territories)}")
    return found[0]


async def halt(settings: Settings, wanted: tuple[Scope, ...], now: dt.datetime) -> list[Halt]:
    """Halt at once; the running bot notices with its next step. Raises NotDone."""
    async with at_the_desk(settings) as desk:
        changes = deciding.halt(desk.roster, COMMAND_LINE, wanted, now, token=os.urandom(TOKEN_BYTES))
        carry_out(desk, changes, now, "that stands still already; surveybot halts shows it")
        return [halt for halt in desk.roster.halts.values() if halt.scope in wanted]


async def reopen(settings: Settings, halt_id: str, now: dt.datetime) -> tuple[Halt | CardPause, bool]:
    """Agree as an owner does; whether it goes on, or waits for a reviewer. Raises NotDone."""
    async with at_the_desk(settings) as desk:
        pause = desk.roster.pauses.get(halt_id)
        if pause is not None:
            carry_out(desk, deciding.lift_pause(desk.roster, COMMAND_LINE, halt_id, now), now, f"{halt_id} stays")
            return pause, True
        found = desk.roster.halts.get(halt_id)
        if found is None:
            raise NotDone(f"there is no halt {halt_id}; surveybot halts shows all of them")
        alone = settings.one_person_team
        changes = deciding.agree_to_reopen(desk.roster, COMMAND_LINE, halt_id, now, alone=alone)
        carry_out(desk, changes, now, f"{halt_id} could not be reopened")
        return found, any(isinstance(change, Reopened) for change in changes)
