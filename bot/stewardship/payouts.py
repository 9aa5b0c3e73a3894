"""Paying people, for stewards: codes are loaded, and how many are left. Counts, and never who."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.stewardship.archive import Archive
from bot.stewardship.export import Refused
from bot.storage import entitlements, numbers, promises, releases, schedule, vouchers
from bot.storage.asking import PAY_DUE
from bot.storage.entitlements import day_of
from bot.vault import PAYOUTS
from flows.collection import Collection, PayWay, Region
from flows.on_record import PayState

LONGEST_REASON = 300
"""Letters of a reason: it stands on a contributor's screen."""

LONGEST_CODE = 200
"""Letters: a link of a shop's may be a code too."""

_TOGETHER = 500
_MOST_NAMED = 20
"""Faults of one file that are named; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Codes that were loaded, and how many are there now."""

    count: int
    stock: vouchers.Stock


@dataclass(frozen=True, slots=True)
class Standing:
    """How pay stands in one region. Counts alone."""

    collection: str
    territory: str
    ways: tuple[str, ...]
    states: dict[str, int]
    codes_left: int
    codes_loaded: int
    promised: int
    """How many people have been promised pay here."""
    budget_for: int | None
    """How many the budget pays; none where there is no budget."""

    @property
    def runs_low(self) -> bool:
        """Whether codes are needed here and almost gone."""
        stock = vouchers.Stock(self.collection, self.territory, self.codes_left, self.codes_loaded)
        return PayWay.VOUCHER in self.ways and stock.runs_low


def collection_of(collections: Sequence[Collection], name: str) -> Collection:
    """The collection of this name. Raises Refused."""
    found = next((each for each in collections if each.id == name), None)
    if found is None:
        raise Refused(f"there is no collection {name!r}; there is: {', '.join(each.id for each in collections)}")
    return found


def region_for_codes(collection: Collection, territory: str) -> Region:
    """The region that codes are for. Raises Refused where it is none, or pays otherwise."""
    region = collection.region(territory)
    if region is None:
        known = ", ".join(each.territory for each in collection.regions)
        raise Refused(f"{collection.id} has no region {territory!r}; there is: {known}")
    if PayWay.VOUCHER not in region.pay.ways:
        raise Refused(
            f"{territory} does not pay by voucher: add `voucher` to `ways`, under `pay`, in "
            f"{collection.id}/regions/{territory}/region.yaml"
        )
    return region


def read_codes(name: str, content: bytes) -> list[str]:
    """The codes of a file, one a line, as they are to be shown. Raises Refused, which names lines and no code."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{name}: the file is not UTF-8; save it as UTF-8") from None
    lines = text.splitlines()
    codes = [line.strip() for line in lines]
    if not codes:
        raise Refused(f"{name}: there is no code in it; write one a line")
    refuse_faults(name, list(_faults(codes)))
    return codes


def refuse_faults(name: str, faults: Sequence[str]) -> None:
    """Raise Refused where there are any, with each line that is not right."""
    if faults:
        more = [f"and {len(faults) - _MOST_NAMED} more"] if len(faults) > _MOST_NAMED else []
        told = [f"{name}:{fault}" for fault in faults[:_MOST_NAMED]]
        raise Refused("\n".join([*told, *more, "Nothing was taken from the file. Mend it, and load it again."]))


def _faults(codes: Sequence[str]) -> Iterator[str]:
    first: dict[str, int] = {}
    for number, code in enumerate(codes, start=1):
        if not code:
            yield f"{number}: the line is blank; take it out"
        elif len(code) > LONGEST_CODE:
            yield f"{number}: longer than {LONGEST_CODE} letters; write one code a line"
        elif any(unicodedata.category(letter) in {"Cc", "Cf"} for letter in code):
            yield f"{number}: there are invisible signs in it; type the code anew"
        elif code in first:
            yield f"{number}: the same code as in line {first[code]}; take one of the two out"
        first.setdefault(code, number)


async def load(
    archive: Archive, collection: Collection, territory: str, name: str, content: bytes, now: Clock
) -> Loaded:
    """Load a file's codes, all of them or none, and have whoever waits looked after. Raises Refused."""
    region = region_for_codes(collection, territory)
    codes = read_codes(name, content)
    needs_ring_key(archive)
    vault = archive.vault
    digests = [vault.code_digest(code) for code in codes]
    rows = []
    for code, digest in zip(codes, digests, strict=True):
        code_id = vault.randomness(16).hex()
        rows.append((code_id, digest, vault.seal_code(code_id, code)))
    async with archive.database.write() as connection:
        known: set[bytes] = set()
        for start in range(0, len(digests), _TOGETHER):
            known |= await vouchers.known(connection, digests[start : start + _TOGETHER])
        again = [number for number, digest in enumerate(digests, start=1) if digest in known]
        refuse_faults(name, [f"{number}: this code was loaded before; take it out" for number in again])
        for start in range(0, len(rows), _TOGETHER):
            await vouchers.put(connection, collection.id, region.territory, rows[start : start + _TOGETHER])
        await schedule.hurry(connection, PAY_DUE, collection.id, now())
        detail: dict[str, object] = {"region": region.territory, "count": len(rows)}
        await releases.note_act(connection, now(), "voucher codes loaded", collection.id, detail)
        return Loaded(len(rows), await vouchers.stock(connection, collection.id, region.territory))


