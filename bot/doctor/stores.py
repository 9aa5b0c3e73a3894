"""Data and keys: whether they are there, belong together, and open."""

from __future__ import annotations

from bot import its_bot, off_shelf
from bot.doctor.findings import Finding, Level, fault, warning, well
from bot.doctor.served import who_serves
from bot.settings import Settings
from bot.stewardship.archive import NothingThere, open_data, open_keys
from bot.storage import consents, installation, team
from bot.storage.database import Database, SchemaFault, StoreUnavailable, knows_schema, newest_schema
from bot.storage.engines import file_of, host_of, place_of
from bot.storage.keystore import KeyStore
from bot.storage.off_shelf import held_off_shelf
from bot.storage.server import faults_of, keeps_from_making_tables, serving_here
from bot.storage.transfers import refuse_moved
from bot.vault import CannotOpen, KeyFileFault, read_master_key

_REOPEN = "that may be as it should be; surveybot halts lists them, surveybot reopen agrees to go on"
_RESTORE = "restore a backup: surveybot restore (docs/keys.md)"


async def stores(settings: Settings) -> list[Finding]:
    """The master key, the data, the key store, and what they say of each other."""
    try:
        is_new, keys_are_new = await _are_new(settings)
        closed = await _kept_from_starting(settings) if is_new else []
    except StoreUnavailable as error:
        return [_out_of_reach(settings, error)]
    except SchemaFault as error:
        return [_not_ours(error)]
    if is_new and not settings.key_file.exists():
        none = warning("master key", "there is none yet; the first start makes one", "make it now: surveybot setup")
        return [none, *closed]
    try:
        read_master_key(settings.key_file)
    except KeyFileFault as error:
        says, _, remedy = str(error).rpartition("; ")
        return [fault("master key", says, remedy)]
    if is_new and keys_are_new:
        makes = well("master key", f"{settings.key_file} is there; the first start makes data and key store")
        return closed or [makes]
    return [*await _opened(settings), *_list_of_destroyed(settings)]


async def _are_new(settings: Settings) -> tuple[bool, bool]:
    """Whether there is no data yet, and no key store. Raises StoreUnavailable."""
    database, keystore = Database.connect(settings.database_url), KeyStore.connect(settings.key_store)
    try:
        return await database.is_new(), await keystore.is_new()
    finally:
        await keystore.close()
        await database.close()


async def _kept_from_starting(settings: Settings) -> list[Finding]:
    """What keeps the first start from making tables on a server. Raises StoreUnavailable, SchemaFault."""
    database, keystore = Database.connect(settings.database_url), KeyStore.connect(settings.key_store)
    try:
        found = [each for each in await _server(database, keystore) if each.level is not Level.WELL]
        try:
            await keystore.check_may_make_tables()
        except SchemaFault as error:
            found.append(_not_ours(error))
        return found
    finally:
        await keystore.close()
        await database.close()


def _not_ours(error: SchemaFault) -> Finding:
    return fault("server", f"{error.says}, so that the bot does not start", error.remedy)


def _out_of_reach(settings: Settings, error: StoreUnavailable) -> Finding:
    urls = (settings.database_url, settings.key_store)
    servers = " and ".join(place_of(url) for url in urls if file_of(url) is None)
    remedy = "see that it runs, that the database is there, and that this role may log in (docs/postgresql.md)"
    return fault("stores", f"{servers or 'data or key store'} cannot be reached ({error})", remedy)


async def _server(database: Database, keystore: KeyStore) -> list[Finding]:
    """What servers are like that we have not made ourselves."""
    of_keys = [(f"of the key store, {says}", remedy) for says, remedy in await keystore.server_faults()]
    faults = [*await _faults_of_data(database), *of_keys]
    if faults:
        return [fault("server", says, remedy) for says, remedy in faults]
    if not database.serves_several:
        return []
    return [well("server", "PostgreSQL is new enough, and keeps every language's words")]


async def _faults_of_data(database: Database) -> list[tuple[str, str]]:
    if not database.serves_several:
        return []
    async with database.look() as connection:
        faults = await faults_of(connection)
        if await database.schema() != newest_schema():
            faults += await keeps_from_making_tables(connection)
    return faults


def _apart(settings: Settings) -> list[Finding]:
    """Whoever copies a server should not get answers and keys."""
    data, keys = host_of(settings.database_url), host_of(settings.key_store)
    if data is None or data != keys:
        return []
    says = f"data and key store are on one server, {data}: a copy of its files has both"
    remedy = "keep them on two, or, with one machine, the key store in a file beside the master key"
    return [warning("keys apart", says, f"{remedy} (docs/postgresql.md)")]


