"""Moves a running installation's data, and its key store where that moves too, into another database.

Most of it is copied while the bot serves. The end needs it stopped, for as long as it takes to read everything once on
both sides: then the copy is brought level under the source's write lock, held against it row by row, and its audit
trail is verified. Only after that the source says that it was moved, and the copy that it is whole. Whatever ends it
before leaves a copy that starts no bot, and can be gone on with by doing the same again. Keys are copied last; a run
that fails after that takes them out again, and what a killed one has left of them, the next one does.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from bot.clock import Clock
from bot.serving import InUse, alone, moving, or_refuse
from bot.settings import Settings
from bot.stewardship.archive import open_data, open_keys
from bot.stewardship.export import Refused
from bot.storage import audit
from bot.storage.carrying import Told, carry
from bot.storage.comparing import KEY_BYTES, Held, bring_level, compare
from bot.storage.database import Database, SchemaFault, StoreUnavailable, newest_schema
from bot.storage.engines import make_private_file, place_of
from bot.storage.installation import id_of
from bot.storage.keystore import KeyStore
from bot.storage.transfers import (
    State,
    Transfer,
    carried_tables,
    has_tables,
    is_empty,
    note,
    refuse_moved,
    transfer_of,
)
from bot.trail.verifying import Verdict, verify
from bot.vault import Vault

Randomness = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of it."""

    finished: bool
    """Whether the copy is whole and goes on; otherwise the bot has to be stopped first."""
    tables: tuple[Held, ...]
    keys: tuple[Held, ...] = ()
    """Tables of the key store, where it was moved too."""
    audit_entries: int = 0
    audit_findings: int = 0
    """What is not as it was sealed, on both sides alike."""
    changed: int = 0
    """Rows that had changed since they were copied, and were brought level."""


@dataclass(frozen=True, slots=True)
class _Move:
    """Both sides, opened."""

    settings: Settings
    to: Settings
    source: Database
    keystore: KeyStore
    vault: Vault
    target: Database
    new_keys: KeyStore | None
    """Where the keys go; none where they stay."""
    installation: str
    clock: Clock
    told: Told
    key: bytes = field(repr=False)

    @property
    def source_place(self) -> str:
        return place_of(self.settings.database_url)

    @property
    def target_place(self) -> str:
        return place_of(self.to.database_url)

    @property
    def keys_place(self) -> str:
        return place_of(self.to.key_store)


async def copy(settings: Settings, to: Settings, clock: Clock, randomness: Randomness, told: Told) -> Copied:
    """Copy, and finish where no bot serves. `to` has the database, and the key store, that are moved to.

    Raises Refused, NothingThere, SchemaFault, StoreUnavailable, KeyFileFault, CannotOpen.
    """
    _refuse_what_is_no_move(settings, to)
    async with _opened(settings, to, clock, randomness, told) as move:
        refusal = Refused("another surveybot db copy runs from here; wait for its end, and run this again")
        with or_refuse(moving(settings.serving_mark), refusal):
            return await _copied(move)


async def _copied(move: _Move) -> Copied:
    state = await _prepared(move)
    await _take_out_old_keys(move)
    if state is State.BEGUN:
        await _carry_everything(move)
    try:
        with alone(move.settings.serving_mark):
            return await _finished(move)
    except InUse:
        return await _caught_up(move)


async def stay(settings: Settings, clock: Clock) -> None:
    """Go on with data that had been moved away. Raises Refused, and what opening does."""
    with or_refuse(alone(settings.serving_mark), Refused("a bot serves from here; stop it first")):
        async with open_data(settings) as source, open_keys(settings) as (_, vault):
            source.note_with(vault.notary())
            await source.check_schema()
            async with source.write() as connection:
                found = await transfer_of(connection)
                if found is None or found.state is not State.LEFT:
                    raise Refused("this data was not moved away: there is nothing to take back")
                await note(connection, None)
                await audit.append(connection, [_entry("move taken back", clock(), found.other)])


# --- before ----------------------------------------------------------------------------------------------------------


def _refuse_what_is_no_move(settings: Settings, to: Settings) -> None:
    if Database.connect(settings.database_url).file is None:
        raise Refused(
            f"{place_of(settings.database_url)} is on a server already; move it with the server's own tools (pg_dump)"
        )
    if to.database_url == settings.database_url:
        raise Refused("both settings name the same database; name another one in the new settings")


