"""Whoever sends pay to numbers: what they are given, and what they say became of it.

A file for a provider holds references and numbers. A reference is random: neither the file nor what a provider knows
leads to an answer.
"""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import durable
from bot.clock import Clock
from bot.stewardship.archive import Archive
from bot.stewardship.export import Refused
from bot.stewardship.payouts import LONGEST_REASON, needs_ring_key, refuse_faults
from bot.storage import entitlements, numbers, payout_exports, provider_answers, releases, schedule
from bot.storage.asking import PAY_DUE
from bot.storage.entitlements import Entitlement, day_of
from bot.storage.numbers import Number
from bot.storage.payout_exports import Exported
from bot.uncut import to_the_end
from bot.vault import PAYOUTS, number_place, unseal
from flows.collection import Collection, PayWay
from flows.on_record import PayState

COLUMNS = ("reference", "way", "number", "amount", "currency", "statement")
STATEMENT = "Thank you"
"""What stands on a bank's statement: whoever else reads it learns nothing of a survey, or of what it asks."""

_Kept = TypeVar("_Kept")
_Rows = tuple[int, list[tuple[str, ...]]]
"""The number of an export, and its rows."""
_Keep = Callable[[Sequence[tuple[str, ...]]], Awaitable[None]]
"""Brings the rows of a file to the disk, under no name of its own yet."""

_TOGETHER = 400
_GIVEN_ANEW = re.compile(r"(PAY-[^-]+-[^-]+)-([2-9]|[1-9][0-9]{1,3})")
_SETTLED = {"paid": PayState.SENT, "failed": PayState.NOT_ARRIVED}


@dataclass(frozen=True, slots=True)
class Given:
    """A file for a provider that was written."""

    file: Path
    rows: int
    number: int
    """By which it can be asked for again."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a provider's word came to."""

    paid: int
    failed: int
    unchanged: int
    before: dt.date | None = None
    """The day on which the same answer was settled before, where it was: then nothing is done about it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a provider says became of one payment."""

    line: int
    reference: str
    given: int
    """Which time it was given to a provider."""
    state: PayState
    reason: str


async def export(
    archive: Archive, collection: Collection, out: Path, now: Clock, *, again: bool = False, number: int | None = None
) -> Given:
    """Write what is owed and has a number into a new file, and note that it is under way. Raises Refused, OSError.

    What is under way already is left out, so that nobody is paid twice. `again`: instead, what is still under way of
    the file that was written last, or of the one with this `number`, where it was lost. That something is under way
    is committed once what stands in the file is on the disk, and before that has its name: one that was lost is made
    once more by asking again. A stop does not come between the two.
    """
    needs_ring_key(archive)
    gives = partial(_give_again, number=number) if again else _give
    return await to_the_end(_write_out(out, partial(gives, archive, collection, now)))


async def _write_out(out: Path, gives: Callable[[_Keep], Awaitable[_Rows]]) -> Given:
    """What is given to a provider, in a new file. Raises Refused, OSError; then there is no file."""
    file = durable.NewFile(out)
    try:
        await asyncio.to_thread(file.reserve)
    except FileExistsError:
        raise Refused(f"{out} is there already; name another file") from None

    async def keep(rows: Sequence[tuple[str, ...]]) -> None:
        await asyncio.to_thread(file.fill, _as_csv([COLUMNS, *rows]))

    try:
        export, rows = await gives(keep)
        await asyncio.to_thread(file.show)
    except BaseException:
        await asyncio.to_thread(file.remove)
        raise
    return Given(out, len(rows), export)


async def _give(archive: Archive, collection: Collection, now: Clock, keep: _Keep) -> _Rows:
    """The number and the rows of a file for a provider; what is in it is under way from now on, once it is kept."""
    async with archive.database.write() as connection:
        owed = await entitlements.with_state(connection, collection.id, [PayState.OWED])
        found = await _with_numbers(archive, connection, [each for each in owed if _has_way(each)])
        if not found:
            raise Refused(await _nobody_waits(connection, collection))
        export = await payout_exports.note(connection, collection.id, len(found), now())
        rows = []
        for each, number in found:
            given = each.given + 1
            moved = {"state": PayState.UNDER_WAY.value, "state_on": day_of(now()), "given": given, "export": export}
            await entitlements.change(connection, each.holder, **moved)
            rows.append(_row(each._replace(given=given), number))
        await _note(connection, collection, now, {"count": len(rows), "export": export})
        await keep(rows)
    return export, rows


