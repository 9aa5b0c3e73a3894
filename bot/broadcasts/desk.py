"""The door to broadcasts, for the command line and for coordinators' screens: plan, send, confirm, pause, and look.

Everything that is done here is written down in the audit, with who did it. The worker sends what is running, in this
process or in another one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcasts.answering import Answers
from bot.broadcasts.audience import Progress, Sieve, Tally, since
from bot.broadcasts.heard import heard_of
from bot.broadcasts.letters import NotWritten, check_paragraphs, languages_of
from bot.broadcasts.paid_enough import refuse_underpaid
from bot.broadcasts.piloted import Lot, check_places, may_invite
from bot.broadcasts.quiet_hours import wakes_at
from bot.broadcasts.refusal import Refused
from bot.no_order import in_no_order
from bot.progress.taking import Taking
from bot.settings import Settings
from bot.stewardship.archive import Archive
from bot.storage import audiences, consents, deliveries
from bot.storage import broadcasts as stored
from bot.storage.audiences import Person, Wanted
from bot.storage.consents import Ledger
from bot.storage.database import Database, StoreUnavailable
from bot.storage.keystore import KeyStore
from bot.uncut import uncut
from bot.vault import Vault
from flows.broadcasts import GIVEN_UP, NEVER, TOO_FEW, Audience, Broadcast, BroadcastState
from flows.choosing import FEWEST_CHOSEN, Answered, NotToChooseBy, chosen_by
from flows.collection import Collection
from flows.pilots import Invitable, MayInvite
from flows.shelf import Shelf

STARS_A_MESSAGE = 0.1
"""What a paid broadcast costs (Bot API, sendMessage, allow_paid_broadcast)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What an installation decides about invites."""

    most: int
    """Invites a person, in `days` days."""
    days: int
    confirm_above: int
    """Recipients above which a second person confirms."""
    one_person: bool
    nobody_real: bool
    """Whether the Bot API is on this machine."""


def rules_of(settings: Settings) -> Rules:
    """What the settings say of invites."""
    return Rules(
        most=settings.invites_most,
        days=settings.invites_days,
        confirm_above=settings.confirm_above,
        one_person=settings.one_person_team,
        nobody_real=settings.is_rehearsal,
    )


@dataclass(frozen=True, slots=True)
class Order:
    """What a coordinator asks for."""

    collection: str
    by: str
    audience: Audience = field(default_factory=Audience)
    paragraphs: Mapping[str, str] = field(default_factory=dict)
    starts_at: dt.datetime | None = None
    """None: now."""
    paid: bool = False
    any_hour: bool = False
    """A rehearsal: no quiet hours, no limit for a person, no second person, no pilot, and those who are in the
    collection too."""
    without_pilot: str | None = None
    """Why it goes out though the collection was not piloted."""
    who: str | None = field(default=None, repr=False)
    """`question=option`: only who answered so and may be chosen by it. Written down nowhere."""


Waits = Callable[[AsyncConnection, Broadcast], Awaitable[None]]
"""Has who may confirm a broadcast told that it waits, in the transaction in which it begins to."""


async def _tell_nobody(_connection: AsyncConnection, _broadcast: Broadcast) -> None:
    pass


CheckMine = Callable[[AsyncConnection], Awaitable[None]]
"""Raises TakenForDead in a transaction before which another process may have begun to plan the same."""


async def _nobody_else_s(_connection: AsyncConnection) -> None:
    pass


class Desk:
    """Plans broadcasts and has them go on."""

    def __init__(
        self,
        *,
        database: Database,
        keystore: KeyStore,
        vault: Vault,
        shelf: Shelf,
        rules: Rules,
        clock: Callable[[], dt.datetime],
        hurry: Callable[[], None] = lambda: None,
        waits: Waits | None = None,
        check_mine: CheckMine = _nobody_else_s,
    ) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._shelf = shelf
        self._rules = rules
        self._clock = clock
        self._hurry = hurry
        self._waits = waits or _tell_nobody
        self._check_mine = check_mine

    # --- planning --------------------------------------------------------------------------------------------------

    def check(self, order: Order) -> Collection:
        """The collection of an order that can be carried out. Raises Refused."""
        collection = self._shelf.collections.get(order.collection)
        if collection is None:
            raise Refused(f"there is no collection {order.collection!r}; there is: {_list(self._shelf.collections)}")
        if order.any_hour and not self._rules.nobody_real:
            raise Refused(
                "--any-hour leaves out what protects people, so it works only where SURVEYBOT_API_URL is on this "
                "machine"
            )
        self._check_audience(collection, order.audience)
        self._who(collection, order)
        if not order.any_hour:
            self._check_hours(collection, order.audience)
        try:
            check_paragraphs(order.paragraphs, order.audience.languages or languages_of(collection))
        except NotWritten as fault:
            raise Refused(str(fault)) from None
        return collection

    def _check_audience(self, collection: Collection, audience: Audience) -> None:
        known = [region.territory for region in collection.regions]
        for name in audience.regions:
            if name not in known:
                raise Refused(f"{collection.id} has no region {name!r}; it has: {_list(known)}")
        for name in audience.languages:
            if name not in languages_of(collection):
                raise Refused(f"{collection.id} does not speak {name!r}; it speaks: {_list(languages_of(collection))}")
        if isinstance(audience.last_invited, str) and audience.last_invited != NEVER:
            raise Refused("say --last-invited in days, or never")
        if not self._open_regions(collection):
            raise Refused(f"{collection.id} is open in no region today, so there is nothing to invite to")

    def _who(self, collection: Collection, order: Order) -> Answered | None:
        """Which answer is meant, if any. Raises Refused."""
        if order.who is None:
            return None
        try:
            return chosen_by(collection, order.who, order.audience.regions or self._open_regions(collection))
        except NotToChooseBy as why:
            raise Refused(str(why)) from None

    def _check_hours(self, collection: Collection, audience: Audience) -> None:
        for region in collection.regions:
            asked_for = not audience.regions or region.territory in audience.regions
            if asked_for and wakes_at(region, self._clock()) is None:
                raise Refused(
                    f"{region.territory}: its time zones have no waking hour in common, so nothing would ever be sent; "
                    "narrow quiet_hours, or name other regions with --region"
                )

    def _open_regions(self, collection: Collection) -> tuple[str, ...]:
        return tuple(region.territory for region in self._shelf.beginning(collection, self._clock().date()))

    async def plan(self, order: Order, progress: Progress = lambda _done, _all: None) -> Broadcast:
        """Write down who would get it, and why the others do not. Nothing is sent yet. Raises Refused.

        Recipients are written some at a time, so that people go on answering meanwhile.
        """
        collection = self.check(order)
        now = self._clock()
        await self._check_launch(order, collection, now.date())
        async with self._database.write() as connection:
            number = await stored.begin(connection, _row(order, now))
        try:
            return await self._fill(number, collection, order, now, progress)
        except BaseException:
            with suppress(Refused, StoreUnavailable):  # it has come to an end by itself, or does so in an hour
                await uncut(self._break_off(number))
            raise

    async def plan_asked(self, number: int) -> Broadcast:
        """Plan what was asked for in the chat, of which nobody is written down. Raises Refused, TakenForDead."""
        asked = await self.look(number)
        order = _order(asked, self._vault)
        collection = self.check(order)
        now = self._clock()
        await self._check_launch(order, collection, now.date())
        async with self._database.write() as connection:
            await self._check_mine(connection)
            before = (BroadcastState.ASKED, BroadcastState.PLANNING)
            if not await stored.move(connection, number, before, BroadcastState.PLANNING):
                raise Refused("it was given up before it was planned")
        return await self._fill(number, collection, order, now)

    async def _check_launch(self, order: Order, collection: Collection, today: dt.date) -> None:
        """Whether people may be invited to it by now: piloted, and paid for the time that it took. Raises Refused."""
        await may_invite(self._database, order)
        if not order.any_hour:
            where = order.audience.regions or self._open_regions(collection)
            await refuse_underpaid(self._database, collection, where, today)

    async def _check_pay(self, broadcast: Broadcast) -> None:
        """Whether the time that it took is still paid for: more people were measured since it was planned, or pay is
        another. Raises Refused."""
        collection = self._shelf.collections.get(broadcast.collection)
        if collection is not None and not broadcast.any_hour:
            where = broadcast.audience["regions"] or self._open_regions(collection)
            await refuse_underpaid(self._database, collection, where, self._clock().date())

    async def _fill(
        self,
        number: int,
        collection: Collection,
        order: Order,
        now: dt.datetime,
        progress: Progress = lambda _done, _all: None,
    ) -> Broadcast:
        async with self._database.read() as connection:
            everybody = await audiences.count_people(connection)
        may = await may_invite(self._database, order)
        lot = Lot(may.places, self._vault.randomness) if may.who is MayInvite.AS_MANY else None
        sieve = await self._sieve(collection, order, now)
        tally, seen = Tally.begin(), 0
        wanted = self._wanted(collection, order, now, may)
        async for people in audiences.people(self._database, wanted, now):
            seen += len(people)
            invited = await sieve.invited(people, tally)
            if lot is not None:
                lot.put_in(invited)
            else:
                await self._put(number, invited, wanted, tally, now)
            progress(seen, everybody)
        if lot is not None:
            tally.draw(len(lot.drawn))
            await self._put(number, lot.drawn, wanted, tally, now)
        if sieve.who is not None and tally.recipients < FEWEST_CHOSEN:
            await self._forget(number, order, now)
            raise Refused(
                f"fewer than {FEWEST_CHOSEN} people would be chosen by this answer, which could tell who they are; ask "
                "for more regions, or invite without --who"
            )
        fallen_out = {reason.value: count for reason, count in tally.fallen_out.items()}
        audience = replace(order.audience, by_answers=sieve.reads_answers).as_json()
        audience[stored.PLANNED_FOR] = [each for each in wanted.regions if each in wanted.open_regions]
        async with self._database.write() as connection:
            await self._check_mine(connection)
            in_time = await stored.move(
                connection, number, (BroadcastState.PLANNING,), BroadcastState.PLANNED,
                recipients=tally.recipients, fallen_out=fallen_out, audience=audience,
            )  # fmt: skip
        if not in_time:
            raise Refused(_ended_meanwhile(await self.look(number)))
        return await self.look(number)

    async def _put(
        self, number: int, invited: Sequence[Person], wanted: Wanted, tally: Tally, now: dt.datetime
    ) -> None:
        """Write down whom the tally has counted last, but for those whom another plan has just written down."""
        first = tally.recipients - len(invited)
        async with self._database.write_beside() as connection:
            await self._check_mine(connection)
            too_many = await audiences.invited_meanwhile(connection, wanted, [person.chat for person in invited])
            left = in_no_order((each for each in invited if each.chat not in too_many), self._vault.randomness)
            rows = [
                {"broadcast": number, "position": first + place, "chat": each.chat, "region": each.region, "at": now}
                for place, each in enumerate(left)
            ]
            await deliveries.put(connection, rows)
        tally.fall_out(too_many.values())

    async def _sieve(self, collection: Collection, order: Order, now: dt.datetime) -> Sieve:
        archive = Archive(self._database, self._keystore, self._vault)
        return Sieve(
            self._keystore,
            self._vault,
            collection,
            order.audience.languages,
            Answers(archive, tuple(self._shelf.collections.values()), collection),
            now,
            heard=await heard_of(Taking(archive, self._clock), collection),
            who=self._who(collection, order),
        )

    async def _forget(self, number: int, order: Order, now: dt.datetime) -> None:
        """Nobody of what was planned is remembered, nor how many there were, nor by which answer."""
        audience = replace(order.audience, by_answers=True).as_json()
        async with self._database.write() as connection:
            await self._check_mine(connection)
            await stored.move(
                connection, number, (BroadcastState.PLANNING,), BroadcastState.CANCELLED,
                ended_at=now, why=TOO_FEW, audience=audience,
            )  # fmt: skip
        await self._forget_whom(number)

    def _wanted(self, collection: Collection, order: Order, now: dt.datetime, may: Invitable) -> Wanted:
        audience, rules = order.audience, self._rules
        opened = self._open_regions(collection)
        opened = tuple(each for each in opened if not may.regions or each in may.regions)
        return Wanted(
            collection=collection.id,
            regions=audience.regions or tuple(region.territory for region in collection.regions),
            open_regions=opened,
            finished=audience.finished,
            in_it_too=order.any_hour,
            last_invited_before=since(audience.last_invited, now),
            never_invited=audience.last_invited == NEVER,
            most=None if order.any_hour else rules.most,
            since=now - dt.timedelta(days=rules.days),
        )

    async def discard(self, number: int) -> None:
        """Give up what was planned and not sent off: nobody of it is remembered. Raises Refused."""
        await self._give_up(number, (BroadcastState.PLANNED,))

    async def _give_up(self, number: int, before: tuple[BroadcastState, ...]) -> None:
        broadcast = await self.look(number)
        async with self._database.write() as connection:
            if not await stored.move(
                connection, number, before, BroadcastState.CANCELLED,
                ended_at=self._clock(), why=GIVEN_UP, cancelled=broadcast.recipients,
            ):  # fmt: skip
                raise await _already(connection, number)
        await self._forget_whom(number)

    async def _break_off(self, number: int) -> None:
        """Give up what was not planned to its end. Whom it was for is forgotten, whoever has ended it."""
        try:
            await self._give_up(number, (BroadcastState.PLANNING, BroadcastState.PLANNED))
        except Refused:
            if (await self.look(number)).recipients == 0:  # else it was planned, and perhaps sent off
                await self._forget_whom(number)

    async def _forget_whom(self, number: int) -> None:
        more = True
        while more:
            async with self._database.write() as connection:
                more = await deliveries.discard_some(connection, number)

    # --- having it go on -------------------------------------------------------------------------------------------

    def needs_second(self, broadcast: Broadcast) -> bool:
        """Whether somebody else has to confirm it first."""
        rules = self._rules
        rehearsed = broadcast.any_hour and rules.nobody_real
        return broadcast.recipients > rules.confirm_above and not rules.one_person and not rehearsed

    async def send(self, number: int, by: str) -> Broadcast:
        """Let what was planned go, or wait for a second person. Raises Refused."""
        broadcast = await self.look(number)
        if broadcast.recipients == 0:
            raise Refused("nobody would get it")
        await check_places(self._database, broadcast)
        await self._check_pay(broadcast)
        after = BroadcastState.UNCONFIRMED if self.needs_second(broadcast) else BroadcastState.RUNNING
        return await self._move(broadcast, (BroadcastState.PLANNED,), after, "invites sent off", by)

    async def confirm(self, number: int, by: str) -> Broadcast:
        """The second person's yes. Raises Refused."""
        broadcast = await self.look(number)
        if not self._rules.one_person and by.casefold() == broadcast.planned_by.casefold():
            raise Refused(f"{broadcast.planned_by} planned it, so somebody else confirms it: --by NAME")
        await check_places(self._database, broadcast)
        await self._check_pay(broadcast)
        return await self._move(
            broadcast, (BroadcastState.UNCONFIRMED,), BroadcastState.RUNNING, "invites confirmed", by
        )

    async def pause(self, number: int, by: str) -> Broadcast:
        """Nothing more leaves until it goes on. Raises Refused."""
        broadcast = await self.look(number)
        return await self._move(broadcast, (BroadcastState.RUNNING,), BroadcastState.PAUSED, "invites paused", by)

    async def resume(self, number: int, by: str) -> Broadcast:
        """Go on where it was paused. Raises Refused."""
        broadcast = await self.look(number)
        await may_invite(self._database, broadcast)
        await self._check_pay(broadcast)
        return await self._move(broadcast, (BroadcastState.PAUSED,), BroadcastState.RUNNING, "invites resumed", by)

    async def cancel(self, number: int, by: str) -> Broadcast:
        """Nothing more leaves, for good. Raises Refused."""
        broadcast = await self.look(number)
        before = (
            BroadcastState.PLANNED, BroadcastState.UNCONFIRMED, BroadcastState.RUNNING, BroadcastState.PAUSED,
        )  # fmt: skip
        return await self._move(
            broadcast, before, BroadcastState.CANCELLED, "invites cancelled", by, ended_at=self._clock()
        )

    async def _move(
        self,
        broadcast: Broadcast,
        before: tuple[BroadcastState, ...],
        after: BroadcastState,
        action: str,
        by: str,
        **values: Any,  # noqa: ANN401  # columns
    ) -> Broadcast:
        async with self._database.write() as connection:
            if not await stored.move(connection, broadcast.id, before, after, **{"why": None, **values}):
                raise await _already(connection, broadcast.id)
            await self._audit(connection, broadcast, action, by)
            if after is BroadcastState.UNCONFIRMED:
                await self._waits(connection, replace(broadcast, state=after))
        self._hurry()
        return await self.look(broadcast.id)

    async def _audit(self, connection: AsyncConnection, broadcast: Broadcast, action: str, by: str) -> None:
        detail: dict[str, Any] = {
            "broadcast": broadcast.id, "by": by, "recipients": broadcast.at_most, "paid": broadcast.paid,
        }  # fmt: skip
        if broadcast.without_pilot is not None:
            detail["without_pilot"] = broadcast.without_pilot
        entry = {
            "at": self._clock(), "actor": "coordinator", "action": action, "collection": broadcast.collection,
            "pseudonym": None, "detail": detail,
        }  # fmt: skip
        await consents.write_ledger(connection, Ledger(audit=[entry]))

    # --- looking ---------------------------------------------------------------------------------------------------

    async def look(self, number: int) -> Broadcast:
        """One broadcast. Raises Refused where there is none."""
        async with self._database.read() as connection:
            found = await stored.read(connection, number)
        if found is None:
            raise Refused(f"there is no broadcast {number}; surveybot invite list names them")
        return found

    async def every(self) -> list[Broadcast]:
        """All of them, oldest first."""
        async with self._database.read() as connection:
            return await stored.every(connection)


