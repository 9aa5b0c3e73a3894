"""What is looked at before a bot serves: what refuses it, and what is said of it in the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress

import structlog

from bot import its_bot
from bot.account import Account, AccountFault, NoAnswer
from bot.checking.launching import refuse_unfit
from bot.doctor import machine, reached
from bot.doctor.findings import Finding, Level
from bot.review.signed import Signed
from bot.serving import InUse, only_one, serving
from bot.settings import Settings
from bot.storage import agreed_texts, pilots
from bot.storage.database import Database
from bot.storage.holding import Turn
from bot.storage.server import marked
from bot.zones import is_other_bot, my_zone
from flows.links import lapses
from flows.load import CollectionFaults
from flows.shelf import Shelf
from flows.why_closed import language_closed, region_closed
from flows.zone_files import FILE as ZONES

log = structlog.get_logger()


class CannotStart(Exception):
    """The bot cannot start; the text says why and what helps."""


def refuse_what_is_unfit(settings: Settings, today: dt.date) -> None:
    """Raise CollectionFaults where `surveybot check` finds an error. A rehearsal begins all the same, and says so."""
    try:
        refuse_unfit(settings.collections, today, nobody_real=settings.is_rehearsal)
    except CollectionFaults as found:
        if not settings.allow_unreviewed:
            raise
        log.warning("a collection could not be opened to people; surveybot check says why", errors=len(found.faults))


@contextmanager
def within_reach() -> Iterator[None]:
    """Say of a file that may not be used which one it is: mostly it is somebody else's. Raises CannotStart."""
    try:
        yield
    except OSError as error:
        raise CannotStart(
            f"{error.filename or 'a file'}: {error.strerror or type(error).__name__}; run: surveybot doctor, which "
            "says whose it is and what to do"
        ) from None


def refuse_little_room(settings: Settings) -> None:
    """Refuse to start where a disk is nearly full, and would be in the middle of the day. Raises CannotStart."""
    with within_reach():
        _refuse_faults([*machine.room(settings.folders), *machine.releases(settings.export_dir)])


def _refuse_faults(findings: Iterable[Finding]) -> None:
    """What `surveybot doctor` calls a fault ends the start; what it warns of is logged. Raises CannotStart."""
    for each in findings:
        if each.level is Level.FAULT:
            raise CannotStart(f"{each.says}; {each.remedy}")
        if each.level is Level.WARNING:
            log.warning("this machine should be looked after", says=each.says, remedy=each.remedy)


async def take_marks(stack: AsyncExitStack, settings: Settings) -> None:
    """Say until the stack ends that a bot serves from here, and alone where only one may.

    Raises CannotStart, StoreUnavailable.
    """
    several = Database.connect(settings.database_url).serves_several
    try:
        with within_reach():
            stack.enter_context(serving(settings.serving_mark))
            if not several:
                _be_the_only_one(stack, settings)
    except InUse:
        raise CannotStart("a backup is being restored just now; start again when that is done") from None
    if several:
        await _take_server_marks(stack, settings)


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


async def refuse_reworded(database: Database, shelf: Shelf) -> None:
    """Refuse to start where cards say something else than people agreed to under the same version.

    Raises CannotStart.
    """
    async with database.read() as connection:
        changed = await agreed_texts.reworded(connection, lambda identity: shelf.document_of(*identity))
    if changed:
        one = changed[0]
        others = f" ({len(changed)} documents in all)" if len(changed) > 1 else ""
        raise CannotStart(
            f"{one.collection}/consent/{one.language}: the cards for {one.territory} say something else than people "
            f"agreed to in version {one.version}{others}. Put the earlier words and values back, or count "
            "`consent.version` in collection.yaml up and say what changed in changes.md (docs/collections.md)"
        )


async def refuse_changed_purposes(database: Database, shelf: Shelf) -> None:
    """Refuse to start where a purpose says, or allows, something else than people agreed to under the same version.

    Raises CannotStart.
    """
    async with database.read() as connection:
        changed = await agreed_texts.changed(connection, lambda read: shelf.meanings_in(*read))
    if changed:
        one = changed[0]
        others = f" ({len(changed)} in all)" if len(changed) > 1 else ""
        raise CannotStart(
            f"{one.collection}/collection.yaml: {', '.join(one.fields)} of the purpose {one.purpose} ({one.language}) "
            f"differ from what people agreed to in version {one.version}{others}. Put back what stood there, in "
            "collection.yaml and its catalogs, or count `consent.version` up and say what changed in changes.md "
            "(docs/collections.md)"
        )


async def who_answers(name: Callable[[], Awaitable[str]], settings: Settings, now: dt.datetime) -> str:
    """The bot's name, once Telegram has said it: `name` asks, and raises NoAnswer. Raises CannotStart."""
    try:
        username = await name()
    except NoAnswer as why:
        raise CannotStart(
            f"Telegram does not answer to this token ({why}); check SURVEYBOT_TOKEN and "
            f"SURVEYBOT_API_URL, whether this machine's clock is right (here it is {now:%Y-%m-%d %H:%M} UTC; a "
            "wrong one takes every certificate for invalid), and that this machine reaches the internet"
        ) from None
    _refuse_other_zone(settings, username)
    return username


def _refuse_other_zone(settings: Settings, username: str) -> None:
    """Refuse to serve one zone's people into another one's stores; a rehearsal's bot is any. Raises CannotStart."""
    zone, _ = my_zone(settings)
    if zone is not None and not settings.is_rehearsal and is_other_bot(zone, username):
        raise CannotStart(
            f"SURVEYBOT_ZONE is {settings.zone}, whose bot is @{zone.bot}, and the token is @{username}'s; set the "
            f"zone or the token that belongs here, or mend {settings.collections / ZONES}"
        )


async def hold_to_its_bot(database: Database, settings: Settings) -> None:
    """Note at the first start which bot the data is for, and refuse another; a rehearsal's bot is any.

    Raises CannotStart.
    """
    if settings.bot is None:
        return
    noted = await its_bot.hold_to(database, settings.bot)
    if noted is not None:
        raise CannotStart(f"{its_bot.says(noted, settings.bot)}; {its_bot.REMEDY}")


async def refuse_wrong_clock(account: Account, now: dt.datetime) -> None:
    """Refuse to start with a clock that is far off Telegram's: expiry, waking hours and receipts are kept by it.

    Raises CannotStart.
    """
    with suppress(AccountFault):  # whether Telegram answers was looked at before
        _refuse_faults(await reached.clock(account, now))


def say_what_lapses(shelf: Shelf, today: dt.date) -> None:
    """Suppliers whose attestation has lapsed, or does within two weeks: their links close that day."""
    for collection in shelf.collections.values():
        for supplier in lapses(collection, today):
            log.warning(
                "a supplier's attestation lapses",
                collection=collection.id,
                supplier=supplier.id,
                on=f"{supplier.ends_on}",
            )


async def say_what_is_closed(
    database: Database, shelf: Shelf, signed: Signed, today: dt.date, *, unreviewed: bool
) -> None:
    """Regions and languages that nobody can begin in, and why. `unreviewed`: none is closed for want of a reviewer."""
    if unreviewed:
        log.info("a rehearsal: regions that nobody has reviewed are open")
        return
    async with database.read() as connection:
        standing = await pilots.standing(connection)
        shelf = await signed.on(shelf, standing, connection)
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
