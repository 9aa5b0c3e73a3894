"""`surveybot team`, and halting and reopening: what owners do in the bot, on the machine."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.clock import utc_now
from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.team.office import MadeLink
    from flows.grading import CardPause
    from flows.team.rights import Limits, Right, Role
    from flows.team.roster import Halt, Link, Roster

app = typer.Typer(help="Who is in the team: rights, and links that grant them.", no_args_is_help=True)

Collections = Annotated[list[str] | None, typer.Option("--collection", help="Only this collection; may be repeated.")]
Regions = Annotated[list[str] | None, typer.Option("--region", help="Only this region; may be repeated.")]
RightId = Annotated[str, typer.Argument(help="The right, as `surveybot team list` names it.")]


# --- in words and for programs ---------------------------------------------------------------------------------------


def _limits_json(limits: Limits) -> dict[str, Any]:
    return {"collections": sorted(limits.collections), "regions": sorted(limits.regions)}


def _right_json(right: Right) -> dict[str, Any]:
    now = utc_now()
    return {
        "right": right.id,
        "member": right.member,
        "name": right.name,
        "role": right.role.value,
        "limits": _limits_json(right.limits),
        "in_effect": right.is_in_effect(now),
        "waits_for": [lack.value for lack in right.lacks(now)],
        "trained_on": right.training.on.isoformat() if right.training else None,
        "training": right.training.what if right.training else None,
        "code_until": right.code_until.isoformat() if right.code_until else None,
        "granted_at": right.granted_at.isoformat(),
        "granted_by": right.granted_by,
    }


def _link_json(link: Link) -> dict[str, Any]:
    return {
        "link": link.id,
        "role": link.role.value,
        "limits": _limits_json(link.limits),
        "made_by": link.made_by,
        "expires_at": link.expires_at.isoformat(),
    }


def _halt_json(halt: Halt) -> dict[str, Any]:
    return {
        "halt": halt.id,
        "collection": halt.scope.collection,
        "region": halt.scope.territory,
        "at": halt.at.isoformat(),
        "by": halt.by,
        "role": halt.role.value,
        "agreed_to_reopen": [{"by": a.member, "as": [role.value for role in a.roles]} for a in halt.agreed],
    }


def _limits_words(limits: Limits) -> str:
    named = [*sorted(limits.collections), *sorted(limits.regions)]
    return ", ".join(named) or "everywhere"


def _right_words(right: Right) -> str:
    lacks = right.lacks(utc_now())
    waits = {"training": "a training note", "code": "the code of conduct"}
    state = f"waits for {' and '.join(waits[lack] for lack in lacks)}" if lacks else "in effect"
    until = f" until {right.code_until:%Y-%m-%d}" if right.code_until is not None and not lacks else ""
    who = right.name or "(no name yet)"
    return f"{right.id}  {right.role.value}  {who}  {_limits_words(right.limits)}  {state}{until}  {right.member}"


def _link_words(link: Link) -> str:
    return f"{link.id}  {link.role.value}  {_limits_words(link.limits)}  until {link.expires_at:%Y-%m-%d %H:%M} UTC"


def _halt_words(halt: Halt) -> str:
    what = f"{halt.scope.collection or 'every collection'}, {halt.scope.territory or 'every region'}"
    agreed = sorted({role.value for each in halt.agreed for role in each.roles})
    waits = f"; agreed to reopen: {', '.join(agreed)}" if agreed else ""
    return f"{halt.id}  {what}  since {halt.at:%Y-%m-%d %H:%M} UTC, by: {halt.role.value}{waits}"


# --- rights ----------------------------------------------------------------------------------------------------------


@app.command("list")
def list_rights(*, as_json: Json = False) -> None:
    """List every right, and every link that is open. Owners stand in SURVEYBOT_OWNERS."""
    from bot.team.office import roster_of

    roster: Roster = console.finish(roster_of(console.settings()))
    rights = sorted(roster.rights.values(), key=lambda right: (right.role, right.name, right.id))
    links = roster.open_links(utc_now())
    if as_json:
        console.say_json({"rights": [_right_json(r) for r in rights], "links": [_link_json(k) for k in links]})
        return
    console.say(f"{console.counted(len(rights), 'right')}:" if rights else "Nobody has a right yet.")
    for right in rights:
        console.say(f"  {_right_words(right)}")
    console.say(f"{console.counted(len(links), 'open link')}:" if links else "No link is open.")
    for link in links:
        console.say(f"  {_link_words(link)}")


@app.command()
def link(
    role: Annotated[str, typer.Argument(help="coordinator, reviewer or steward")],
    collection: Collections = None,
    region: Regions = None,
    hours: Annotated[float, typer.Option(help="How long it can be opened.")] = 48,
    *,
    as_json: Json = False,
) -> None:
    """Make a link that grants a right once, to whoever opens it first. It is shown now and never again."""
    from flows.team.rights import GRANTED, Role

    if role not in GRANTED:
        raise typer.BadParameter(f"write one of: {', '.join(GRANTED)}", param_hint="ROLE")
    settings = console.settings()
    made = console.finish(_link(settings, Role(role), collection or [], region or [], hours))
    if as_json:
        console.say_json({**_link_json(made.link), "address": made.address})
        return
    typer.echo(made.address)
    console.say(f"{_link_words(made.link)}. Pass it on to one person only.")


async def _link(settings: Settings, role: Role, collections: list[str], regions: list[str], hours: float) -> MadeLink:
    from bot.reading import read_collections
    from bot.team.office import checked_limits, make_link

    limits = checked_limits(read_collections(settings), collections, regions)
    return await make_link(settings, role, limits, hours, await bot_name_of(settings), utc_now())


async def bot_name_of(settings: Settings) -> str:
    """The bot's name, which every link begins with. Raises NotDone where Telegram does not tell it."""
    from bot.account import AccountFault
    from bot.doors import open_account
    from bot.team.office import NotDone

    if settings.token is None:
        raise NotDone("SURVEYBOT_TOKEN is not set, and a link begins with the bot's name; run: surveybot setup")
    try:
        async with open_account(settings) as account:
            return (await account.me()).username
    except AccountFault as error:
        raise NotDone(f"a link begins with the bot's name, and Telegram does not tell it ({error})") from None


