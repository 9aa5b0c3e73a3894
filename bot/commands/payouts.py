"""`surveybot payouts`: codes to pay with, files for a provider, pay that is held back, and how it all stands."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.stewardship.payouts import Loaded, Standing
    from bot.stewardship.provider import Given, Settled
    from flows.collection import Collection

app = typer.Typer(help="Paying people. It says how many, and never who.", no_args_is_help=True)

CollectionName = Annotated[str, typer.Argument(help="The collection's id.")]


def _opened() -> tuple[Settings, tuple[Collection, ...]]:
    """Settings and collections, or a refusal that names every fault."""
    from flows.load import CollectionFaults, load_collections

    settings = console.settings()
    try:
        return settings, load_collections(settings.collections)
    except CollectionFaults as faults:
        raise console.refuse(faults) from None


@app.command()
def load(
    collection: CollectionName,
    region: Annotated[str, typer.Option(help="The place that the codes are for, in two letters (ISO 3166-1).")],
    file: Annotated[Path, typer.Option(help="The codes, one a line. Delete the file once they are loaded.")],
    *,
    as_json: Json = False,
) -> None:
    """Load voucher codes, sealed. Whoever waits for one gets it by itself, the next time that the bot looks."""
    from bot.clock import utc_now
    from bot.stewardship.archive import open_archive
    from bot.stewardship.payouts import collection_of
    from bot.stewardship.payouts import load as load_into

    settings, collections = _opened()

    async def work() -> Loaded:
        wanted = collection_of(collections, collection)
        content = file.read_bytes()
        async with open_archive(settings) as archive:
            return await load_into(archive, wanted, region, file.name, content, utc_now)

    loaded = console.finish(work())
    if as_json:
        console.say_json({"loaded": loaded.count, "left": loaded.stock.left})
        return
    console.say(f"{loaded.count} codes loaded; {loaded.stock.left} are there for {region} now.")
    console.say(f"They are sealed. Delete {file} and every copy of it.")


@app.command()
def export(
    collection: CollectionName,
    out: Annotated[Path, typer.Option(help="The file to write, for the provider alone; it may not be there yet.")],
    again: Annotated[
        bool, typer.Option("--again", help="Write the last file once more, where it was lost: what is not settled yet.")
    ] = False,
    number: Annotated[
        int | None, typer.Option(min=1, max=console.MOST, help="With --again: of another export than the last.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Write a CSV file for whoever sends pay to numbers. Nothing in it leads to an answer."""
    from bot.clock import utc_now
    from bot.stewardship.archive import open_archive
    from bot.stewardship.payouts import collection_of
    from bot.stewardship.provider import export as write

    if number is not None and not again:
        raise typer.BadParameter("it names a file that is to be written --again", param_hint="--number")
    settings, collections = _opened()

    async def work() -> Given:
        wanted = collection_of(collections, collection)
        async with open_archive(settings) as archive:
            return await write(archive, wanted, out, utc_now, again=again, number=number)

    given = console.finish(work())
    if as_json:
        console.say_json({"file": str(given.file), "rows": given.rows, "export": given.number})
        return
    console.say(f"{given.file}: {console.counted(given.rows, 'payment')}, export {given.number}.")
    console.say("It holds people's numbers: delete it once the provider has it.")
    console.say("When the provider has answered: surveybot payouts settle FILE")


@app.command()
def settle(
    file: Annotated[Path, typer.Argument(help="A CSV file: reference, paid or failed, and the reason.")],
    *,
    as_json: Json = False,
) -> None:
    """Note what became of payments. People are told by themselves, and their numbers are deleted."""
    from bot.clock import utc_now
    from bot.stewardship.archive import open_archive
    from bot.stewardship.provider import settle as note

    settings = console.settings()

    async def work() -> Settled:
        content = file.read_bytes()
        async with open_archive(settings) as archive:
            return await note(archive, file.name, content, utc_now)

    settled = console.finish(work())
    if as_json:
        before = settled.before.isoformat() if settled.before is not None else None
        console.say_json({**asdict(settled), "before": before})
        return
    if settled.before is not None:
        console.say(f"This answer was settled on {settled.before.isoformat()}; nothing is changed by it now.")
        console.say("Where pay was sent since in another way, say how behind it: PAY-K7M4-QX2P,paid,in cash")
        return
    console.say(f"{settled.paid} paid, {settled.failed} did not arrive, {settled.unchanged} were known already.")


