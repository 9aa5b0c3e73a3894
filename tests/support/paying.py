"""Collections that pay, and what a steward does about it, without starting a process for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bot.clock import Clock
from bot.settings import Settings
from bot.stewardship.archive import open_archive
from bot.stewardship.payouts import collection_of, load
from flows.load import load_collections

from .by_hand import ByHand
from .copies import copied, reworded
from .running import settings_for

WAITING = "You get it as a code. It comes here in a message of its own, by itself, as soon as there is one."


def collections_that_pay(folder: Path, ways: str, *places: str) -> Path:
    """The ready collection with ways of paying in some places."""
    into = copied(folder)
    for place in places or ("US",):
        file = into / "demographics" / "regions" / place / "region.yaml"
        reworded(file, "pay:\n", f"pay:\n  ways: [{ways}]\n")
    return into


def settings_of(folder: Path, collections: Path) -> Settings:
    """What a command beside the bot is set up with."""
    return settings_for(folder, "http://127.0.0.1:1", collections=collections)


def with_budget(folder: Path, budget: str, place: str = "US") -> Path:
    """The ready collection with a budget in one place."""
    into = copied(folder)
    reworded(into / "demographics" / "regions" / place / "region.yaml", "pay:\n", f'pay:\n  budget: "{budget}"\n')
    return into


async def load_codes(hand: ByHand, settings: Settings, codes: Iterable[str], place: str = "US") -> None:
    """As `surveybot payouts load` does, at the time of a bot that is driven by hand."""
    await load_into(settings, codes, lambda: hand.now, place)


async def load_into(settings: Settings, codes: Iterable[str], now: Clock, place: str = "US") -> None:
    """As `surveybot payouts load` does."""
    content = "\n".join(codes).encode()
    wanted = collection_of(load_collections(settings.collections), "demographics")
    async with open_archive(settings) as archive:
        await load(archive, wanted, place, "codes.txt", content, now)


async def submitted(hand: ByHand, chat_id: int) -> None:
    """From the link to the thanks, leaving every question out."""
    await hand.to_review(chat_id)
    await hand.presses("submit", chat_id=chat_id)
    await hand.later(seconds=0)
