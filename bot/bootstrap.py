"""The one place that builds real things and joins them."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import time
from collections.abc import Callable, Container
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from bot.adapter.account import TelegramAccount
from bot.adapter.allowances import Allowances
from bot.adapter.decode import Decoder
from bot.adapter.elsewhere import Pointer
from bot.adapter.menu import set_menu
from bot.adapter.posting import TelegramPoster
from bot.adapter.send import TelegramMessenger
from bot.adapter.source import Polling
from bot.adapter.transport import connected
from bot.adapter.webhook import Sent, webhook_app
from bot.astray import Astray
from bot.broadcasts.desk import rules_of
from bot.broadcasts.planner import Planner
from bot.broadcasts.rate import AnyPace, Pace
from bot.broadcasts.shared import SharedPace
from bot.broadcasts.worker import Worker
from bot.clock import utc_now
from bot.conversation import Conversation
from bot.due import Dues
from bot.errands import Errands
from bot.files import Files
from bot.lanes import Lanes
from bot.links.posting import PostDesk
from bot.listening import CannotListen
from bot.notices.worker import NoticeWorker
from bot.opening import Stores, open_stores
from bot.outgoing import Outgoing
from bot.presence import Presence
from bot.presenting import Presenter
from bot.progress.sending import Pictures
from bot.progress.taking import Taking
from bot.reading import read_collections, read_texts
from bot.review.signed import Signed
from bot.settings import Settings
from bot.side_by_side import Parts, Runs, present, run
from bot.start_checks import (
    CannotStart,
    hold_to_its_bot,
    refuse_changed_purposes,
    refuse_little_room,
    refuse_reworded,
    refuse_what_is_unfit,
    refuse_wrong_clock,
    say_what_is_closed,
    say_what_lapses,
    take_marks,
    who_answers,
    within_reach,
)
from bot.stewardship.archive import Archive
from bot.stewardship.clerk import Clerk
from bot.stewardship.retention import DAILY, RETENTION, carry_out_daily
from bot.storage import schedule
from bot.storage.database import Database
from bot.storage.schedule import Due
from bot.storage.standing import Standing, standing
from bot.team.desk import TeamSettings
from bot.team.rows import PLAN, POST, RELEASE
from bot.texts import Texts
from bot.trail.publishing import HEADS, HeadPosting
from bot.trail.sealer import Sealer
from bot.unasked import Unasked
from bot.vitals.manager import Manager, telling
from bot.vitals.pulse import Pulse
from bot.vitals.server import listening
from bot.zones import my_zone
from flows.collection import Collection
from flows.grading import Grading
from flows.shelf import Shelf


class Everybody(Container[int]):
    """Anybody counts as an owner: in the browser, where nobody real is reached."""

    def __contains__(self, _chat_id: object) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every part stands on."""

    settings: Settings
    collections: tuple[Collection, ...]
    texts: Texts
    shelf: Shelf
    signed: Signed
    stores: Stores
    presence: Presence
    messenger: TelegramMessenger
    username: str

    def me(self) -> int | None:
        """This process's number among several. Raises TakenForDead."""
        return self.presence.surely

    @property
    def archive(self) -> Archive:
        """Data and keys, as a steward's command has them."""
        return Archive(self.stores.database, self.stores.keystore, self.stores.vault)


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
    await asyncio.to_thread(refuse_what_is_unfit, settings, utc_now().date())
    texts = read_texts(settings, collections)
    shelf = Shelf(
        collections, unreviewed=settings.allow_unreviewed, translate=texts.of_collection
    ).handing_over(my_zone(settings)[1])  # fmt: skip
    signed = Signed.of(collections, texts)
    say_what_lapses(shelf, utc_now().date())
    refuse_little_room(settings)
    pulse = Pulse(polls=not settings.webhook_url, folders=settings.folders)
    async with AsyncExitStack() as stack:
        await _be_watched(stack, settings, pulse, manager)
        await take_marks(stack, settings)
        stores = await _opened(stack, settings, collections)
        presence = Presence(stores.database, utc_now, fetches=not settings.webhook_url)
        beating = await stack.enter_async_context(present(presence))
        await _put_errands(stores.database, settings, alone=presence.others == 0)
        await refuse_reworded(stores.database, shelf)
        await refuse_changed_purposes(stores.database, shelf)
        await say_what_is_closed(stores.database, shelf, signed, utc_now().date(), unreviewed=settings.allow_unreviewed)
        request = await stack.enter_async_context(connected(settings.api_url))
        messenger = TelegramMessenger(request, settings.methods_url, texts)
        username = await who_answers(messenger.bot_name, settings, utc_now())
        await hold_to_its_bot(stores.database, settings)
        await refuse_wrong_clock(TelegramAccount(request, settings.methods_url), utc_now())
        pulse.calls = request.calls
        ground = _Ground(settings, collections, texts, shelf, signed, stores, presence, messenger, username)
        parts = _joined(ground, settings.owners if owners is None else owners, pulse, beating)
        stack.push_async_callback(pulse.finish)
        await run(parts, partial(ready, username))


