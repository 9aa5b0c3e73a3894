"""Asking somebody at a terminal, or going on with what was said beforehand where nobody is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import typer

from bot.commands import console


@dataclass(frozen=True, slots=True)
class Asking:
    """`somebody` is false with --yes: then every question is answered by its default."""

    somebody: bool

    def text(self, question: str, default: str = "") -> str:
        """A line; Enter takes the default."""
        if not self.somebody:
            return default
        answer: str = typer.prompt(question, default=default, show_default=bool(default))
        return answer.strip()

    def yes(self, question: str, *, default: bool) -> bool:
        """Yes or no; Enter takes the default."""
        return typer.confirm(question, default=default) if self.somebody else default

    def secret(self, question: str) -> str:
        """A line that is not shown while it is typed."""
        answer: str = typer.prompt(question, default="", show_default=False, hide_input=True)
        return answer.strip()

    def done(self, question: str) -> None:
        """Wait for Enter."""
        if self.somebody:
            typer.prompt(question, default="", show_default=False)


def heading(text: str) -> None:
    """A new subject."""
    console.out.print(f"\n{text}", style="bold", markup=False)


def explain(lines: Iterable[str]) -> None:
    """What somebody should know before they answer."""
    for line in lines:
        console.say(f"  {line}")


def well(text: str) -> None:
    """Something is as it should be."""
    console.out.print(f"✓ {text}", style="green", markup=False)


def beware(text: str) -> None:
    """Something works and should not stay so."""
    console.out.print(f"! {text}", style="yellow", markup=False)
