"""Doors for commands: what the command line opens beside a bot that serves, or while none does.

To what is kept, to the bot's account at Telegram, and to its screens.
"""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.account import Account
from bot.adapter.account import TelegramAccount
from bot.adapter.posting import TelegramPoster
from bot.adapter.render import keyboard
from bot.adapter.send import TelegramMessenger
from bot.adapter.transport import connected
from bot.broadcasts.desk import Desk, Order, rules_of
from bot.broadcasts.letters import NotWritten, check_paragraphs, languages_of
from bot.broadcasts.refusal import Refused
from bot.broadcasts.seeding import Ground, Mould, NoGround
from bot.broadcasts.trial import send_to_owners
from bot.clock import utc_now
from bot.gallery.exhibits import MarkedTexts
from bot.gallery.gallery import Gallery
from bot.links.posting import PostDesk
from bot.opening import open_stores
from bot.pilots import PilotDesk
from bot.progress.taking import Taking
from bot.reading import read_catalogs, read_collections, read_texts
from bot.review.shown import contents_of
from bot.review.signed import Signed, shelf_as_it_stands
from bot.settings import Settings
from bot.start_checks import hold_to_its_bot, who_answers
from bot.stewardship.archive import Archive, open_archive
from bot.storage import pilots
from bot.storage.database import Database
from bot.storage.installation import id_of
from bot.storage.transfers import refuse_once_moved
from bot.team.desk import TeamSettings
from bot.team.opening import tell_second_person
from bot.texts import Texts
from bot.vault import Vault, open_ring, read_master_key
from bot.zones import my_zone
from flows.collection import Collection
from flows.halts import Halts
from flows.load import load_collections
from flows.shelf import Shelf
from flows.sign_offs import Place, Review


@asynccontextmanager
async def _archive_and_shelf(settings: Settings) -> AsyncIterator[tuple[Archive, Shelf]]:
    """What is kept, and what is on offer here by what reviewers have signed.

    Raises NothingThere, SchemaFault, KeyFileFault, CannotOpen, CollectionFaults.
    """
    collections = read_collections(settings)
    texts = read_texts(settings, collections)
    async with open_archive(settings) as archive:
        async with archive.database.read() as connection:
            shelf = await shelf_as_it_stands(connection, collections, texts, unreviewed=settings.allow_unreviewed)
        yield archive, shelf.handing_over(my_zone(settings)[1])


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """The door to broadcasts beside a bot that serves, or while none does.

    Raises NothingThere, SchemaFault, KeyFileFault, CannotOpen, CollectionFaults.
    """
    async with _archive_and_shelf(settings) as (archive, shelf):
        known = TeamSettings(settings.owners, alone=settings.one_person_team)
        yield Desk(
            database=archive.database,
            keystore=archive.keystore,
            vault=archive.vault,
            shelf=shelf,
            rules=rules_of(settings),
            clock=utc_now,
            waits=partial(tell_second_person, archive.keystore, archive.vault, known, utc_now),
        )


async def send_trial(settings: Settings, order: Order) -> tuple[int, int]:
    """Have an invite sent to the owners first; how many of them, and in how many languages.

    Raises Refused, and what `open_desk` does.
    """
    collections = read_collections(settings)
    texts = read_texts(settings, collections)
    found = next((each for each in collections if each.id == order.collection), None)
    if found is None:
        raise Refused(f"there is no collection {order.collection!r}; there is: {', '.join(c.id for c in collections)}")
    try:
        check_paragraphs(order.paragraphs, order.audience.languages or languages_of(found))
    except NotWritten as fault:
        raise Refused(str(fault)) from None
    async with open_archive(settings) as archive:
        return await send_to_owners(
            archive.database, archive.keystore, archive.vault, texts, found, order.audience, dict(order.paragraphs),
            settings.owners, utc_now(),
        )  # fmt: skip


@asynccontextmanager
async def open_account(settings: Settings) -> AsyncIterator[Account]:
    """The bot's own account, to set it up or to look after it."""
    async with connected(settings.api_url) as request:
        yield TelegramAccount(request, settings.methods_url)


async def leave_server(settings: Settings, *, for_good: bool) -> None:
    """Have the server at SURVEYBOT_API_URL let go of the bot, as `TelegramAccount.leave`. Raises AccountFault."""
    async with connected(settings.api_url) as request:
        await TelegramAccount(request, settings.methods_url).leave(for_good=for_good)