async def _be_watched(stack: AsyncExitStack, settings: Settings, pulse: Pulse, manager: Manager | None) -> None:
    """Tell how it goes, whoever asks and whoever wants to be told."""
    try:
        await stack.enter_async_context(listening(settings.health_listen, pulse))
    except CannotListen as error:
        raise CannotStart(str(error)) from None
    await stack.enter_async_context(telling(manager, pulse))


async def _opened(stack: AsyncExitStack, settings: Settings, collections: tuple[Collection, ...]) -> Stores:
    """As `open_stores`, until the stack ends. Raises CannotStart too."""
    with within_reach():
        return await stack.enter_async_context(open_stores(settings, collections, utc_now))


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


def _joined(ground: _Ground, owners: Container[int], pulse: Pulse, beating: asyncio.Task[None]) -> Parts:
    """Every part, and who calls whom. Nothing runs yet, but what says that this process is alive."""
    database, rate = ground.stores.database, ground.settings.send_rate
    conversation = _conversation(ground, owners)
    presenter = Presenter(ground.messenger, conversation.note, utc_now, me=ground.me)
    conversation.show_with(presenter.show)
    conversation.lanes = lambda: Lanes(ground.me(), presenter.is_showing)
    sealer, pictures = _sealer(ground), _pictures(ground)
    shared = SharedPace(database, rate, utc_now) if ground.presence.is_among_others else None
    pace: AnyPace = shared or Pace(rate, time.monotonic())
    outgoing = _outgoing(ground, conversation, _files(ground, sealer), pictures)
    errands = _errands(ground, conversation)
    unasked = Unasked(
        database=database,
        conversation=conversation,
        outgoing=outgoing,
        is_showing=presenter.is_showing,
        pace=pace,
        clock=utc_now,
        me=ground.me,
    )
    presenter.put_off, outgoing.hear = unasked.put_off, unasked.hear
    dues = _dues(ground, conversation, outgoing, errands, unasked)
    conversation.on_due = errands.hurry = dues.hurry
    worker, notices = _worker(ground, conversation, pace), _notices(ground, conversation, pace)
    astray = Astray(
        database=database,
        conversation=conversation,
        is_showing=presenter.is_showing,
        show=unasked.show,
        clock=utc_now,
    )
    runs: list[Runs] = [dues.run, pictures.run, errands.run, notices.run, unasked.run]
    runs += [shared.run] if shared is not None else []
    runs += [worker.run, sealer.run]
    runs += [astray.run] if database.serves_several else []
    allowances = Allowances(time.monotonic)
    _let_be_felt(pulse, ground.stores, conversation, worker, allowances)
    pointer = Pointer(ground.messenger.call, ground.texts, ground.shelf.languages, ground.username)
    return Parts(
        conversation=conversation,
        presenter=presenter,
        unasked=unasked,
        dues=dues,
        sealer=sealer,
        presence=ground.presence,
        beating=beating,
        runs=tuple(runs),
        set_menu=partial(set_menu, ground.messenger.call, ground.texts, ground.shelf.languages),
        source=_source(ground, conversation, presenter, allowances, pointer, pulse),
        let_go=pointer.finish,
        pulse=pulse,
        clock=utc_now,
    )


def _conversation(ground: _Ground, owners: Container[int]) -> Conversation:
    settings = ground.settings
    return Conversation(
        database=ground.stores.database,
        keystore=ground.stores.keystore,
        vault=ground.stores.vault,
        tombstones=ground.stores.tombstones,
        shelf=ground.shelf,
        texts=ground.texts,
        clock=utc_now,
        team=TeamSettings(
            owners,
            ground.username,
            settings.one_person_team,
            settings.confirm_above,
            settings.link_burst,
            rehearses_invites=isinstance(owners, Everybody),
        ),
        remind_after=settings.reminder_pause,
        signed=ground.signed,
        grading=Grading(settings.card_off_percent, settings.card_off_at_least),
    )


def _sealer(ground: _Ground) -> Sealer:
    stores = ground.stores
    return Sealer(database=stores.database, keystore=stores.keystore, vault=stores.vault, clock=utc_now)


def _files(ground: _Ground, sealer: Sealer) -> Files:
    return Files(
        folder=ground.settings.collections,
        database=ground.stores.database,
        keystore=ground.stores.keystore,
        vault=ground.stores.vault,
        shelf=ground.shelf,
        texts=ground.texts,
        clock=utc_now,
        bot_name=ground.username,
        seal=sealer.seal,
    )


