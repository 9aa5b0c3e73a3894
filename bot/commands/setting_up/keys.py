"""The master key and its recovery copy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from bot.commands import console
from bot.commands.asking import Asking, beware, explain, heading, well
from bot.settings import Settings
from bot.setup import keyfile
from bot.storage.database import Database, SchemaFault, StoreUnavailable
from bot.storage.engines import place_of
from bot.vault import KeyFileFault, read_master_key

_NO_COPY = (
    "there is no recovery copy yet that setup knows of; make one before anybody answers, or name the one that there "
    "is, with `surveybot setup`"
)


def check_usage(recovery: Path | None, *, no_recovery: bool) -> None:
    """A key that is made while nobody is asked needs a word on its copy. Raises BadParameter."""
    if recovery is None and not no_recovery and not console.settings_without_token().key_file.exists():
        raise typer.BadParameter("say where the recovery copy of the master key goes: --recovery, or --no-recovery")


def master_key(asking: Asking, settings: Settings, recovery: Path | None, *, no_recovery: bool) -> None:
    """Make the key where there is none, and a copy of it that was read back."""
    heading("4. The master key")
    is_new = not settings.key_file.exists()
    try:
        if is_new and not asyncio.run(_no_data(settings)):
            raise KeyFileFault(
                f"{settings.key_file}: there is data and no master key; put the key's recovery copy there, or name its "
                "place in SURVEYBOT_KEY_FILE. A new key would open nothing"
            )
        if is_new:
            keyfile.make_master_key(settings)
        read_master_key(settings.key_file)
    except KeyFileFault as fault:
        raise console.refuse(fault) from None
    well(f"{settings.key_file} {'is made' if is_new else 'is there'}, and only its owner can read it")
    if recovery is None and keyfile.is_copied(settings.key_file):
        if not asking.yes("Make another recovery copy of it?", default=False):
            return
    elif asking.somebody and not (is_new or recovery or no_recovery):  # a setup was cut off, or a start made the key
        beware("setup knows of no recovery copy of it")
    _recovery_copy(asking, settings.key_file, recovery, no_recovery=no_recovery)


async def _no_data(settings: Settings) -> bool:
    """Whether nothing was ever kept that another key has sealed."""
    database = Database.connect(settings.database_url)
    try:
        return await database.is_new()
    except StoreUnavailable as error:
        place = place_of(settings.database_url)
        raise console.refuse(f"{place} cannot be reached ({error}); see that it runs, then set up again") from None
    except SchemaFault as fault:
        raise console.refuse(fault) from None
    finally:
        await database.close()


def _recovery_copy(asking: Asking, key_file: Path, recovery: Path | None, *, no_recovery: bool) -> None:
    if no_recovery or (recovery is None and not asking.somebody):
        beware(_NO_COPY)
        return
    explain(keyfile.WHERE_TO_KEEP_IT)
    while (place := _place(asking, recovery)) is not None:
        copy = _kept(asking, key_file, place)
        if copy is not None:
            break
        recovery = None
    else:
        beware(_NO_COPY)
        return
    well(f"{copy.path} {'is written' if copy.was_made else 'was there already'}, and opens what the master key opens")
    if copy.is_near:
        beware("it lies on the same disk as the key, and would be lost with it; take it to another place")


def _place(asking: Asking, recovery: Path | None) -> Path | None:
    if recovery is not None:
        return recovery.expanduser()
    said = asking.text("Recovery copy: a folder, such as that of a stick, or a file (Enter: later)")
    return Path(said).expanduser() if said else None


def _kept(asking: Asking, key_file: Path, place: Path) -> keyfile.Copy | None:
    try:
        return keyfile.keep_copy(key_file, place)
    except KeyFileFault as fault:
        if not asking.somebody:
            raise console.refuse(fault) from None
        beware(str(fault))
        return None
