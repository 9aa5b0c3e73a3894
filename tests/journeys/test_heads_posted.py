"""Heads of the audit trail in a channel: once for each time, checked by anybody, and held against the log later."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.running import Bot, until
from support.team import OWNER, member
from typer.testing import CliRunner

from bot.cli import app
from bot.sandbox.server import Sandbox
from bot.stewardship.archive import open_archive
from bot.trail.published import NotAHead, read_published
from bot.trail.verifying import verify
from bot.vault import fingerprint

from .conftest import somebody


async def test_a_head_is_posted_once_and_shows_what_was_rewritten_since(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = Bot(sandbox, tmp_path, owners=(OWNER,), heads_channel="@our_heads", heads_hours=744)
    await bot.start()
    owner = member(sandbox, "Olga", OWNER)
    await owner.say("/team")
    await somebody(bot).to_questions()
    channel = sandbox.channel("Our heads", owner.person, username="our_heads")
    await channel.settled()
    await bot.stop()
    await bot.stores.change("delete from head_posts")  # the bot was not in the channel yet
    for _ in range(2):
        await bot.start()
        await until(lambda: bot.stores.rows("select state from head_posts") == [("posted",)])
        await bot.stop()

    [post] = [message for message in channel.messages if "signed head" in message.text]
    found = read_published(post.text)
    assert found.is_signed
    assert found.is_of(fingerprint(bot.stores.vault().head_key()))
    assert not found.is_of("00" * 32)
    file = tmp_path / "post.txt"
    file.write_text(post.text, encoding="utf-8")
    assert bot.stores.rows("select actor, action from audit where action like 'head %'")[-1] == ("bot", "head posted")

    async with open_archive(bot.settings) as archive:
        whole = await verify(archive.database, archive.keystore, archive.vault, [found.head])
        assert whole.findings == []
        await archive.keystore.take_heads([])  # data and key store were put back together, of an earlier day
        await bot.stores.change("delete from audit")
        cut = await verify(archive.database, archive.keystore, archive.vault, [found.head])
    assert "cut off" in {each.kind for each in cut.findings}


def test_anybody_checks_a_post_without_anything_else(tmp_path: Path) -> None:
    file = tmp_path / "post.txt"
    file.write_text("hello", encoding="utf-8")
    done = CliRunner().invoke(app, ["audit", "check-head", str(file)])
    assert done.exit_code == 1
    with pytest.raises(NotAHead, match="copy the whole post"):
        read_published("surveybot audit head 1\n1\nsignature: zz")
