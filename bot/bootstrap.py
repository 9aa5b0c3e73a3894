"""The one place that builds real things and joins them."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import time
from collections.abc import AsyncIterator, Callable, Container, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import structlog
from pydantic import SecretStr
from telegram.error import TelegramError

from bot import off_shelf, shipped
from bot.account import Account, AccountFault
from bot.adapter.account import TelegramAccount
from bot.adapter.allowances import Allowances
from bot.adapter.decode import Decoder
from bot.adapter.elsewhere import Pointer
from bot.adapter.menu import set_menu
from bot.adapter.posting import TelegramPoster
from bot.adapter.render import keyboard
from bot.adapter.send import TelegramMessenger
from bot.adapter.source import Polling
from bot.adapter.transport import HttpRequest
from bot.adapter.webhook import Sent, webhook_app
from bot.astray import Astray
from bot.broadcasts.desk import Rules
from bot.broadcasts.planner import Planner
from bot.broadcasts.rate import AnyPace, Pace
from bot.broadcasts.shared import SharedPace
from bot.broadcasts.worker import Worker
from bot.checking.launching import refuse_unfit
from bot.clock_went_back import SWEEP
from bot.conversation import Conversation
from bot.doctor import machine, reached
from bot.doctor.findings import Finding, Level
from bot.due import Dues
from bot.errands import Errands
from bot.files import Files
from bot.gallery.exhibits import MarkedTexts
from bot.gallery.gallery import Gallery
from bot.lanes import Lanes
from bot.links.posting import Desk as PostDesk
from bot.listening import CannotListen
from bot.notices.worker import Worker as Notices
from bot.outgoing import Outgoing
from bot.presence import InTheWay, Presence
from bot.presenting import Presenter
from bot.progress.sending import Pictures
from bot.progress.taking import Taking
from bot.review.signed import Signed
from bot.serving import InUse, only_one, serving
from bot.settings import Settings
from bot.setup.keyfile import make_master_key
from bot.spoken import in_whole_languages, words_missing
from bot.stewardship.archive import Archive, open_archive
from bot.stewardship.clerk import Clerk
from bot.stewardship.retention import DAILY, RETENTION, carry_out_daily
from bot.storage import agreed_texts, entitlements, pilots, schedule, vocabulary
from bot.storage.database import Database, StoreUnavailable
from bot.storage.holding import Turn
from bot.storage.installation import hold_together
from bot.storage.keystore import KeyStore
from bot.storage.off_shelf import held_off_shelf
from bot.storage.schedule import Due
from bot.storage.server import marked
from bot.storage.standing import Standing, standing
from bot.storage.transfers import refuse_moved
from bot.team.desk import TeamSettings
from bot.team.rows import PLAN, POST, RELEASE
from bot.texts import Catalogs, Texts, load_catalogs
from bot.tombstones import Tombstones
from bot.trail.publishing import HEADS, HeadPosting
from bot.trail.sealer import Sealer, adopt_earlier
from bot.unasked import Unasked
from bot.vault import FIXED_RING_KEYS, KEY_BYTES, Vault, open_ring, purpose_lock, read_master_key, wrap_ring_key
from bot.vitals.manager import Manager, telling
from bot.vitals.pulse import Pulse, Stage
from bot.vitals.server import listening
from bot.zones import is_other_bot, my_zone
from flows.collection import Collection
from flows.grading import Grading
from flows.links import lapses
from flows.load import CollectionFaults, load_collections
from flows.shelf import Shelf
from flows.why_closed import language_closed, region_closed
from flows.zone_files import FILE as ZONES

log = structlog.get_logger()


class CannotStart(Exception):
    """The bot cannot start; the text says why and what helps."""


def utc_now() -> dt.datetime:
    """The clock of a real installation."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Stores:
    """Data, keys, and what opens them."""

    database: Database
    keystore: KeyStore
    vault: Vault
    tombstones: Tombstones


