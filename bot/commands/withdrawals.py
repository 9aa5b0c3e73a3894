"""`surveybot withdrawals`: who has withdrawn from what a recipient holds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.clock import utc_now
from bot.commands import console
from bot.commands.console import Json
from bot.commands.releases import ListOrCommand

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.stewardship.recall import Withdrawn

app = typer.Typer(cls=ListOrCommand, help="Withdrawals that reach what recipients hold.")


@app.command("list")
def list_all(
    recipient: Annotated[str, typer.Option(help="The recipient, as the releases name it.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Write the signed list into this file, for the recipient: their time begins.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List who has withdrawn from what a recipient holds, by the pseudonyms that the recipient knows."""
    settings = console.settings()
    if out is not None:
        _hand_out(settings, recipient, out, as_json=as_json)
        return
    gone = console.finish(_withdrawn(settings, recipient))
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


def _hand_out(settings: Settings, recipient: str, out: Path, *, as_json: bool) -> None:
    from bot.stewardship.archive import open_archive
    from bot.stewardship.recall import Listed, write_list

    async def work() -> Listed:
        async with open_archive(settings) as archive:
            return await write_list(archive, recipient, out, utc_now())

    listed = console.finish(work())
    if as_json:
        console.say_json({"list": listed.given.id, "file": str(out), "rows": listed.rows})
        return
    of = console.counted(len(listed.given.releases), "release")
    console.say(f"{out}: {listed.rows} to take out, from {of}. Send it to {recipient}.")
    if listed.rows:
        console.say("Folders of those releases that you keep have the rows too: delete them, or prune them as well.")


@app.command()
def prune(
    files: Annotated[list[Path], typer.Argument(help="Data files of a release, in any format.")],
    *,
    listed: Annotated[Path, typer.Option("--list", help="The signed list that whoever made the release sent.")],
    release: Annotated[
        str | None, typer.Option(help="Which release the file is of, where its manifest.json is not beside it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take withdrawn rows out of a recipient's copy, and write acknowledgements: needs no database and no network."""
    from bot.stewardship.pruning import prune as take_out
    from bot.stewardship.pruning import read_list

    async def work() -> list[dict[str, object]]:
        wanted, done = read_list(listed), []
        for file in files:
            pruned = take_out(file, wanted, release, utc_now())
            done.append({"removed": pruned.removed, "acknowledgement": str(pruned.acknowledgement)})
            if not as_json:
                console.say(f"{file}: {pruned.removed} taken out. Send back {pruned.acknowledgement}")
        return done

    done = console.finish(work())
    if as_json:
        console.say_json(_one_or_all(done))
        return
    console.say("Do the same with every copy.")


def _one_or_all(told: list[dict[str, object]]) -> object:
    """Of one file what it was always; of several a list."""
    return told[0] if len(told) == 1 else told


@app.command()
def acknowledge(
    files: Annotated[list[Path], typer.Argument(help="The acknowledgements that the recipient sent back.")],
    *,
    as_json: Json = False,
) -> None:
    """Record a recipient's word that the rows of a list are gone."""
    from bot.stewardship.acknowledging import Acknowledged
    from bot.stewardship.acknowledging import acknowledge as record
    from bot.stewardship.archive import open_archive

    settings = console.settings()

    async def work() -> list[Acknowledged]:
        done = []
        async with open_archive(settings) as archive:
            for file in files:
                said = await record(archive, file, utc_now())
                done.append(said)
                if not as_json:
                    console.say(f"{said.recipient} has taken {said.removed} out of release {said.release}: {said.file}")
        return done

    done = console.finish(work())
    if as_json:
        console.say_json(_one_or_all([{**asdict(said), "missing": list(said.missing)} for said in done]))
        return
    for last in {said.list: said for said in done}.values():
        console.say("The list is answered." if last.whole else f"Still to come: {', '.join(last.missing)}")