@asynccontextmanager
async def _opened(
    settings: Settings, to: Settings, clock: Clock, randomness: Randomness, told: Told
) -> AsyncIterator[_Move]:
    make_private_file(to.database_url)
    target = Database.connect(to.database_url)
    new_keys = KeyStore.connect(to.key_store) if to.key_store != settings.key_store else None
    try:
        async with open_data(settings) as source, open_keys(settings) as (keystore, vault):
            await source.check_schema()
            source.note_with(vault.notary())
            installation = await id_of(source)
            if installation is None:
                raise Refused("no bot has ever run on this data: there is nothing to move")
            if await keystore.installation() != installation:
                raise Refused("the key store is another installation's; check SURVEYBOT_KEY_STORE_URL")
            key = randomness(KEY_BYTES)
            yield _Move(settings, to, source, keystore, vault, target, new_keys, installation, clock, told, key)
    finally:
        if new_keys is not None:
            await new_keys.close()
        await target.close()


async def _prepared(move: _Move) -> State:
    """The target with tables, and how far it is. Raises Refused, SchemaFault."""
    has_left = await _has_left_for(move)
    try:
        schema = await move.target.schema()
    except StoreUnavailable as error:
        raise _out_of_reach(move.target_place, error) from None
    if schema is None:
        if await has_tables(move.target):
            raise Refused(f"{move.target_place} has another program's tables; give the copy a database of its own")
        await move.target.upgrade()
    elif schema != newest_schema():
        raise SchemaFault(f"{move.target_place} has tables of another version", "give the copy an empty database")
    async with move.target.write() as connection:
        found = await transfer_of(connection)
        if has_left and (found is None or found.state is State.BEGUN):
            await refuse_moved(move.source)
        if found is None:
            if not await is_empty(connection):
                raise Refused(f"{move.target_place} is not empty; give the copy a database of its own")
            await note(connection, _transfer(move, State.BEGUN, move.source_place))
            return State.BEGUN
    if found.state is State.DONE:
        raise Refused(f"the copy at {move.target_place} is finished: start the bot with the new settings")
    if found.state is State.LEFT or found.installation != move.installation:
        raise Refused(f"{move.target_place} is another move's; give the copy an empty database")
    return found.state


async def _has_left_for(move: _Move) -> bool:
    """Whether the source was moved to this very place: then the copy may be short of its last word. Raises SchemaFault
    where it went to another one, or is half of a copy itself: people would go on in two places."""
    async with move.source.read() as connection:
        found = await transfer_of(connection)
    if found is not None and found.state is State.LEFT and found.other == move.target_place:
        return True
    await refuse_moved(move.source)
    return False


async def _take_out_old_keys(move: _Move) -> None:
    """Those that a run which was killed has left at the new place. They go before anything else, since keys that are
    destroyed here would lie on there. Raises Refused, and SchemaFault where none could be put there later."""
    if move.new_keys is None:
        return
    try:
        if not await move.new_keys.is_new():
            await move.new_keys.go_back()
        await move.new_keys.check_may_make_tables()
    except StoreUnavailable as error:
        raise _out_of_reach(move.keys_place, error) from None


def _out_of_reach(place: str, error: StoreUnavailable) -> Refused:
    return Refused(f"{place} cannot be reached ({error}); look at its address, name and password")


def _transfer(move: _Move, state: State, other: str) -> Transfer:
    return Transfer(state, move.installation, other, move.clock())


# --- while the bot serves --------------------------------------------------------------------------------------------


async def _carry_everything(move: _Move) -> None:
    """In one transaction of the target, from one state of the source: all of it is there, or nothing."""
    async with move.source.read() as reading, move.target.write_in_bulk() as writing:
        await carry(reading, writing, carried_tables(), move.told)
        await note(writing, _transfer(move, State.CARRIED, move.source_place))


async def _caught_up(move: _Move) -> Copied:
    """Beside the bot: what has changed since, so that little is left for the end."""
    async with move.source.read() as source:
        held = await bring_level(source, move.target, carried_tables(), move.key, move.told)
    return Copied(finished=False, tables=tuple(held), changed=sum(each.written for each in held))


# --- the end ---------------------------------------------------------------------------------------------------------


