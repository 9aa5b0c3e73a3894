"""`surveybot keys`: how things stand with the master key, and taking a new one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json
from bot.stewardship.refusing import Refused

if TYPE_CHECKING:
    from bot.stewardship.shares import Recovered

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


@app.command()
def split(
    out: Annotated[Path, typer.Option(help="The folder to write the shares into, a file each.")],
    *,
    shares: Annotated[int, typer.Option(help="How many shares to make.")] = 5,
    threshold: Annotated[int, typer.Option(help="How many of them give the key back.")] = 3,
    as_json: Json = False,
) -> None:
    """Split the master key into shares for several people. So many give it back; fewer say nothing of it."""
    from bot.stewardship.shares import split as split_into

    made = console.finish(split_into(console.settings(), threshold, shares, out, lambda: dt.datetime.now(dt.UTC)))
    if as_json:
        console.say_json({"shares": [str(path) for path in made], "threshold": threshold})
        return
    for path in made:
        console.say(str(path))
    console.say(f"Any {threshold} of them give the master key back. Bring each to somebody else, on paper or a stick,")
    console.say("and then delete them here: together in one place they are the key.")
    console.say("After `surveybot keys rotate`, split the new key and destroy these.")


@app.command()
def recover(
    share: Annotated[list[Path] | None, typer.Argument(help="Files of shares, as many as it takes.")] = None,
    *,
    typed: Annotated[int, typer.Option(min=0, help="So many shares are typed in from paper instead.")] = 0,
    key_store: Annotated[
        Path | None, typer.Option(help="Prove the key by this key store's file, such as a backup's.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="The file to write it into; by default where SURVEYBOT_KEY_FILE says.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put the master key together from shares. It is written only if it opens the key store, and never shown."""
    from bot.stewardship.shares import Share, read_share
    from bot.stewardship.shares import recover as recover_from

    async def run() -> Recovered:
        return await recover_from(console.settings(), [*read, *entered], key_store, to, lambda: dt.datetime.now(dt.UTC))

    try:
        read = [read_share(path) for path in share or []]
    except Refused as error:
        raise console.refuse(error) from None
    entered = [
        Share(typer.prompt(f"Words of share {len(read) + number}", hide_input=True), where=f"typed share {number}")
        for number in range(1, typed + 1)
    ]
    found = console.finish(run())
    if as_json:
        console.say_json(
            {"key_file": str(found.key_file), "was_there": found.was_there, "noted": found.unnoted is None}
        )
        return
    there = "was there already, and is the right one" if found.was_there else "is written"
    console.say(f"The master key {there}: {found.key_file}. It opens the key store.")
    if found.unnoted is not None:
        console.say(f"The audit trail does not say so: {found.unnoted}.")
        console.say(f"To put a backup back with it: surveybot restore --master-key {found.key_file}")
