"""`surveybot recipients`: who may be given releases, by which agreement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.clock import utc_now
from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.stewardship.archive import Archive
    from bot.stewardship.recipients import Standing

app = typer.Typer(help="Who may be given releases, by which agreement.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The recipient: letters, digits, - and _. Pseudonyms hang on it.")]

_Result = TypeVar("_Result")


@app.command()
def add(
    name: Name,
    *,
    agreement: Annotated[str, typer.Option(help="The agreement's reference.")],
    purpose: Annotated[list[str], typer.Option(help="A purpose that the agreement is for; say it for each.")],
    contact: Annotated[str, typer.Option(help="Whom to write to there.")],
    expires: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="The agreement's last day.")],
    delete_within: Annotated[
        int, typer.Option(help="Days from a withdrawals list to the recipient's word that its rows are gone.")
    ],
    as_json: Json = False,
) -> None:
    """Put a recipient on file: without one, no release is made."""
    from bot.stewardship import recipients
    from flows.load import load_collections

    settings = console.settings()

    async def work(archive: Archive) -> Standing:
        described = recipients.described(
            name,
            agreement,
            purpose,
            contact,
            expires.date(),
            delete_within,
            collections=load_collections(settings.collections),
            now=utc_now(),
        )
        await recipients.add(archive, described)
        return await recipients.one(archive, name, utc_now())

    _show([_done(settings, work)], as_json=as_json)


@app.command("list")
def list_all(*, as_json: Json = False) -> None:
    """List who is on file, until when, and who has not answered a withdrawals list in time."""
    from bot.stewardship import recipients

    _show(_done(console.settings(), lambda archive: recipients.everybody(archive, utc_now())), as_json=as_json)


@app.command()
def show(name: Name, *, as_json: Json = False) -> None:
    """Show one recipient's agreement, and the withdrawal lists that it has not answered."""
    from bot.stewardship import recipients

    standing = _done(console.settings(), lambda archive: recipients.one(archive, name, utc_now()))
    if as_json:
        console.say_json(_as_json(standing))
        return
    who = standing.recipient
    _show([standing], as_json=False)
    console.say(f"  contact: {who.contact}")
    console.say(f"  has {who.delete_within} days from each withdrawals list to answer it")
    for given in (*standing.overdue, *standing.waiting):
        console.say(f"  list {given.id} of {given.made_at:%Y-%m-%d}: answer due by {_due(standing, given):%Y-%m-%d}")


@app.command()
def end(name: Name, *, as_json: Json = False) -> None:
    """End an agreement now: nothing goes there any more. What is there already stays under its duties."""
    from bot.stewardship import recipients

    async def work(archive: Archive) -> Standing:
        await recipients.end(archive, name, utc_now())
        return await recipients.one(archive, name, utc_now())

    _show([_done(console.settings(), work)], as_json=as_json)


def _done(settings: Settings, work: Callable[[Archive], Awaitable[_Result]]) -> _Result:
    from bot.stewardship.archive import open_archive

    async def run() -> _Result:
        async with open_archive(settings) as archive:
            return await work(archive)

    return console.finish(run())


def _show(standings: list[Standing], *, as_json: bool) -> None:
    if as_json:
        console.say_json([_as_json(each) for each in standings])
        return
    for each in standings:
        who = each.recipient
        state = f"until {who.expires_on}" if each.live else "over"
        late = f"; OVERDUE with {console.counted(len(each.overdue), 'withdrawals list')}" if each.overdue else ""
        console.say(f"{who.name}: {who.agreement}, for {', '.join(who.purposes)}, {state}{late}")
    if not standings:
        console.say("Nobody is on file: surveybot recipients add")


def _due(standing: Standing, given: Any) -> dt.datetime:  # noqa: ANN401  # a list that was handed out
    due: dt.datetime = given.due_at(standing.recipient.delete_within)
    return due


def _as_json(standing: Standing) -> dict[str, object]:
    who = standing.recipient
    lists = [(given, late) for late, some in ((True, standing.overdue), (False, standing.waiting)) for given in some]
    return {
        "name": who.name,
        "agreement": who.agreement,
        "purposes": list(who.purposes),
        "contact": who.contact,
        "expires_on": who.expires_on.isoformat(),
        "delete_within": who.delete_within,
        "added_at": who.added_at.isoformat(),
        "ended_at": who.ended_at.isoformat() if who.ended_at else None,
        "live": standing.live,
        "lists_not_answered": [
            {"list": given.id, "made_at": given.made_at.isoformat(), "due_at": _due(standing, given).isoformat(),
             "overdue": late}
            for given, late in lists
        ],
    }  # fmt: skip
