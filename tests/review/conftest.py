"""A sandbox, a bot that opens nothing unsigned, and the collection's folder to change words in."""

from __future__ import annotations

from pathlib import Path

import pytest
from journeys.conftest import logged, sandbox
from support.copies import copied, reworded
from support.running import Bot

from bot.sandbox.server import Sandbox

__all__ = ["logged", "sandbox"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a copy of the ready collection, as if its names were real: an example is signed off by nobody."""
    folder = copied(tmp_path / "collections")
    reworded(folder / "demographics" / "collection.yaml", "example: true", "example: false")
    return folder


@pytest.fixture
def bot(sandbox: Sandbox, tmp_path: Path, folder: Path) -> Bot:
    """A bot that is not started yet, and opens only what is signed off."""
    return Bot(sandbox, tmp_path, collections=folder, allow_unreviewed=False)


def variables(bot: Bot) -> dict[str, str]:
    """What the environment says to commands that are to find the bot's data."""
    settings = bot.settings
    return {
        "SURVEYBOT_DATABASE_URL": settings.database_url,
        "SURVEYBOT_KEY_STORE_URL": settings.key_store_url,
        "SURVEYBOT_KEY_FILE": str(settings.key_file),
        "SURVEYBOT_COLLECTIONS": str(settings.collections),
        "SURVEYBOT_API_URL": settings.api_url,
    }


@pytest.fixture
def environment(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> Bot:
    """Commands in this process find the bot's data."""
    for name, value in variables(bot).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(bot.settings.key_file.parent.parent)
    return bot
