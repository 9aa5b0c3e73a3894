"""The master key in shares: enough of them give it back, and nothing else does."""

from __future__ import annotations

import asyncio
import base64
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import combinations
from pathlib import Path

import pytest
from support import stores
from support.made_up import dice
from support.running import settings_for
from typer.testing import CliRunner

from bot.cli import app
from bot.doors import open_ground
from bot.settings import Settings

Typed = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with keys and nobody in it."""
    folder = tmp_path_factory.mktemp("installed")

    async def make() -> None:
        async with open_ground(settings_for(folder, "http://127.0.0.1:9"), "", dice()):
            pass

    asyncio.run(make())
    return folder


@pytest.fixture
def settings(installed: Path, tmp_path: Path) -> Settings:
    folder = tmp_path / "stores"
    stores.copied(installed, folder)
    return settings_for(folder, "http://127.0.0.1:9")


@pytest.fixture
def typed(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Typed:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SURVEYBOT_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SURVEYBOT_KEY_STORE_URL", settings.key_store_url)
    monkeypatch.setenv("SURVEYBOT_KEY_FILE", str(settings.key_file))

    def run(*line: object, entering: str | None = None) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["keys", *map(str, line)], input=entering)
        return done.exit_code, " ".join(done.output.split())

    return run


def shares_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def actions(settings: Settings) -> list[str]:
    query = "select action from audit where action like 'master key%' order by id"
    return [row[0] for row in stores.rows(settings.key_file.parents[1], query)]


def test_any_three_of_five_give_the_key_back(typed: Typed, settings: Settings, tmp_path: Path) -> None:
    master = settings.key_file.read_bytes()
    code, said = typed("split", "--out", "shares")
    assert code == 0
    files = shares_in(tmp_path / "shares")
    assert len(files) == 5
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    key = base64.b64decode(master.split(b"\n")[1])
    texts = " ".join(path.read_text() for path in files) + said
    assert key.hex() not in texts
    assert base64.b64encode(key).decode() not in texts

    for three in list(combinations(files, 3))[::3]:
        settings.key_file.unlink()
        code, said = typed("recover", *three)
        assert code == 0
        assert settings.key_file.read_bytes() == master
        assert settings.key_file.stat().st_mode & 0o777 == 0o600
        assert base64.b64encode(key).decode() not in said
    assert actions(settings) == ["master key split", *["master key recovered"] * 4]


def test_words_from_paper_can_be_typed(typed: Typed, settings: Settings, tmp_path: Path) -> None:
    typed("split", "--out", "shares", "--shares", 2, "--threshold", 2)
    first, second = shares_in(tmp_path / "shares")
    master = settings.key_file.read_bytes()
    settings.key_file.unlink()
    words = " ".join(second.read_text().split("\n\n")[1].split()).upper()
    code, said = typed("recover", first, "--typed", 1, entering=f"{words}\n")
    assert code == 0
    assert words.split()[4].lower() not in said.lower(), "what is typed is not shown"
    assert settings.key_file.read_bytes() == master


def test_what_does_not_fit_is_said_and_nothing_is_written(typed: Typed, settings: Settings, tmp_path: Path) -> None:
    typed("split", "--out", "shares", "--shares", 3, "--threshold", 2)
    typed("split", "--out", "later", "--shares", 3, "--threshold", 2)
    one, two, _ = shares_in(tmp_path / "shares")
    later = shares_in(tmp_path / "later")[1]
    text = one.read_text()
    mistyped, foreign, no_share = tmp_path / "mistyped", tmp_path / "foreign", tmp_path / "no"
    head, words = text.split("\n\n")
    listed = words.split()
    mistyped.write_text(f"{head}\n\n{' '.join([*listed[:5], listed[6], listed[5], *listed[7:]])}\n")
    foreign.write_text(re.sub(r"installation: \w+", f"installation: {'0' * 32}", text))
    no_share.write_text("dear diary")
    settings.key_file.unlink()
    for given, why in (
        ([one], "it takes 2 different shares, and here are 1"),
        ([one, one], "it takes 2 different shares, and here are 1"),
        ([], "it takes more different shares, and here are 0"),
        ([one, later], "made at another time than the others"),
        ([mistyped, two], "a word is missing or is not right"),
        ([foreign, two], "this share is of another installation"),
        ([no_share, two], "this is no share of a master key"),
        ([tmp_path / "gone"], "there is no share that can be read"),
    ):
        code, said = typed("recover", *given)
        assert code == 1
        assert why in said
    assert not settings.key_file.exists()


def test_why_the_trail_says_nothing_of_it_is_said(typed: Typed, settings: Settings, tmp_path: Path) -> None:
    """Of data that lies there it is not said that there is none."""
    typed("split", "--out", "shares", "--shares", 2, "--threshold", 2)
    shares, back = shares_in(tmp_path / "shares"), tmp_path / "new" / "back.key"
    code, said = typed("recover", *shares, "--to", back)
    assert (code, back.read_bytes()) == (0, settings.key_file.read_bytes())
    assert "does not say so: with --key-store or --to the data may be elsewhere." in said
    assert f"surveybot restore --master-key {back}" in said
    assert "no data here" not in said
    code, said = typed("recover", *shares, "--to", tmp_path / "new")
    assert (code, f"{tmp_path / 'new'} is a folder; name the file" in said) == (1, True)
    assert actions(settings) == ["master key split"]


@pytest.mark.sqlite("data that is gone is a file")
def test_where_the_data_is_gone_the_trail_cannot_say_so(typed: Typed, settings: Settings, tmp_path: Path) -> None:
    typed("split", "--out", "shares", "--shares", 2, "--threshold", 2)
    settings.key_file.unlink()
    for file in settings.key_file.parents[1].glob("survey.db*"):
        file.unlink()
    code, said = typed("recover", *shares_in(tmp_path / "shares"))
    assert (code, "does not say so: there is no data here." in said) == (0, True), said


def test_shares_of_an_earlier_key_do_not_open_the_store(typed: Typed, settings: Settings, tmp_path: Path) -> None:
    typed("split", "--out", "shares", "--shares", 2, "--threshold", 2)
    new = settings.key_file.with_name("second.key")
    assert typed("rotate", "--new-key-file", new)[0] == 0
    code, said = typed("recover", *shares_in(tmp_path / "shares"), "--to", tmp_path / "back.key")
    assert code == 1
    assert "does not open this key store" in said
    assert not (tmp_path / "back.key").exists()


def test_another_key_is_not_written_over(typed: Typed, settings: Settings, tmp_path: Path) -> None:
    typed("split", "--out", "shares", "--shares", 2, "--threshold", 2)
    shares = shares_in(tmp_path / "shares")
    code, said = typed("recover", *shares)
    assert code == 0
    assert "was there already" in said
    another = f"surveybot master key 1\n{base64.b64encode(bytes(32)).decode()}\n"
    settings.key_file.write_text(another)
    code, said = typed("recover", *shares)
    assert code == 1
    assert "never written over" in said
    assert settings.key_file.read_text() == another


@pytest.mark.sqlite("a key store of a backup is a file, and the one that is lost is one too")
def test_where_all_is_lost_a_backup_proves_the_key(typed: Typed, settings: Settings, tmp_path: Path) -> None:
    typed("split", "--out", "shares", "--shares", 2, "--threshold", 2)
    master = settings.key_file.read_bytes()
    backup = tmp_path / "keystore.db"
    (settings.key_file.parent / "keystore.db").rename(backup)
    shares = shares_in(tmp_path / "shares")
    code, said = typed("recover", *shares)
    assert code == 1
    assert "--key-store names the file of a backup" in said
    code, said = typed("recover", *shares, "--key-store", backup, "--to", tmp_path / "back.key")
    assert code == 0
    assert (tmp_path / "back.key").read_bytes() == master


def test_a_file_that_is_no_key_store_is_called_so(typed: Typed, tmp_path: Path) -> None:
    typed("split", "--out", "shares", "--shares", 2, "--threshold", 2)
    others = tmp_path / "others"
    (others / "folder").mkdir(parents=True)
    (others / "text.txt").write_text("no key store\n" * 100)
    (others / "empty").touch()
    with closing(sqlite3.connect(others / "another.db")) as another:
        another.execute("create table ring (name)")
    for path in sorted(others.iterdir()):
        code, said = typed("recover", *shares_in(tmp_path / "shares"), "--key-store", path, "--to", tmp_path / "b.key")
        assert (code, f"{path}: this is no key store" in said) == (1, True), said
    assert not (tmp_path / "b.key").exists()


@pytest.mark.parametrize(("threshold", "shares"), [(1, 3), (4, 3), (2, 17)])
def test_numbers_that_make_no_sense(typed: Typed, threshold: int, shares: int, tmp_path: Path) -> None:
    code, said = typed("split", "--out", "shares", "--shares", shares, "--threshold", threshold)
    assert code == 1
    assert "from 2 to 16 shares" in said
    assert not (tmp_path / "shares").exists()


def test_no_share_is_written_over(typed: Typed, tmp_path: Path) -> None:
    typed("split", "--out", "shares")
    before = [path.read_text() for path in shares_in(tmp_path / "shares")]
    code, said = typed("split", "--out", "shares")
    assert code == 1
    assert "never written over" in said
    assert [path.read_text() for path in shares_in(tmp_path / "shares")] == before
