"""`surveybot db`: the version of the data's tables, and people who never were."""

from __future__ import annotations

import random
import time
from contextlib import nullcontext
from typing import Annotated

import typer

from bot.commands import console, copying
from bot.commands.console import Json
from bot.settings import Settings

app = typer.Typer(help="The database's tables.", no_args_is_help=True)
app.command()(copying.copy)
app.command()(copying.stay)


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
    from bot.storage.transfers import refuse_moved

    async with open_data(settings) as database:
        await database.check_schema()
        await refuse_moved(database)


@app.command()
def upgrade() -> None:
    """Bring the tables to this version, while the bot is stopped; it does the same when it starts."""
    console.finish(_upgrade(console.settings()))
    console.say("The tables are those of this version.")


async def _upgrade(settings: Settings) -> None:
    from bot.serving import alone, or_refuse
    from bot.stewardship.archive import open_data
    from bot.stewardship.refusing import Refused
    from bot.storage.database import newest_schema

    async with open_data(settings) as database:
        changes = await database.schema() != newest_schema()
        # A bot of an earlier version would go on, on tables that it does not know.
        nobody_serves = or_refuse(alone(settings.serving_mark), Refused("a bot serves from here; stop it first"))
        with nobody_serves if changes else nullcontext():
            await database.upgrade()


@app.command()
def seed(
    contributors: Annotated[int, typer.Option(min=1, help="How many people to make.")],
    *,
    first_chat_id: Annotated[
        int, typer.Option(min=1, help="The first one's chat id; the others' follow.")
    ] = 7_000_000_001,
    collection: Annotated[str, typer.Option(help="What they took part in; by default the first collection.")] = "",
    as_json: Json = False,
) -> None:
    """Make people who agreed to everything, finished and want invites: on a stand-in, to see or measure many."""
    settings = console.settings()
    if not settings.is_rehearsal:
        raise console.refuse(
            "people are made up only where SURVEYBOT_API_URL is on this machine: these data may hold real ones"
        )
    began = time.monotonic()
    made = console.finish(_seed(settings, collection, first_chat_id, contributors))
    seconds = time.monotonic() - began
    if as_json:
        console.say_json({"made": made, "first_chat_id": first_chat_id, "seconds": round(seconds, 1)})
        return
    console.say(f"{made:,} people, from chat {first_chat_id} on, in {seconds:.0f} s ({made / seconds:,.0f} a second).")


async def _seed(settings: Settings, collection: str, first: int, count: int) -> int:
    from rich.progress import Progress

    from bot.broadcasts.seeding import seed as make
    from bot.doors import open_ground

    async with open_ground(settings, collection, random.Random()) as ground:  # noqa: S311  # nothing secret
        with Progress(console=console.err, transient=True, disable=not console.err.is_terminal) as bar:
            task = bar.add_task("People", total=count)
            return await make(ground, first, count, lambda done: bar.update(task, completed=done))