@asynccontextmanager
async def open_stores(settings: Settings, collections: tuple[Collection, ...]) -> AsyncIterator[Stores]:
    """Open data and keys, made on the very first start.

    Raises KeyFileFault, SchemaFault, NotAPair, CannotOpen, IdReused, CannotStart.
    """
    database = Database.connect(settings.database_url)
    keystore = KeyStore.connect(settings.key_store)
    try:
        master = await _master_key(settings, database)
        await database.upgrade()
        await refuse_moved(database)
        await _refuse_missing(database, settings, collections)  # first: without it, marks of who was paid would go
        await keystore.create()
        await hold_together(database, keystore, os.urandom(16).hex())
        await keystore.settle()  # of a move whose last word was cut off
        tombstones = Tombstones(settings.tombstones)
        # A key store put back from a backup brings destroyed wraps back with it.
        await keystore.destroy(tombstones.read())
        vault = Vault(await _ring(keystore, master, collections), os.urandom)
        database.note_with(vault.notary())
        await adopt_earlier(database, keystore, vault, utc_now())
        async with database.write() as connection:
            for collection in collections:
                await vocabulary.record_vocabulary(connection, collection)
            await entitlements.forget_marks(connection, [collection.id for collection in collections])
            await schedule.put_due_once(connection, Due("sweep", "hourly", utc_now() + SWEEP))
        yield Stores(database, keystore, vault, tombstones)
    finally:
        await keystore.close()
        await database.close()


async def _refuse_missing(database: Database, settings: Settings, collections: tuple[Collection, ...]) -> None:
    """Refuse to start without a collection that people's answers are held of, unless it left on purpose.

    Raises CannotStart.
    """
    async with database.read() as connection:
        held = await held_off_shelf(connection, [each.id for each in collections])
    for collection, count in held.items():
        if collection not in settings.collections_gone:
            says, remedy = off_shelf.missing(settings, collection, count)
            raise CannotStart(f"{says}; {remedy}")
        log.warning("a collection has left, and something of it is held", collection=collection, contributions=count)


async def _master_key(settings: Settings, database: Database) -> bytes:
    """The master key; a new one only where there is no data yet that another one had sealed."""
    if not settings.key_file.exists() and await database.is_new():
        make_master_key(settings)
        if not settings.is_rehearsal:
            log.info("a master key was made; keep a copy of it apart from the data", file=str(settings.key_file))
    return read_master_key(settings.key_file)


async def _ring(keystore: KeyStore, master: bytes, collections: tuple[Collection, ...]) -> dict[str, bytes]:
    """The ring, with keys added for collections and purposes that are new."""
    wanted = [*FIXED_RING_KEYS]
    wanted += [purpose_lock(c.id, p.id) for c in collections for p in c.purposes if p.uses == "answers"]

    def completed(wrapped: dict[str, bytes]) -> dict[str, bytes]:
        open_ring(master, wrapped)  # another master key must not add to this ring
        new = [name for name in wanted if name not in wrapped]
        return {**wrapped, **{name: wrap_ring_key(master, name, os.urandom(KEY_BYTES), os.urandom) for name in new}}

    if not set(wanted) <= set(await keystore.ring()):
        await keystore.change_ring(completed)
    return open_ring(master, await keystore.ring())


def read_collections(settings: Settings) -> tuple[Collection, ...]:
    """Every collection of the folder, in the languages that have every word; a rehearsal has the others too.

    Raises CollectionFaults with every fault.
    """
    collections = load_collections(settings.collections)
    return tuple(_in_languages(settings, collection) for collection in collections)


def refuse_what_is_unfit(settings: Settings) -> None:
    """Raise CollectionFaults where `surveybot check` finds an error. A rehearsal begins all the same, and says so."""
    try:
        refuse_unfit(settings.collections, utc_now().date(), nobody_real=settings.is_rehearsal)
    except CollectionFaults as found:
        if not settings.allow_unreviewed:
            raise
        log.warning("a collection could not be opened to people; surveybot check says why", errors=len(found.faults))


