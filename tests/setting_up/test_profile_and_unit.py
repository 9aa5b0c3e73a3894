"""What Telegram is told of the bot fits into its limits in every language; a unit is one that systemd takes."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from support.running import settings_for

from bot.account import LIMITS
from bot.profile import Profile, codes, profiles
from bot.reading import read_texts
from bot.setup.unit import Kind, Service
from flows.load import load_collections
from flows.words import letters

ANALYZE = shutil.which("systemd-analyze")


def _profiles(tmp_path: Path) -> list[Profile]:
    settings = settings_for(tmp_path, "http://127.0.0.1:1")
    collections = load_collections(settings.collections)
    languages = [language for c in collections for language in c.languages]
    return profiles(read_texts(settings, collections), collections, languages)


def test_every_language_has_a_profile_within_telegrams_limits(tmp_path: Path) -> None:
    shown = _profiles(tmp_path)
    assert [each.code for each in shown[:2]] == ["", "en"]
    for each in shown:
        assert 0 < letters(each.description) <= LIMITS["description"], each.code
        assert 0 < letters(each.short_description) <= LIMITS["short_description"], each.code
        assert [name for name, _ in each.commands] == ["mydata", "language", "help", "leave"]
        assert all(0 < letters(words) <= 256 for _, words in each.commands)
        assert "Example Lab" in each.description or each.language != "en"
        assert "/privacy" in each.description
        assert "/leave" in each.description


def test_telegram_is_told_two_letters_each_once() -> None:
    """pt-br is refused; of two languages with the same letters, the likelier is shown, and no other script."""
    assert codes(["en", "pt_BR", "pt_PT", "zh_Hans", "fil"]) == {"": "en", "en": "en", "pt": "pt_BR", "zh": "zh_Hans"}
    assert codes(["zh_Hant", "zh_Hans", "pt_PT"]) == {"": "en", "zh": "zh_Hans", "pt": "pt_PT"}
    assert codes(["zh_Hant", "sr_Latn"]) == {"": "en"}


def _service(kind: Kind, tmp_path: Path) -> Service:
    program, data, keys = tmp_path / "bin" / "surveybot", tmp_path / "data", tmp_path / "a 100% safe place"
    for folder in (program.parent, data, keys):
        folder.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return Service(
        kind, program, tmp_path, (data, keys, data), "daemon", tmp_path / "to hand over", tmp_path / "collections"
    )


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze here")
@pytest.mark.parametrize("kind", ["system", "user"])
def test_systemd_finds_nothing_wrong_with_the_unit(kind: Kind, tmp_path: Path) -> None:
    service = _service(kind, tmp_path)
    path = tmp_path / "surveybot.service"
    path.write_text(service.unit())
    done = subprocess.run(
        [str(ANALYZE), "verify", f"--{kind}", "--man=no", str(path)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("kind", ["system", "user"])
def test_a_unit_starts_again_and_writes_only_where_data_keys_and_releases_are(kind: Kind, tmp_path: Path) -> None:
    lines = _service(kind, tmp_path).unit().splitlines()
    assert {
        "Type=notify",
        "WatchdogSec=90",
        "Restart=always",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "UMask=0077",
    } <= set(lines)
    writes = [line for line in lines if line.startswith("ReadWritePaths=")]
    assert writes == [
        f"ReadWritePaths={tmp_path / 'data'}",
        f'ReadWritePaths="{str(tmp_path / "a 100% safe place").replace("%", "%%")}"',
        # Somebody may have moved it away with what was in it: people are served all the same.
        f'ReadWritePaths="-{tmp_path / "to hand over"}"',
    ]
    assert ("User=daemon" in lines) is (kind == "system")
    # 218/CAPABILITIES: a user's service manager has nothing that it could drop.
    assert any(line.startswith(("CapabilityBoundingSet", "ProtectKernel")) for line in lines) is (kind == "system")


def test_a_program_in_somebodys_home_is_not_hidden_from_its_own_unit() -> None:
    at_home = Service(
        "system",
        Path("/home/a/.venv/bin/surveybot"),
        Path("/home/a"),
        (Path("/home/a/data"),),
        "a",
        Path("/home/a/releases"),
        Path("/opt/collections"),
    )
    bot = Path("/srv/bot")
    elsewhere = Service(
        "system", Path("/opt/surveybot"), bot, (bot / "data",), "a", bot / "releases", bot / "collections"
    )
    assert "ProtectHome=read-only" in at_home.unit()
    assert "ProtectHome=yes" in elsewhere.unit()
    asked_at_home = replace(elsewhere, collections=Path("/home/a/collections"))
    assert "ProtectHome=read-only" in asked_at_home.unit(), "the service would see no collection"
