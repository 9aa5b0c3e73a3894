"""What the command line does with links to a collection: as members do from a phone, and lists of participants."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.settings import Settings
from bot.team.office import NotDone, at_the_desk, carry_out, checked_limits, roster_of
from flows.collection import Collection
from flows.events import TOKEN_BYTES, looks_personal
from flows.links import MOST_DAILY, NAME_LETTERS, CollectionLink, LinkKind, address
from flows.questions import clean_own_words
from flows.team import linking
from flows.team.deciding import Changes
from flows.team.rights import COMMAND_LINE, Standing
from flows.team.roster import CollectionLinkMade, Roster


@dataclass(frozen=True, slots=True)
class Order:
    """A link that is asked for."""

    collection: str
    kind: LinkKind
    name: str
    by: str
    supplier: str | None = None
    region: str | None = None
    daily: int | None = None


async def make(settings: Settings, collections: Sequence[Collection], order: Order, now: dt.datetime) -> CollectionLink:
    """A new link. Raises NotDone."""
    limits = checked_limits(collections, [order.collection], [order.region] if order.region else [])
    collection = next(each for each in collections if each.id == order.collection)
    _check(order, collection)
    async with at_the_desk(settings) as desk:
        changes = linking.make(
            COMMAND_LINE, collection, order.kind, order.name, now,
            token=os.urandom(TOKEN_BYTES), supplier=order.supplier, territory=next(iter(limits.regions), None),
            daily=order.daily, by=order.by,
        )  # fmt: skip
        carry_out(desk, changes, now, "the link could not be made")
        return next(each.link for each in changes if isinstance(each, CollectionLinkMade))


def _check(order: Order, collection: Collection) -> None:
    """Say what is not right in words, where `linking.make` only does not do it."""
    named = [each.id for each in collection.suppliers]
    if order.kind is LinkKind.SUPPLIER and order.supplier is None:
        raise NotDone(f"a supplier's link names who hands it out: --supplier, one of {', '.join(named)}")
    if order.supplier is not None and order.supplier not in named:
        raise NotDone(f"{collection.id} has no supplier {order.supplier!r}; its collection.yaml has {', '.join(named)}")
    if not 0 < len(clean_own_words(order.name)) <= NAME_LETTERS:
        raise NotDone(f"--name: write what you call it, in {NAME_LETTERS} letters at most")
    if order.daily is not None and not 1 <= order.daily <= MOST_DAILY:
        raise NotDone(f"--daily: write how many may agree a day, 1 to {MOST_DAILY:,}, or leave it out")


async def links(settings: Settings) -> list[CollectionLink]:
    """Every link, the newest first and ended ones last."""
    roster = await roster_of(settings)
    return list(linking.links_of(roster, COMMAND_LINE, dt.datetime.now(dt.UTC)))


async def one(settings: Settings, code: str) -> CollectionLink:
    """One link. Raises NotDone."""
    return _found(await roster_of(settings), code)


def _found(roster: Roster, code: str) -> CollectionLink:
    found = roster.collection_links.get(code.upper().removeprefix("L-"))
    if found is None:
        raise NotDone(f"there is no link {code}; surveybot links list shows all of them")
    return found


Move = Callable[[Roster, Standing, str, dt.datetime], Changes]


async def move(settings: Settings, code: str, how: Move, now: dt.datetime, why_not: str) -> CollectionLink:
    """Pause, resume or end one. Raises NotDone, with what it is instead."""
    async with at_the_desk(settings) as desk:
        found = _found(desk.roster, code)
        changes = how(desk.roster, COMMAND_LINE, found.id, now)
        carry_out(desk, changes, now, f"{found.id} is {found.state.value} already; {why_not}")
        return desk.roster.collection_links[found.id]


# --- lists of participants -------------------------------------------------------------------------------------------


def read_codes(name: str, content: bytes) -> list[str]:
    """Participant codes, one a line. Raises NotDone with the line that is not one, and nothing of what stands there."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise NotDone(f"{name}: this is not UTF-8; save it as UTF-8") from None
    codes: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        code = line.strip()
        if not code:
            continue
        if looks_personal(code):
            raise NotDone(
                f"{name}:{number}: that could be somebody's name, number or address, so it is not used. Give each "
                "person a code of 6 to 24 letters and digits mixed, such as a1b2c3d4, that says nothing by itself"
            )
        if code in codes:
            raise NotDone(f"{name}:{number}: the same code stands in line {codes[code]}; each person has their own")
        codes[code] = number
    if not codes:
        raise NotDone(f"{name}: there is no code in it; write one a line")
    return list(codes)


def listed(bot_name: str, link: CollectionLink, codes: Sequence[str]) -> str:
    """A CSV of codes and the link that each gets."""
    rows = ["code,link", *(f"{code},{address(bot_name, link.id, code)}" for code in codes)]
    return "\n".join(rows) + "\n"