def _in_languages(settings: Settings, collection: Collection) -> Collection:
    missing = words_missing(settings.collections / collection.id, collection)
    for language, messages in missing.items():
        log.warning("a language lacks words", collection=collection.id, language=language, words=len(messages))
    return collection if settings.allow_unreviewed else in_whole_languages(collection, missing)


def read_texts(settings: Settings, collections: tuple[Collection, ...]) -> Texts:
    """The words of every language that is spoken."""
    return Texts(_catalogs(settings, collections))


def _catalogs(settings: Settings, collections: tuple[Collection, ...]) -> Catalogs:
    languages = tuple(dict.fromkeys(language for c in collections for language in c.languages))
    folders = {collection.id: settings.collections / collection.id for collection in collections}
    return load_catalogs(shipped.translations(), folders, languages)


class Everybody(Container[int]):
    """Anybody counts as an owner: in the browser, where nobody real is reached."""

    def __contains__(self, _chat_id: object) -> bool:
        return True


async def serve(
    settings: Settings,
    *,
    ready: Callable[[str], None] = lambda _username: None,
    owners: Container[int] | None = None,
    manager: Manager | None = None,
) -> None:
    """Serve until cancelled. `ready` is called with the bot's name once it answers. Raises CannotStart, Stopped.

    `owners` are in charge of the team; by default those of the settings. `manager` is told how it goes.
    """
    if settings.token is None:
        raise CannotStart("SURVEYBOT_TOKEN is not set; ask @BotFather for one, or run: surveybot sandbox")
    collections = read_collections(settings)
    await asyncio.to_thread(refuse_what_is_unfit, settings)
    texts = read_texts(settings, collections)
    shelf = Shelf(
        collections, unreviewed=settings.allow_unreviewed, translate=texts.of_collection
    ).handing_over(my_zone(settings)[1])  # fmt: skip
    signed = Signed.of(collections, texts)
    _say_what_lapses(shelf)
    _refuse_little_room(settings)
    pulse = Pulse(polls=not settings.webhook_url, folders=settings.folders)
    async with AsyncExitStack() as stack:
        await _be_watched(stack, settings, pulse, manager)
        await _take_marks(stack, settings)
        stores = await _opened(stack, settings, collections)
        presence = Presence(stores.database, utc_now, fetches=not settings.webhook_url)
        beating = await stack.enter_async_context(_present(presence))
        await _put_errands(stores.database, settings, alone=presence.others == 0)
        await _refuse_reworded(stores, shelf)
        await _say_what_is_closed(stores, shelf, signed, settings)
        request = await _connected(stack, settings)
        messenger = TelegramMessenger(request, _base_url(settings), texts)
        username = await _who_am_i(messenger, settings)
        await _refuse_wrong_clock(TelegramAccount(request, _base_url(settings)))
        conversation = Conversation(
            database=stores.database,
            keystore=stores.keystore,
            vault=stores.vault,
            tombstones=stores.tombstones,
            shelf=shelf,
            texts=texts,
            clock=utc_now,
            team=TeamSettings(
                settings.owners if owners is None else owners,
                username,
                settings.one_person_team,
                settings.confirm_above,
                settings.link_burst,
            ),
            remind_after=settings.reminder_pause,
            signed=signed,
            grading=Grading(settings.card_off_percent, settings.card_off_at_least),
        )
        presenter = Presenter(messenger, conversation.note, utc_now)
        conversation.show_with(presenter.show)
        conversation.lanes = lambda: Lanes(presence.surely, presenter.is_showing)
        sealer = Sealer(database=stores.database, keystore=stores.keystore, vault=stores.vault, clock=utc_now)
        files = Files(
            folder=settings.collections,
            database=stores.database,
            keystore=stores.keystore,
            vault=stores.vault,
            shelf=shelf,
            texts=texts,
            clock=utc_now,
            bot_name=username,
            seal=sealer.seal,
        )
        taking = Taking(Archive(stores.database, stores.keystore, stores.vault), utc_now)
        pictures = Pictures(
            taking=taking,
            collections=shelf.collections,
            texts=texts,
            messenger=messenger,
            folder=settings.collections,
        )
        shared = SharedPace(stores.database, settings.send_rate, utc_now) if presence.is_among_others else None
        pace: AnyPace = shared or Pace(settings.send_rate, time.monotonic())
        outgoing = Outgoing(
            database=stores.database,
            keystore=stores.keystore,
            vault=stores.vault,
            conversation=conversation,
            messenger=messenger,
            files=files,
            pictures=pictures,
            texts=texts,
            shelf=shelf,
            clock=utc_now,
            me=lambda: presence.surely,
        )
        errands = _errands(
            settings, stores, collections, shelf,
            PostDesk(stores.database, TelegramPoster(messenger.call, texts), shelf.collections, username, utc_now),
            conversation, signed, presence,
        )  # fmt: skip
        unasked = Unasked(
            database=stores.database,
            conversation=conversation,
            outgoing=outgoing,
            is_showing=presenter.is_showing,
            pace=pace,
            clock=utc_now,
            me=lambda: presence.surely,
        )
        presenter.put_off, outgoing.hear = unasked.put_off, unasked.hear
        dues = Dues(
            database=stores.database,
            keystore=stores.keystore,
            conversation=conversation,
            outgoing=outgoing,
            errands=errands,
            show_owed=unasked.show_all,
            clock=utc_now,
            me=lambda: presence.surely,
        )
        conversation.on_due = errands.hurry = dues.hurry
        worker = Worker(
            database=stores.database,
            keystore=stores.keystore,
            vault=stores.vault,
            shelf=shelf,
            messenger=messenger,
            note=conversation.note,
            rate=settings.send_rate,
            nobody_real=settings.is_rehearsal,
            clock=utc_now,
            signed=Signed(signed.contents),
            pace=pace,
            me=lambda: presence.surely,
        )
        notices = Notices(
            database=stores.database,
            keystore=stores.keystore,
            vault=stores.vault,
            messenger=messenger,
            pace=pace,
            clock=utc_now,
            me=lambda: presence.surely,
        )
        pulse.steps, pulse.calls, pulse.sends = conversation.steps, request.calls, worker.sends
        allowances, pulse.inbox = Allowances(time.monotonic), lambda: conversation.waiting
        pulse.let_go, pulse.look = (lambda: allowances.let_go), partial(_what_waits, stores.database)
        pulse.write = partial(_try_to_write, stores)
        stack.push_async_callback(pulse.finish)
        decoder = Decoder(utc_now, os.urandom, username, allowances)
        pointer = Pointer(messenger.call, texts, shelf.languages, username)
        await _run(
            settings,
            messenger=messenger,
            conversation=conversation,
            presenter=presenter,
            astray=Astray(
                database=stores.database, conversation=conversation, is_showing=presenter.is_showing, show=unasked.show
            ),
            unasked=unasked,
            dues=dues,
            pictures=pictures,
            errands=errands,
            worker=worker,
            notices=notices,
            shared=shared,
            sealer=sealer,
            presence=presence,
            beating=beating,
            decoder=decoder,
            pointer=pointer,
            ready=ready,
            texts=texts,
            shelf=shelf,
            pulse=pulse,
        )