async def _already(connection: AsyncConnection, number: int) -> Refused:
    """What stands in the way of a step: how the broadcast stands by now."""
    now = await stored.read(connection, number)
    return Refused(f"broadcast {number} is {now.state if now else 'gone'}, so this cannot be done")


def _ended_meanwhile(broadcast: Broadcast) -> str:
    """Why a plan came to nothing that somebody else has ended."""
    if broadcast.why in {None, GIVEN_UP}:
        return "planning took so long that it was given up; plan it again"
    return f"it was ended while it was planned: {broadcast.why}"


def price(recipients: int) -> float:
    """What a paid broadcast costs at most, in Telegram Stars."""
    return recipients * STARS_A_MESSAGE


def _row(order: Order, now: dt.datetime) -> dict[str, Any]:
    return {
        "collection": order.collection,
        "audience": order.audience.as_json(),
        "paragraphs": dict(order.paragraphs),
        "paid": order.paid,
        "any_hour": order.any_hour,
        "planned_by": order.by,
        "planned_at": now,
        "starts_at": order.starts_at or now,
        "ended_at": None,
        "why": None,
        "without_pilot": order.without_pilot,
    }


def _order(asked: Broadcast, vault: Vault) -> Order:
    """What was asked for, as its row has it. Raises CannotOpen."""
    audience = asked.audience
    sealed = audience.get(stored.SEALED_ANSWER)
    answer = vault.open_choice(asked.collection, bytes.fromhex(sealed)) if sealed is not None else None
    who = Audience(
        tuple(audience["regions"]), tuple(audience["languages"]), audience["finished"], audience["last_invited"]
    )
    return Order(asked.collection, asked.planned_by, who, asked.paragraphs, any_hour=asked.any_hour, who=answer)


def _list(names: Any) -> str:  # noqa: ANN401  # any names
    return ", ".join(names) or "none"
