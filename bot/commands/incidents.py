"""`surveybot incidents`: complaints, halts and breaches, kept for the ethics committee."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.settings import Settings
    from flows.incidents import Incident

app = typer.Typer(help="Complaints, halts and breaches, for the ethics committee.", no_args_is_help=True)

Collection = Annotated[str | None, typer.Option(help="Only this collection's.")]
Since = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on (UTC).")]

COLUMNS = ("number", "day", "kind", "collection", "region", "noted_by", "what")


@app.command("list")
def list_incidents(collection: Collection = None, since: Since = None, *, as_json: Json = False) -> None:
    """List what happened, oldest first. Complaints and halts come here by themselves."""
    found = console.finish(_every(console.settings(), collection, since))
    if as_json:
        console.say_json([_plain(each) for each in found])
        return
    console.say(
        f"{console.counted(len(found), 'incident')}:" if found else "Nothing has happened that a committee is told of."
    )
    for each in found:
        where = f"{each.collection or 'every collection'}, {each.territory or 'every region'}"
        said = f": {each.what}" if each.what else ""
        console.say(f"  {each.id}  {each.at:%Y-%m-%d}  {each.kind.value}  {where}  by: {each.noted_by}{said}")


@app.command()
def add(
    kind: Annotated[str, typer.Argument(help="complaint, breach, halt or other")],
    what: Annotated[str, typer.Option(help="What happened and what was done; name nobody.")],
    by: Annotated[str, typer.Option(help="Who writes it down.")],
    collection: Annotated[str, typer.Option(help="Which collection; left out: all of them.")] = "",
    region: Annotated[str, typer.Option(help="Which region; left out: all of them.")] = "",
    on: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="On which day; today unless said.")
    ] = None,
) -> None:
    """Write down what the bot cannot know of, such as a complaint by telephone."""
    from flows.incidents import WHAT_LETTERS, Incident, IncidentKind

    if kind not in set(IncidentKind):
        raise typer.BadParameter(f"write one of: {', '.join(IncidentKind)}", param_hint="KIND")
    said, name = " ".join(what.split()), by.strip()
    if not said or not name or len(said) > WHAT_LETTERS or len(name) > 80:
        raise console.refuse(f"say --what happened in {WHAT_LETTERS} letters at most, and --by whom it is written down")
    now = dt.datetime.now(dt.UTC)
    day = on.replace(tzinfo=dt.UTC) if on is not None else now
    if day > now:
        raise console.refuse(f"{day:%Y-%m-%d} is still to come")
    noted = Incident(0, IncidentKind(kind), collection, region.upper(), day, name, said)
    console.finish(_add(console.settings(), noted, now))
    console.say("Written down. surveybot incidents list shows it.")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The file: .csv, or .json for programs.")],
    collection: Collection = None,
    since: Since = None,
) -> None:
    """Write what happened into a new file for the committee."""
    from bot.durable import write_new

    if out.suffix not in {".csv", ".json"}:
        raise typer.BadParameter("name a file that ends in .csv or .json", param_hint="OUT")
    found = [_plain(each) for each in console.finish(_every(console.settings(), collection, since))]
    try:
        write_new(out, (_as_csv(found) if out.suffix == ".csv" else _as_json(found)).encode())
    except FileExistsError:
        raise console.refuse(f"{out} is there already; name another file") from None
    except OSError as error:
        raise console.refuse(f"{out}: {error.strerror}") from None
    console.say(f"{out}: {console.counted(len(found), 'incident')}.")


def _plain(each: Incident) -> dict[str, Any]:
    values = (
        each.id,
        f"{each.at:%Y-%m-%d}",
        each.kind.value,
        each.collection,
        each.territory,
        each.noted_by,
        each.what,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _as_csv(found: list[dict[str, Any]]) -> str:
    from bot.stewardship.formats import harmless

    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: harmless(str(value)) for name, value in row.items()} for row in found)
    return out.getvalue()


def _as_json(found: list[dict[str, Any]]) -> str:
    import json

    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


async def _every(settings: Settings, collection: str | None, since: dt.datetime | None) -> list[Incident]:
    from bot.stewardship.archive import open_archive
    from bot.storage import incidents

    day = since.replace(tzinfo=dt.UTC) if since is not None else None
    async with open_archive(settings) as archive, archive.database.read() as connection:
        return await incidents.every(connection, collection, day)


async def _add(settings: Settings, incident: Incident, now: dt.datetime) -> None:
    from bot.reading import read_collections
    from bot.review.office import places_of
    from bot.stewardship.archive import open_archive
    from bot.storage import audit, incidents
    from bot.team.office import NotDone

    collections = read_collections(settings)
    collection, territory = incident.collection, incident.territory
    if collection:
        places_of(collections, collection, territory or None)
    elif territory and not any(each.region(territory) for each in collections):
        raise NotDone(f"no collection has a region {territory!r}")
    async with open_archive(settings) as archive, archive.database.write() as connection:
        await incidents.note(connection, incident)
        entry = {
            "at": now, "actor": "command line", "action": "incident noted", "collection": collection or None,
            "pseudonym": None, "detail": {"kind": incident.kind.value, "region": territory, "by": incident.noted_by},
        }  # fmt: skip
        await audit.append(connection, [entry])