Reference = Annotated[str, typer.Argument(help="What the pay is named by, such as PAY-K7M4-QX2P.")]


@app.command()
def withhold(
    reference: Reference,
    reason: Annotated[str, typer.Option(help="Why. The contributor reads it, in these words.")],
) -> None:
    """Hold pay back: a person's decision, with a reason, which its contributor reads and may have looked at again."""
    from bot.clock import utc_now
    from bot.stewardship.archive import open_archive
    from bot.stewardship.payouts import withhold as hold_back

    settings = console.settings()

    async def work() -> bool:
        async with open_archive(settings) as archive:
            return await hold_back(archive, reference, reason, utc_now)

    said = "and its contributor is told why and whom to write to"
    _say_who_hears(f"{reference} is held back", said, is_told=console.finish(work()))


@app.command()
def grant(
    reference: Reference,
    reason: Annotated[str, typer.Option(help="Why it is owed after all. It is kept in the audit; name nobody.")],
) -> None:
    """Owe again what was held back, after somebody has looked at it once more."""
    from bot.clock import utc_now
    from bot.stewardship.archive import open_archive
    from bot.stewardship.payouts import grant as owe_again

    settings = console.settings()

    async def work() -> bool:
        async with open_archive(settings) as archive:
            return await owe_again(archive, reference, reason, utc_now)

    _say_who_hears(f"{reference} is owed again", "and its contributor is told", is_told=console.finish(work()))


def _say_who_hears(done: str, told: str, *, is_told: bool) -> None:
    """Of who has left, no chat is known that could be written to."""
    left = "Its contributor has left, and the bot cannot write to them: tell them when they ask."
    console.say(f"{done}, {told}." if is_told else f"{done}. {left}")


@app.command()
def status(
    collection: Annotated[str, typer.Argument(help="The collection's id; all of them where it is left out.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Say how pay stands in each region, and where codes run low."""
    from bot.stewardship.archive import open_archive
    from bot.stewardship.payouts import collection_of, standing

    settings, collections = _opened()

    async def work() -> list[Standing]:
        wanted = (collection_of(collections, collection),) if collection else collections
        async with open_archive(settings) as archive:
            return await standing(archive, wanted)

    found = console.finish(work())
    if as_json:
        console.say_json([{**asdict(each), "runs_low": each.runs_low} for each in found])
        return
    for each in found:
        console.say(f"{each.collection} {each.territory or '(place not known)'}: {_states(each)}")
        if "voucher" in each.ways:
            console.say(f"  voucher codes: {each.codes_left} of {each.codes_loaded} left")
        if each.budget_for is not None:
            console.say(f"  budget: promised to {each.promised}, enough for {each.budget_for}")
        if each.runs_low:
            words = f"  codes run low: surveybot payouts load {each.collection} --region {each.territory} --file FILE"
            console.err.print(words, style="bold red", markup=False)
    if not found:
        console.say("Nothing is owed, and no region says how it pays.")


_STATES = {
    "owed": "owed",
    "under_way": "with the provider",
    "sent": "sent",
    "not_arrived": "did not arrive",
    "withheld": "withheld",
    "paid_before": "paid, and since gone",
}


def _states(standing: Standing) -> str:
    counted = [f"{standing.states[state]} {words}" for state, words in _STATES.items() if standing.states.get(state)]
    return ", ".join(counted) or "nothing is owed"
