"""Draws docs/stages.md from the tables in `flows.engine`: python -m flows.diagram."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from flows.engine import ANYWHERE, COMMANDS, INVITES, OPENERS, STAGES, Row
from flows.moves.turn import Move
from flows.session import Aside, Stage

_BENEATH = "beneath"


def drawn() -> str:
    """The whole of docs/stages.md."""
    return "\n".join(
        (
            "# Stages",
            "",
            "Drawn by `make diagram` from the tables in `flows/engine.py`: one person's stages in one collection, and",
            "what may lie over an unchanged stage and leads back to it.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {Stage.PLACE}: one collection is open, or a link names one",
            f"    [*] --> {Aside.COLLECTIONS}: several are open",
            f"    [*] --> {Aside.CLOSED}: none is open",
            f'    state "the stage beneath" as {_BENEATH}',
            *(f"    {line}" for line in _lines()),
            f"    {Aside.GOODBYE} --> [*]: delivered, or after a day",
            "```",
            "",
            "From every place, with a command, a button that any screen may carry, or one on an invite:",
            "",
            "| what | leads to |",
            "| --- | --- |",
            *(f"| `/{command}` | {_places(move)} |" for command, move in COMMANDS.items()),
            *(f"| `{verb}` | {_places(move)} |" for verb, move in OPENERS.items()),
            *(f"| invite: `{answer}` | {_places(move) or 'where one stands'} |" for answer, move in INVITES.items()),
            "",
        )
    )


def _lines() -> Iterator[str]:
    rows: list[tuple[Stage | Aside, Row]] = [*STAGES.items(), *ANYWHERE.items()]
    for place, row in rows:
        moves: list[tuple[str, Move]] = list(row.taps.items())
        if row.typed is not None:
            moves.append(("(text)", row.typed))
        for goal, verbs in _by_goal(moves).items():
            yield f"{place} --> {goal}: {', '.join(verbs)}"


def _by_goal(moves: list[tuple[str, Move]]) -> dict[str, list[str]]:
    goals: dict[str, list[str]] = {}
    for verb, move in moves:
        for goal in [*move.to, *([_BENEATH] if move.closes else [])]:
            goals.setdefault(str(goal), []).append(verb)
    return goals


def _places(move: Move) -> str:
    places = [str(place) for place in move.to] + (["the stage beneath"] if move.closes else [])
    return ", ".join(places)


if __name__ == "__main__":
    sys.stdout.write(drawn())
