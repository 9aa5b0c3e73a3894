"""Consent over time: cards that change, consents that come to their end, and what was agreed to before."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.copies import FIRST, copied, new_version, reworded
from support.running import Bot

from bot.sandbox.server import Sandbox
from bot.start_checks import CannotStart

from .conftest import running, somebody

# --- texts stay as they were agreed to -----------------------------------------------------------------------------


async def test_words_that_somebody_agreed_to_do_not_change_under_their_version(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Before anybody has agreed, and in a language in which nobody has, cards may still be mended."""
    folder = copied(tmp_path / "collections")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        await somebody(bot).to_decision()
    reworded(folder / FIRST / "consent" / "en" / "1.md", "It takes", "This takes")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        await somebody(bot, name="Alex").whole()
    reworded(folder / FIRST / "consent" / "ar" / "1.md", "# ", "# - ")
    async with running(Bot(sandbox, tmp_path, collections=folder)):
        pass
    reworded(folder / FIRST / "consent" / "en" / "1.md", "This takes", "It takes")
    with pytest.raises(CannotStart, match=r"demographics/consent/en: the cards for US .* version 1\. .*changes\.md"):
        await Bot(sandbox, tmp_path, collections=folder).start()
    new_version(folder / FIRST, 2, "minor", "The same in other words.")
    async with running(Bot(sandbox, tmp_path, collections=folder)):
        pass


async def test_a_value_that_is_filled_in_belongs_to_the_text(sandbox: Sandbox, tmp_path: Path) -> None:
    """Other pay is another promise."""
    folder = copied(tmp_path / "collections")
    async with running(Bot(sandbox, tmp_path, collections=folder)) as bot:
        await somebody(bot).to_questions()
    reworded(folder / FIRST / "regions" / "US" / "region.yaml", 'amount: "2.50"', 'amount: "3.00"')
    with pytest.raises(CannotStart, match="for US"):
        await Bot(sandbox, tmp_path, collections=folder).start()
