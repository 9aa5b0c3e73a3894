"""`surveybot pilot`: open a collection for a few people, see how it went, and end it, before many are invited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.commands import console
from bot.commands.console import Json
from bot.commands.inviting import By
from bot.commands.or_command import OrCommand

if TYPE_CHECKING:
    from bot.pilots import PilotDesk
    from flows.pilot_report import RegionPay, Report
    from flows.pilots import Pilot

_Result = TypeVar("_Result")


class _CollectionOrCommand(OrCommand):
    """`surveybot pilot voices 30` is `surveybot pilot begin voices 30`."""

    default = "begin"


app = typer.Typer(
    cls=_CollectionOrCommand, help="A collection that a few people try before many are invited.", no_args_is_help=True
)

CollectionName = Annotated[str, typer.Argument(help="The collection.")]

FEW = "fewer than ten, or hidden so that such a number cannot be worked out"


def _at_the_desk(work: Callable[[PilotDesk], Awaitable[_Result]], *, opens: bool = False) -> _Result:
    """`opens`: whether people can begin after it, which an unfit collection keeps from happening."""
    from bot.clock import utc_now
    from bot.doors import open_pilot_desk
    from bot.start_checks import refuse_what_is_unfit

    async def done() -> _Result:
        settings = console.settings()
        if opens:
            refuse_what_is_unfit(settings, utc_now().date())
        async with open_pilot_desk(settings) as desk:
            return await work(desk)

    return console.finish(done())


@app.command()
def begin(
    collection: CollectionName,
    people: Annotated[int, typer.Argument(help="How many people it is for, ten at least.")],
    *,
    region: Annotated[
        list[str] | None, typer.Option(help="Where people can begin; say it for each. By default wherever it is open.")
    ] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Open a collection for so many people. Once they have agreed, nobody new begins until the pilot is ended."""
    pilot = _at_the_desk(
        lambda desk: desk.begin(collection, people, region or (), by or console.somebody()), opens=True
    )
    if as_json:
        console.say_json(_pilot_json(pilot))
        return
    console.say(f"{collection} takes {people} people now, in {', '.join(pilot.regions)}, and nobody new after them.")
    console.say(
        f"Share its link, or invite: surveybot invite {collection}. As many as there are places get one, by lot."
    )
    console.say(f"To see how it goes: surveybot pilot report {collection}")


@app.command()
def report(collection: CollectionName, *, as_json: Json = False) -> None:
    """Say how the newest pilot goes, or went: minutes, where people stop, what is not understood, and pay."""
    pilot, found = _at_the_desk(lambda desk: desk.report(collection))
    if as_json:
        console.say_json({**_pilot_json(pilot), **_report_json(found)})
        return
    _say_report(pilot, found)


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List every pilot and how it stands, oldest first."""
    found = _at_the_desk(lambda desk: desk.every())
    if as_json:
        console.say_json([_pilot_json(each) for each in found])
        return
    for each in found:
        console.say(_line(each))
    if not found:
        console.say("Nothing was piloted yet.")


@app.command()
def end(collection: CollectionName, *, by: By = "", as_json: Json = False) -> None:
    """End the pilot that goes on: everybody can begin again, and once it was full, many can be invited."""
    pilot = _at_the_desk(lambda desk: desk.end(collection, by or console.somebody()))
    if as_json:
        console.say_json(_pilot_json(pilot))
        return
    console.say(_line(pilot))
    if pilot.is_finished:
        console.say(f"{collection} can be invited to now.")
    else:
        console.say(
            "It ended before it was full, so another one is needed before many are invited. Its invites that have not "
            "left are cancelled."
        )


# --- what is said ----------------------------------------------------------------------------------------------------


def _state(pilot: Pilot) -> str:
    if pilot.ended_at is not None:
        return "finished" if pilot.is_full else "broken off"
    return "full" if pilot.is_full else "open"


def _line(pilot: Pilot) -> str:
    where = ", ".join(pilot.regions)
    return f"{pilot.id}  {pilot.collection}  {_state(pilot)}: for {pilot.people}, in {where}, by {pilot.begun_by}"


def _say_report(pilot: Pilot, found: Report) -> None:
    console.say(_line(pilot))
    submitted = "ten or more" if found.submitted is None and found.minutes is not None else _number(found.submitted)
    console.say(f"Agreed: {_number(found.agreed)}. Submitted: {submitted}.")
    if found.minutes is None:
        console.say("Minutes: not shown before ten have submitted.")
    else:
        took = found.minutes
        console.say(
            f"Minutes: half took {took.median} or less, the middle half {took.quarter} to {took.three_quarters}."
        )
    console.say("Came no further than this screen, by now:")
    _say_counts(found.stopped)
    console.say("Answered a card's question off the mark at first:")
    _say_counts(found.not_understood)
    console.say(f"Left after agreeing: {_number(found.left)}.")
    console.say("Pay:")
    for each in found.pay:
        console.say(f"  {_pay_line(each)}")


def _say_counts(counts: Any) -> None:  # noqa: ANN401  # names and counts
    for name, count in counts.items():
        if count is not None:
            console.say(f"  {name.replace('_', ' ')}: {count:,}")
    if any(count is None for count in counts.values()):
        console.say(f"  each other: {FEW}")


def _number(count: int | None) -> str:
    return FEW if count is None else f"{count:,}"


def _pay_line(pay: RegionPay) -> str:
    paid = f"{pay.territory}: {pay.paid} {pay.currency} is paid; the floor is {pay.floor_per_hour} an hour"
    if pay.needed is None:
        return f"{paid}; what that comes to is said once ten have submitted"
    where = "" if pay.is_its_own else " (of all regions)"
    measured = f"{pay.minutes} minutes{where}, of which people are told {pay.told}"
    if pay.is_met:
        return f"{paid}, {pay.needed} for {measured}: met"
    return f"{paid}, {pay.needed} for {measured}: NOT met. Raise `pay.amount` there to {pay.needed} at least."


def _pilot_json(pilot: Pilot) -> dict[str, Any]:
    return {
        "pilot": pilot.id,
        "collection": pilot.collection,
        "state": _state(pilot),
        "regions": list(pilot.regions),
        "people": pilot.people,
        "begun_by": pilot.begun_by,
        "begun_at": pilot.begun_at.isoformat(),
        "ended_by": pilot.ended_by,
        "ended_at": pilot.ended_at.isoformat() if pilot.ended_at is not None else None,
    }


def _report_json(found: Report) -> dict[str, Any]:
    minutes = found.minutes
    return {
        "agreed": _cell(found.agreed),
        "submitted": _cell(found.submitted),
        "left": _cell(found.left),
        "minutes": None
        if minutes is None
        else {"median": minutes.median, "quarter": minutes.quarter, "three_quarters": minutes.three_quarters},
        "stopped": {name: _cell(count) for name, count in found.stopped.items()},
        "not_understood": {name: _cell(count) for name, count in found.not_understood.items()},
        "pay": [
            {
                "region": each.territory,
                "currency": each.currency,
                "paid": str(each.paid),
                "floor_per_hour": str(each.floor_per_hour),
                "minutes": each.minutes,
                "minutes_told": each.told,
                "minutes_of": None if each.minutes is None else "region" if each.is_its_own else "all",
                "needed": None if each.needed is None else str(each.needed),
                "met": each.is_met,
            }
            for each in found.pay
        ],
    }


def _cell(count: int | None) -> int | str:
    return "hidden" if count is None else count
