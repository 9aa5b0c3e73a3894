"""`surveybot doctor`: what is wrong with an installation, and what helps."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import console
from bot.commands.console import Json

if TYPE_CHECKING:
    from bot.doctor.findings import Finding
    from bot.doctor.look import Look

_STYLES = {"well": ("✓", "green"), "warning": ("!", "yellow"), "fault": ("✗", "bold red")}


def doctor(
    *,
    mend: Annotated[
        bool, typer.Option("--mend", help="Remove a webhook that is left over, so that updates can be fetched.")
    ] = False,
    listen: Annotated[
        int, typer.Option(min=0, max=50, help="Seconds to listen for another process with this token; 0: not at all.")
    ] = 5,
    as_json: Json = False,
) -> None:
    """Say what is wrong with this installation, and what helps. Ends with 1 where something is."""
    from bot.clock import utc_now
    from bot.doctor.findings import is_well
    from bot.doctor.look import Look
    from bot.doors import open_account
    from bot.reading import read_texts

    look = Look(
        env=Path(".env"),
        environment=os.environ,
        now=utc_now,
        open_account=open_account,
        read_texts=read_texts,
        listen=listen,
        mend=mend,
    )
    findings = console.finish(_all(look, aloud=not as_json))
    if as_json:
        console.say_json({"well": is_well(findings), "findings": [asdict(each) for each in findings]})
    else:
        _sum_up(findings)
    if not is_well(findings):
        raise typer.Exit(1)


async def _all(look: Look, *, aloud: bool) -> list[Finding]:
    found: list[Finding] = []
    with console.err.status("Looking"):
        async for finding in look.everything():
            found.append(finding)
            if aloud:
                _show(finding)
    return found


def _show(finding: Finding) -> None:
    mark, style = _STYLES[finding.level]
    console.out.print(f"{mark} {finding.about}: {finding.says}", style=style, markup=False)
    if finding.remedy:
        console.say(f"    {finding.remedy}")


def _sum_up(findings: list[Finding]) -> None:
    faults = sum(each.level == "fault" for each in findings)
    warnings = sum(each.level == "warning" for each in findings)
    if not faults and not warnings:
        console.say("Everything is as it should be.")
    elif not faults:
        console.say(f"Nothing is wrong; {warnings} to look at.")
    else:
        console.say(f"{faults} wrong, {warnings} to look at.")
