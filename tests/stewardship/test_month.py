"""What a steward does each month, as docs/stewards-month.md tells it, on an installation with somebody in it."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import sys
from pathlib import Path

from support.running import TOKEN, Bot
from support.team import come_in, member

from .conftest import Arrive, Export, Surveybot, take_part

DOCUMENT = Path(__file__).parents[2] / "docs" / "stewards-month.md"
COMMANDS = re.findall(r"^    surveybot (.+)$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)

ONE_AFTER_ANOTHER = """
import json, sys
from typer.testing import CliRunner
from bot.cli import app
done = [CliRunner().invoke(app, arguments) for arguments in json.loads(sys.argv[1])]
print(json.dumps([[each.exit_code, each.output] for each in done]))
"""
"""In one process, since starting each takes longer than what it does."""


async def test_every_command_of_the_month_does_what_it_is_there_for(
    bot: Bot, arrive: Arrive, exported: Export, environment: dict[str, str], surveybot: Surveybot, tmp_path: Path
) -> None:
    assert bot.is_running
    await take_part(arrive())
    await exported()
    environment.update({"SURVEYBOT_TOKEN": TOKEN, "SURVEYBOT_API_URL": bot.sandbox.api_url})
    link = (await surveybot("team", "link", "coordinator", "--json")).value
    await come_in(member(bot.sandbox, "Lee"), link["address"].partition("?start=")[2], "Lee")
    arguments = [shlex.split(command) for command in COMMANDS]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ONE_AFTER_ANOTHER, json.dumps(arguments), env=environment, cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    said: dict[str, str] = {}
    for command, (code, output) in zip(arguments, json.loads(out), strict=True):
        assert code == 0, f"{command}: {output}"
        said[" ".join(command[:2])] = output
        said[command[-1]] = output
    assert "nothing was tampered with" in said["audit verify"]
    assert "lab: DUA-1" in said["recipients list"]
    assert (tmp_path / "lab-withdrawals.json").exists()
    assert "coordinator: right granted" in said["coordinator"]
    assert "coordinator: right granted" in said["right granted"]
    assert "command line: link made" in said["command line"]
    assert len(COMMANDS) > 10
