"""Reading is not everybody's way: a card that is read aloud is a press away, and goes when the chat is cleaned."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from support.opus import silence
from support.running import Bot, until

from bot import shipped
from bot.sandbox.server import Sandbox

from .conftest import running, somebody

NOTE = silence(83)


async def test_a_card_read_aloud_is_heard_and_goes_with_the_chats_cleaning(
    sandbox: Sandbox, tmp_path: Path, logged: list[Any]
) -> None:
    """Also before anything is agreed to. A file that was changed meanwhile is not what was hashed, and is not sent."""
    folder = tmp_path / "collections"
    shutil.copytree(shipped.ready_collections(), folder, ignore=shutil.ignore_patterns("__*"))
    spoken = folder / "demographics" / "consent" / "ar" / "1.ogg"
    spoken.write_bytes(NOTE)
    async with running(Bot(sandbox, tmp_path / "bot", collections=folder)) as bot:
        amal = somebody(bot, language="ar", place="EG")
        await amal.to_cards()
        label = next(label for label in amal.labels if "🔊" in label)
        assert "1:23" in label
        await amal.press_label(label)
        await until(lambda: any(message.voice is not None for message in amal.person.messages))
        heard = next(message.voice for message in amal.person.messages if message.voice is not None)
        assert heard.content == NOTE
        assert amal.words("It comes in a moment, below.") in amal.person.toasts
        await amal.press("Next")
        assert not any("🔊" in label for label in amal.labels), "nobody has read the second one aloud"
        await amal.settle()
        await amal.say("/leave")
        await amal.press("Clean this chat")
        await until(lambda: not any(message.voice is not None for message in amal.person.messages))

        spoken.write_bytes(silence(2))
        await amal.press("‹ Back")
        await amal.press("‹ Back")
        await amal.press_label(label)
        await until(lambda: any("voice note" in entry["event"] for entry in logged))
        assert not any(message.voice is not None for message in amal.person.messages)


async def test_who_takes_no_voice_messages_hears_it_as_a_file(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "collections"
    shutil.copytree(shipped.ready_collections(), folder, ignore=shutil.ignore_patterns("__*"))
    (folder / "demographics" / "consent" / "ar" / "1.ogg").write_bytes(NOTE)
    async with running(Bot(sandbox, tmp_path / "bot", collections=folder)) as bot:
        amal = somebody(bot, language="ar", place="EG")
        await amal.to_cards()
        amal.person.refuse_voice_messages()
        await amal.press_label(next(label for label in amal.labels if "🔊" in label))
        await until(lambda: bool(amal.person.files))
        [file] = amal.person.files
        assert file.content == NOTE
        await amal.settle()
        await amal.say("/leave")
        await amal.press("Clean this chat")
        await until(lambda: not amal.person.files)