async def _nobody_waits(connection: AsyncConnection, collection: Collection) -> str:
    """What is said where there is nothing to give, also to whoever has lost the file of what is under way."""
    under_way = sum(each.under_way for each in await payout_exports.of(connection, collection.id))
    lost = f"; of {under_way} under way --again makes the file once more" if under_way else ""
    return f"nobody in {collection.id} waits for pay that goes to a number{lost}"


async def _give_again(
    archive: Archive, collection: Collection, now: Clock, keep: _Keep, *, number: int | None
) -> _Rows:
    """The number of a file that was written before, and those of its rows that are under way still."""
    async with archive.database.write() as connection:
        export = _wanted(collection, await payout_exports.of(connection, collection.id), number)
        found = await _with_numbers(archive, connection, await entitlements.under_way(connection, export))
        if not found:
            raise Refused(f"export {export}: no number of what is under way is kept any more; people are asked again")
        await _note(connection, collection, now, {"count": len(found), "export": export, "again": True})
        rows = [_row(*each) for each in found]
        await keep(rows)
    return export, rows


def _wanted(collection: Collection, made: Sequence[Exported], number: int | None) -> int:
    """The number of the file that is to be written again. Raises Refused."""
    if not made:
        raise Refused(f"nothing of {collection.id} was given to a provider yet; leave --again out")
    found = made[-1] if number is None else next((each for each in made if each.number == number), None)
    if found is not None and found.under_way:
        return found.number
    why = f"nothing of export {found.number} is under way" if found else f"{collection.id} has no export {number}"
    others = [f"{each.under_way} of export {each.number} ({each.on})" for each in made if each.under_way]
    raise Refused(f"{why}; under way: {', '.join(others) or 'nothing'}")


def _has_way(each: Entitlement) -> bool:
    return each.way is not None and PayWay(each.way).needs_number


async def _with_numbers(
    archive: Archive, connection: AsyncConnection, wanted: Sequence[Entitlement]
) -> list[tuple[Entitlement, str]]:
    """Those of them that have a number, each with it. Raises CannotOpen."""
    kept: dict[bytes, Number] = {}
    for some in _some(wanted):
        kept |= {each.holder: each for each in await numbers.of(connection, [each.holder for each in some])}
    opened = await _opened(archive, kept)
    return [(each, opened[each.holder]) for each in wanted if each.holder in opened]


async def _note(connection: AsyncConnection, collection: Collection, now: Clock, detail: dict[str, object]) -> None:
    await releases.note_act(connection, now(), "payouts given to provider", collection.id, detail)


async def _opened(archive: Archive, kept: Mapping[bytes, Number]) -> dict[bytes, str]:
    """Numbers in clear, by whose they are. Those are left out whose key is gone: they go when their days are over, and
    are asked for again. Raises CannotOpen."""
    wraps: dict[tuple[bytes, str], bytes] = {}
    for some in _some(list(kept.values())):
        wraps |= await archive.keystore.wraps([each.key_id for each in some], (PAYOUTS,))
    found: dict[bytes, str] = {}
    for number in kept.values():
        wrap = wraps.get((number.key_id, PAYOUTS))
        if wrap is not None:
            key = archive.vault.unwrap(PAYOUTS, number.key_id, wrap)
            found[number.holder] = unseal(key, number.sealed, number_place(number.holder)).decode()
    return found


def _row(each: Entitlement, number: str) -> tuple[str, ...]:
    return (_named(each.reference, each.given), each.way or "", number, each.amount, each.currency, STATEMENT)


def _named(reference: str, given: int) -> str:
    """What a provider knows a payment by: an answer about the number that it had first is told from a later one."""
    return reference if given < 2 else f"{reference}-{given}"


def _as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _some(everything: Sequence[_Kept]) -> Iterator[Sequence[_Kept]]:
    return (everything[start : start + _TOGETHER] for start in range(0, len(everything), _TOGETHER))


# --- what became of it -----------------------------------------------------------------------------------------------


