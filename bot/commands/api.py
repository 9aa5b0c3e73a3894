"""`surveybot api`: leaving one Bot API server for another, Telegram's or one of one's own; and another bot's place."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands import console
from bot.settings import Settings

app = typer.Typer(help="The Bot API server: leaving it for another one. And another bot.", no_args_is_help=True)

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


@app.command("new-bot")
def new_bot(*, yes: Yes = False) -> None:
    """Say that the bot of SURVEYBOT_TOKEN takes the place of the one that the data is for. Stop the bot before."""
    settings = _stopped()
    if settings.bot is None:
        raise console.refuse("this is a rehearsal, whose bot is any: SURVEYBOT_API_URL is on this machine")
    _sure(
        f"Take bot {settings.bot} for the one that the data is for? It can write to nobody before they have opened it.",
        yes=yes,
    )
    before = console.finish(_replace(settings, settings.bot))
    if before == settings.bot:
        console.say(f"The data is for bot {settings.bot} already.")
    else:
        console.say(f"The data is for bot {settings.bot} from here on. Tell people where it is: it cannot.")


async def _replace(settings: Settings, bot: int) -> int | None:
    """Which bot it was before."""
    import datetime as dt

    from bot.stewardship.archive import open_archive
    from bot.storage import audit, installation

    async with open_archive(settings) as archive, archive.database.write() as connection:
        before = await installation.bot_of(connection)
        if before == bot:
            return before
        await installation.note_bot(connection, bot)
        entry = {"at": dt.datetime.now(dt.UTC), "actor": "command line", "action": "bot replaced", "collection": None}
        await audit.append(connection, [{**entry, "pseudonym": None, "detail": {"before": before, "bot": bot}}])
    return before


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