@app.command()
def cancel(link: Annotated[str, typer.Argument(help="The link, as `surveybot team list` names it.")]) -> None:
    """Take back a link that nobody has opened."""
    from bot.team.office import cancel_link

    console.finish(cancel_link(console.settings(), link, utc_now()))
    console.say(f"{link} grants nothing any more.")


@app.command()
def limit(
    right: RightId,
    collection: Collections = None,
    region: Regions = None,
    *,
    no_limits: Annotated[bool, typer.Option("--no-limits", help="Everything, everywhere.")] = False,
) -> None:
    """Say what a coordinator looks after."""
    from bot.reading import read_collections
    from bot.team import office

    if no_limits == bool(collection or region):
        raise typer.BadParameter("name a --collection or a --region, or say --no-limits")
    settings = console.settings()

    async def work() -> Right:
        limits = office.checked_limits(read_collections(settings), collection or [], region or [])
        return await office.limit(settings, right, limits, utc_now())

    console.say(_right_words(console.finish(work())))


@app.command()
def train(
    right: RightId,
    on: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="On which day.")],
    what: Annotated[str, typer.Option(help="In what; kept sealed.")],
) -> None:
    """Note a coordinator's training, which their right waits for."""
    from bot.team import office
    from flows.team.rights import Training

    training = Training(on.date(), " ".join(what.split()))
    console.say(_right_words(console.finish(office.note_training(console.settings(), right, training, utc_now()))))


@app.command()
def revoke(right: RightId) -> None:
    """Take a right back. It ends at once, also in a running bot."""
    from bot.team import office

    ended = console.finish(office.revoke(console.settings(), right, utc_now()))
    console.say(f"{right} has ended: {ended.role.value} {ended.name or ended.member}.")


# --- halts -----------------------------------------------------------------------------------------------------------


def halt(
    region: Annotated[str | None, typer.Argument(help="Its code or its name.")] = None,
    collection: Annotated[str | None, typer.Option(help="Only in this collection.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--everything", help="Every region of every collection.")] = False,
    as_json: Json = False,
) -> None:
    """Halt a region, a collection or both, at once: no invites, no questions; leaving still works."""
    from bot.reading import read_collections
    from bot.team import office

    if everything == bool(region or collection):
        raise typer.BadParameter("name a REGION or a --collection, or say --everything")
    settings = console.settings()

    async def work() -> list[Halt]:
        wanted = office.halting(read_collections(settings), region, collection)
        return await office.halt(settings, wanted, utc_now())

    halted = console.finish(work())
    if as_json:
        console.say_json([_halt_json(each) for each in halted])
        return
    for each in halted:
        console.say(_halt_words(each))


def reopen(
    halt: Annotated[str, typer.Argument(help="The halt, as `surveybot halts` names it.")], *, as_json: Json = False
) -> None:
    """Agree to reopen, as an owner does. It goes on once a reviewer has agreed in the bot, too.

    A language that was paused since a card is not understood goes on at once: read the card first.
    """
    from bot.start_checks import refuse_what_is_unfit
    from bot.team import office

    settings = console.settings()

    async def work() -> tuple[Halt | CardPause, bool]:
        refuse_what_is_unfit(settings, utc_now().date())
        return await office.reopen(settings, halt, utc_now())

    found, reopened = console.finish(work())
    if as_json:
        console.say_json({"halt": found.id, "reopened": reopened})
    elif reopened:
        console.say(f"{found.id} goes on again.")
    else:
        console.say(f"{found.id} goes on once a reviewer agrees: /halt in the bot.")


def halts(*, as_json: Json = False) -> None:
    """List everything that stands still, and who has agreed to reopen it."""
    from bot.team.office import roster_of

    roster = console.finish(roster_of(console.settings()))
    found = sorted(roster.halts.values(), key=lambda each: each.at)
    pauses = sorted(roster.pauses.values(), key=lambda each: each.at)
    if as_json:
        console.say_json([*(_halt_json(each) for each in found), *(_pause_json(each) for each in pauses)])
        return
    console.say(f"{console.counted(len(found), 'halt')}:" if found else "Nothing stands still.")
    for each in found:
        console.say(f"  {_halt_words(each)}")
    if pauses:
        console.say("Nobody new is asked or invited in these languages, since a card is not understood:")
    for pause in pauses:
        console.say(f"  {pause.id}: card {pause.card}, {pause.off} of {pause.answers} read it otherwise")


def _pause_json(pause: CardPause) -> dict[str, Any]:
    return {
        "halt": pause.id, "collection": pause.collection, "language": pause.language, "card": pause.card,
        "off": pause.off, "answers": pause.answers, "at": pause.at.isoformat(),
    }  # fmt: skip