@asynccontextmanager
async def open_post_desk(settings: Settings) -> AsyncIterator[PostDesk]:
    """The door to channels and groups for a command.

    Raises NothingThere, SchemaFault, KeyFileFault, CannotOpen, CollectionFaults, CannotStart.
    """
    collections = read_collections(settings)
    texts = read_texts(settings, collections)
    async with connected(settings.api_url) as request:
        messenger = TelegramMessenger(request, settings.methods_url, texts)
        username = await who_answers(messenger.bot_name, settings, utc_now())
        async with open_archive(settings) as archive:
            await hold_to_its_bot(archive.database, settings)
            known = {each.id: each for each in collections}
            yield PostDesk(archive.database, TelegramPoster(messenger.call, texts), known, username, utc_now)


@asynccontextmanager
async def open_pilot_desk(settings: Settings) -> AsyncIterator[PilotDesk]:
    """The door to pilots, beside a bot that serves or while none does. Raises what `open_desk` does."""
    async with _archive_and_shelf(settings) as (archive, shelf):
        yield PilotDesk(database=archive.database, shelf=shelf, clock=utc_now)


@dataclass(frozen=True, slots=True)
class Lookout:
    """How collections go, and the words to say it in."""

    collections: tuple[Collection, ...]
    texts: Texts
    taking: Taking
    installation: str
    """Which one this is."""


@asynccontextmanager
async def open_lookout(settings: Settings) -> AsyncIterator[Lookout]:
    """How collections go, beside a bot that serves, or while none does.

    Raises NothingThere, SchemaFault, KeyFileFault, CannotOpen, CollectionFaults.
    """
    collections = read_collections(settings)
    texts = read_texts(settings, collections)
    async with open_archive(settings) as archive:
        yield Lookout(collections, texts, Taking(archive, utc_now), await id_of(archive.database) or "")


def open_gallery(settings: Settings) -> Gallery:
    """Every screen of every collection, to look at. Raises CollectionFaults."""
    collections = load_collections(settings.collections)
    texts = MarkedTexts(read_catalogs(settings, collections))
    return Gallery(collections, texts, keyboard, lambda: utc_now().date())


@asynccontextmanager
async def open_ground(settings: Settings, collection: str, dice: random.Random) -> AsyncIterator[Ground]:
    """What people are made up on, by default in the first collection; nothing secret hangs on the dice.

    Raises NoGround and what `open_stores` does.
    """
    collections = read_collections(settings)
    known = {each.id: each for each in collections}
    chosen = known.get(collection or next(iter(known)))
    if chosen is None:
        raise NoGround(f"there is no collection {collection!r}; there is: {', '.join(known)}")
    async with open_stores(settings, collections, utc_now) as stores:
        await refuse_once_moved(stores.database)
        opened = await _opened(stores.database, settings, collections)
        yield Ground(
            database=stores.database,
            keystore=stores.keystore,
            mould=_mould(stores.vault, settings, collections, chosen, dice, opened),
            moulds=partial(_another_mould, settings, chosen.id, await stores.keystore.ring(), opened),
            clock=utc_now,
            processes=max(1, os.cpu_count() or 1),
        )


_Opened = tuple[dict[Place, Review], Halts]
"""What reviewers have said, and what is halted: what another process can be told."""


async def _opened(database: Database, settings: Settings, collections: tuple[Collection, ...]) -> _Opened:
    texts = read_texts(settings, collections)
    signed = Signed(contents_of(collections, texts))
    shelf = Shelf(collections, unreviewed=settings.allow_unreviewed, translate=texts.of_collection)
    async with database.read() as connection:
        standing = await pilots.standing(connection)
        await signed.on(shelf, standing, connection)
    return dict(signed.reviews), standing.halts


def _mould(
    vault: Vault,
    settings: Settings,
    collections: tuple[Collection, ...],
    chosen: Collection,
    dice: random.Random,
    opened: _Opened,
) -> Mould:
    texts = read_texts(settings, collections)
    shelf = Shelf(collections, unreviewed=settings.allow_unreviewed, translate=texts.of_collection)
    shelf = shelf.reviewed(opened[0]).halting(opened[1])
    return Mould(vault, shelf, texts, chosen, dice)


def _another_mould(settings: Settings, collection: str, wrapped_ring: dict[str, bytes], opened: _Opened) -> Mould:
    """A mould in another process, which reads the master key by itself: no key goes from one to the other."""
    collections = read_collections(settings)
    chosen = next(each for each in collections if each.id == collection)
    vault = Vault(open_ring(read_master_key(settings.key_file), wrapped_ring), os.urandom)
    return _mould(vault, settings, collections, chosen, random.Random(), opened)  # noqa: S311  # nothing secret
