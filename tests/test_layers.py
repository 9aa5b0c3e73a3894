"""Directions of dependency: the contracts in pyproject.toml are kept, and they would notice if they were not."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = sorted((ROOT / "flows").rglob("*.py"))
READS_FILES = {
    "card_files.py",
    "change_files.py",
    "target_files.py",
    "zone_files.py",
    "faults.py",
    "load.py",
    "written.py",
}


def contracts(root: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says about a checkout."""
    linter = Path(sys.executable).parent / "lint-imports"
    return subprocess.run([linter, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)


def test_every_contract_between_layers_is_kept() -> None:
    """What may know of what, as docs/architecture.md says."""
    said = contracts(ROOT)
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("flows/words.py", "import asyncio"),
        ("flows/moves/leaving.py", "import random"),
        ("flows/engine.py", "from bot import shipped"),
        ("bot/owing/batch.py", "import cryptography"),
        ("bot/due.py", "import telegram"),
        ("bot/texts.py", "import sqlalchemy"),
        ("bot/sandbox/calls.py", "from flows import words"),
        ("bot/sandbox/files.py", "from bot.adapter import render"),
        ("bot/storage/outbox.py", "from bot.adapter import send"),
        ("bot/owing/effects.py", "from bot import bootstrap"),
    ],
)
def test_a_contract_notices_what_it_forbids(tmp_path: Path, file: str, line: str) -> None:
    """A contract that nothing can break proves nothing."""
    for package in ("bot", "flows"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "page"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / file).open("a", encoding="utf-8") as end:
        end.write(f"\n{line}\n")
    said = contracts(tmp_path)
    assert said.returncode == 1, said.stdout + said.stderr
    module = file.removesuffix(".py").replace("/", ".")
    assert f"-   {module} -> " in said.stdout


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.name)
def test_flows_asks_no_clock_and_opens_no_file_but_in_load(path: Path) -> None:
    """The time comes with the event; only what reads a collection's folder knows of paths."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) if hasattr(node.func, "attr")}
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not called & {"now", "utcnow", "today"}
    if path.name not in READS_FILES:
        assert not called & {"open", "read_text", "read_bytes", "write_text"}
        assert "pathlib" not in imported


def test_a_command_does_not_wait_for_what_it_may_not_need() -> None:
    """`surveybot --help` is there at once: what takes long to import comes with what uses it."""
    heavy = {"aiogram", "aiohttp", "aiosqlite", "alembic", "babel", "cryptography", "sqlalchemy", "telegram", "yaml"}
    asked = f"import sys, bot.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
