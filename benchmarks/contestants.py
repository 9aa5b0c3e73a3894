"""Who is measured. A contestant is a name, a command that starts its bot, and how its screens are read."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import ours
from benchmarks.peers import words
from benchmarks.policy import Policy, Press, pattern, press


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a bot is to work: the stand-in, the token, and an empty folder of its own; which of several it is."""

    api_url: str
    token: str
    folder: Path
    number: int = 0


@dataclass(frozen=True, slots=True)
class Contestant:
    key: str
    name: str
    command: tuple[str, ...]
    environment: Callable[[Assignment], Mapping[str, str]]
    policy: Policy


def peer_environment(assignment: Assignment) -> Mapping[str, str]:
    return {"BENCH_API_URL": assignment.api_url, "BENCH_TOKEN": assignment.token}


def our_environment(assignment: Assignment) -> Mapping[str, str]:
    return ours.environment(assignment.api_url, assignment.token, assignment.folder)


def on_card(number: int) -> Press:
    """The first answer is the one that each card hopes for."""
    label, _ = words.CARD_ANSWERS[number][0]
    return press(f"^{label}$", on=f"^{number + 1} of 4$")


PEERS_POLICY = Policy(
    presses=(
        press("^United States$"),
        *(on_card(number) for number in range(len(words.CARDS))),
        press("18 or older and I agree$"),
        press("^18.24$"),
        press("^American Indian or Alaska Native$", on="^2 of 3$"),
        press("^Asian$", on="^2 of 3$"),
        press("^Done$", on="^2 of 3$"),
        press("^Woman$", on="^3 of 3$"),
        press("^Done$", on="^3 of 3$"),
        press("^Submit$"),
    ),
    finished=pattern("^Thank you$"),
)


def peer(key: str, name: str, module: str = "", *arguments: str) -> Contestant:
    command = (sys.executable, "-m", f"benchmarks.peers.{module or key}", *arguments)
    return Contestant(key, name, command, peer_environment, PEERS_POLICY)


# What the others are held against: the faster of the two peers.
YARDSTICK = "aiogram_dialog"

CONTESTANTS = (
    peer("bare", "bare loop, no state"),
    peer("ptb", "python-telegram-bot"),
    peer("aiogram_dialog", "aiogram-dialog"),
    peer("aiogram_dialog_uvloop", "aiogram-dialog on uvloop", "aiogram_dialog", "uvloop"),
    Contestant("ours", "surveybot", ours.COMMAND, our_environment, ours.POLICY),
)
