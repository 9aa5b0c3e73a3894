"""A data file and a key store, each empty and up to date."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support import stores

from bot.storage.database import Database
from bot.storage.keystore import KeyStore


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database.connect(stores.url(tmp_path, stores.DATA))
    await opened.upgrade()
    yield opened
    await opened.close()


@pytest.fixture
async def keystore(tmp_path: Path) -> AsyncIterator[KeyStore]:
    opened = KeyStore.connect(stores.url(tmp_path, stores.KEYS))
    await opened.create()
    yield opened
    await opened.close()
