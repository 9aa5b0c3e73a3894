"""`surveybot api`: leaving one Bot API server for another, Telegram's or one of one's own."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands import console
from bot.settings import Settings

app = typer.Typer(help="The Bot API server: leaving it for another one.", no_args_is_help=True)

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("log-out")
def log_out(*, yes: Yes = False) -> None:
    """Log the bot out of the server at SURVEYBOT_API_URL, before another one takes it. Stop the bot before."""
    settings = _stopped()
    _sure(f"Log out of {settings.api_url}? It takes the bot back after 10 minutes at the earliest.", yes=yes)
    _leave(settings, for_good=True)
    console.say(f"Logged out of {settings.api_url}. Name the other server in SURVEYBOT_API_URL, and start the bot.")


@app.command()
def close(*, yes: Yes = False) -> None:
    """Close the bot at the server at SURVEYBOT_API_URL, before its folder there is moved. Stop the bot before."""
    settings = _stopped()
    _sure(f"Close the bot at {settings.api_url}?", yes=yes)
    _leave(settings, for_good=False)
    console.say(
        f"Closed at {settings.api_url}. Move the folder named after the bot's number to the other server, name that "
        "in SURVEYBOT_API_URL, and start the bot."
    )


def _stopped() -> Settings:
    """The settings, while no bot serves: it would log in again with its next call."""
    from bot.serving import is_served

    settings = console.settings()
    if settings.token is None:
        raise console.refuse("SURVEYBOT_TOKEN is not set: there is no bot to take away")
    if is_served(settings.serving_mark):
        raise console.refuse("a bot serves from here, and would log in again with its next call; stop it first")
    return settings


def _sure(question: str, *, yes: bool) -> None:
    if not yes and not typer.confirm(question):
        raise console.refuse("nothing was done")


def _leave(settings: Settings, *, for_good: bool) -> None:
    from bot.account import AccountFault
    from bot.doors import leave_server

    async def leave() -> None:
        try:
            await leave_server(settings, for_good=for_good)
        except AccountFault as error:
            from bot.team.office import NotDone

            raise NotDone(f"{settings.api_url} did not do it: {error}") from None

    console.finish(leave())
