"""`surveybot db`: the version of the data's tables."""

from __future__ import annotations

import typer

from bot.commands import console
from bot.commands.console import Json
from bot.settings import Settings

app = typer.Typer(help="The database's tables.", no_args_is_help=True)


@app.command()
def status(*, as_json: Json = False) -> None:
    """Say whether the tables are those of this version; end with 1 where they are not."""
    console.finish(_check(console.settings()))
    if as_json:
        console.say_json({"up_to_date": True})
        return
    console.say("The tables are those of this version.")


async def _check(settings: Settings) -> None:
    from bot.stewardship.archive import open_data

    async with open_data(settings) as database:
        await database.check_schema()


@app.command()
def upgrade() -> None:
    """Bring the tables to this version. Stop the bot before; it does the same when it starts."""
    console.finish(_upgrade(console.settings()))
    console.say("The tables are those of this version.")


async def _upgrade(settings: Settings) -> None:
    from bot.stewardship.archive import open_data

    async with open_data(settings) as database:
        await database.upgrade()