def needs_ring_key(archive: Archive) -> None:
    """Raise Refused where the keys are from before there were payouts."""
    if not archive.vault.has_lock(PAYOUTS):
        raise Refused("the keys are of an earlier surveybot; start the bot once, which adds what is missing")


async def standing(archive: Archive, collections: Sequence[Collection]) -> list[Standing]:
    """How pay stands, region by region; regions where nothing is owed and no program pays are left out."""
    found = []
    async with archive.database.read() as connection:
        promised = await promises.counted(connection)
        for collection in collections:
            counted = await entitlements.count_by_state(connection, collection.id)
            states: dict[str, Counter[str]] = {}
            for territory, state, count in counted:
                states.setdefault(territory or "", Counter())[state] += count
            territories = dict.fromkeys([*(each.territory for each in collection.regions), *sorted(states)])
            for territory in territories:
                region = collection.region(territory)
                ways = tuple(way for way in region.pay.ways if way is not PayWay.NONE) if region is not None else ()
                if ways or territory in states or _budget_for(region) is not None:
                    stock = await vouchers.stock(connection, collection.id, territory)
                    here = dict(states.get(territory, {}))
                    people = promised[collection.id, territory]
                    most = _budget_for(region)
                    row = Standing(collection.id, territory, ways, here, stock.left, stock.loaded, people, most)
                    found.append(row)
    return found


def _budget_for(region: Region | None) -> int | None:
    if region is None or region.pay.budget is None:
        return None
    return int(region.pay.budget / region.pay.amount)


async def withhold(archive: Archive, reference: str, reason: str, now: Clock) -> bool:
    """Hold pay back, for a reason that its contributor reads; whether they will be told in the chat, where whoever has
    left is known no more. Raises Refused."""
    reason = _reason(reason)
    async with archive.database.write() as connection:
        found = (await entitlements.named(connection, [reference])).get(reference)
        if found is None:
            raise Refused(f"no pay has the reference {reference!r}; contributors see theirs under /mydata, Your pay")
        if found.state not in {PayState.OWED, PayState.NOT_ARRIVED}:
            raise Refused(f"this pay is {_SAID[found.state]}: only what is still owed can be held back")
        became = {"state": PayState.WITHHELD.value, "state_on": day_of(now()), "reason": reason, "told": False}
        await entitlements.change(connection, found.holder, **became)
        await numbers.drop(connection, [found.holder], now())
        await schedule.hurry_sweep(connection, now())
        await schedule.hurry(connection, PAY_DUE, found.collection, now())
        await releases.note_act(connection, now(), "pay withheld", found.collection, {"reason": reason})
    return not found.left


async def grant(archive: Archive, reference: str, reason: str, now: Clock) -> bool:
    """Owe again what was held back, after somebody has looked at it once more; whether its contributor will be told in
    the chat. Raises Refused."""
    reason = _reason(reason)
    async with archive.database.write() as connection:
        found = (await entitlements.named(connection, [reference])).get(reference)
        if found is None or found.state is not PayState.WITHHELD:
            raise Refused(f"no pay with the reference {reference!r} is held back")
        became = {"state": PayState.OWED.value, "state_on": day_of(now()), "reason": None, "way": None, "told": False}
        await entitlements.change(connection, found.holder, **became)
        await schedule.hurry(connection, PAY_DUE, found.collection, now())
        await releases.note_act(connection, now(), "pay granted", found.collection, {"reason": reason})
    return not found.left


def _reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("say why with --reason, in words that the contributor can read: it is shown to them")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"the reason is longer than {LONGEST_REASON} letters; it is shown on a small screen")
    return reason


_SAID = {
    PayState.UNDER_WAY: "with the provider",
    PayState.SENT: "sent",
    PayState.WITHHELD: "held back already",
}
