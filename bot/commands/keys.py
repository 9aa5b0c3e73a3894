"""`surveybot keys`: how things stand with the master key, and taking a new one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

app = typer.Typer(help="The master key.", no_args_is_help=True)


@app.command()
def status(*, as_json: Json = False) -> None:
    """Say whether the master key opens the keys, and which there are. Shows no key."""
    from bot.stewardship.keys import status as status_of

    found = console.finish(status_of(console.settings()))
    if as_json:
        console.say_json(
            {
                "key_file": str(found.key_file),
                "fixed_keys": found.fixed,
                "purposes": found.purposes,
                "destroyed": found.destroyed,
                "to_destroy": found.to_destroy,
            }
        )
        return
    console.say(f"{found.key_file} opens the ring: {found.fixed} fixed keys and {len(found.purposes)} of purposes.")
    for name in found.purposes:
        console.say(f"  {name}")
    console.say(f"{found.destroyed} entries in the list of destroyed keys; {found.to_destroy} still to be destroyed.")


@app.command()
def rotate(
    new_key_file: Annotated[Path, typer.Option(help="Where the new master key is written, beside the old one.")],
) -> None:
    """Wrap the ring with a new master key. Nothing else changes: no hash, no pseudonym, nothing that is sealed."""
    from bot.stewardship.keys import rotate as rotate_to

    count = console.finish(rotate_to(console.settings(), new_key_file, lambda: dt.datetime.now(dt.UTC)))
    console.say(f"{count} keys are wrapped with {new_key_file} now.")
    console.say(f"Set SURVEYBOT_KEY_FILE to {new_key_file}, and keep a copy of it apart from the data.")
    console.say("The old key opens older backups of the key store; destroy it when the last of them is gone.")
