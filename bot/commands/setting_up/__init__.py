"""`surveybot setup`: from an empty folder to a bot that can be started, one subject after another.

Each subject is finished before the next begins, so that whoever stops half-way has nothing half done. A module here
holds the conversation about one subject; what is then done is in `bot.setup`.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import console
from bot.commands.asking import Asking, explain, heading


class UnitKind(StrEnum):
    """Whose service manager is to start the bot."""

    SYSTEM = "system"
    USER = "user"


def setup(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: take the options, and the defaults.")] = False,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read the token from standard input, with --yes.")
    ] = False,
    api_url: Annotated[str, typer.Option(help="A Bot API server of your own.")] = "",
    collections: Annotated[str, typer.Option(help="The folder of collections.")] = "",
    owners: Annotated[str, typer.Option(help="Telegram ids of the owners, with commas between them.")] = "",
    recovery: Annotated[Path | None, typer.Option(help="Where the master key's recovery copy is written.")] = None,
    no_recovery: Annotated[bool, typer.Option("--no-recovery", help="Make no recovery copy now.")] = False,
    name: Annotated[
        list[str] | None, typer.Option(help="The bot's name; for one language, such as ar=..., say it again.")
    ] = None,
    no_profile: Annotated[
        bool, typer.Option("--no-profile", help="Leave names, descriptions and menus as they are.")
    ] = False,
    unit: Annotated[UnitKind | None, typer.Option(help="Write a systemd unit.")] = None,
    unit_to: Annotated[str, typer.Option(help="Where the unit is written; - prints it.")] = "surveybot.service",
) -> None:
    """Set up a bot: token, settings, master key and its recovery copy, what Telegram shows, a systemd unit."""
    from bot.commands.setting_up import account, keys, profile, starting, what_is_asked

    asking = Asking(not yes)
    if asking.somebody and (token_stdin or not sys.stdin.isatty()):
        raise typer.BadParameter("there is nobody to ask here; run it in a terminal, or say --yes")
    if not asking.somebody:
        keys.check_usage(recovery, no_recovery=no_recovery)
        what_is_asked.check_folder(collections)
    console.say(f"Setting up in {Path.cwd()}. It can be run again at any time, and changes only what differs.")
    try:
        settings, me = account.token(asking, api_url, from_stdin=token_stdin)
        account.botfather(asking, settings, me)
        settings, found = what_is_asked.collections(asking, settings, collections)
        what_is_asked.owners(asking, settings, owners)
        keys.master_key(asking, settings, recovery, no_recovery=no_recovery)
        if not no_profile:
            profile.profile(asking, settings, me, found, name or [])
        starting.unit(asking, settings, unit.value if unit else None, unit_to)
    except (typer.Abort, KeyboardInterrupt):
        raise console.refuse("\nStopped. What is ticked is done; `surveybot setup` goes on from there.") from None
    heading("That is all")
    explain(["surveybot doctor   looks whether anything is missing", "surveybot run      serves Telegram until Ctrl-C"])
