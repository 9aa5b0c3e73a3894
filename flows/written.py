"""Files that somebody else wrote: read as far as it is sure that they are what they say, and no further.

A collection is often handed on as a folder, and whoever opens it need not know who filled it. A file may be no file at
all, a link to another, endless, or of another encoding; YAML may stand for a million times what is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

MOST_BYTES = 1 << 18
"""Of one text file: ten times what a long one has."""

MOST_VALUES = 50_000
"""In one YAML file, with what `*names` stand for counted as often as they stand there."""

MOST_LEVELS = 60
"""That YAML may be nested; ours has seven."""

_NESTED = re.compile(rf"^ {{{MOST_LEVELS * 8}}}|(?:[-?:][ \t]+){{{MOST_LEVELS},}}", re.MULTILINE)
_BRACKETS = re.compile(r"[\[\]{}]")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters but for tabs and line ends, and half surrogate pairs: no bytes of UTF-8 stand for these."""


class Unreadable(Exception):
    """A file that cannot be read as text: what is the matter, and what helps. It names no path."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}")
        self.problem = problem
        self.remedy = remedy


class Missing(Unreadable):
    """There is no such file."""


def content_of(path: Path, most: int = MOST_BYTES) -> bytes:
    """A file's bytes, if it is a file and no larger. Raises Unreadable."""
    try:
        if not path.exists():
            raise Missing("the file is missing", "Add it; docs/collections.md says what goes in")
        if path.is_dir():
            raise Missing("the file is missing: a folder has its name", "Add it; docs/collections.md says what goes in")
        if not path.is_file():
            raise Unreadable("this is no file, but something that could be read for ever", "Put a file in its place")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise Unreadable(
            f"the file cannot be read ({error.strerror})", "Look at whose it is, and where it is"
        ) from None
    except ValueError:
        raise Unreadable("no file can have this name", "Give it another one") from None
    if len(content) > most:
        raise Unreadable(f"the file has more than {most:,} bytes", "Take out what does not belong there")
    return content


def text_of(path: Path, most: int = MOST_BYTES) -> str:
    """A text file's words, with every line ending in a line feed. Raises Unreadable."""
    try:
        text = content_of(path, most).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("the file is not UTF-8", "Save it as UTF-8") from None
    if _UNSEEN.search(text):
        raise Unreadable("there are control characters in it", "Type the text anew")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def leading_out(folder: Path) -> Iterator[Path]:
    """Links in a folder that lead out of it, or nowhere: what they lead to was not meant for whoever reads it."""
    home = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and not _leads_within(path, home):
            yield path


def _leads_within(path: Path, home: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(home)
    except (OSError, RuntimeError):  # a link to itself is a RuntimeError (Python 3.11)
        return False


# --- YAML ------------------------------------------------------------------------------------------------------------


class _Careful:
    """Says where a value is that cannot be what it looks like: a 30th of February, a number without digits."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401  # PyYAML's
        try:
            value = super().construct_object(node, deep=deep)  # type: ignore[misc]  # of whatever stands behind it
        except (ValueError, LookupError, AttributeError, TypeError, OverflowError):
            raise _refused(node, f"there is no such date, number or word: {str(node.value)[:40]!r}") from None
        if isinstance(value, str) and _UNSEEN.search(value):
            raise _refused(node, "there are control characters in it")
        return value


class _Slow(_Careful, yaml.SafeLoader):
    """PyYAML's own reader, which says best what is wrong."""


_Quick: type[_Slow] = type("_Quick", (_Careful, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), {})
"""libyaml's reader, where PyYAML was built with it: the same, several times as fast."""


def parsed(text: str) -> tuple[yaml.Node | None, Any]:
    """YAML's nodes, which know their lines, and its values. Raises yaml.YAMLError in the words of PyYAML itself."""
    _refuse_depth(text)
    try:
        return _parsed(text, _Quick)
    except yaml.YAMLError as refused:
        _parsed(text, _Slow)
        raise refused from None  # PyYAML's own reader takes what libyaml's does not: half a pair, say
    except RecursionError:
        raise _too_deep(0) from None


def _parsed(text: str, kind: type[_Slow]) -> tuple[yaml.Node | None, Any]:
    loader = kind(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None, None
        _weigh(root, {}, 0)
        return root, loader.construct_document(root)
    except RecursionError:
        raise _too_deep(0) from None
    finally:
        loader.dispose()


def _refuse_depth(text: str) -> None:
    """Raise yaml.YAMLError for what is nested deeper than a reader's own stack: libyaml's has no bound."""
    if found := _NESTED.search(text):
        raise _too_deep(text.count("\n", 0, found.start()))
    level = 0
    for bracket in _BRACKETS.finditer(text):
        level = level + 1 if bracket[0] in "[{" else max(0, level - 1)
        if level > MOST_LEVELS:
            raise _too_deep(text.count("\n", 0, bracket.start()))


def _too_deep(line: int) -> yaml.MarkedYAMLError:
    mark = yaml.Mark("", 0, line, 0, None, 0)
    return yaml.MarkedYAMLError(problem="this is nested too deeply", problem_mark=mark)


def _weigh(node: yaml.Node, known: dict[int, tuple[int, int]], depth: int) -> tuple[int, int]:
    """How many values a node stands for, and how deep it is. Raises yaml.YAMLError for too many, and for no end."""
    found = known.get(id(node))
    if found is None:
        if depth > MOST_LEVELS:
            raise _too_deep(node.start_mark.line)
        values, height = 1, 0
        for inner in _within(node):
            some, deep = _weigh(inner, known, depth + 1)
            values, height = values + some, max(height, deep + 1)
        found = known[id(node)] = (values, height)
    if found[0] > MOST_VALUES:
        raise _refused(node, f"this stands for more than {MOST_VALUES:,} values")
    if depth + found[1] > MOST_LEVELS:
        raise _too_deep(node.start_mark.line)
    return found


def _within(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield name
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _refused(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
