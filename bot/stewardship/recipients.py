"""Recipients on file: nobody is given a release without an agreement that holds, for a purpose that it names."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.stewardship.archive import Archive
from bot.stewardship.refusing import Refused
from bot.storage import recipients, releases
from bot.storage.recipients import HandedOut, Recipient
from flows.collection import Collection

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
LONGEST_DUTY = 365
"""Days to delete within, at most."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A recipient, and how things stand with them."""

    recipient: Recipient
    live: bool
    overdue: tuple[HandedOut, ...]
    """Withdrawal lists that they should have answered by now."""
    waiting: tuple[HandedOut, ...]
    """Lists that they have not answered, and still have time for."""


def check_name(name: str) -> None:
    """Raise Refused where a recipient's name could not stand in a file's name."""
    if not _NAME.fullmatch(name):
        raise Refused("write the recipient in letters (A-Z, a-z), digits, - and _ only, 40 at most")


def described(
    name: str,
    agreement: str,
    purposes: Sequence[str],
    contact: str,
    expires_on: dt.date,
    delete_within: int,
    *,
    collections: Iterable[Collection],
    now: dt.datetime,
) -> Recipient:
    """A recipient to put on file, checked. Raises Refused."""
    check_name(name)
    known = {each.id for collection in collections for each in collection.purposes if each.uses == "answers"}
    unknown = [purpose for purpose in purposes if purpose not in known]
    if unknown or not purposes:
        of = f"no collection has the purpose {unknown[0]!r}" if unknown else "name one purpose at least"
        raise Refused(f"{of}; purposes that use answers: {', '.join(sorted(known)) or 'none'}")
    if not agreement.strip() or not contact.strip():
        raise Refused("say which agreement it is (--agreement) and whom to write to (--contact)")
    if expires_on < now.date():
        raise Refused(f"--expires: {expires_on} is over already; name the last day of the agreement")
    if not 1 <= delete_within <= LONGEST_DUTY:
        raise Refused(f"--delete-within: name 1 to {LONGEST_DUTY} days")
    chosen = tuple(dict.fromkeys(purposes))
    return Recipient(name, agreement.strip(), chosen, contact.strip(), expires_on, delete_within, now)


async def add(archive: Archive, recipient: Recipient) -> None:
    """Put a recipient on file. Raises Refused where one of this name is there already."""
    async with archive.database.write() as connection:
        for known in await recipients.on_file(connection):
            if known.name == recipient.name and known.is_live(recipient.added_at.date()):
                raise Refused(
                    f"{known.name} is on file already, under {known.agreement} until {known.expires_on}; end that "
                    f"first: surveybot recipients end {known.name}"
                )
            if known.name != recipient.name and known.name.casefold() == recipient.name.casefold():
                raise Refused(f"there is {known.name!r} on file: write it so, or take another name")
        await check_spelling(connection, recipient.name)
        await recipients.put_on_file(connection, recipient)
        detail: dict[str, object] = {
            "recipient": recipient.name,
            "agreement": recipient.agreement,
            "purposes": list(recipient.purposes),
            "expires_on": recipient.expires_on.isoformat(),
            "delete_within": recipient.delete_within,
        }
        await releases.note_act(connection, recipient.added_at, "recipient added", None, detail)


async def end(archive: Archive, name: str, now: dt.datetime) -> Recipient:
    """End an agreement now. Raises Refused."""
    async with archive.database.write() as connection:
        found = await _found(connection, name)
        if found.ended_at is not None:
            raise Refused(f"the agreement with {name} ended on {found.ended_at:%Y-%m-%d} already")
        await recipients.end(connection, name, now)
        await releases.note_act(connection, now, "recipient ended", None, {"recipient": name})
        return found


async def everybody(archive: Archive, now: dt.datetime) -> list[Standing]:
    """Every recipient on file."""
    async with archive.database.read() as connection:
        return [await _standing(connection, each, now) for each in await recipients.on_file(connection)]


async def one(archive: Archive, name: str, now: dt.datetime) -> Standing:
    """How things stand with one. Raises Refused where nobody of this name is on file."""
    async with archive.database.read() as connection:
        return await _standing(connection, await _found(connection, name), now)


async def _standing(connection: AsyncConnection, recipient: Recipient, now: dt.datetime) -> Standing:
    late = await recipients.overdue(connection, recipient, now)
    open_lists = [each for each in await recipients.handed_out(connection, recipient.name) if not each.acknowledged_at]
    waiting = [each for each in open_lists if each.releases and each not in late]
    return Standing(recipient, recipient.is_live(now.date()), tuple(late), tuple(waiting))


async def _found(connection: AsyncConnection, name: str) -> Recipient:
    known = {each.name: each for each in await recipients.on_file(connection)}
    if name not in known:
        raise Refused(
            f"nobody called {name!r} is on file; on file: {', '.join(known) or 'nobody'}. surveybot recipients add"
        )
    return known[name]


async def check_may_receive(connection: AsyncConnection, recipient: str, purpose: str, now: dt.datetime) -> Recipient:
    """The recipient, who may be given a release for a purpose now. Raises Refused that says why not."""
    found = await _found(connection, recipient)
    if found.ended_at is not None:
        raise Refused(f"the agreement with {recipient} ended on {found.ended_at:%Y-%m-%d}; nothing goes there")
    if not found.is_live(now.date()):
        raise Refused(f"the agreement with {recipient} ran out on {found.expires_on}; nothing goes there")
    if purpose not in found.purposes:
        raise Refused(
            f"the agreement with {recipient} ({found.agreement}) is for {', '.join(found.purposes)}, not for {purpose}"
        )
    late = await recipients.overdue(connection, found, now)
    if late:
        due = late[0].due_at(found.delete_within)
        raise Refused(
            f"{recipient} should have answered the withdrawals list of {late[0].made_at:%Y-%m-%d} by {due:%Y-%m-%d}, "
            f"and is given nothing new before it has: write to {found.contact}; surveybot withdrawals acknowledge"
        )
    return found


async def check_spelling(connection: AsyncConnection, recipient: str) -> None:
    """Pseudonyms hang on the recipient's exact name: another spelling would be another recipient."""
    for known in await releases.recipients(connection):
        if known != recipient and known.casefold() == recipient.casefold():
            raise Refused(f"earlier releases went to {known!r}: write it so, or give another one a name of its own")
