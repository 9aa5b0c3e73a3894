"""The command line is put together once in a test process: typer reads the types of each of some ninety commands anew
whenever one of them is called, which takes longer than most of what they do here. A command keeps nothing of a call."""

from __future__ import annotations

from functools import cache

import pytest
import typer.main
import typer.testing

from bot import cli


def keep(patch: pytest.MonkeyPatch) -> None:
    """From now on, in this process."""
    made = cache(typer.main.get_command)
    patch.setattr(typer.main, "get_command", made)
    patch.setattr(typer.testing, "_get_command", made)


def make() -> None:
    """Put it together now, for every process that is forked later."""
    typer.main.get_command(cli.app)
