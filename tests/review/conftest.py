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


@pytest.fixture
def environment(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> Bot:
    """Commands in this process find the bot's data."""
    settings = bot.settings
    for name, value in {
        "DATABASE_URL": settings.database_url,
        "KEY_STORE_URL": settings.key_store_url,
        "KEY_FILE": str(settings.key_file),
        "COLLECTIONS": str(settings.collections),
        "API_URL": settings.api_url,
    }.items():
        monkeypatch.setenv(f"SURVEYBOT_{name}", value)
    monkeypatch.chdir(settings.key_file.parent.parent)
    return bot