async def _be_watched(stack: AsyncExitStack, settings: Settings, pulse: Pulse, manager: Manager | None) -> None:
    """Tell how it goes, whoever asks and whoever wants to be told."""
    try:
        await stack.enter_async_context(listening(settings.health_listen, pulse))
    except CannotListen as error:
        raise CannotStart(str(error)) from None
    await stack.enter_async_context(telling(manager, pulse))


def _errands(
    settings: Settings,
    stores: Stores,
    collections: tuple[Collection, ...],
    shelf: Shelf,
    desk: PostDesk,
    conversation: Conversation,
    signed: Signed,
    presence: Presence,
) -> Errands:
    """What of the schedule is carried out beside the conversation."""
    planner = Planner(
        database=stores.database,
        keystore=stores.keystore,
        vault=stores.vault,
        shelf=shelf,
        rules=rules_of(settings),
        clock=utc_now,
        signed=Signed(signed.contents),
    )
    clerk = Clerk(settings, stores.database, collections, utc_now)
    heads = HeadPosting(
        database=stores.database,
        keystore=stores.keystore,
        vault=stores.vault,
        door=desk.door,
        channel=settings.heads_channel,
        every=dt.timedelta(hours=settings.heads_hours),
        clock=utc_now,
    )
    archive = Archive(stores.database, stores.keystore, stores.vault)
    return Errands(
        database=stores.database,
        carries={
            PLAN: planner.carry_out,
            POST: desk.carry_out_due,
            RELEASE: clerk.carry_out,
            HEADS: heads.carry_out,
            RETENTION: partial(carry_out_daily, archive, stores.tombstones, collections, utc_now),
        },
        take=conversation.take,
        clock=utc_now,
        me=lambda: presence.surely,
    )


