"""The door to notices for the command line: who is concerned, in which languages, and having it go out.

Neither quiet hours nor *no more messages* hold it back: it is a duty (GDPR 34), and no invite.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.chats import open_addressee
from bot.no_order import in_no_order
from bot.stewardship.archive import Archive
from bot.stewardship.refusing import Refused
from bot.storage import incidents, notices, releases
from bot.storage.notices import Concerned, Somebody
from bot.vault import CONTACT, CannotOpen
from flows.collection import Collection
from flows.incidents import Incident, IncidentKind

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a notice would reach."""

    people: int
    languages: frozenset[str]
    """Those that they read here."""


def checked(collections: Iterable[Collection], wanted: Concerned) -> Concerned:
    """Whom it concerns, as far as that can be meant. Raises Refused."""
    known = {each.id: each for each in collections}
    if wanted.collection is not None and wanted.collection not in known:
        raise Refused(f"there is no collection {wanted.collection!r}; there is: {', '.join(known)}")
    chosen = [known[wanted.collection]] if wanted.collection is not None else list(known.values())
    places = {region.territory for each in chosen for region in each.regions}
    unknown = [each for each in wanted.regions if each not in places]
    if unknown:
        raise Refused(
            f"--region: no collection is asked in {', '.join(unknown)}; there is: {', '.join(sorted(places))}"
        )
    if wanted.since is not None and wanted.until is not None and wanted.since > wanted.until:
        raise Refused("--since is later than --until")
    return wanted


async def reach(archive: Archive, wanted: Concerned) -> Reach:
    """Count them, and see which languages they read."""
    people, languages = 0, set()
    async for some in notices.concerned(archive.database, wanted):
        people += len(some)
        languages |= await _languages(archive, some)
    return Reach(people, frozenset(languages))


async def _languages(archive: Archive, some: list[Somebody]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(some), 500):
        part = some[start : start + 500]
        wraps = await archive.keystore.wraps([each.key_id for each in part], (CONTACT,))
        for each in part:
            try:
                addressee = open_addressee(each.chat, each.key_id, each.sealed, wraps, archive.vault)
            except CannotOpen:
                continue
            if addressee is not None:
                found.add(addressee.language)
    return found


def check_languages(reached: Reach, texts: Mapping[str, object]) -> None:
    """Raise Refused unless everybody reads it in their own language."""
    missing = sorted(reached.languages - set(texts))
    if missing:
        raise Refused(f"people who are concerned read {', '.join(missing)}; write a file for each of them too")


async def send(
    archive: Archive,
    wanted: Concerned,
    texts: Mapping[str, Mapping[str, str]],
    *,
    by: str,
    reason: str,
    clock: Callable[[], dt.datetime],
) -> int:
    """Write everybody down and have the running bot send it; its number. What is interrupted here sends nothing.

    Raises Refused.
    """
    row: dict[str, Any] = {
        "planned_at": clock(), "by": by, "reason": reason, "concerns": wanted.as_json(), "texts": dict(texts),
    }  # fmt: skip
    async with archive.database.write() as connection:
        number = await notices.plan(connection, row)
    people = 0
    async for some in notices.concerned(archive.database, wanted):
        chats = in_no_order((each.chat for each in some), archive.vault.randomness)
        async with archive.database.write() as connection:
            await notices.add(connection, number, people, chats)
        people += len(some)
    async with archive.database.write() as connection:
        now = clock()
        if not await notices.begin(connection, number, people, now):
            raise Refused("writing everybody down took too long, and nothing was sent; try again")
        detail: dict[str, object] = {
            "notice": number, "by": by, "reason": reason, "recipients": people, "concerns": wanted.as_json(),
            "languages": sorted(texts),
        }  # fmt: skip
        await releases.note_act(connection, now, BEGUN, wanted.collection, detail)
        for territory in wanted.regions or ("",):
            await incidents.note(connection, _incident(number, territory, wanted, reason, by, now))
    return number


def _incident(number: int, territory: str, wanted: Concerned, reason: str, by: str, now: dt.datetime) -> Incident:
    """What the ethics committee is told of it: one line a place."""
    source = f"breach {number}{territory and f' {territory}'}"
    return Incident(0, IncidentKind.BREACH, wanted.collection or "", territory, now, by, reason, source)


BEGUN, ENDED = "breach notice begun", "breach notice ended"
"""Actions of the audit."""