def read_outcomes(name: str, content: bytes) -> list[Outcome]:
    """What a provider's file says: reference, paid or failed, reason. Raises Refused, which names lines at fault."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{name}: the file is not UTF-8; save it as UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        lines = [(reader.line_num, [c.strip() for c in row]) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Refused(
            f"{name}:{reader.line_num + 1}: this is no CSV ({error}); nothing was taken from the file"
        ) from None
    if lines and lines[0][1][0].casefold() == "reference":
        lines = lines[1:]
    if not lines:
        raise Refused(f"{name}: there is nothing in it; write reference,paid or reference,failed,reason")
    refuse_faults(name, list(_slips(lines)))
    return [_outcome(line, row) for line, row in lines]


def _slips(lines: Sequence[tuple[int, list[str]]]) -> Iterator[str]:
    first: dict[str, int] = {}
    for line, row in lines:
        if len(row) < 2 or row[1].casefold() not in _SETTLED:
            yield f"{line}: write paid or failed after the reference"
        elif len(row) > 3:
            yield f"{line}: more than reference, paid or failed, and reason; put a reason with commas into quotes"
        elif len(row) == 3 and len(row[2]) > LONGEST_REASON:
            yield f"{line}: the reason is longer than {LONGEST_REASON} letters"
        elif any(unicodedata.category(letter) == "Cc" for cell in row for letter in cell):
            yield f"{line}: there are invisible signs in it; type it anew"
        elif row[0] in first:
            yield f"{line}: the same reference as in line {first[row[0]]}"
        first.setdefault(row[0], line)


def _outcome(line: int, row: list[str]) -> Outcome:
    anew = _GIVEN_ANEW.fullmatch(row[0])
    reference, given = (anew[1], int(anew[2])) if anew is not None else (row[0], 1)
    return Outcome(line, reference, given, _SETTLED[row[1].casefold()], row[2] if len(row) > 2 else "")


async def settle(archive: Archive, name: str, content: bytes, now: Clock) -> Settled:
    """Note what became of payments, all of a file or nothing, and have people told. Raises Refused.

    Numbers go with it: of who is paid for good, of who is not so that they are asked again. An answer that was settled
    before changes nothing, whatever has become of its payments since.
    """
    needs_ring_key(archive)
    outcomes = read_outcomes(name, content)
    digest = archive.vault.answer_digest(_said(outcomes))
    async with archive.database.write() as connection:
        before = await provider_answers.settled_on(connection, digest)
        if before is not None:
            return Settled(0, 0, len(outcomes), before)
        known: dict[str, Entitlement] = {}
        for some in _some(outcomes):
            known |= await entitlements.named(connection, [each.reference for each in some])
        newest = list({each.reference: each for each in sorted(outcomes, key=lambda each: each.given)}.values())
        faults = {each.line: fault for each in newest if (fault := _misfit(each, known.get(each.reference)))}
        refuse_faults(name, [faults[line] for line in sorted(faults)])
        changed = [each for each in newest if known[each.reference].state is not each.state]
        for each in changed:
            found = known[each.reference]
            await entitlements.change(connection, found.holder, **_become(found, each, now))
        for settled in _some([known[each.reference] for each in changed]):
            await numbers.drop(connection, [each.holder for each in settled], now())
        await schedule.hurry_sweep(connection, now())
        for collection in {known[each.reference].collection for each in changed}:
            await schedule.hurry(connection, PAY_DUE, collection, now())
            count = sum(known[each.reference].collection == collection for each in changed)
            await releases.note_act(connection, now(), "payouts settled", collection, {"count": count})
        await provider_answers.note_settled(connection, digest, now())
    paid = sum(each.state is PayState.SENT for each in changed)
    return Settled(paid, len(changed) - paid, len(outcomes) - len(changed))


def _said(outcomes: Sequence[Outcome]) -> bytes:
    """What an answer says, however its file is laid out."""
    return _as_csv(sorted((_named(each.reference, each.given), each.state, each.reason) for each in outcomes))


def _become(found: Entitlement, outcome: Outcome, now: Clock) -> dict[str, Any]:
    reason = outcome.reason if outcome.state is PayState.NOT_ARRIVED else ""
    became = {"state": outcome.state.value, "state_on": day_of(now()), "reason": reason or None, "told": False}
    # After a restore a provider may have been given it more often than is known here.
    return {**became, "given": max(found.given, outcome.given)}


def _misfit(outcome: Outcome, found: Entitlement | None) -> str | None:
    """Why a provider's word cannot be meant, or None."""
    if found is None:
        return f"{outcome.line}: no pay has this reference; copy it from the file that was given to the provider"
    if found.state is PayState.WITHHELD:
        return f"{outcome.line}: this pay is withheld; give it back first: surveybot payouts grant {found.reference}"
    if found.way == PayWay.VOUCHER and found.state is PayState.SENT:
        return f"{outcome.line}: this was paid with a voucher code, and no provider has anything to do with it"
    if outcome.given < found.given:
        newer = _named(found.reference, found.given)
        return f"{outcome.line}: this is older than what is known: it was given to a provider again, as {newer}; {_OUT}"
    if outcome.state is PayState.NOT_ARRIVED and found.state is PayState.OWED and outcome.given == found.given:
        return f"{outcome.line}: this came back before, and no provider was given its newer number yet; {_OUT}"
    return None


_OUT = "take the line out"