async def _take_marks(stack: AsyncExitStack, settings: Settings) -> None:
    """Say that a bot serves from here, and alone where only one may. Raises CannotStart, StoreUnavailable."""
    several = Database.connect(settings.database_url).serves_several
    try:
        with _within_reach():
            stack.enter_context(serving(settings.serving_mark))
            if not several:
                _be_the_only_one(stack, settings)
    except InUse:
        raise CannotStart("a backup is being restored just now; start again when that is done") from None
    if several:
        await _take_server_marks(stack, settings)


@contextmanager
def _within_reach() -> Iterator[None]:
    """Say of a file that may not be used which one it is: mostly it is somebody else's. Raises CannotStart."""
    try:
        yield
    except OSError as error:
        raise CannotStart(
            f"{error.filename or 'a file'}: {error.strerror or type(error).__name__}; run: surveybot doctor, which "
            "says whose it is and what to do"
        ) from None


async def _connected(stack: AsyncExitStack, settings: Settings) -> HttpRequest:
    """What the Bot API is asked with, until the stack ends."""
    request = HttpRequest(proxy=_proxy(settings.api_url))
    await request.initialize()
    stack.push_async_callback(request.shutdown)
    return request


def _refuse_little_room(settings: Settings) -> None:
    """Refuse to start where a disk is nearly full, and would be in the middle of the day. Raises CannotStart."""
    with _within_reach():
        _refuse_faults([*machine.room(settings.folders), *machine.releases(settings.export_dir)])


async def _opened(stack: AsyncExitStack, settings: Settings, collections: tuple[Collection, ...]) -> Stores:
    """As `open_stores`, until the stack ends. Raises CannotStart too."""
    with _within_reach():
        return await stack.enter_async_context(open_stores(settings, collections))


def _be_the_only_one(stack: AsyncExitStack, settings: Settings) -> None:
    try:
        stack.enter_context(only_one(settings.serving_mark))
    except InUse:
        raise CannotStart(
            "another surveybot serves from here already, so this one has stopped; stop the other first. It is "
            f"found with: fuser {settings.serving_mark}"
        ) from None


async def _take_server_marks(stack: AsyncExitStack, settings: Settings) -> None:
    """As files beside the key do on one machine: processes may be on several. Raises CannotStart, StoreUnavailable."""
    if not await stack.enter_async_context(marked(settings.database_url, Turn.SERVING, shared=True)):
        raise CannotStart("a backup is being put back into the database just now; start again when that is done")


def _refuse_faults(findings: Iterable[Finding]) -> None:
    """What `surveybot doctor` calls a fault ends the start; what it warns of is logged. Raises CannotStart."""
    for each in findings:
        if each.level is Level.FAULT:
            raise CannotStart(f"{each.says}; {each.remedy}")
        if each.level is Level.WARNING:
            log.warning("this machine should be looked after", says=each.says, remedy=each.remedy)