async def _opened(settings: Settings) -> list[Finding]:
    try:
        async with open_data(settings) as database, open_keys(settings) as (keystore, _vault):
            fits = well("master key", f"{settings.key_file} opens the keys")
            found = [fits, *await _server(database, keystore)]
            found += _apart(settings)
            return [*found, *await _together(database, keystore), *await _tables(database, settings)]
    except NothingThere as error:
        return [fault("stores", str(error), _RESTORE)]
    except SchemaFault as error:
        return [_not_ours(error)]
    except StoreUnavailable:
        return [fault("stores", "data or key store cannot be read: no whole database, or in use elsewhere", _RESTORE)]
    except CannotOpen:
        says = f"{settings.key_file} does not open the key store: it is another one"
        remedy = "check SURVEYBOT_KEY_FILE, or put the recovery copy of the right key in its place"
        return [fault("master key", says, remedy)]


def _list_of_destroyed(settings: Settings) -> list[Finding]:
    if settings.tombstones.exists():
        return []
    says = f"{settings.tombstones} is not there: the list of what was destroyed"
    return [warning("destroyed keys", says, "if anybody has ever left: put back its newest copy, then start the bot")]


async def off_the_shelf(settings: Settings, shelf: list[str]) -> list[Finding]:
    """Collections that are missing while something of them is held. What is wrong with the data is said elsewhere."""
    if not shelf:  # none could be read, so nobody knows what is missing
        return []
    try:
        async with open_data(settings) as database:
            if await database.schema() != newest_schema():
                return []
            async with database.read() as connection:
                held = await held_off_shelf(connection, shelf)
    except (NothingThere, SchemaFault, StoreUnavailable):
        return []
    return [_off_the_shelf(settings, collection, count) for collection, count in held.items()]


def _off_the_shelf(settings: Settings, collection: str, count: int) -> Finding:
    if collection in settings.collections_gone:
        return warning("collections", off_shelf.left(collection, count), off_shelf.CLOSES)
    says, remedy = off_shelf.missing(settings, collection, count)
    return fault("collections", f"{says}, so that the bot does not start", remedy)


async def _together(database: Database, keystore: KeyStore) -> list[Finding]:
    data, keys = await installation.id_of(database), await keystore.installation()
    if data == keys:
        return [well("stores", "data and keys belong together")]
    return [
        fault(
            "stores",
            "data and key store are of different installations: nothing of that data would open",
            "check SURVEYBOT_DATABASE_URL, SURVEYBOT_KEY_FILE and SURVEYBOT_KEY_STORE_URL",
        )
    ]


async def _tables(database: Database, settings: Settings) -> list[Finding]:
    version = await database.schema()
    if not knows_schema(version):
        return [fault("tables", "the data is of a newer version than this program", "upgrade: git pull, make install")]
    found = [well("tables", "the tables are those of this version")]
    if version != newest_schema():
        found = [warning("tables", "the tables are of an older version", "back up, then start the bot: it upgrades")]
    else:
        found += [*await _moved(database), *await _its_bot(database, settings)]
    async with database.read() as connection:
        waiting = await consents.pending_destructions(connection)
        halted = await team.halted(connection) if version == newest_schema() else frozenset()
        places = await serving_here(connection) if database.serves_several else []
    for scope in sorted(halted, key=repr):
        what = f"{scope.collection or 'every collection'}, {scope.territory or 'every region'}"
        found.append(warning("halted", f"{what}: nobody is invited or asked anything", _REOPEN))
    found += _processes(places, database)
    if waiting and not await who_serves(settings):
        says = f"{len(waiting)} keys are still to be destroyed, of people who have left"
        found.append(warning("destroyed keys", says, "start the bot: it does so before it serves anybody"))
    return found


async def _moved(database: Database) -> list[Finding]:
    """Whether it goes on elsewhere, or is half of a copy."""
    try:
        await refuse_moved(database)
    except SchemaFault as error:
        return [fault("tables", f"{error.says}, so that the bot does not start", error.remedy)]
    return []


async def _its_bot(database: Database, settings: Settings) -> list[Finding]:
    """Whether the token is of the bot that people there know."""
    noted = await its_bot.other_bot(database, settings.bot) if settings.bot is not None else None
    if noted is None or settings.bot is None:
        return []
    return [fault("token", f"{its_bot.says(noted, settings.bot)}, so that the bot does not start", its_bot.REMEDY)]


def _processes(places: list[str], database: Database) -> list[Finding]:
    """Which processes serve these data, of those that live; where only one can, nothing is kept of it."""
    if not database.serves_several:
        return []
    if not places:
        return [warning("processes", "none serves these data just now", "start the bot, or see why it does not")]
    return [well("processes", f"{len(places)} serve these data: {', '.join(places)}")]
