"""The documents have every event that the bot logs, word for word, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .reading import ROOT, name_of, text_of

_LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
_LOGGERS = frozenset({"log", "structlog.get_logger()"})
_OF_THE_LOG = ROOT / "bot" / "logs.py"


def _is_logged(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _LEVELS
        and ast.unparse(node.func.value) in _LOGGERS
    )


def _events(path: Path) -> Iterator[ast.expr]:
    """What is logged in a module; in that of the log itself, also what it writes in place of a library's words."""
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Call) and _is_logged(node):
            yield node.args[0]
        elif isinstance(node, ast.Dict) and path == _OF_THE_LOG:
            pairs = zip(node.keys, node.values, strict=True)
            yield from (value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "event")


def _words(event: ast.expr) -> str | None:
    """What stands there; None where it is worked out."""
    return event.value if isinstance(event, ast.Constant) and isinstance(event.value, str) else None


MODULES = sorted((ROOT / "bot").rglob("*.py"))


@cache
def logged_in_all() -> list[tuple[str, ast.expr]]:
    """Each event with the module that logs it; once it is asked for, as every process of a run collects this file."""
    return [(name_of(path), event) for path in MODULES for event in _events(path)]


def test_each_event_is_written_out_where_it_is_logged() -> None:
    """Or nobody could look it up, and words of a person could come to stand in it."""
    assert logged_in_all()
    assert [f"{place}:{event.lineno}" for place, event in logged_in_all() if _words(event) is None] == []


def test_the_table_has_each_event_that_is_logged_and_no_other() -> None:
    section = text_of(ROOT / "docs/operating.md").partition("\n## What it logs\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    told = [event for cell in cells for event in re.findall(r"`([^`]+)`", cell)]
    logged = {words for _, event in logged_in_all() if (words := _words(event)) is not None}
    assert sorted(set(told)) == sorted(told)
    assert sorted(logged - set(told)) == []
    assert sorted(set(told) - logged) == []


def test_no_event_is_logged_by_a_name_that_is_not_looked_for() -> None:
    """Each module has its logger as `log`, or asks for one where it logs."""
    named = {
        (name_of(path), ast.unparse(target))
        for path in MODULES
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("structlog.get_logger")
        for target in node.targets
    }
    assert {(place, name) for place, name in named if name != "log"} == set()
