"""What the command line does with reviews: who may say what about which places, on data that is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.review.saying import keep
from bot.review.shown import Shown, content_of, shown_in
from bot.settings import Settings
from bot.stewardship.archive import Archive, NothingThere, open_archive, open_data
from bot.storage import sign_offs
from bot.storage.database import Database, SchemaFault
from bot.team.desk import TeamSettings
from bot.team.office import NotDone
from bot.team.opening import open_desk
from bot.texts import Texts
from flows.collection import Collection
from flows.differing import Difference, differences
from flows.sign_offs import (
    Capacity,
    Closure,
    MayNotSign,
    Place,
    Review,
    SignOff,
    Verdict,
    by_place,
    checked,
    review_of,
    signed_contents,
    signed_last,
)
from flows.team.rights import Role


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reviewer says, and about which places."""

    places: tuple[Place, ...]
    verdict: Verdict
    capacity: Capacity
    role: str
    by: str
    expires_on: dt.date | None = None
    screen: int | None = None
    words: str = field(default="", repr=False)
    content: str = ""
    """The hash that stands in the booklet that they read, or how it begins; empty: what is shown now, and where it is
    refused, everything that was signed there too.
    """


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A place, what is shown there now, and everything that was said of it."""

    place: Place
    content: str
    shown: Shown = field(repr=False)
    words: tuple[SignOff, ...]
    review: Review
    before: Shown | None = field(default=None, repr=False)
    """What was shown when it was last signed by all who have to; None where it never was."""

    @property
    def changed(self) -> tuple[Difference, ...]:
        """Parts that are new, gone or other words since the last sign-off."""
        return () if self.before is None else differences(self.before, self.shown)


def places_of(
    collections: Sequence[Collection], collection: str, territory: str | None = None, language: str | None = None
) -> tuple[Place, ...]:
    """The places that a command names. Raises NotDone."""
    found = next((each for each in collections if each.id == collection), None)
    if found is None:
        known = ", ".join(each.id for each in collections)
        raise NotDone(f"there is no collection {collection!r}; there are: {known}")
    if territory is not None and found.region(territory) is None:
        raise NotDone(f"{collection} has no region {territory!r}; it has: {_list(r.territory for r in found.regions)}")
    every = tuple(Place(found.id, r.territory, each) for r in found.regions for each in r.languages)
    there = tuple(each for each in every if territory in {None, each.territory})
    chosen = tuple(each for each in there if language in {None, each.language})
    if not chosen:
        spoken = _list(dict.fromkeys(each.language for each in there))
        raise NotDone(f"{territory or collection} does not offer {language!r}; it offers: {spoken}")
    return chosen


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


async def look_at(archive: Archive, collections: Sequence[Collection], texts: Texts) -> dict[Place, Reviewed]:
    """Every place of the collections, with all that was said of it."""
    return await _look(archive.database, collections, texts)


async def look_at_what_there_is(
    settings: Settings, collections: Sequence[Collection], texts: Texts
) -> dict[Place, Reviewed]:
    """The same where there may be no database yet: then nothing was said of anything."""
    try:
        async with open_data(settings) as database:
            await database.check_schema()
            return await _look(database, collections, texts)
    except (NothingThere, SchemaFault):
        return await _look(None, collections, texts)


async def _look(database: Database | None, collections: Sequence[Collection], texts: Texts) -> dict[Place, Reviewed]:
    found = {place: _reviewed(place, shown, ()) for place, shown in _shown_everywhere(collections, texts)}
    if database is None:
        return found
    async with database.read() as connection:
        for place, words in by_place(await sign_offs.every(connection)).items():
            if place in found:
                found[place] = _reviewed(place, found[place].shown, words)
        last = {place: signed_last(each.words) for place, each in found.items()}
        old = await sign_offs.texts(connection, [each.content for each in last.values() if each is not None])
    return {
        place: replace(each, before=old.get(signed.content)) if (signed := last[place]) is not None else each
        for place, each in found.items()
    }


def _shown_everywhere(collections: Sequence[Collection], texts: Texts) -> Iterator[tuple[Place, Shown]]:
    for collection in collections:
        for place in places_of([collection], collection.id):
            region = collection.region(place.territory)
            assert region is not None  # noqa: S101  # its own place
            yield place, shown_in(collection, region, place.language, texts)


def _reviewed(place: Place, shown: Shown, words: Sequence[SignOff]) -> Reviewed:
    content = content_of(shown)
    return Reviewed(place, content, shown, tuple(words), review_of(place, content, words))


async def say(
    settings: Settings, collections: Sequence[Collection], texts: Texts, asked: Asked, now: dt.datetime
) -> list[SignOff]:
    """Say something about places, all of them or none. Raises NotDone with what helps."""
    known = {each.id: each for each in collections}
    async with open_archive(settings) as archive:
        by, names = await _reviewer(archive, asked.by, now, alone=settings.one_person_team)
        reviewed = await look_at(archive, collections, texts)
        words: list[SignOff] = []
        for place in asked.places:
            word = SignOff(
                0, place, "", asked.verdict, asked.capacity, asked.role.strip(), by, now, asked.expires_on,
                asked.screen, asked.words.strip(),
            )  # fmt: skip
            word = _checked(word, known[place.collection], now.date(), names, alone=settings.one_person_team)
            words += [replace(word, content=each) for each in _contents(reviewed[place], asked, by)]
        shown = await _shown_as(archive.database, words, reviewed)
        async with archive.database.write() as connection:
            await keep(connection, words, shown, "reviewer")
    return words


def _contents(there: Reviewed, asked: Asked, by: str) -> tuple[str, ...]:
    """What somebody speaks of. A bot that runs shows what the folder said when it started, so a refusal is also of
    everything that was signed and that they have not refused yet. Raises NotDone.
    """
    signed = signed_contents(there.words) if asked.verdict is Verdict.REFUSED else ()
    named = tuple(each for each in dict.fromkeys((there.content, *signed)) if each.startswith(asked.content))
    if not named:
        raise NotDone(
            f"{there.place.territory}/{there.place.language} shows something else than that booklet "
            f"({there.content[:12]} now): make a new one with surveybot preview, and read what is marked in it"
        )
    if asked.content:
        return named
    return tuple(each for each in named if each == there.content or not _has_refused(there, each, by))


def _has_refused(there: Reviewed, content: str, by: str) -> bool:
    own = [each for each in there.words if each.by == by]
    return review_of(there.place, content, own).why is Closure.REFUSED


async def _shown_as(
    database: Database, words: Sequence[SignOff], reviewed: Mapping[Place, Reviewed]
) -> dict[str, Shown]:
    """What each word is about: what is shown now, or was kept when it was signed."""
    now = {reviewed[each.place].content: reviewed[each.place].shown for each in words}
    async with database.read() as connection:
        return {**await sign_offs.texts(connection, {each.content for each in words} - now.keys()), **now}


def _checked(word: SignOff, collection: Collection, today: dt.date, names: Sequence[str], *, alone: bool) -> SignOff:
    try:
        return checked(word, collection, today, alone=alone, names=names)
    except MayNotSign as why:
        raise NotDone(str(why)) from None


async def _reviewer(archive: Archive, by: str, now: dt.datetime, *, alone: bool) -> tuple[str, tuple[str, ...]]:
    """The pseudonym of somebody with the reviewer's right, by that or by name, and their name. Raises NotDone."""
    async with archive.database.read() as connection:
        roster = (await open_desk(connection, archive.keystore, archive.vault, TeamSettings())).roster
    reviewers = [r for r in roster.rights.values() if r.role is Role.REVIEWER and r.is_in_effect(now)]
    found = {
        r.member: r.name for r in reviewers if by in {r.member, r.id} or (r.name and r.name.casefold() == by.casefold())
    }
    if len(found) == 1:
        [(member, name)] = found.items()
        return member, (name,) if name else ()
    if len(found) > 1:
        raise NotDone(f"{len(found)} reviewers are called {by!r}: name one as surveybot team list does, m_...")
    if alone:
        return by, (by,)
    known = ", ".join(r.name or r.member for r in reviewers) or "nobody yet: surveybot team link reviewer"
    raise NotDone(f"{by!r} has no reviewer's right; who has: {known}")
