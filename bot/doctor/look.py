"""One look at everything. A check that breaks is a finding, and keeps none of the others from being made."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.account import Account, AccountFault
from bot.doctor import configured, machine, offered, reached, stores, words
from bot.doctor.findings import Finding, fault, is_well
from bot.profile import profiles
from bot.review.looking import look
from bot.settings import Settings, SettingsFault, read_settings
from bot.setup import envfile
from bot.spoken import in_whole_languages, words_missing
from bot.storage.engines import file_of
from bot.texts import Texts
from bot.zones import my_zone
from flows.collection import Collection
from flows.load import CollectionFaults, load_collections

OpenAccount = Callable[[Settings], AbstractAsyncContextManager[Account]]
ReadTexts = Callable[[Settings, tuple[Collection, ...]], Texts]


@dataclass(frozen=True, slots=True)
class Look:
    """What a look may use, and what was asked of it."""

    env: Path
    environment: Mapping[str, str]
    now: Callable[[], dt.datetime]
    open_account: OpenAccount
    read_texts: ReadTexts
    listen: int
    """Seconds to listen for another poller."""
    mend: bool

    async def everything(self) -> AsyncIterator[Finding]:
        """Every finding, subject by subject."""
        for finding in self._written():
            yield finding
        try:
            settings = read_settings(_env_file=self.env)
        except SettingsFault as error:
            for finding in configured.faults_in(error):
                yield finding
            return
        except OSError:
            return  # `.env` cannot be read, which was said
        for finding in self._machine(settings):
            yield finding
        for finding in await _tried("stores", stores.stores(settings)):
            yield finding
        written, faults = _collections(settings)
        faults += await _tried("collections", stores.off_the_shelf(settings, [each.id for each in written]))
        missing = {each.id: words_missing(settings.collections / each.id, each) for each in written}
        collections = tuple(in_whole_languages(each, missing[each.id]) for each in written)
        regions = await _tried("regions", self._open(settings, collections))
        for finding in [*faults, *self._offered(settings, collections), *regions]:
            yield finding
        for finding in _held("languages", lambda: words.catalogs(settings.collections, written, missing)):
            yield finding
        async for finding in self._telegram(settings, collections):
            yield finding

    def _written(self) -> list[Finding]:
        try:
            written = envfile.read(self.env)
        except envfile.EnvFault as error:
            says, _, remedy = str(error).partition("; ")
            return [fault("settings", says, remedy)]
        places = {str(self.env): written, "the environment": self.environment}
        return _held("settings", lambda: configured.misspelt(places))

    def _machine(self, settings: Settings) -> Iterable[Finding]:
        data, keys = file_of(settings.database_url), file_of(settings.key_store)
        found = [path for path in (data, keys) if path is not None]
        secrets = [self.env, settings.key_file, settings.tombstones]
        yield from _held("settings", lambda: configured.rehearsing(settings))
        yield from _held("Bot API", lambda: configured.server(settings))
        yield from _held("disk", lambda: machine.room(settings.folders))
        yield from _held("releases", lambda: machine.releases(settings.export_dir))
        yield from _held("permissions", lambda: machine.closed_to_others(secrets, found))
        yield from _held("owner", lambda: machine.belonging([*secrets, *found]))
        yield from _held("keys apart", lambda: machine.apart(data, keys))
        yield from _held("copies", lambda: machine.set_aside(found))
        yield from _held("copies", lambda: machine.left_over(settings.folders))

    def _offered(self, settings: Settings, collections: tuple[Collection, ...]) -> Iterable[Finding]:
        if not collections:
            return
        zones = [zone for c in collections for region in c.regions for zone in region.time_zones]
        unfit = partial(offered.unfit, settings.collections, self.now().date(), nobody_real=settings.is_rehearsal)
        yield from _held("collections", unfit)
        yield from _held("zones", lambda: offered.zones(settings))
        yield from _held("time zones", lambda: machine.time_zones(zones))

    async def _open(self, settings: Settings, collections: tuple[Collection, ...]) -> list[Finding]:
        """Which regions are; without the data nobody knows what was signed off."""
        if not collections:
            return []
        shelf = await look(settings, collections, self.read_texts(settings, collections))
        with suppress(CollectionFaults):  # what is wrong with zones is a finding of its own
            shelf = shelf.handing_over(my_zone(settings)[1])
        return list(offered.regions(shelf, self.now().date(), unreviewed=settings.allow_unreviewed))

    async def _telegram(self, settings: Settings, collections: tuple[Collection, ...]) -> AsyncIterator[Finding]:
        if settings.token is None:
            yield fault("token", "there is none, so that `surveybot run` is a rehearsal", "run: surveybot setup")
            return
        async with self.open_account(settings) as account:
            known = await _tried("token", reached.token(account, settings))
            for finding in known:
                yield finding
            if not is_well(known):
                return
            checks: dict[str, Callable[[], Awaitable[list[Finding]]]] = {
                "clock": lambda: reached.clock(account, self.now()),
                "updates": lambda: reached.updates(account, settings, self.listen, self.now(), mend=self.mend),
                "menu": lambda: self._shown(account, settings, collections),
            }
            for about, check in checks.items():
                for finding in await _tried(about, check()):
                    yield finding

    async def _shown(self, account: Account, settings: Settings, collections: tuple[Collection, ...]) -> list[Finding]:
        if not collections:
            return []
        languages = [language for c in collections for language in c.languages]
        return await reached.shown(account, profiles(self.read_texts(settings, collections), collections, languages))


def _collections(settings: Settings) -> tuple[tuple[Collection, ...], list[Finding]]:
    try:
        return load_collections(settings.collections), []
    except CollectionFaults as error:
        return (), list(offered.faults_in(error))
    except Exception as error:  # noqa: BLE001  # whatever it is, the other checks are made
        return (), [_broken("collections", error)]


def _held(about: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    found: list[Finding] = []
    try:
        for finding in check():
            found.append(finding)  # noqa: PERF402  # what was found before it broke is kept
    except Exception as error:  # noqa: BLE001  # whatever it is, the other checks are made
        found.append(_broken(about, error))
    return found


async def _tried(about: str, check: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        return await check
    except AccountFault as error:
        return [reached.trouble(error)]
    except Exception as error:  # noqa: BLE001  # whatever it is, the other checks are made
        return [_broken(about, error)]


def _broken(about: str, error: Exception) -> Finding:
    """The kind of trouble alone: a text could hold what is nobody's business."""
    return fault(about, f"could not be looked at ({type(error).__name__})", "mend what else is wrong, then look again")