async def _finished(move: _Move) -> Copied:
    async with move.source.read() as connection:
        before = await transfer_of(connection)
    if before is None:
        async with move.source.write() as connection:
            await audit.append(connection, [_entry("data being moved", move.clock(), move.target_place)])
    async with AsyncExitStack() as undoing, move.source.write() as locked:
        late = await bring_level(locked, move.target, carried_tables(), move.key, move.told)
        held = await compare(locked, move.target, carried_tables(), move.key, move.told)
        _refuse_uneven(held, move.target_place)
        keys = await _keys_moved(move, undoing)
        verdict = await _same_trail(move)
        await note(locked, _transfer(move, State.LEFT, move.target_place))
    # A crash here leaves two sides that start nothing; the same command finishes.
    async with move.target.write() as connection:
        await note(connection, _transfer(move, State.DONE, move.source_place))
    await _keys_settled(move)
    return Copied(
        finished=True,
        tables=tuple(held),
        keys=tuple(keys),
        audit_entries=verdict.entries,
        audit_findings=len(verdict.findings),
        changed=sum(each.written for each in late),
    )


def _refuse_uneven(held: list[Held], place: str) -> None:
    uneven = [each for each in held if not each.is_level]
    if uneven:
        told = ", ".join(f"{each.table} ({each.rows} rows, {each.copied} in the copy)" for each in uneven)
        raise Refused(f"{place} is not the same as what it is a copy of: {told}. Run it again, or look at the server")


async def _keys_moved(move: _Move, undoing: AsyncExitStack) -> list[Held]:
    """Copy the keys, where the copy goes on with a store of its own. Where `undoing` ends with an error, none is left
    there. Keys that were destroyed before have never been there; those whose destruction is decided go along with the
    decision. Raises Refused."""
    store = move.new_keys
    if store is None:
        return []
    await store.create()
    await _refuse_what_takes_no_keys(move, store)
    undoing.push_async_exit(_taking_keys_back(move, store))
    keys = await store.refill_from(move.keystore, move.key)
    _refuse_uneven(keys, move.keys_place)
    return keys


async def _refuse_what_takes_no_keys(move: _Move, store: KeyStore) -> None:
    """Raise Refused where there are keys that no run of this move has put there: they may be in use, also as the ones
    that are copied, under another name."""
    installation = await store.installation()
    if installation not in {None, move.installation}:
        raise Refused(f"{move.keys_place} is another installation's key store")
    if installation is not None or not await store.is_empty():
        raise Refused(
            f"{move.keys_place} is not empty; give the keys a database of their own, or leave them where they are"
        )


_End = Callable[[type[BaseException] | None, BaseException | None, TracebackType | None], Coroutine[Any, Any, bool]]


def _taking_keys_back(move: _Move, store: KeyStore) -> _End:
    async def take_back(_kind: object, why: BaseException | None, _at: object) -> bool:
        if why is not None:
            await _take_keys_back(move, store, why)
        return False

    return take_back


async def _take_keys_back(move: _Move, store: KeyStore, why: BaseException) -> None:
    """Raises Refused where they stay there, with what to do."""
    try:
        await store.go_back()
    except (StoreUnavailable, SchemaFault, OSError) as error:
        said = str(why) if isinstance(why, Refused) else type(why).__name__
        raise Refused(
            f"nothing was finished ({said}), and the keys that had been copied to {move.keys_place} could not be taken "
            f"out again ({type(error).__name__}): keys that are destroyed here are still there. Run surveybot db copy "
            "again as soon as it can be reached, which takes them out before anything else, or destroy that database"
        ) from why


async def _keys_settled(move: _Move) -> None:
    if move.new_keys is not None:
        with suppress(StoreUnavailable):  # the move is done; a bot that starts there does the same
            await move.new_keys.settle()


async def _same_trail(move: _Move) -> Verdict:
    """Verified on both sides. What the source has of findings, its copy has too, and nothing else."""
    source = await verify(move.source, move.keystore, move.vault)
    copied = await verify(move.target, move.new_keys or move.keystore, move.vault)
    if dataclasses.asdict(source) != dataclasses.asdict(copied):
        raise Refused(
            f"the audit trail at {move.target_place} does not verify as its source does ({len(copied.findings)} "
            f"findings there, {len(source.findings)} here); nothing was finished"
        )
    return source


def _entry(action: str, at: dt.datetime, place: str) -> dict[str, object]:
    return {
        "at": at,
        "actor": "steward",
        "action": action,
        "collection": None,
        "pseudonym": None,
        "detail": {"to": place.partition(":")[0] if "://" in place else "sqlite"},
    }
