"""What Python and pytest make of a checkout's files is made once, before several processes begin to test side by side.

On a fresh checkout nothing is compiled. Each process would compile the program, and rewrite the assertions of every
file of tests, at the same moment as the others: twelve seconds of work, times four.
"""

from __future__ import annotations

import compileall
import sys
from pathlib import Path

import pytest
from _pytest.assertion import rewrite
from _pytest.assertion.rewrite import assertstate_key

_TESTS = Path(__file__).parents[1]


def write(config: pytest.Config) -> None:
    """Write what is not there yet, or older than its file."""
    if sys.dont_write_bytecode:
        return
    for package in ("bot", "flows"):
        compileall.compile_dir(_TESTS.parent / package, quiet=2)
    for path in _TESTS.rglob("*.py"):
        if path.name == "conftest.py" or path.name.startswith("test_"):
            _rewrite(path, config)
        else:
            compileall.compile_file(path, quiet=2)


def _rewrite(path: Path, config: pytest.Config) -> None:
    """As pytest's import hook does, which can do so only with a module that it then imports."""
    kept = rewrite.get_cache_dir(path) / f"{path.stem}{rewrite.PYC_TAIL}"
    kept.parent.mkdir(exist_ok=True)
    if rewrite._read_pyc(path, kept) is None:
        stat, code = rewrite._rewrite_test(path, config)
        rewrite._write_pyc(config.stash[assertstate_key], code, stat, kept)
