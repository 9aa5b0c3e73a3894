"""`surveybot invite`: plan a broadcast and let it go, look at it, pause it, end it. The running bot sends it."""

from __future__ import annotations

import asyncio
import datetime as dt
import html
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands import console
from bot.commands.console import Json, counted
from bot.commands.or_command import OrCommand

if TYPE_CHECKING:
    from bot.broadcasts.desk import Desk, Order
    from bot.settings import Settings
    from flows.broadcasts import Broadcast


class _CollectionOrCommand(OrCommand):
    """`surveybot invite voices` is `surveybot invite to voices`."""

    default = "to"


app = typer.Typer(cls=_CollectionOrCommand, help="Invites to a collection.", no_args_is_help=True)

By = Annotated[str, typer.Option(help="Who does it, for the audit; by default who is logged in.")]
Number = Annotated[int, typer.Argument(help="The broadcast's number.", min=1, max=console.MOST)]

FEW = "fewer than 10"
"""How a count that is not shown is put (`flows.small_counts`)."""


@app.command("to")
def to(
    collection: Annotated[str, typer.Argument(help="The collection that people are invited to.")],
    *,
    region: Annotated[list[str] | None, typer.Option(help="Only who lives there; say it for each.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only who reads it; say it for each.")] = None,
    finished: Annotated[
        bool | None,
        typer.Option(
            "--finished/--not-finished",
            help="Only who has submitted this collection, or has begun it and not submitted; by default only who is "
            "not in it.",
        ),
    ] = None,
    last_invited: Annotated[
        str | None, typer.Option(help="Only whose last invite is so many days ago at least, or `never`.")
    ] = None,
    who: Annotated[
        str | None,
        typer.Option(
            help="Only who answered so and agreed to be chosen by it: age=age_65_74. Never by gender identity, or by "
            "what is locked or closed somewhere, and never fewer than 30."
        ),
    ] = None,
    at: Annotated[str | None, typer.Option(help="When it begins: 2026-12-01T09:00, here, or with +02:00.")] = None,
    add: Annotated[
        list[str] | None, typer.Option(help="A paragraph of your own: en=...; say it in every language.")
    ] = None,
    add_file: Annotated[Path | None, typer.Option(help="The same in a YAML file, a language a line.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show it in every language and do nothing.")] = False,
    to_owners: Annotated[
        bool,
        typer.Option("--to-owners", help="Send it to the owners alone, as people read it, in every language."),
    ] = False,
    paid: Annotated[
        bool, typer.Option("--paid", help="Pay Telegram for more than its free rate: 0.1 Star a message.")
    ] = False,
    any_hour: Annotated[
        bool,
        typer.Option(
            "--any-hour",
            help="A rehearsal on a stand-in: no quiet hours, no limit a person, no second person, no pilot, and who is "
            "in the collection too.",
        ),
    ] = False,
    without_pilot: Annotated[
        str | None, typer.Option(help="Why it needs no pilot, for the audit; without one, nobody is invited.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Watch it until it is over.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it goes.")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Invite people to a collection: say how many and why others fall out, ask, and let the running bot send it."""
    from bot.broadcasts.desk import Order
    from flows.broadcasts import Audience

    audience = Audience(tuple(region or ()), tuple(language or ()), finished, _last_invited(last_invited))
    order = Order(
        collection,
        by or console.somebody(),
        audience,
        _paragraphs(add or (), add_file),
        _moment(at),
        paid=paid,
        any_hour=any_hour,
        without_pilot=_reason(without_pilot),
        who=who,
    )
    settings = console.settings()
    if preview:
        _preview(settings, order)
        return
    if to_owners:
        owners, languages = console.finish(_try_out(settings, order))
        console.say(
            f"It goes to {counted(owners, 'owner')} in {counted(languages, 'language')}, as soon as the bot runs. Its "
            "buttons do nothing."
        )
        return
    if as_json and not yes:
        raise console.refuse("--json asks nothing: say --yes with it")
    console.finish(_invite(settings, order, follow=follow, yes=yes, as_json=as_json))


def _reason(text: str | None) -> str | None:
    if text is not None and len(text.strip()) < _SHORTEST_REASON:
        raise console.refuse("--without-pilot: say the reason in a few words; it is kept in the audit with your name")
    return text.strip() if text is not None else None


_SHORTEST_REASON = 8


def _last_invited(text: str | None) -> int | str | None:
    if text is None or not text.isnumeric():
        return text
    if not text.isdecimal() or len(text) > len(str(console.MOST_DAYS)) or int(text) > console.MOST_DAYS:
        raise console.refuse(f"--last-invited: say how many days, {console.MOST_DAYS:,} at most, or `never`")
    return int(text)


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        return console.moment(dt.datetime.fromisoformat(text).astimezone())
    except (ValueError, OverflowError):
        raise console.refuse(
            "--at: write the time as 2026-12-01T09:00, or with its zone, 2026-12-01T09:00+02:00"
        ) from None


def _paragraphs(add: list[str] | tuple[str, ...], file: Path | None) -> dict[str, str]:
    import yaml

    from flows.faults import parsed
    from flows.written import Unreadable, text_of

    found: dict[str, str] = {}
    if file is not None:
        try:
            _, said = parsed(text_of(file))
        except Unreadable as error:
            raise console.refuse(f"{file}: {error}") from None
        except yaml.YAMLError:
            raise console.refuse(f"{file}: this cannot be read as YAML") from None
        if not isinstance(said, dict) or not all(isinstance(each, str) for pair in said.items() for each in pair):
            raise console.refuse(f'{file}: write a language a line, such as  en: "..."')
        found |= said
    for each in add:
        name, equals, words = each.partition("=")
        if not equals:
            raise console.refuse('--add: write the language first, such as --add en="..."')
        found[name.strip()] = words.strip()
    return found


async def _invite(settings: Settings, order: Order, *, follow: bool, yes: bool, as_json: bool) -> None:
    from bot.clock import utc_now
    from bot.doors import open_desk
    from bot.start_checks import refuse_what_is_unfit
    from bot.uncut import uncut

    refuse_what_is_unfit(settings, utc_now().date())
    async with open_desk(settings) as desk:
        planned = await _planned(desk, order)
        async with _given_up_unless_sent(desk, planned.id):
            if not as_json:
                _say_plan(settings, desk, planned)
            _refuse_an_empty_one(planned, desk, as_json=as_json)
            agreed = yes or await console.ask("Send it?")
            if not agreed:
                await uncut(desk.discard(planned.id))
                console.say("Nothing was sent.")
                return
            sent = await uncut(desk.send(planned.id, order.by))
        if not as_json:
            _say_sent(settings, sent)
        if follow and sent.state == "running":
            sent = await _follow(desk, sent.id, aloud=not as_json)
        if as_json:
            console.say_json({**_plan_json(planned, desk), **_progress_json(sent)})


async def _planned(desk: Desk, order: Order) -> Broadcast:
    from rich.progress import Progress

    desk.check(order)
    with Progress(console=console.err, transient=True, disable=not console.err.is_terminal) as bar:
        task = bar.add_task("Looking for whom to invite", total=None)
        return await desk.plan(order, lambda done, all_: bar.update(task, completed=done, total=all_))


def _refuse_an_empty_one(planned: Broadcast, desk: Desk, *, as_json: bool) -> None:
    from bot.broadcasts.refusal import Refused

    if planned.recipients == 0:
        if as_json:
            console.say_json(_plan_json(planned, desk))
        raise Refused("nobody would get it, so nothing was planned")


@asynccontextmanager
async def _given_up_unless_sent(desk: Desk, number: int) -> AsyncIterator[None]:
    """However the answer fails to come, nobody of a plan without one counts as invited."""
    from bot.broadcasts.refusal import Refused
    from bot.uncut import uncut

    try:
        yield
    except BaseException:
        with suppress(Refused):  # it was sent off before the stop
            await uncut(desk.discard(number))
        raise


async def _try_out(settings: Settings, order: Order) -> tuple[int, int]:
    from bot.doors import send_trial

    return await send_trial(settings, order)


# --- what is said ----------------------------------------------------------------------------------------------------


def _say_plan(settings: Settings, desk: Desk, planned: Broadcast) -> None:
    from bot.broadcasts.desk import price
    from flows.broadcasts import RECIPIENTS, shown_tally

    shown = shown_tally(planned)
    more = " or a few more" if planned.by_answers else ""
    if planned.recipients == 0:
        console.say(f"Nobody would be invited to {planned.collection}.")
    else:
        console.say(f"{_number(shown[RECIPIENTS])}{more} would be invited to {planned.collection}.")
    console.say("Of the others who agreed to something:")
    for reason, count in shown.items():
        if reason != RECIPIENTS and count is not None:
            console.say(f"  {count:,}: {_said(reason)}")
    console.say(f"  {FEW} for each other reason")
    if planned.paid:
        console.say(f"Paid: at most {price(planned.at_most):,.1f} Telegram Stars, 0.1 a message.")
    elif settings.send_rate > 30:
        console.say("! More than about 30 a second costs Stars (--paid); Telegram tells the bot to wait otherwise.")
    console.say(f"At {settings.send_rate:g} a second: {_span(planned.at_most / settings.send_rate)} at least.")
    if planned.any_hour:
        console.say("A rehearsal: at any hour, without limits a person.")
    if planned.without_pilot is not None:
        console.say("It goes out without a pilot; the audit keeps why, and who decided so.")
    if desk.needs_second(planned):
        console.say(f"More than {settings.confirm_above} people: somebody else has to confirm it then.")


def _said(reason: str) -> str:
    """A reason in words. Programs and rows know it by its name, which was there before pilots were."""
    from flows.broadcasts import Reason

    if reason == Reason.CLOSED_REGION:
        return "lives where the collection, or its pilot, is not open"
    return reason


def _say_sent(settings: Settings, sent: Broadcast) -> None:
    from bot.serving import is_served

    if sent.state == "awaiting confirmation":
        console.say(f"Broadcast {sent.id} waits for a second person: surveybot invite confirm {sent.id} --by NAME")
        return
    when = "now" if sent.starts_at <= dt.datetime.now(dt.UTC) else f"from {_local(sent.starts_at)} on"
    console.say(f"Broadcast {sent.id} goes out {when}, in each region's waking hours.")
    if not is_served(settings.serving_mark):
        console.say("! No bot serves from here just now: it goes out when one does (surveybot run).")


def _number(count: int | None) -> str:
    return FEW if count is None else f"{count:,}"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def _local(moment: dt.datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}"


def _plan_json(planned: Broadcast, desk: Desk) -> dict[str, Any]:
    from bot.broadcasts.desk import price
    from flows.broadcasts import RECIPIENTS, shown_tally

    shown = shown_tally(planned)
    cells = {name: _cell(count) for name, count in shown.items()}
    return {
        "broadcast": planned.id,
        "collection": planned.collection,
        "state": planned.state.value,
        "recipients": cells.pop(RECIPIENTS),
        "fallen_out": cells,
        "starts_at": planned.starts_at.isoformat(),
        "paid": planned.paid,
        "stars_at_most": round(price(planned.at_most), 1) if planned.paid else 0,
        "any_hour": planned.any_hour,
        "needs_second_person": desk.needs_second(planned),
        "without_pilot": planned.without_pilot,
    }


def _cell(count: int | None) -> int | str:
    return "<10" if count is None else count


def _progress_json(broadcast: Broadcast) -> dict[str, Any]:
    from flows.broadcasts import RECIPIENTS, shown_ends, shown_tally

    return {
        "broadcast": broadcast.id,
        "collection": broadcast.collection,
        "state": broadcast.state.value,
        "recipients": _cell(shown_tally(broadcast)[RECIPIENTS]),
        **{name: _cell(count) for name, count in shown_ends(broadcast).items()},
        "planned_by": broadcast.planned_by,
        "planned_at": broadcast.planned_at.isoformat(),
        "starts_at": broadcast.starts_at.isoformat(),
        "ended_at": broadcast.ended_at.isoformat() if broadcast.ended_at else None,
        "why": broadcast.why,
    }


def _line(broadcast: Broadcast) -> str:
    from flows.broadcasts import shown_ends

    counts = ", ".join(f"{name.replace('_', ' ')} {_number(count)}" for name, count in shown_ends(broadcast).items())
    why = f" ({broadcast.why})" if broadcast.why else ""
    return f"{broadcast.id}  {broadcast.collection}  {broadcast.state.value}{why}: {counts}"


def _preview(settings: Settings, order: Order) -> None:
    from bot.broadcasts.letters import NotWritten, check_paragraphs, languages_of
    from bot.reading import read_collections, read_texts
    from flows.invites import invite_screen
    from flows.load import CollectionFaults

    try:
        collections = read_collections(settings)
    except CollectionFaults as faults:
        raise console.refuse(faults) from None
    texts = read_texts(settings, collections)
    found = next((each for each in collections if each.id == order.collection), None)
    if found is None:
        raise console.refuse(f"there is no collection {order.collection!r}")
    try:
        check_paragraphs(order.paragraphs, order.audience.languages or languages_of(found))
    except NotWritten as fault:
        raise console.refuse(fault) from None
    for name in order.audience.languages or languages_of(found):
        regions = [r for r in found.regions if not order.audience.regions or r.territory in order.audience.regions]
        spoken = next((r for r in regions if name in r.languages), regions[0] if regions else None)
        if spoken is None:
            raise console.refuse(f"{found.id} has none of these regions")
        has_finished = order.audience.finished is True
        screen = invite_screen(found, spoken, order.paragraphs.get(name), has_finished=has_finished)
        console.say(f"--- {name}, as in {spoken.territory} ---")
        console.say(_without_marks(texts.screen(screen, name)))
        for row in screen.rows:
            console.say("  ".join(f"[ {texts.plain(choice.label, name)} ]" for choice in row))


_TAG = re.compile("<[^<>]*>")


def _without_marks(written: str) -> str:
    """What Telegram is sent, as it is read: a terminal shows tags as they stand."""
    return html.unescape(_TAG.sub("", written))


# --- following -------------------------------------------------------------------------------------------------------


async def _follow(desk: Desk, number: int, *, aloud: bool) -> Broadcast:
    """Show how it goes until it is over. Looking does not hold anything up, and leaving does not stop it."""
    try:
        now = await _watch(desk, number, aloud=aloud)
    except asyncio.CancelledError:
        console.err.print(f"It goes on: surveybot invite show {number}", markup=False)
        return await desk.look(number)
    if aloud:
        console.say(_line(now))
    return now


async def _watch(desk: Desk, number: int, *, aloud: bool) -> Broadcast:
    from rich.progress import BarColumn, Progress, TextColumn

    from bot.broadcasts.speed import Speed
    from flows.broadcasts import ENDED

    speed = Speed()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=console.err, disable=not aloud) as bar:
        task = bar.add_task(f"Broadcast {number}", total=None, words="")
        while True:
            now = await desk.look(number)
            settled = now.seen_settled
            speed.see(time.monotonic(), settled)
            bar.update(task, completed=settled, total=now.at_most, words=_how_it_goes(now, speed))
            if now.state in ENDED:
                return now
            await asyncio.sleep(0.5)


def _how_it_goes(now: Broadcast, speed: Any) -> str:  # noqa: ANN401  # Speed, imported where it is used
    from flows.broadcasts import ENDS, shown_ends

    counts = shown_ends(now)
    words = ", ".join(f"{_number(counts[name])} {name.replace('_', ' ')}" for name in ENDS if name != "cancelled")
    if now.state == "paused":
        return f"{words}; paused{f': {now.why}' if now.why else ''}"
    left = speed.left(now.seen_to_go)
    if left is None:
        return f"{words}; waits for its time, for waking hours, or for Telegram"
    return f"{words}; {speed.rate:,.1f}/s, {_span(left)} left at this rate"


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List every broadcast and how it stands, oldest first."""
    found = console.finish(_every(console.settings()))
    if as_json:
        console.say_json([_progress_json(each) for each in found])
        return
    for each in found:
        console.say(_line(each))
    if not found:
        console.say("Nothing was broadcast yet.")


async def _every(settings: Settings) -> list[Broadcast]:
    from bot.doors import open_desk

    async with open_desk(settings) as desk:
        return await desk.every()


@app.command()
def show(
    number: Number,
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Watch it until it is over.")] = False,
    as_json: Json = False,
) -> None:
    """Show how one broadcast stands."""

    async def look(desk: Desk) -> Broadcast:
        return await (_follow(desk, number, aloud=not as_json) if follow else desk.look(number))

    found = console.finish(_at_the_desk(look))
    if as_json:
        console.say_json(_progress_json(found))
    elif not follow:
        console.say(_line(found))


async def _at_the_desk(work: Callable[[Desk], Awaitable[Broadcast]]) -> Broadcast:
    from bot.doors import open_desk

    async with open_desk(console.settings()) as desk:
        return await work(desk)


def _done(work: Callable[[Desk], Awaitable[Broadcast]], *, as_json: bool) -> None:
    found = console.finish(_at_the_desk(work))
    if as_json:
        console.say_json(_progress_json(found))
    else:
        console.say(_line(found))


@app.command()
def confirm(number: Number, *, by: By = "", as_json: Json = False) -> None:
    """Confirm, as the second person, what somebody else has planned."""
    _done(lambda desk: desk.confirm(number, by or console.somebody()), as_json=as_json)


@app.command()
def pause(number: Number, *, by: By = "", as_json: Json = False) -> None:
    """Let nothing more of it leave until it is resumed."""
    _done(lambda desk: desk.pause(number, by or console.somebody()), as_json=as_json)


@app.command()
def resume(number: Number, *, by: By = "", as_json: Json = False) -> None:
    """Go on where it was paused."""
    _done(lambda desk: desk.resume(number, by or console.somebody()), as_json=as_json)


@app.command()
def cancel(number: Number, *, by: By = "", as_json: Json = False) -> None:
    """Let nothing more of it leave, for good."""
    _done(lambda desk: desk.cancel(number, by or console.somebody()), as_json=as_json)