async def _refuse_wrong_clock(account: Account) -> None:
    """Refuse to start with a clock that is far off Telegram's: expiry, waking hours and receipts are kept by it."""
    with suppress(AccountFault):  # whether Telegram answers was looked at before
        _refuse_faults(await reached.clock(account, utc_now()))


def _refuse_other_zone(settings: Settings, username: str) -> None:
    """Refuse to serve one zone's people into another one's stores; a rehearsal's bot is any. Raises CannotStart."""
    zone, _ = my_zone(settings)
    if zone is not None and not settings.is_rehearsal and is_other_bot(zone, username):
        raise CannotStart(
            f"SURVEYBOT_ZONE is {settings.zone}, whose bot is @{zone.bot}, and the token is @{username}'s; set the "
            f"zone or the token that belongs here, or mend {settings.collections / ZONES}"
        )


async def _what_waits(database: Database) -> Standing:
    async with database.look() as connection:
        return await standing(connection, utc_now())


async def _try_to_write(stores: Stores) -> None:
    """Whether both take something, since a step may need either. Raises StoreUnavailable."""
    await stores.database.try_to_write()
    await stores.keystore.try_to_write()


async def _refuse_reworded(stores: Stores, shelf: Shelf) -> None:
    """Refuse to start where cards say something else than people agreed to under the same version.

    Raises CannotStart.
    """
    async with stores.database.read() as connection:
        changed = await agreed_texts.reworded(connection, lambda identity: shelf.document_of(*identity))
    if changed:
        one = changed[0]
        others = f" ({len(changed)} documents in all)" if len(changed) > 1 else ""
        raise CannotStart(
            f"{one.collection}/consent/{one.language}: the cards for {one.territory} say something else than people "
            f"agreed to in version {one.version}{others}. Put the earlier words and values back, or count "
            "`consent.version` in collection.yaml up and say what changed in changes.md (docs/collections.md)"
        )


async def _run(
    settings: Settings,
    *,
    messenger: TelegramMessenger,
    conversation: Conversation,
    presenter: Presenter,
    astray: Astray,
    dues: Dues,
    pictures: Pictures,
    errands: Errands,
    worker: Worker,
    notices: Notices,
    unasked: Unasked,
    shared: SharedPace | None,
    sealer: Sealer,
    presence: Presence,
    beating: asyncio.Task[None],
    decoder: Decoder,
    pointer: Pointer,
    ready: Callable[[str], None],
    texts: Texts,
    shelf: Shelf,
    pulse: Pulse,
) -> None:
    """Everything that runs side by side; the first that ends, by a fault or by being stopped, ends the rest."""
    inbox = asyncio.create_task(conversation.run())
    try:
        await conversation.destroy_keys()
        await dues.take_over()
        unasked.show_all()
        presence.taken_over = partial(_go_on, unasked, dues)
        await set_menu(messenger.call, texts, shelf.languages)
        receives = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(dues.run())
            group.create_task(pictures.run())
            group.create_task(errands.run())
            group.create_task(notices.run())
            group.create_task(unasked.run())
            if shared is not None:
                group.create_task(shared.run())
            group.create_task(worker.run())
            group.create_task(sealer.run())
            if presence.is_among_others:
                group.create_task(astray.run())
            group.create_task(_receive(settings, messenger, conversation, presenter, decoder, pointer, pulse, receives))
            group.create_task(_watch(inbox))
            group.create_task(_watch(beating))
            await receives.wait()
            pulse.stage = Stage.SERVING
            ready(decoder.username)
    except BaseExceptionGroup as group_of_one:
        raise _first(group_of_one) from None
    finally:
        pulse.stage = Stage.STOPPING
        presence.forget_others()
        await _drain(conversation, inbox)
        await presenter.finish()
        await _drain(conversation, inbox)
        inbox.cancel()
        await asyncio.gather(inbox, return_exceptions=True)
        with suppress(StoreUnavailable):  # the next start seals what is left
            await sealer.finish()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What ended the rest: a task group raises it in a group, also where it is alone."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _drain(conversation: Conversation, inbox: asyncio.Task[None]) -> None:
    """Wait until the inbox is empty, or until nobody works on it any more."""
    drained = asyncio.create_task(conversation.drain())
    await asyncio.wait({drained, inbox}, return_when=asyncio.FIRST_COMPLETED)
    drained.cancel()


