"""The team as one transaction finds it, and what the transaction changes there.

The bot and the command line both work through here: the same decisions, the same rows, the same audit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import broadcasts, card_pauses, consents, schedule
from bot.storage import team as stored
from bot.storage.consents import Ledger
from bot.storage.conversations import Overtaken
from bot.storage.keystore import Wrap
from bot.storage.schedule import Due
from bot.storage.tables import rights
from bot.storage.team import TeamLedger
from bot.team.auditing import audit_entry
from bot.team.rows import CONFIRM, KNOCK, LAPSING, PLAN, WRITTEN, Asked, Moved
from bot.team.sealing import seal_letter, seal_right
from bot.vault import Vault
from flows.broadcasts import Broadcast, BroadcastState
from flows.contact.letter import Letter
from flows.links import CollectionLink
from flows.releases import ReleaseOrder
from flows.shelf import Shelf
from flows.sign_offs import SignOff
from flows.team import inviting, linking, releasing
from flows.team.board import Board
from flows.team.rights import Right, Standing
from flows.team.roster import Change, Roster, applied


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """What settings say about the team."""

    owners: Container[int] = field(default=(), repr=False)
    """Telegram ids."""
    bot_name: str = ""
    alone: bool = False
    """Whether one person may do what takes two."""
    confirm_above: int = 0
    """Recipients above which somebody else confirms an invite."""
    link_burst: int = 100
    """Openings of a link within an hour that are never too many."""
    rehearses_invites: bool = False
    """Whether invites are a rehearsal, as `--any-hour` makes them: no command reaches data that is thrown away, so that
    nobody could begin a pilot there."""


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
    asked: dict[int, Asked] = field(default_factory=dict)
    """Below zero, as the roster counts what has no number yet."""
    moved: list[Moved] = field(default_factory=list)
    reviewed: list[SignOff] = field(default_factory=list)
    """What reviewers have said."""
    lifted: list[tuple[str, str]] = field(default_factory=list)
    """Collections and languages in which people are asked again."""

    def standing(self, chat_id: int) -> Standing:
        """Where whoever has this private chat stands in the team."""
        return self.roster.standing(self.vault.member(chat_id), is_owner=chat_id in self.settings.owners)

    def board(self, me: Standing, shelf: Shelf) -> Board:
        """What the flow may look at."""
        return Board(
            me, self.roster, shelf, self.vault.link_hash, self.settings.bot_name,
            self.settings.alone, self.settings.confirm_above,
        )  # fmt: skip

    def change(self, change: Change, me: Standing, at: dt.datetime) -> None:
        """Make a change that `flows.team.deciding` has allowed: here at once, in the tables with the transaction."""
        entry = audit_entry(change, self.roster, me, at)
        self.roster = applied(self.roster, change)
        WRITTEN[type(change)](self, change, at)
        if entry is not None:
            self.notes.audit.append(entry)

    def met(self, me: Standing, chat_id: int, language: str) -> None:
        """Where a member is told things, noted as they come by, and in which language."""
        for right in [each for each in self.roster.rights.values() if each.member == me.member]:
            if (right.chat_id, right.language) != (chat_id, language):
                met = replace(right, chat_id=chat_id, language=language)
                self.roster = replace(self.roster, rights={**self.roster.rights, right.id: met})
                self.ledger.update(rights, right.id, {"sealed": self.sealed(met)})

    def chats(self) -> Mapping[int, str]:
        """Every chat of the team's that is known, and its language."""
        owners = self.settings.owners if isinstance(self.settings.owners, Collection) else ()
        known = {right.chat_id: right.language for right in self.roster.rights.values() if right.chat_id}
        return {**dict.fromkeys(owners, ""), **known}

    def to_be_told(self, letter: str, now: dt.datetime) -> list[bytes]:
        """Chats of those whose inbox had been empty and has a letter now: one word for all that wait."""
        inboxes = ((each, self.roster.inbox(self.standing(each), now)) for each in self.chats())
        return [self.vault.chat_hash(each) for each, inbox in inboxes if [found.id for found in inbox] == [letter]]

    def who_may_confirm(self, broadcast: Broadcast, now: dt.datetime) -> list[Due]:
        """Everybody of the team who could be the second person for a broadcast, to be told so now."""
        standings = {chat_id: self.standing(chat_id) for chat_id in self.chats()}
        may = [c for c, me in standings.items() if inviting.waits_for(broadcast, me, now, alone=self.settings.alone)]
        return [Due(CONFIRM, self.vault.chat_hash(chat_id).hex(), now) for chat_id in may]

    def who_may_release(self, order: ReleaseOrder, now: dt.datetime) -> list[Due]:
        """Everybody who could be the second steward for a release, to be told so now."""
        may = [chat_id for chat_id in self.chats() if releasing.waits_for(order, self.standing(chat_id), now)]
        return [Due(CONFIRM, self.vault.chat_hash(chat_id).hex(), now) for chat_id in may]

    def knocks_about(self, paused: Iterable[CollectionLink], now: dt.datetime) -> list[Due]:
        """Word to everybody who looks after links that have paused by themselves."""
        return [
            Due(KNOCK, f"{self.vault.chat_hash(chat).hex()}/{link.id}", now)
            for link in paused
            for chat in self.chats()
            if linking.looks_after(self.standing(chat), link, now)
        ]

    def knocks_about_lapses(self, lapse: str, now: dt.datetime) -> list[Due]:
        """Word to owners and coordinators that sign-offs end soon; `lapse` says which and when."""
        told = (chat for chat in self.chats() if self.standing(chat).may_watch(now))
        return [Due(KNOCK, f"{self.vault.chat_hash(chat).hex()}/{LAPSING}{lapse}", now) for chat in told]

    def sealed(self, thing: Right | Letter) -> bytes:
        """What of a right or a letter is personal, under its own key."""
        _, key = self.keys[thing.id]
        if isinstance(thing, Letter):
            return seal_letter(thing, key, self.vault.randomness)
        return seal_right(thing, key, self.vault.randomness)


async def write_desk(connection: AsyncConnection, desk: Desk) -> None:
    """Write what changed at a desk by itself; the bot writes it with the rest of its batch.

    Raises Overtaken where something is not as it was found.
    """
    await stored.write_ledger(connection, desk.ledger)
    await consents.write_ledger(connection, desk.notes)
    for asked in desk.asked.values():
        number = await broadcasts.begin(connection, asked.row, BroadcastState.ASKED)
        await schedule.put_due(connection, [Due(PLAN, f"{asked.chat.hex()}/{number}", asked.row["planned_at"])])
    for collection, language in desk.lifted:
        if not await card_pauses.lift(connection, collection, language):
            raise Overtaken
    for moved in desk.moved:
        if not await broadcasts.move(connection, moved.broadcast, (moved.before,), moved.after, **moved.values):
            raise Overtaken
