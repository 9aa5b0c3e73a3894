"""What `make install` installs is what the bot needs, and whatever is missing says which command brings it."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from bot.stewardship import formats
from bot.stewardship.formats import Format
from bot.stewardship.refusing import Refused
from bot.stewardship.statistics import noise
from bot.storage.database import Database
from bot.storage.schema import SchemaFault
from releasing.locked import FORMATS, ROOT, RUN, locked

_ONLY_WITH_FORMATS = {
    "bot/stewardship/labelled.py": {"pandas", "pyreadstat"},
    "bot/stewardship/parquet.py": {"pyarrow"},
    "bot/stewardship/statistics/noise.py": {"opendp"},
}
REMEDY = "make install FORMATS=1"
WITH_LIBRARIES = [each for each in formats.FORMATS.values() if each.needs]


def _made(folder: Path, *asked: str) -> str:
    """What make would do where nothing is installed, or what `folder` has."""
    # Of a `make test` that this runs in, nothing is handed on.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "FORMATS"))
    }
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements", dirs_exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return subprocess.check_output(["make", "--dry-run", *asked], cwd=folder, env=environment, text=True).replace(
        "\\\n", ""
    )


@pytest.mark.parametrize(
    ("asked", "lock"),
    [("install", "run"), ("install FORMATS=1", "formats"), ("install FORMATS=", "run"), ("run", "run")],
)
def test_nothing_of_tests_is_installed_and_everything_is_held_against_its_hash(
    asked: str, lock: str, tmp_path: Path
) -> None:
    told = [line for line in _made(tmp_path, *asked.split()).splitlines() if "pip install" in line]
    assert [line.rpartition(" ")[2] for line in told] == [f"requirements/{lock}.txt", "."]
    assert "--require-hashes --only-binary :all:" in told[0]
    assert "--no-deps --no-build-isolation" in told[1]


@pytest.mark.parametrize("asked", ["install", "install FORMATS=1", "setup", "fuzz-bytes"])
def test_nothing_is_fetched_that_no_hash_holds(asked: str, tmp_path: Path) -> None:
    """What pip builds, it builds with what is installed: otherwise it would fetch that, by no lock."""
    told = [line for line in _made(tmp_path, *asked.split()).splitlines() if "pip install" in line]
    assert told
    for line in told:
        assert "--no-deps --no-build-isolation" in line or "--require-hashes --only-binary :all:" in line, line
        assert "--no-binary" not in line or "--no-build-isolation" in line, line


def test_what_builds_is_there_before_anything_is_built(tmp_path: Path) -> None:
    """By the lock of what runs, to which that of what tests is held."""
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert {re.split("[>=<]", each)[0] for each in backend} <= {each.name for each in locked(RUN)}
    told = [line for line in _made(tmp_path, "setup").splitlines() if "pip install" in line]
    [first] = [at for at, line in enumerate(told) if line.endswith("-r requirements/run.txt")]
    assert first < min(at for at, line in enumerate(told) if "--no-build-isolation" in line)


def test_an_upgrade_keeps_up_the_formats_where_they_are(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "formats").touch()
    assert "-r requirements/formats.txt" in _made(tmp_path, "install")


def test_the_bot_imports_nothing_that_the_installation_lacks() -> None:
    """What the formats add is imported where it is looked for first, and nowhere else."""
    always = {each.name for each in locked(RUN)}
    brings = packages_distributions()
    found: dict[str, set[str]] = {}
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "flows").rglob("*.py")]:
        for top in _imported(path) - sys.stdlib_module_names - {"bot", "flows", "translations"}:
            if not {each.lower().replace("_", "-") for each in brings.get(top, [top])} & always:
                found.setdefault(path.relative_to(ROOT).as_posix(), set()).add(top)
    assert found == _ONLY_WITH_FORMATS


def _imported(path: Path) -> set[str]:
    """The first word of each module that a file names in an import."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    out_of = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in plain | out_of}


@pytest.mark.parametrize("made_as", WITH_LIBRARIES, ids=lambda each: each.name)
def test_a_format_whose_library_is_missing_names_the_command_in_one_line(
    made_as: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda _name: None)
    with pytest.raises(Refused) as refused:
        made_as.check_there()
    assert str(refused.value) == (
        f"{made_as.name} needs {' and '.join(made_as.needs)}, which this installation has not: "
        f"{REMEDY} (an image: --build-arg FORMATS=1)"
    )


def test_private_statistics_without_their_library_name_the_command_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "find_spec", lambda _name: None)
    with pytest.raises(Refused) as refused:
        noise.check_there()
    assert str(refused.value) == (
        f"private statistics need opendp, which this installation has not: {REMEDY} (an image: --build-arg FORMATS=1)"
    )


def test_postgresql_without_its_driver_names_the_command_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(SchemaFault) as refused:
        Database.connect("postgresql+asyncpg://survey@localhost/survey")
    said = "this kind of database needs asyncpg, which this installation has not: make install"
    assert str(refused.value) == said
    assert "asyncpg" in {each.name for each in locked(RUN)}


def test_the_command_brings_what_was_missing() -> None:
    brought = {each.name for each in locked(FORMATS)}
    assert {"opendp", *(name for each in WITH_LIBRARIES for name in each.needs)} <= brought
