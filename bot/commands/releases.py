"""`surveybot export` and `surveybot releases`: for stewards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.clock import utc_now
from bot.commands import console, foreseen
from bot.commands.console import Json
from bot.commands.or_command import OrCommand

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.stewardship.archive import Archive
    from bot.stewardship.export import Made, Progress
    from bot.stewardship.ordering import Order
    from bot.storage.release_orders import Waiting
    from bot.storage.releases import Release
    from flows.collection import Collection


class FormatName(StrEnum):
    """What a release can be written as."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    SAV = "sav"
    DTA = "dta"


class ListOrCommand(OrCommand):
    """`surveybot releases` is `surveybot releases list`."""

    default = "list"


app = typer.Typer(cls=ListOrCommand, help="Releases that were made, and those that wait for a second steward.")

By = Annotated[str, typer.Option(help="Which steward does it; by default who is logged in.")]
Out = Annotated[Path, typer.Option(help="The folder to make the release's folder in; made if there is none.")]


def export(
    collection: Annotated[str, typer.Argument(help="The collection's id.")],
    purpose: Annotated[str, typer.Option(help="The purpose that the recipient has the data for.")],
    recipient: Annotated[str, typer.Option(help="Who gets it, as they are on file: surveybot recipients.")],
    out: Annotated[
        Path | None,
        typer.Option(help="The folder to make the release's folder in; made if there is none. Not with --preview."),
    ] = None,
    *,
    made_as: Annotated[FormatName, typer.Option("--format", help="How the data is written.")] = FormatName.CSV,
    k: Annotated[
        int, typer.Option(max=console.MOST, help="How many people share what tells them apart, at least; 5 or more.")
    ] = 5,
    exact_times: Annotated[
        bool, typer.Option("--exact-times", help="Times instead of days: for a recipient inside the organisation.")
    ] = False,
    own_words: Annotated[
        bool, typer.Option("--own-words", help="With own words, where the purpose names them, and two stewards.")
    ] = False,
    single_question_tables: Annotated[
        bool,
        typer.Option("--single-question-tables", help="A table for each question, which nothing joins to another."),
    ] = False,
    since: Annotated[str | None, typer.Option(help="An earlier release: say who is new, changed or gone.")] = None,
    by: By = "",
    confirmed_by: Annotated[str | None, typer.Option(help="The second steward; without, it waits for one.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Without a second steward: only under SURVEYBOT_ONE_PERSON_TEAM.")
    ] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Say what would be lost, and do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Release what one purpose may use now, as a folder for one recipient, and enter it into the release ledger."""
    from bot.stewardship.confirming import keep
    from bot.stewardship.export import export as make
    from bot.stewardship.formats import FORMATS
    from bot.stewardship.ordering import confirmed, order

    if out is None and not preview:
        raise typer.BadParameter("say in which folder the release's is made", param_hint="--out")
    folder = out or Path()
    settings = console.settings()
    collections = _collections(settings)

    async def ordered(_archive: Archive) -> Order:
        return order(
            collections,
            collection,
            purpose,
            recipient,
            FORMATS[made_as],
            exact_times=exact_times,
            smallest_group=k,
            own_words=own_words,
            tables=single_question_tables,
            since=since,
        )

    async def work(archive: Archive, progress: Progress) -> Made | Waiting:
        wanted = await ordered(archive)
        if confirmed_by is None and not yes:
            return await keep(archive, wanted, by or console.somebody(), utc_now())
        alone = settings.one_person_team and yes
        wanted = confirmed(wanted, by or console.somebody(), confirmed_by, one_person_team=alone)
        return await make(archive, wanted, folder, utc_now, progress)

    if preview:
        foreseen.show(console.finish(foreseen.foresee(settings, ordered)), as_json=as_json)
        return
    _ask_first(settings, ordered, as_json=as_json)
    _show_made(_run(settings, work), as_json=as_json)


def _ask_first(settings: Settings, ordered: foreseen.Ordering, *, as_json: bool) -> None:
    """Say what would be lost while nothing is written yet; who is not at a terminal reads what it may not be beside."""
    if as_json or not foreseen.somebody_is_there():
        foreseen.warn(console.finish(_others(settings, ordered)))
        return
    found = console.finish(foreseen.foresee(settings, ordered))
    foreseen.show(found, as_json=False)
    if not foreseen.agreed_to(found):
        raise console.refuse("Nothing was made.")


async def _others(settings: Settings, ordered: foreseen.Ordering) -> list[Release]:
    from bot.stewardship.archive import open_archive
    from bot.stewardship.shapes import of_another_shape

    async with open_archive(settings) as archive:
        return await of_another_shape(archive, await ordered(archive))


def _run(settings: Settings, work: Callable[[Archive, Progress], Awaitable[Made | Waiting]]) -> Made | Waiting:
    from rich.progress import Progress

    from bot.stewardship.archive import open_archive

    async def run() -> Made | Waiting:
        async with open_archive(settings) as archive:
            with Progress(console=console.err, transient=True, disable=not console.err.is_terminal) as shown:
                task = shown.add_task("Contributions", total=None)
                return await work(archive, lambda done, total: shown.update(task, completed=done, total=total))

    return console.finish(run())


def _collections(settings: Settings) -> tuple[Collection, ...]:
    from flows.load import CollectionFaults, load_collections

    try:
        return tuple(load_collections(settings.collections))
    except CollectionFaults as faults:
        raise console.refuse(faults) from None


def _show_made(made: Made | Waiting, *, as_json: bool) -> None:
    from bot.stewardship.export import Made, summary

    if not isinstance(made, Made):
        if as_json:
            console.say_json({"waiting": made.id, "ordered_by": made.ordered_by})
            return
        console.say(f"It waits for a second steward: surveybot releases confirm {made.id} --out FOLDER")
        return
    if as_json:
        console.say_json(summary(made))
        return
    _say_losses(made)
    for each in made.files:
        console.say(f"{each.path}: {_rows(each.rows)}, SHA-256 {each.sha256}")
    console.say(f"Release {made.release.id} is in the ledger: surveybot releases")
    console.say(
        f"Delete {made.folder} once it is handed over, or prune it by each withdrawals list as the other copy is."
    )
    if made.left_out:
        console.say(f"{made.left_out} are left out: too few people are like them in what tells them apart.")
    if made.withdrawn_meanwhile:
        console.say(f"{made.withdrawn_meanwhile} withdrew, or changed their answers, meanwhile, and are left out.")
    if made.unreadable:
        console.err.print(
            f"{made.unreadable} contributions did not open with their keys and are not in it; see docs/exports.md",
            style="bold red",
            markup=False,
        )


def _say_losses(made: Made) -> None:
    from bot.stewardship.telling import A_FIFTH

    lost = [loss for loss in made.losses if loss.share > A_FIFTH]
    if lost:
        console.say("More than a fifth is not said exactly, or left out, because few people share it:")
        for loss in lost:
            console.say(f"  {loss.question}: {loss.option}, {round(100 * loss.share)}% of {loss.gave}")
        if not made.release.tables:
            console.say(
                "--single-question-tables loses less: no table joins to another. Make that in place of this one, and "
                "delete this folder: nobody is given both."
            )


def _rows(count: int) -> str:
    return console.counted(count, "row")


@app.command("list")
def list_all(*, as_json: Json = False) -> None:
    """List every release that was made, oldest first, and orders that wait for a second steward."""
    from bot.stewardship.ordering import folder_name

    made, waiting = console.finish(_releases(console.settings()))
    if as_json:
        moments = {each.id: each.made_at.isoformat() for each in made}
        console.say_json([{**asdict(each), "made_at": moments[each.id], "folder": folder_name(each)} for each in made])
        return
    for each in made:
        times = ", exact times" if each.exact_times else ""
        console.say(
            f"{each.made_at:%Y-%m-%d %H:%M}  {each.id}  {each.recipient}: {each.collection} for {each.purpose}, "
            f"{_rows(each.rows)}{times}, {folder_name(each)}"
        )
    if not made:
        console.say("No release was made yet.")
    for order in waiting:
        wanted = order.wanted
        console.say(
            f"waits for a second steward: {order.id}, {wanted['collection']} for {wanted['purpose']} to "
            f"{wanted['recipient']}, by {order.ordered_by}"
        )


@app.command()
def confirm(
    order: Annotated[str, typer.Argument(help="The order, as `surveybot releases` names it.")],
    out: Out,
    *,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Confirm, as the second steward, what another one wants to release, and make it."""
    from bot.stewardship.confirming import confirm as make
    from bot.stewardship.confirming import waiting_for

    settings = console.settings()
    collections = _collections(settings)

    async def ordered(archive: Archive) -> Order:
        return (await waiting_for(archive, collections, order, utc_now()))[0]

    async def work(archive: Archive, progress: Progress) -> Made | Waiting:
        return await make(archive, collections, order, by or console.somebody(), out, utc_now, progress)

    _ask_first(settings, ordered, as_json=as_json)
    _show_made(_run(settings, work), as_json=as_json)


async def _releases(settings: Settings) -> tuple[list[Release], list[Waiting]]:
    from bot.stewardship.archive import open_data
    from bot.storage.release_orders import waiting
    from bot.storage.releases import every_release

    async with open_data(settings) as database:
        await database.check_schema()
        async with database.read() as connection:
            return await every_release(connection), await waiting(connection)