async def _watch(task: asyncio.Task[None]) -> None:
    """The inbox ends only by a fault of ours: then nothing may go on as if it were read. And a process that may not
    serve beside another any more ends."""
    try:
        await asyncio.shield(task)
    except InTheWay as why:
        raise CannotStart(str(why)) from None


async def _go_on(unasked: Unasked, dues: Dues) -> None:
    """What a process had in hand that ended is there to be done."""
    dues.hurry(utc_now())
    unasked.show_all()


@asynccontextmanager
async def _present(presence: Presence) -> AsyncIterator[asyncio.Task[None]]:
    """This process among those that serve, until the block ends. Raises CannotStart."""
    try:
        await presence.begin()
    except InTheWay as why:
        raise CannotStart(str(why)) from None
    beating = asyncio.create_task(presence.run())
    try:
        yield beating
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        with suppress(StoreUnavailable):  # then its time is over a few seconds later by itself
            await presence.end()


async def _put_errands(database: Database, settings: Settings, *, alone: bool) -> None:
    """What is to be done at the start and then again and again. Where others serve, they have begun with it."""
    now = utc_now()
    dues = [Due(RETENTION, DAILY, now)]
    dues += [Due(HEADS, settings.heads_channel, now)] if settings.heads_channel else []
    async with database.write() as connection:
        if alone:
            await schedule.put_due(connection, dues)
            return
        for due in dues:
            await schedule.put_due_once(connection, due)


async def _receive(
    settings: Settings,
    messenger: TelegramMessenger,
    conversation: Conversation,
    presenter: Presenter,
    decoder: Decoder,
    pointer: Pointer,
    pulse: Pulse,
    begun: asyncio.Event,
) -> None:
    source: Polling | Sent
    if settings.webhook_url:
        secret = settings.shown_at_webhook
        app = webhook_app(secret, decoder, conversation.take, pointer, pulse.requests)
        source = Sent(messenger.call, app, settings.listen, settings.webhook_address, secret)
    else:
        source = Polling(messenger.call, decoder, conversation.take, pointer, presenter.lull)
    try:
        await source.run(begun.set)
    except CannotListen as error:
        raise CannotStart(str(error)) from None
    finally:
        await pointer.finish()


@asynccontextmanager
async def open_account(settings: Settings) -> AsyncIterator[Account]:
    """The bot's own account, to set it up or to look after it."""
    request = HttpRequest(proxy=_proxy(settings.api_url))
    await request.initialize()
    try:
        yield TelegramAccount(request, _base_url(settings))
    finally:
        await request.shutdown()


async def leave_server(settings: Settings, *, for_good: bool) -> None:
    """Have the server at SURVEYBOT_API_URL let go of the bot, as `TelegramAccount.leave`. Raises AccountFault."""
    request = HttpRequest(proxy=_proxy(settings.api_url))
    await request.initialize()
    try:
        await TelegramAccount(request, _base_url(settings)).leave(for_good=for_good)
    finally:
        await request.shutdown()


