"""`surveybot notify-breach`: tell everybody whom it concerns that something has gone wrong with what they gave."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands import console
from bot.commands.console import Json
from bot.commands.or_command import OrCommand
from bot.commands.releases import By

if TYPE_CHECKING:
    from bot.notices.desk import Reach
    from bot.settings import Settings
    from bot.storage.notices import Concerned, Notice


class SendOrCommand(OrCommand):
    """`surveybot notify-breach --all ...` is `surveybot notify-breach send --all ...`."""

    default = "send"


app = typer.Typer(cls=SendOrCommand, help="Tell everybody whom a breach concerns, once, in their language.")

Day = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day, in UTC.")]


@app.command()
def send(
    texts: Annotated[Path, typer.Option(help="The folder with what it says, a file a language: en.md, ar.md.")],
    reason: Annotated[str, typer.Option(help="What it is about, for the audit; name nobody.")],
    *,
    collection: Annotated[str | None, typer.Option(help="Who is in this collection.")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Who agreed in this region; say it for each.")] = None,
    since: Day = None,
    until: Day = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody of whom anything is held.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and check, and send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it goes out.")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Tell them, at any hour, also who wants no messages: this is a duty and no invite. The running bot sends it."""
    from bot.notices.desk import check_languages
    from bot.notices.wording import read_texts
    from bot.stewardship.refusing import Refused
    from bot.storage.notices import Concerned

    named = (collection, region, since, until)
    if everybody == any(each is not None and each != [] for each in named):
        raise console.refuse("say whom it concerns: --all, or any of --collection, --region, --since, --until")
    if not reason.strip():
        raise console.refuse("say with --reason what it is about")
    settings = console.settings()
    days = (each.date() if each is not None else None for each in (since, until))
    wanted = Concerned(collection, tuple(each.upper() for each in region or ()), *days)
    try:
        words = read_texts(texts)
        wanted, reached = console.finish(_counted(settings, wanted))
        check_languages(reached, words)
    except Refused as why:
        raise console.refuse(why) from None
    if not as_json:
        _preview(settings, words, reached)
    if dry_run or not reached.people:
        _say(as_json=as_json, value={"people": reached.people, "sent": False}, words="Nothing was sent.")
        return
    if as_json and not yes:
        raise console.refuse("--json asks nothing: say --yes with it")
    if not yes and not typer.confirm(f"Tell {_people(reached.people)}?", default=False):
        console.say("Nothing was sent.")
        return
    number = console.finish(_sent(settings, wanted, words, by or console.somebody(), reason.strip()))
    _say(
        as_json=as_json,
        value={"people": reached.people, "sent": True, "notice": number},
        words=f"The bot that runs sends it now. How far it has come: surveybot notify-breach show {number}",
    )


def _say(*, as_json: bool, value: dict[str, Any], words: str) -> None:
    if as_json:
        console.say_json(value)
    else:
        console.say(words)


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def _preview(settings: Settings, words: dict[str, dict[str, str]], reached: Reach) -> None:
    from bot.notices.wording import notice_screen
    from bot.reading import read_collections
    from bot.reading import read_texts as read_catalogs

    catalogs = read_catalogs(settings, read_collections(settings))
    for language in sorted(reached.languages):
        console.say(f"--- {language} ---")
        console.say(catalogs.screen(notice_screen(words[language]), language))
    console.say(f"It concerns {_people(reached.people)}.")


async def _counted(settings: Settings, wanted: Concerned) -> tuple[Concerned, Reach]:
    from bot.notices.desk import checked, reach
    from bot.reading import read_collections
    from bot.stewardship.archive import open_archive

    wanted = checked(read_collections(settings), wanted)
    async with open_archive(settings) as archive:
        return wanted, await reach(archive, wanted)


async def _sent(settings: Settings, wanted: Concerned, words: dict[str, dict[str, str]], by: str, reason: str) -> int:
    from bot.clock import utc_now
    from bot.notices.desk import send as send_it
    from bot.stewardship.archive import open_archive

    async with open_archive(settings) as archive:
        return await send_it(archive, wanted, words, by=by, reason=reason, clock=utc_now)


@app.command()
def show(
    number: Annotated[int | None, typer.Argument(help="Which one; all of them without.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """How far notices have come."""
    found = [each for each in console.finish(_notices(console.settings())) if number in {None, each.id}]
    if number is not None and not found:
        raise console.refuse(f"there is no notice {number}; surveybot notify-breach show lists them")
    if as_json:
        console.say_json([_json(each) for each in found])
        return
    for each in found:
        counts = ", ".join(f"{count} {state}" for state, count in sorted(each.states.items())) or "nobody"
        how = "not begun" if each.begun_at is None else "under way" if each.ended_at is None else "over"
        console.say(f"{each.planned_at:%Y-%m-%d %H:%M}  {each.id}  {how}: {counts}; by {each.by}: {each.reason}")
    if not found:
        console.say("No notice was ever sent.")


def _json(notice: Notice) -> dict[str, Any]:
    ended = notice.ended_at.isoformat() if notice.ended_at is not None else None
    begun = notice.begun_at.isoformat() if notice.begun_at is not None else None
    return {
        "notice": notice.id, "by": notice.by, "reason": notice.reason, "concerns": dict(notice.concerns),
        "recipients": notice.recipients, "begun_at": begun, "ended_at": ended, "states": dict(notice.states),
    }  # fmt: skip


async def _notices(settings: Settings) -> list[Notice]:
    from bot.stewardship.archive import open_data
    from bot.storage.notices import every_notice

    async with open_data(settings) as database:
        await database.check_schema()
        async with database.read() as connection:
            return await every_notice(connection)
