"""Rights are never climbed: whatever people press, forge, replay or type, they may do what an owner gave them, no more.

A random sequence, from a seed, of grants, revocations, links that are used twice or too late, commands, and taps with
callback data that belongs to somebody else's card. After each, whatever the team did in the meantime is held against
what whoever did it may do.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
from support.running import Bot
from support.team import OWNER, Member, come_in, link_for, member, train

from bot.clock import utc_now
from bot.sandbox.server import Sandbox
from bot.team import office
from flows.team.rights import Role

SEED, DOINGS = 20261127, 60

_NOT_THE_TEAMS = frozenset({"contributor", "program"})
_COMMANDS = (
    "/team",
    "/halt",
    "/halt EG",
    "/halt US",
    "/halt all",
    "/rehearse",
    "/start",
    "/start demographics",
    "/contact",
)
_OWNERS_ONLY = frozenset(
    {"link made", "link cancelled", "right limited", "training noted", "pause lifted"}
)  # fmt: skip


class Cast:
    """Who there is, and what each may do by now."""

    def __init__(self, bot: Bot, dice: Random) -> None:
        self.bot = bot
        self.dice = dice
        self.owner = member(bot.sandbox, "Olga", OWNER)
        self.others = [member(bot.sandbox, name) for name in ("Carla", "Ravi", "Stella", "Mal", "Eve")]
        self.may: dict[str, set[Role]] = {self.name_of(each): set() for each in self.others}
        self.used: list[str] = []
        self.looked_at = 0

    def name_of(self, each: Member) -> str:
        return self.bot.stores.vault().member(each.person.id)

    async def held(self) -> dict[str, set[Role]]:
        """Who holds what, as the team's own rows say."""
        roster = await office.roster_of(self.bot.settings)
        held: dict[str, set[Role]] = {name: set() for name in self.may}
        for right in roster.rights.values():
            held.setdefault(right.member, set()).add(right.role)
        return held

    # --- what is done ------------------------------------------------------------------------------------------------

    async def grant(self) -> None:
        """An owner gives somebody a link, who opens it; the coordinator looks after Egypt alone."""
        somebody = self.dice.choice(self.others[:3])
        role = (Role.COORDINATOR, Role.REVIEWER, Role.STEWARD)[self.others.index(somebody)]
        if role in self.may[self.name_of(somebody)]:
            return
        regions = ("Egypt",) if role is Role.COORDINATOR else ()
        link = await link_for(self.owner, role.value.capitalize(), *regions)
        await come_in(somebody, link, somebody.person.name)
        self.may[self.name_of(somebody)].add(role)
        self.used.append(link)
        if role is Role.COORDINATOR:
            await train(self.owner, somebody.person.name)

    async def revoke(self) -> None:
        """What somebody had is taken back, by the command line."""
        roster = await office.roster_of(self.bot.settings)
        for right in roster.rights.values():
            if self.dice.random() < 0.5:
                await office.revoke(self.bot.settings, right.id, utc_now())
                self.may[right.member].discard(right.role)

    async def come_too_late(self) -> None:
        """A link that nobody opened in time."""
        made = await office.make_link(
            self.bot.settings, Role.REVIEWER, office.checked_limits(self.bot.collections, [], []), 1.0, "bot", utc_now()
        )
        past = f"{utc_now() - dt.timedelta(hours=3):%Y-%m-%d %H:%M:%S.%f}"
        statement = f"update team_links set expires_at = '{past}' where id = '{made.link.id}'"  # noqa: S608
        await self.bot.stores.change(statement)
        await self.anybody().start(made.address.partition("start=")[2])

    async def replay(self) -> None:
        if self.used:
            somebody = self.dice.choice(self.others[3:])
            await somebody.start(self.dice.choice(self.used))

    async def type(self) -> None:
        await self.anybody().say(self.dice.choice(_COMMANDS))

    async def press(self) -> None:
        somebody = self.anybody()
        buttons = [(m.id, b) for m in somebody.person.messages for b in m.buttons if b.data is not None]
        if buttons:
            await somebody.person.press_button(*self.dice.choice(buttons[-10:]))
            await somebody.person.settled(timeout=20)

    async def forge(self) -> None:
        """What stands on the owner's card, or nearly that, from a chat of one's own."""
        await self.owner.say("/team")
        somebody = self.anybody()
        data = [b.data for m in self.owner.person.messages for b in m.buttons if b.data]
        mine = [m.id for m in somebody.person.messages if m.author == "bot"] or [1]
        if not data:
            return
        step, layout, choice = self.dice.choice(data).partition("+")[0].split(".")[:3]
        choice = f"{self.dice.randrange(24):x}" if self.dice.random() < 0.5 else choice
        step = f"{int(step, 16) + self.dice.randrange(-2, 3) & 0xFFFF:x}" if self.dice.random() < 0.5 else step
        sign = self.dice.choice(("", "+", "-"))
        await somebody.person.press_data(self.dice.choice(mine), f"{step}.{layout}.{choice}{sign}")
        await somebody.person.settled(timeout=20)

    def anybody(self) -> Member:
        return self.dice.choice(self.others)

    # --- what is looked at -------------------------------------------------------------------------------------------

    async def look(self, what: str) -> None:
        """Nobody holds what nobody gave, and whatever was done was done by somebody who might."""
        held = await self.held()
        for name, roles in held.items():
            assert roles <= self.may.get(name, set()), what
            self.may[name] = set(roles)  # somebody may have given a right back
        query = "select id, actor, action, detail from audit where id > ? order by id"
        for id_, actor, action, detail in self.bot.stores.rows(query, self.looked_at):
            self.looked_at = id_
            if actor in _NOT_THE_TEAMS or actor == "command line":
                continue
            said = json.loads(detail)
            by = str(said.get("by", ""))
            assert action not in _OWNERS_ONLY or actor == "owner", (what, action)
            assert by not in {self.name_of(each) for each in self.others[3:]}, (what, action)
            if actor == "owner":
                assert by in {self.name_of(self.owner), ""}, (what, action)
            if action == "halted" and actor == "coordinator":
                assert "EG" in detail, (what, detail)
                assert "US" not in detail, (what, detail)
        for each in self.others[3:]:
            assert "The team" not in each.screen, what


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    """A bot with one owner."""
    bot = Bot(sandbox, tmp_path, owners=(OWNER,))
    await bot.start()
    yield bot
    await bot.stop()


async def test_nobody_climbs_whatever_is_pressed_forged_replayed_or_typed(bot: Bot) -> None:
    dice = Random(SEED)  # noqa: S311  # a test's dice
    cast = Cast(bot, dice)
    doings = (cast.grant, cast.revoke, cast.come_too_late, *(cast.replay,) * 2, *(cast.type,) * 5, *(cast.press,) * 8,
              *(cast.forge,) * 5)  # fmt: skip
    await cast.grant()
    for number in range(DOINGS):
        doing = dice.choice(doings)
        await doing()
        if number % 5 == 0 or doing in doings[:3]:
            await cast.look(f"seed {SEED}, doing {number}: {doing.__name__}")
    await cast.look(f"seed {SEED}, at the end")
