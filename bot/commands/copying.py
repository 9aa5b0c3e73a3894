"""`surveybot db copy` and `surveybot db stay`: a running installation's data into another database, and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.clock import utc_now
from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.stewardship.relocating import Copied
    from bot.storage.comparing import Held

_DATA, _KEYS = "SURVEYBOT_DATABASE_URL", "SURVEYBOT_KEY_STORE_URL"


def copy(
    to: Annotated[Path, typer.Option(help="A file of settings, as .env, that names the new database.")],
    *,
    as_json: Json = False,
) -> None:
    """Copy the data into another database, most of it while the bot serves; run it again once the bot has stopped."""
    from bot.stewardship.relocating import copy as copied

    settings = console.settings_without_token()
    wanted = _new_settings(settings, to)
    with console.err.status("Copying") as status:
        done = console.finish(
            copied(settings, wanted, utc_now, os.urandom, lambda table, rows: status.update(f"{table}: {rows:,} rows"))
        )
    if as_json:
        console.say_json(_as_json(done))
    else:
        _say(done, settings, to)


def stay(*, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Go on with data that `db copy` has moved away, and give up what was done at the new place."""
    from bot.stewardship.relocating import stay as taken_back

    question = "Whatever was said and taken back at the new place is not here. Go on here all the same?"
    if not yes and not typer.confirm(question):
        raise console.refuse("nothing was done")
    console.finish(taken_back(console.settings_without_token(), utc_now))
    console.say("This data is served again: whoever took something back at the new place is still in it.")
    console.say("Destroy the copy, and the keys that were moved with it: what is taken back here stays readable there.")


def _new_settings(settings: Settings, file: Path) -> Settings:
    """What the file names, and everything else as it is. The environment does not count: it has the old ones."""
    from bot.settings import SettingsFault, read_settings
    from bot.setup import envfile

    try:
        written = envfile.read(file)
    except envfile.EnvFault as fault:
        raise console.refuse(fault) from None
    if not written.get(_DATA):
        raise console.refuse(f"{file} sets no {_DATA}: write the new database's address there, as for .env")
    try:
        named = read_settings(token=None, database_url=written[_DATA], key_store_url=written.get(_KEYS, ""))
    except SettingsFault as fault:
        raise console.refuse(f"{file}: {fault}") from None
    keys = named.key_store_url or settings.key_store
    return settings.model_copy(update={"database_url": named.database_url, "key_store_url": keys})


# --- what came of it -------------------------------------------------------------------------------------------------


def _say(done: Copied, settings: Settings, file: Path) -> None:
    rows, tables = sum(each.rows for each in done.tables), len(done.tables)
    if not done.finished:
        console.say(
            f"Copied while the bot serves: {rows:,} rows of {tables} tables; {done.changed:,} had changed since."
        )
        console.say("Stop the bot and run this again: it brings over what is left, checks both sides, and finishes.")
        return
    console.say(f"Copied: {rows:,} rows of {tables} tables, by count and digest the same on both sides.")
    console.say(f"The audit trail verifies alike on both sides: {done.audit_entries:,} entries.")
    if done.audit_findings:
        console.say(f"! It has {done.audit_findings} findings, there as here: surveybot audit verify")
    if done.keys:
        console.say(f"Keys: {sum(each.rows for each in done.keys):,} rows, the same on both sides.")
    else:
        console.say("The key store stays where it is.")
    console.say(f"Start the bot with what {file} says. From now on it does not start on the old data.")
    old = [settings.database_url, *([settings.key_store] if done.keys else [])]
    from bot.storage.engines import place_of

    for place in map(place_of, old):
        console.say(f"! Still there: {place}. It opens as before. Destroy it as soon as you are sure.")


def _as_json(done: Copied) -> dict[str, Any]:
    return {
        "finished": done.finished,
        "changed_since": done.changed,
        "tables": [_table(each) for each in done.tables],
        "keys": [_table(each) for each in done.keys],
        "audit_entries": done.audit_entries,
        "audit_findings": done.audit_findings,
    }


def _table(held: Held) -> dict[str, Any]:
    return {"table": held.table, "rows": held.rows, "digest": held.digest}
