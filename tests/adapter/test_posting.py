"""Posting where a place is not what it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.running import settings_for
from telegram.error import ChatMigrated

from bot.adapter.posting import TelegramPoster
from bot.links.posting import NotPosted, Posted
from bot.reading import read_collections, read_texts
from flows.posts import WhyNot
from flows.screens import Screen

GROUP, SUPERGROUP = -700_001, -1_001_000_700_001


def poster(tmp_path: Path, *moved: int) -> tuple[TelegramPoster, list[tuple[str, int]]]:
    """One who posts where these groups are supergroups by now, and what was called."""
    settings = settings_for(tmp_path, "http://127.0.0.1:9")
    calls: list[tuple[str, int]] = []

    async def call(method: str, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401  # JSON
        calls.append((method, fields["chat_id"]))
        if fields["chat_id"] in moved and method == "sendMessage":
            raise ChatMigrated(SUPERGROUP)
        return {"type": "supergroup" if fields["chat_id"] == SUPERGROUP else "group", "message_id": 1}

    return TelegramPoster(call, read_texts(settings, read_collections(settings))), calls


async def test_a_group_that_has_become_a_supergroup_is_found_there(tmp_path: Path) -> None:
    door, calls = poster(tmp_path, GROUP)
    assert await door.post(str(GROUP), [(Screen("post", ()), "en")]) == Posted()
    assert calls[-1] == ("sendMessage", SUPERGROUP)


async def test_one_that_leads_to_itself_is_not_followed_for_ever(tmp_path: Path) -> None:
    door, _ = poster(tmp_path, GROUP, SUPERGROUP)
    assert await door.post(str(GROUP), [(Screen("post", ()), "en")]) == NotPosted(WhyNot.NOT_THERE)
