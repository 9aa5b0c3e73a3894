"""What a release would lose, said before it is made; and what the recipient has that it could be compared with."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.commands import console

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.stewardship.archive import Archive
    from bot.stewardship.ordering import Order
    from bot.storage.releases import Release

Ordering = Callable[["Archive"], Awaitable["Order"]]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is known of a release before it is made."""

    wanted: Order
    told: dict[str, Any]
    """As `bot.stewardship.foreseeing` tells it: no count points at anybody."""
    others: list[Release]
    """Of another shape, with the same recipient."""

    @property
    def lost_much(self) -> list[tuple[str, str, int]]:
        """Answers of which more than a fifth is not said exactly."""
        from bot.stewardship.telling import A_FIFTH

        return [each for each in self.told["losses"] if each[2] > 100 * A_FIFTH]


def somebody_is_there() -> bool:
    """Whether there is a terminal to ask at."""
    return sys.stdin.isatty()


async def foresee(settings: Settings, ordering: Ordering) -> Foreseen:
    """Count what would leave, and write nothing. Raises Refused."""
    from bot.clock import utc_now
    from bot.stewardship import foreseeing
    from bot.stewardship.archive import open_archive
    from bot.stewardship.shapes import of_another_shape

    async with open_archive(settings) as archive:
        wanted = await ordering(archive)
        with console.err.status("Counting"):
            told = await foreseeing.foresee(archive, wanted, utc_now)
        return Foreseen(wanted, told, await of_another_shape(archive, wanted))


def show(found: Foreseen, *, as_json: bool) -> None:
    """Say all of it."""
    if as_json:
        names = ("question", "option", "percent")
        losses = [dict(zip(names, each, strict=True)) for each in found.told["losses"]]
        console.say_json({**found.told, "losses": losses, "of_another_shape": [each.id for each in found.others]})
        return
    few = f"fewer than {found.told['smallest']}"
    rows, left_out = (few if found.told[name] is None else found.told[name] for name in ("rows", "left_out"))
    console.say(f"People whose row would leave: {rows}. Left out, because few are like them: {left_out}.")
    _say_losses(found)
    warn(found.others)


def _say_losses(found: Foreseen) -> None:
    if not found.told["losses"]:
        console.say("No answer that may be told of loses anything.")
        return
    console.say("Not said exactly, or left out, of those who gave an answer:")
    for question, option, percent in found.told["losses"]:
        console.say(f"  {question}: {option}, about {percent}%")
    if found.lost_much and not found.wanted.tables and all(each.tables for each in found.others):
        console.say("--single-question-tables would lose less: no table joins to another.")


def warn(others: list[Release]) -> None:
    """Say what the recipient has that could be compared with it."""
    if others:
        ids = ", ".join(each.id[:8] for each in others[:3]) + (f" and {len(others) - 3} more" if others[3:] else "")
        console.err.print(
            f"{others[0].recipient} has this collection in another shape, or in groups of another size: release {ids}. "
            "Whoever has both can work out what each hides: give nobody both (docs/exports.md)",
            style="yellow",
            markup=False,
        )


def agreed_to(found: Foreseen) -> bool:
    """Whether whoever is at the terminal wants it all the same; nobody is asked where nothing much is lost."""
    import typer

    if not (found.lost_much or found.others or found.told["left_out"] is not None):
        return True
    return typer.confirm("Go on?", default=False)
