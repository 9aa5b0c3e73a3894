"""`surveybot export`, `releases`, `withdrawals`: for stewards."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.stewardship.export import Made, Order
    from bot.stewardship.recall import Withdrawn
    from bot.storage.releases import Release


class FormatName(StrEnum):
    """What a release can be written as."""

    CSV = "csv"
    JSONL = "jsonl"


def export(
    collection: Annotated[str, typer.Argument(help="The collection's id.")],
    purpose: Annotated[str, typer.Option(help="The purpose that the recipient has the data for.")],
    recipient: Annotated[str, typer.Option(help="Who gets it: letters, digits, - and _. Pseudonyms hang on it.")],
    out: Annotated[Path, typer.Option(help="The folder to write the file into; made if there is none.")],
    made_as: Annotated[FormatName, typer.Option("--format", help="How the file is written.")] = FormatName.CSV,
    exact_times: Annotated[
        bool, typer.Option("--exact-times", help="Times instead of days: for a recipient inside the organisation.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write what one purpose may use now into a file for one recipient, and enter it into the release ledger."""
    from bot.stewardship.export import order
    from bot.stewardship.export import summary as summary_of
    from bot.stewardship.formats import FORMATS
    from flows.load import CollectionFaults, load_collections

    settings = console.settings()
    try:
        collections = load_collections(settings.collections)
    except CollectionFaults as faults:
        raise console.refuse(faults) from None

    async def work() -> Made:
        wanted = order(collections, collection, purpose, recipient, FORMATS[made_as], exact_times=exact_times)
        return await _export(settings, wanted, out)

    made = console.finish(work())
    if as_json:
        console.say_json(summary_of(made))
        return
    console.say(f"{made.file}: {_rows(made.release)}, SHA-256 {made.release.sha256}")
    console.say(f"Release {made.release.id} is in the ledger: surveybot releases")
    if made.withdrawn_meanwhile:
        console.say(f"{made.withdrawn_meanwhile} withdrew while it was written and are not in it.")
    if made.unreadable:
        console.err.print(
            f"{made.unreadable} contributions did not open with their keys and are not in it; see docs/exports.md",
            style="bold red",
            markup=False,
        )


async def _export(settings: Settings, wanted: Order, out: Path) -> Made:
    from rich.progress import Progress

    from bot.stewardship.archive import open_archive
    from bot.stewardship.export import export as make

    async with open_archive(settings) as archive:
        with Progress(console=console.err, transient=True, disable=not console.err.is_terminal) as shown:
            task = shown.add_task("Contributions", total=None)
            return await make(
                archive, wanted, out, _now, lambda done, total: shown.update(task, completed=done, total=total)
            )


def _rows(release: Release) -> str:
    return "1 row" if release.rows == 1 else f"{release.rows} rows"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def releases(*, as_json: Json = False) -> None:
    """List every release that was made, oldest first."""
    from bot.stewardship.export import file_name

    made = console.finish(_releases(console.settings()))
    if as_json:
        moments = {each.id: each.made_at.isoformat() for each in made}
        console.say_json([{**asdict(each), "made_at": moments[each.id], "file": file_name(each)} for each in made])
        return
    for each in made:
        times = ", exact times" if each.exact_times else ""
        console.say(
            f"{each.made_at:%Y-%m-%d %H:%M}  {each.id}  {each.recipient}: {each.collection} for {each.purpose}, "
            f"{_rows(each)}{times}, {file_name(each)}"
        )
    if not made:
        console.say("No release was made yet.")


async def _releases(settings: Settings) -> list[Release]:
    from bot.stewardship.archive import open_data
    from bot.storage.releases import every_release

    async with open_data(settings) as database:
        await database.check_schema()
        async with database.read() as connection:
            return await every_release(connection)


def withdrawals(
    recipient: Annotated[str, typer.Option(help="The recipient, as the releases name it.")],
    *,
    as_json: Json = False,
) -> None:
    """List who has withdrawn from what a recipient holds, by the pseudonyms that the recipient knows."""
    gone = console.finish(_withdrawn(console.settings(), recipient))
    if as_json:
        rows = [{**asdict(each), "withdrawn_on": each.withdrawn_on.isoformat()} for each in gone]
        console.say_json({"recipient": recipient, "withdrawn": rows})
        return
    for each in gone:
        console.say(f"{each.contributor}  {each.collection}  {each.purpose}  {each.withdrawn_on.isoformat()}")
    if not gone:
        console.say(f"Nobody has withdrawn from what {recipient} holds.")


async def _withdrawn(settings: Settings, recipient: str) -> list[Withdrawn]:
    from bot.stewardship.archive import open_archive
    from bot.stewardship.recall import withdrawn_from

    async with open_archive(settings) as archive:
        return await withdrawn_from(archive, recipient)
