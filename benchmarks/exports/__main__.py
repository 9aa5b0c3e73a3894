"""Measure releases of several sizes: seconds, processor time and peak memory, beside a plain writer in the same run."""

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.exports.measure import Measured, measure
from benchmarks.report import filesystem_of

RESULTS = Path(__file__).with_name("results.md")
SMALL = 10_000
"""The size that memory is held against."""
_WHAT = (
    "The release is the whole command, from its start to the folder under its name: finding, opening, protecting,",
    "writing, looking again, signing. The plain writer has the same rows open in memory and only writes them.",
)


def main(
    contributors: Annotated[
        list[int] | None, typer.Option(min=100, help="People; may be repeated. 10,000 and 50,000 unless said.")
    ] = None,
    formats: Annotated[list[str] | None, typer.Option("--format", help="csv or parquet; may be repeated.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where it is made; a temporary folder unless told.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write benchmarks/exports/results.md.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for a program.")] = False,
) -> None:
    """How long a release takes and how much memory, beside a plain writer of the same rows."""
    loads = [_load()]
    found: list[Measured] = []
    for count in contributors or [SMALL, 50_000]:
        found += measure(count, formats or ["csv"], folder)
        loads.append(_load())
        if not as_json:
            typer.echo("\n".join(_rows(found[-len(formats or ["csv"]) :])))
    if as_json:
        typer.echo(json.dumps([each.as_values() for each in found], indent=2))
    else:
        typer.echo("\n".join(_beside(found)))
    if write:
        RESULTS.write_text(_markdown(found, loads, folder or Path(tempfile.gettempdir())), encoding="utf-8")


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _rows(found: Iterable[Measured]) -> list[str]:
    return [
        f"| {each.contributors:,} | {each.format} | {each.rows:,} | {each.seconds:.1f} | {each.processor:.1f} | "
        f"{1000 * each.processor / each.contributors:.3f} | {each.megabytes:.0f} | {each.plain:.2f} | "
        f"{100 * each.speed:.1f} % | {each.seed:.0f} |"
        for each in found
    ]


def _beside(found: Sequence[Measured]) -> list[str]:
    """Memory of each size beside that of 10,000, where that was measured too."""
    small = {each.format: each.megabytes for each in found if each.contributors == SMALL}
    return [
        f"Memory of {each.contributors:,} as {each.format}: {each.megabytes / small[each.format]:.2f} times that of "
        f"{SMALL:,}."
        for each in found
        if each.format in small and each.contributors != SMALL
    ]


def _markdown(found: Sequence[Measured], loads: Sequence[str], folder: Path) -> str:
    sizes = " ".join(f"--contributors {count}" for count in dict.fromkeys(each.contributors for each in found))
    formats = " ".join(f"--format {each}" for each in dict.fromkeys(each.format for each in found))
    cores = len(os.sched_getaffinity(0))
    how = f"{cores} cores, files on {filesystem_of(folder)}, load average before and after each size {', '.join(loads)}"
    heading = ("people", "format", "rows", "release s", "its CPU s", "CPU ms a person", "peak MB", "plain writer s",
               "speed beside it", "seeding s")  # fmt: skip
    lines = [
        "# Releases: what came out last",
        "",
        f"`python -m benchmarks.exports {sizes} {formats} --write`; {how}.",
        "",
        *_WHAT,
        "",
        f"| {' | '.join(heading)} |",
        f"| {' | '.join('---' for _ in heading)} |",
        *_rows(found),
        "",
        *_beside(found),
    ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    typer.run(main)
