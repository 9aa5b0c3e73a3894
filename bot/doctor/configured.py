"""Settings: what is misspelt, what cannot be used, and what is for rehearsals only."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from bot.doctor.findings import Finding, fault, warning, well
from bot.settings import Settings, SettingsFault

_PREFIX = "SURVEYBOT_"
OF_TESTS = frozenset(
    f"{_PREFIX}{name}"
    for name in ("CHAOS_FIGURES", "CHAOS_SEED", "DEMAND_BROWSER", "SCREENS", "TEST_ON", "TEST_SERVER", "TEST_WAYS")
)
"""What the tests of surveybot look for where they run: no slip where both are done in one shell."""


def faults_in(error: SettingsFault) -> Iterator[Finding]:
    """Each setting that cannot be used."""
    for line in str(error).splitlines():
        yield fault("settings", line, "docs/settings.md explains each setting")


def misspelt(places: Mapping[str, Iterable[str]]) -> Iterator[Finding]:
    """Names that look like ours and set nothing. `places`: where they stand -> names."""
    known = {f"{_PREFIX}{field.upper()}" for field in Settings.model_fields}
    found = False
    for place, names in places.items():
        for name in sorted(set(names) - known - OF_TESTS):
            if name.startswith(_PREFIX):
                found = True
                near = difflib.get_close_matches(name, known, n=1)
                remedy = f"did you mean {near[0]}?" if near else "take it out; docs/settings.md has every setting"
                yield warning("settings", f"{name} in {place} sets nothing", remedy)
    if not found:
        yield well("settings", "every setting is known and can be used")


def server(settings: Settings) -> Iterator[Finding]:
    """Which Bot API server answers, where it is not Telegram's."""
    if settings.local_api:
        yield well("Bot API", f"a server of your own at {settings.api_url}, which reaches real people")
    if settings.crosses_in_clear:
        yield warning(
            "Bot API",
            f"the token and every message go to {settings.api_url} without TLS",
            "let the server listen on this machine, or put a proxy with TLS before it (docs/bot-api-server.md)",
        )


def rehearsing(settings: Settings) -> Iterator[Finding]:
    """Where regions are open that nobody has reviewed, nobody real is reached: `Settings` sees to that."""
    if settings.allow_unreviewed:
        yield warning(
            "settings",
            "SURVEYBOT_ALLOW_UNREVIEWED opens regions that nobody has reviewed",
            "take it out before the bot serves Telegram",
        )