def _pictures(ground: _Ground) -> Pictures:
    return Pictures(
        taking=Taking(ground.archive, utc_now),
        collections=ground.shelf.collections,
        texts=ground.texts,
        messenger=ground.messenger,
        folder=ground.settings.collections,
    )


def _outgoing(ground: _Ground, conversation: Conversation, files: Files, pictures: Pictures) -> Outgoing:
    return Outgoing(
        database=ground.stores.database,
        keystore=ground.stores.keystore,
        vault=ground.stores.vault,
        conversation=conversation,
        messenger=ground.messenger,
        files=files,
        pictures=pictures,
        texts=ground.texts,
        shelf=ground.shelf,
        clock=utc_now,
        me=ground.me,
    )


def _errands(ground: _Ground, conversation: Conversation) -> Errands:
    """What of the schedule is carried out beside the conversation."""
    settings, stores, collections = ground.settings, ground.stores, ground.collections
    poster = TelegramPoster(ground.messenger.call, ground.texts)
    desk = PostDesk(stores.database, poster, ground.shelf.collections, ground.username, utc_now)
    planner = Planner(
        database=stores.database,
        keystore=stores.keystore,
        vault=stores.vault,
        shelf=ground.shelf,
        rules=rules_of(settings),
        clock=utc_now,
        signed=Signed(ground.signed.contents),
    )
    heads = HeadPosting(
        database=stores.database,
        keystore=stores.keystore,
        vault=stores.vault,
        door=poster,
        channel=settings.heads_channel,
        every=dt.timedelta(hours=settings.heads_hours),
        clock=utc_now,
    )
    return Errands(
        database=stores.database,
        carries={
            PLAN: planner.carry_out,
            POST: desk.carry_out_due,
            RELEASE: Clerk(settings, stores.database, collections, utc_now).carry_out,
            HEADS: heads.carry_out,
            RETENTION: partial(carry_out_daily, ground.archive, stores.tombstones, collections, utc_now),
        },
        take=conversation.take,
        clock=utc_now,
        standing=frozenset({HEADS, RETENTION}),
        me=ground.me,
    )


def _dues(ground: _Ground, conversation: Conversation, outgoing: Outgoing, errands: Errands, unasked: Unasked) -> Dues:
    return Dues(
        database=ground.stores.database,
        keystore=ground.stores.keystore,
        conversation=conversation,
        outgoing=outgoing,
        errands=errands,
        show_owed=unasked.show_all,
        clock=utc_now,
        me=ground.me,
    )


def _worker(ground: _Ground, conversation: Conversation, pace: AnyPace) -> Worker:
    return Worker(
        database=ground.stores.database,
        keystore=ground.stores.keystore,
        vault=ground.stores.vault,
        shelf=ground.shelf,
        messenger=ground.messenger,
        note=conversation.note,
        rate=ground.settings.send_rate,
        nobody_real=ground.settings.is_rehearsal,
        clock=utc_now,
        signed=Signed(ground.signed.contents),
        pace=pace,
        me=ground.me,
    )


def _notices(ground: _Ground, conversation: Conversation, pace: AnyPace) -> NoticeWorker:
    return NoticeWorker(
        database=ground.stores.database,
        keystore=ground.stores.keystore,
        vault=ground.stores.vault,
        messenger=ground.messenger,
        note=conversation.note,
        pace=pace,
        clock=utc_now,
        me=ground.me,
    )


def _source(
    ground: _Ground,
    conversation: Conversation,
    presenter: Presenter,
    allowances: Allowances,
    pointer: Pointer,
    pulse: Pulse,
) -> Polling | Sent:
    """Updates that are fetched, or sent to the webhook where there is one."""
    settings, call = ground.settings, ground.messenger.call
    decoder = Decoder(utc_now, os.urandom, ground.username, allowances)
    if not settings.webhook_url:
        return Polling(call, decoder, conversation.take, pointer, presenter.lull)
    secret = settings.shown_at_webhook
    app = webhook_app(secret, decoder, conversation.take, pointer, pulse.requests)
    return Sent(call, app, settings.listen, settings.webhook_address, secret)


def _let_be_felt(
    pulse: Pulse, stores: Stores, conversation: Conversation, worker: Worker, allowances: Allowances
) -> None:
    """Join the pulse to what it counts, and to what it tries."""
    pulse.steps, pulse.sends = conversation.steps, worker.sends
    pulse.inbox, pulse.let_go = lambda: conversation.waiting, lambda: allowances.let_go
    pulse.look, pulse.write = partial(_what_waits, stores.database), partial(_try_to_write, stores)


async def _what_waits(database: Database) -> Standing:
    async with database.look() as connection:
        return await standing(connection, utc_now())


async def _try_to_write(stores: Stores) -> None:
    """Whether both take something, since a step may need either. Raises StoreUnavailable."""
    await stores.database.try_to_write()
    await stores.keystore.try_to_write()
