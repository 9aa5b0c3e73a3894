"""Who has withdrawn from what a recipient holds: the rows that the recipient is to take out of its copies."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import durable
from bot.stewardship.archive import Archive
from bot.stewardship.refusing import Refused
from bot.stewardship.sheets import question_pseudonym
from bot.storage import recipients, releases
from bot.storage.recipients import HandedOut
from bot.uncut import to_the_end
from bot.vault import Vault

LIST_FORMAT = "surveybot withdrawals 1"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A contributor, as the recipient knows them, and the purpose whose files they are to be taken out of."""

    contributor: str
    collection: str
    purpose: str
    withdrawn_on: dt.date
    """The UTC day."""
    releases: tuple[str, ...]
    """The releases to this recipient that hold the row."""


async def withdrawn_from(archive: Archive, recipient: str) -> list[Withdrawn]:
    """Everybody who has withdrawn from a recipient's releases, by contributor. Raises Refused for an unknown one.

    Somebody who is in tables of single questions stands here once for each, under the name that each table has: sorted
    among the others, so that the list joins those names as little as it can.
    """
    async with archive.database.read() as connection:
        return await _withdrawn(connection, archive.vault, recipient)


async def _withdrawn(connection: AsyncConnection, vault: Vault, recipient: str) -> list[Withdrawn]:
    known = await releases.recipients(connection)
    if recipient not in known:
        others = ", ".join(sorted(known)) or "nobody"
        raise Refused(f"no release ever went to {recipient!r}; releases went to: {others}")
    tables = {each.id: each.tables for each in await releases.every_release(connection) if each.tables}
    held: dict[tuple[str, str, str], tuple[dt.date, list[str]]] = {}
    async for recalled in releases.recalled(connection, recipient):
        for contributor in _names(vault, recalled.pseudonym, recipient, recalled.release, tables):
            key = (contributor, recalled.collection, recalled.purpose)
            _, files = held.setdefault(key, (recalled.at.date(), []))
            if recalled.release not in files:
                files.append(recalled.release)
    return [Withdrawn(*key, day, tuple(files)) for key, (day, files) in sorted(held.items())]


def _names(vault: Vault, pseudonym: str, recipient: str, release: str, tables: dict[str, list[str]]) -> Iterator[str]:
    if release not in tables:
        yield vault.release_pseudonym(pseudonym, recipient)
    for question in tables.get(release, ()):
        yield question_pseudonym(vault, pseudonym, recipient, release, question)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that was handed out: its file, and what is kept of it."""

    content: bytes
    given: HandedOut
    rows: int


async def hand_out(archive: Archive, recipient: str, now: dt.datetime, keep: Callable[[bytes], None]) -> Listed:
    """The signed list for a recipient, noted as handed out: from now on the duty to delete runs. Raises Refused.

    It names everybody who has ever gone from what the recipient holds, so the newest list is all that is needed.
    `keep` is given the list before anything is noted for good, in another thread; what it raises leaves all as it was.
    """
    vault = archive.vault
    async with archive.database.write() as connection:
        await releases.hold_withdrawals(connection)
        rows = await _withdrawn(connection, vault, recipient)
        counted = Counter(release for row in rows for release in row.releases)
        up_to = await releases.latest_withdrawal(connection)
        number = str(uuid.UUID(bytes=vault.randomness(16), version=4))
        given = HandedOut(number, recipient, now, up_to, dict(counted), None if counted else now)
        await recipients.hand_out(connection, given)
        detail: dict[str, object] = {"list": number, "recipient": recipient, "rows": len(rows)}
        await releases.note_act(connection, now, "withdrawals listed", None, detail)
        content = signed(vault, _body(given, rows))
        await asyncio.to_thread(keep, content)
    return Listed(content, given, len(rows))


def _body(given: HandedOut, rows: Sequence[Withdrawn]) -> dict[str, object]:
    return {
        "format": LIST_FORMAT,
        "list": given.id,
        "recipient": given.recipient,
        "made_at": given.made_at.isoformat(),
        "withdrawn": [
            {
                "contributor": row.contributor,
                "collection": row.collection,
                "purpose": row.purpose,
                "withdrawn_on": row.withdrawn_on.isoformat(),
                "releases": list(row.releases),
            }
            for row in rows
        ],
    }


async def write_list(archive: Archive, recipient: str, out: Path, now: dt.datetime) -> Listed:
    """Hand out a list into a new file. Raises Refused, OSError.

    What stands in it is on the disk before the recipient's time begins: nobody has to answer a list that could not be
    written. A stop does not come between the two.
    """
    return await to_the_end(_write_list(archive, recipient, out, now))


async def _write_list(archive: Archive, recipient: str, out: Path, now: dt.datetime) -> Listed:
    await asyncio.to_thread(out.parent.mkdir, parents=True, exist_ok=True)
    file = durable.NewFile(out)
    try:
        await asyncio.to_thread(file.reserve)
    except FileExistsError:
        raise Refused(f"{out}: there is a file already; a list is never written over") from None
    try:
        listed = await hand_out(archive, recipient, now, file.fill)
        await asyncio.to_thread(file.show)
    except BaseException:
        await asyncio.to_thread(file.remove)
        raise
    return listed


def signed(vault: Vault, body: dict[str, object]) -> bytes:
    """A document in an envelope with its signature: the signature is over the bytes of `body` as they stand there."""
    text = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
    envelope = {
        "body": text,
        "signature": base64.b64encode(vault.sign(text.encode())).decode(),
        "signing_key": base64.b64encode(vault.signing_key()).decode(),
    }
    return orjson.dumps(envelope, option=orjson.OPT_INDENT_2) + b"\n"
