"""The way from an empty machine to a serving bot, as docs/operating.md tells it, walked with its own commands.

What needs root and another machine (apt, useradd, git clone, systemctl) is left out; every command of ours is run, in
the order of the document, through the little script that the document writes, on paths of this test's.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from dotenv import dotenv_values
from support import commands as started
from support.running import TOKEN
from support.terminal import PATIENCE, Terminal

from bot.sandbox.server import Sandbox

from .reading import ROOT, code, text_of

COMMAND = str(Path(sys.executable).parent / "surveybot")
DOCUMENT = text_of(ROOT / "docs/operating.md")
OURS = "sudo -u surveybot surveybot "
_SCRIPT = re.compile(r"sudo tee /usr/local/bin/surveybot .*<<'END'\n(.*?)\n +END", re.DOTALL)


def commands(heading: str) -> list[str]:
    """Our commands under a heading, in order, without the words that say who runs them."""
    section = DOCUMENT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = (line for line in section.splitlines() if line.startswith("    "))
    return [line.strip().removeprefix(OURS) for line in lines if line.strip().startswith(OURS)]


class Machine:
    """A folder that stands for the machine."""

    def __init__(self, top: Path, sandbox: Sandbox) -> None:
        self.top = top
        self.home, self.stick = top / "var", top / "stick"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SURVEYBOT_")}
        self.environment = {**kept, "SURVEYBOT_API_URL": sandbox.api_url}
        for folder in (self.home, self.stick, top / "srv" / "surveybot-data", top / "srv" / "surveybot-keys"):
            folder.mkdir(parents=True)
        script = _SCRIPT.search(DOCUMENT)
        assert script is not None
        self.script = top / "surveybot"
        self.script.write_text(self.here("\n".join(line.strip() for line in script[1].splitlines())) + "\n")
        self.script.chmod(0o755)

    def here(self, text: str) -> str:
        """The document's paths on this machine."""
        text = text.replace("/opt/surveybot/.venv/bin/surveybot", COMMAND).replace("/var/lib/surveybot", str(self.home))
        return text.replace("/srv/", f"{self.top}/srv/").replace("/media/stick", str(self.stick))

    async def run(self, command: str) -> str:
        """Run a command of the document to its end, which has to be a good one; what it printed.

        The document's script says where, with what and in which environment; there, it is begun.
        """
        told = self.top / "told"
        told.write_text('#!/bin/sh\nprintf \'%s\\0\' "$PWD" "$#" "$@"\nexec env -0\n')
        told.chmod(0o755)
        script = self.script.read_text().replace(COMMAND, str(told))
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", script, str(self.script), *self.here(command).split(),
            env=self.environment, cwd=self.top, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate()
        assert process.returncode == 0
        folder, count, *rest = said.decode().split("\0")
        arguments, environment = rest[: int(count)], rest[int(count) : -1]
        done = await started.run(arguments, dict(each.split("=", 1) for each in environment), Path(folder))
        assert done.code == 0, done.out + done.err
        return done.out + done.err

    async def set_up(self, command: str, *answers: tuple[str, str]) -> None:
        """Answer what `setup` asks."""
        async with Terminal([str(self.script), *command.split()], self.top, self.environment) as terminal:
            await terminal.answers_unseen("Token (it is not shown)", TOKEN)
            for question, answer in answers:
                await terminal.answers(question, answer)
            assert await terminal.ends() == 0, terminal.screen

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """The bot as its unit starts it."""
        unit = dict(
            line.split("=", 1) for line in (self.home / "surveybot.service").read_text().splitlines() if "=" in line
        )
        process = await asyncio.create_subprocess_exec(
            *unit["ExecStart"].split(),
            cwd=unit["WorkingDirectory"], env=self.environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE):
                while not (line := await process.stdout.readline()).startswith(b"Serving @"):
                    assert line, "it ended by itself"
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            await process.communicate()
        assert process.returncode == 0


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Telegram's stand-in."""
    async with Sandbox(TOKEN, page=False) as running:
        yield running


async def test_the_way_from_an_empty_machine_through_an_upgrade_and_a_lost_disk(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    machine = Machine(tmp_path, sandbox)
    set_up, doctor, back_up = commands("From an empty machine to a serving bot")
    restore, set_up_again, restore_over = commands("When the disk is lost")
    answers = (
        ("Press Enter when BotFather", ""),
        ("Folder of collections", ""),
        ("Telegram ids", ""),
        ("Recovery copy", str(machine.stick)),
        ("Show this, and a menu", ""),
        ("Name of the bot", ""),
        ("another name", ""),
        ("Write a systemd unit?", "system"),
        ("Where to", ""),
    )

    await machine.set_up(set_up, *answers)
    async with machine.serving():
        await machine.run(doctor)
        first = await machine.run(back_up)
    async with machine.serving():  # after a reboot, and with a new version
        for command in commands("A new version"):
            await machine.run(command)
    shutil.copy(machine.home / "keys" / "destroyed-keys.log", machine.stick)
    shutil.rmtree(machine.home)
    machine.home.mkdir()

    assert "is back" in await machine.run(restore)
    await machine.set_up(set_up_again, *answers)  # the stick's copy is named, and found to be the right one
    async with machine.serving():
        await machine.run(doctor)
    assert "Set aside" in await machine.run(restore_over)
    async with machine.serving():
        assert "still opens" in await machine.run(doctor)
    assert dotenv_values(machine.home / ".env") == {"SURVEYBOT_TOKEN": TOKEN}
    assert "Data: " in first


def test_every_command_of_ours_in_the_document_is_walked() -> None:
    walked = [
        *commands("From an empty machine to a serving bot"),
        *commands("A new version"),
        *commands("When the disk is lost"),
        *commands("When something is wrong"),  # `doctor`, as before
    ]
    written = [line.removeprefix(OURS) for line in code(DOCUMENT) if line.startswith(OURS) and not line.endswith("...")]
    assert written == walked
    assert commands("When something is wrong") == ["doctor"]
