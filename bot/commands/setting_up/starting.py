"""A systemd unit, written down for somebody to install."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

from bot import durable
from bot.commands import console
from bot.commands.asking import Asking, beware, explain, heading, well
from bot.settings import Settings
from bot.setup.unit import Kind, Service
from bot.storage.database import Database


def unit(asking: Asking, settings: Settings, kind: str | None, place: str) -> None:
    """Write or show a unit where one is wanted; nothing is installed."""
    heading("6. Starting by itself")
    chosen = kind or asking.text("Write a systemd unit? system, user, or no", "no")
    if chosen not in {"system", "user"}:
        explain(["No unit is written."])
        return
    service = _service("system" if chosen == "system" else "user", settings)
    if kind is None:
        place = asking.text("Where to (- shows it)", place)
    written = Path("surveybot.service" if place == "-" else place).expanduser()
    if place == "-":
        console.say(service.unit())
    else:
        _write(asking, written, service.unit())
    if service.person == "root":
        beware("the bot would run as root; make a person of its own for it, and set it up as that one")
    steps = service.steps(written.resolve())
    explain(["Nothing is installed. To install and start it:", *(f"  {step}" for step in steps)])


def _service(kind: Kind, settings: Settings) -> Service:
    stores = [Database.connect(url).file for url in (settings.database_url, settings.key_store)]
    folders = [path.parent.resolve() for path in (*stores, settings.key_file) if path is not None]
    releases = settings.export_dir.resolve()
    for folder in (*folders, releases):  # a unit can make no folder beside those that it may write to
        _make(folder)
    program = Path(sys.executable).parent / "surveybot"
    person = pwd.getpwuid(os.geteuid()).pw_name
    return Service(kind, program, Path.cwd(), folders, person, releases, settings.collections.resolve())


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        why = f"{folder}: cannot be made ({error.strerror}); make it as root and give it to whom the bot runs as"
        raise console.refuse(f"{why}, or choose another in the settings") from None


def _write(asking: Asking, path: Path, text: str) -> None:
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else None
        if before not in {None, text} and not asking.yes(f"{path} says something else. Replace it?", default=False):
            raise console.refuse(f"{path} is there and says something else; choose another place with --unit-to")
        if before != text:
            durable.replace(path, text.encode())
            path.chmod(0o644)
    except OSError as error:
        raise console.refuse(f"{path}: cannot be written ({error.strerror}); choose another place") from None
    well(f"{path} {'is so already' if before == text else 'is written'}")