@asynccontextmanager
async def open_post_desk(settings: Settings) -> AsyncIterator[PostDesk]:
    """The door to channels and groups for a command. Raises NothingThere, SchemaFault, KeyFileFault, CannotOpen."""
    collections = read_collections(settings)
    texts = read_texts(settings, collections)
    request = HttpRequest(proxy=_proxy(settings.api_url))
    await request.initialize()
    try:
        messenger = TelegramMessenger(request, _base_url(settings), texts)
        username = await _who_am_i(messenger, settings)
        async with open_archive(settings) as archive:
            known = {each.id: each for each in collections}
            yield PostDesk(archive.database, TelegramPoster(messenger.call, texts), known, username, utc_now)
    finally:
        await request.shutdown()


def _base_url(settings: Settings) -> str:
    """Where the methods are; the token is part of it, so it is never shown."""
    return f"{settings.api_url}/bot{settings.token.get_secret_value() if settings.token else ''}"


def _proxy(address: str) -> str | None:
    """The proxy that the environment names for an address, read once."""
    parts = urlsplit(address)
    if proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


async def _who_am_i(messenger: TelegramMessenger, settings: Settings) -> str:
    try:
        me: dict[str, Any] = await messenger.call("getMe", {})
    except TelegramError as error:
        raise CannotStart(
            f"Telegram does not answer to this token ({type(error).__name__}); check SURVEYBOT_TOKEN and "
            f"SURVEYBOT_API_URL, whether this machine's clock is right (here it is {utc_now():%Y-%m-%d %H:%M} UTC; a "
            "wrong one takes every certificate for invalid), and that this machine reaches the internet"
        ) from None
    username = str(me["username"])
    _refuse_other_zone(settings, username)
    return username


def open_gallery(settings: Settings) -> Gallery:
    """Every screen of every collection, to look at. Raises CollectionFaults, CannotStart."""
    collections = load_collections(settings.collections)
    texts = MarkedTexts(_catalogs(settings, collections))
    return Gallery(collections, texts, keyboard, lambda: utc_now().date())


def rules_of(settings: Settings) -> Rules:
    """What an installation decides about invites."""
    return Rules(
        most=settings.invites_most,
        days=settings.invites_days,
        confirm_above=settings.confirm_above,
        one_person=settings.one_person_team,
        nobody_real=settings.is_rehearsal,
    )


def _say_what_lapses(shelf: Shelf) -> None:
    """Suppliers whose attestation has lapsed, or does within two weeks: their links close that day."""
    for collection in shelf.collections.values():
        for supplier in lapses(collection, utc_now().date()):
            log.warning(
                "a supplier's attestation lapses",
                collection=collection.id,
                supplier=supplier.id,
                on=f"{supplier.ends_on}",
            )


async def _say_what_is_closed(stores: Stores, shelf: Shelf, signed: Signed, settings: Settings) -> None:
    if settings.allow_unreviewed:
        log.info("a rehearsal: regions that nobody has reviewed are open")
        return
    async with stores.database.read() as connection:
        standing = await pilots.standing(connection)
        shelf = await signed.on(shelf, standing, connection)
    today = utc_now().date()
    for collection in shelf.collections.values():
        others = shelf.in_other_zones(collection)
        for region in collection.regions:
            if region.territory in others:
                continue
            reason = region_closed(shelf, collection, region, today)
            if reason is not None:
                log.warning("a region is closed", collection=collection.id, why=reason)
                continue
            for language in region.languages:
                reason = language_closed(shelf, collection, region.territory, language, today)
                if reason is not None:
                    where = f"{region.territory}/{language}"
                    log.warning("a language is closed", collection=collection.id, where=where, why=reason)


def sandbox_settings(settings: Settings, api_url: str, token: str, folder: Path) -> Settings:
    """Settings of a rehearsal: a stand-in for Telegram, and stores of its own that are thrown away."""
    return settings.model_copy(
        update={
            "token": SecretStr(token),
            "api_url": api_url,
            "local_api": False,
            "database_url": f"sqlite+aiosqlite:///{folder / 'survey.db'}",
            "key_file": folder / "keys" / "master.key",
            "key_store_url": "",
            "webhook_url": "",
            "health_listen": "",
            "allow_unreviewed": True,
        }
    )
