"""Writing settings into `.env`, and saying which."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bot.commands import console
from bot.commands.asking import beware, well
from bot.setup import envfile

ENV = Path(".env")


def token_before() -> str:
    """The token that environment or file already hold, whatever it is."""
    try:
        return os.environ.get("SURVEYBOT_TOKEN") or envfile.read(ENV).get("SURVEYBOT_TOKEN", "")
    except envfile.EnvFault as fault:
        raise console.refuse(fault) from None


def put(settings: Mapping[str, str]) -> None:
    """Write settings, close the file to others, and say what has changed; no value is shown."""
    try:
        changed = envfile.put(ENV, settings)
        was_open = envfile.close_to_others(ENV)
    except envfile.EnvFault as fault:
        raise console.refuse(fault) from None
    for each in changed:
        well(f"{ENV}: {each.name} {'has a new value' if each.was_set else 'is set'}; the other lines stay as they were")
    if was_open:
        well(f"{ENV}: others could read it, and no longer can")
    for name, value in settings.items():
        if os.environ.get(name, value) != value:
            beware(f"{name} is set in the environment too, which goes before {ENV}")
