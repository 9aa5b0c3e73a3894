"""What is not right in a collection's folder, and files that know the line of everything in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from flows.fault_rules import UNREADABLE, broken_rule
from flows.written import Missing, Unreadable, parsed, text_of

__all__ = ["CollectionFaults", "Fault", "Place", "YamlFile", "mistyped", "parsed", "read_yaml", "text_or_fault"]

_LONGEST, _MOST_TOLD = 500, 100
"""Letters that are told of one fault, and faults that are told at once: what is in a file may be of any length."""

Place = tuple[int | str, ...]
"""Where a value stands in a file, such as ("purposes", 0, "why")."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not right in a collection's folder."""

    file: Path
    line: int
    problem: str
    remedy: str
    rule: str = UNREADABLE
    """The rule of `surveybot check` that it breaks."""

    def __str__(self) -> str:
        problem = self.problem if len(self.problem) <= _LONGEST else f"{self.problem[:_LONGEST]}…"
        return _seen(f"{self.file}:{self.line}: {problem}. {self.remedy}")


class CollectionFaults(Exception):
    """A folder that cannot be opened as a collection; carries every fault found."""

    def __init__(self, faults: list[Fault]) -> None:
        more = [f"and {len(faults) - _MOST_TOLD} more"] if len(faults) > _MOST_TOLD else []
        super().__init__("\n".join([*(str(fault) for fault in faults[:_MOST_TOLD]), *more]))
        self.faults = tuple(faults)


def _seen(words: str) -> str:
    """Words of a file, or its name, as a terminal can show them: nothing in them moves a cursor or has no bytes."""
    return "".join(c if c.isprintable() or c in _JOINERS else c.encode("unicode_escape").decode() for c in words)


_JOINERS = frozenset("\u200c\u200d")
"""Words of several languages are written with them."""


class YamlFile:
    """A YAML file's names and values, and the line that each came from."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._root, loaded = parsed(text_of(path))
        self.is_mapping = isinstance(loaded, dict)
        self.value: dict[Any, Any] = loaded if isinstance(loaded, dict) else {}

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest thing around it."""
        node, line = self._root, 1
        for key in place:
            found = _child(node, key)
            if found is None:
                break
            node, line = found
        return line

    def items(self, name: str) -> list[Any]:
        """The items of a list; nothing where it is something else, which the model complains of."""
        value = self.value.get(name)
        return value if isinstance(value, list) else []

    def fault(self, place: Place, problem: str, remedy: str, rule: str = UNREADABLE) -> Fault:
        """A fault at a place in this file, and the rule that it breaks."""
        return Fault(self.path, self.line(place), problem, remedy, rule)

    def slips(self) -> Iterator[Fault]:
        """What YAML lets pass and nobody means: a name that stands twice, of which the first would be lost."""
        yield from _slips(self.path, self._root)


def _child(node: yaml.Node | None, key: int | str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value, name.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key].start_mark.line + 1
    return None


def _slips(path: Path, node: yaml.Node | None) -> Iterator[Fault]:
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _slips(path, each)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            if name.value in seen:
                line = name.start_mark.line + 1
                yield Fault(path, line, f"{name.value} stands here twice", "Take one of the two out")
            seen.add(name.value)
            yield from _slips(path, value)
    elif isinstance(node, yaml.ScalarNode) and {"{", "}"} & set(node.value):
        line = node.start_mark.line + 1
        remedy = "Take { and } out: only the consent cards have anything filled in"
        yield Fault(path, line, f"nothing is filled in here: {node.value!r}", remedy)


def read_yaml(path: Path, faults: list[Fault]) -> YamlFile | None:
    """A file of names and values; None, and faults that say why, where it cannot be one."""
    try:
        file = YamlFile(path)
    except Unreadable as error:
        faults.append(Fault(path, 1, error.problem, error.remedy))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.append(Fault(path, line, f"not YAML: {error.problem}", "Mend the line, or quote the text"))
    except yaml.YAMLError:
        faults.append(Fault(path, 1, "there are control characters in it", "Type the text anew"))
    else:
        if file.is_mapping:
            faults.extend(file.slips())
            return file
        faults.append(Fault(path, 1, "names and values were expected", "Write `name: value` lines"))
    return None


def text_or_fault(path: Path, faults: list[Fault], missing: Fault | None) -> str | None:
    """A text file's words; None, and a fault that says why, where it has none. `missing` is the one for no file."""
    try:
        return text_of(path)
    except Missing:
        faults += [missing] if missing is not None else []
    except Unreadable as error:
        faults.append(Fault(path, 1, error.problem, error.remedy))
    return None


_REMEDIES = {
    "missing": "Add the field",
    "extra_forbidden": "Take the field out, or correct its name",
    "string_type": "Put the value into quotes",
}

_BARE = 'Put it into quotes, such as "no": without them, YAML takes no and off for false, yes and on for true'


def mistyped(
    error: ValidationError, file: YamlFile, written_at: Callable[[Place], tuple[YamlFile, Place]] | None = None
) -> Iterator[Fault]:
    """Every field of a file that the models refuse.

    `written_at`: in which file and where a field stands, if what was refused comes from several.
    """
    for detail in error.errors(include_url=False):
        of, place = written_at(detail["loc"]) if written_at is not None else (file, detail["loc"])
        name = ".".join(str(part) for part in place) or "the file"
        message = detail["msg"].removeprefix("Value error, ")
        remedy = _REMEDIES.get(detail["type"], "Mend it as docs/collections.md says")
        if detail["type"] == "string_type" and isinstance(detail["input"], bool):
            remedy = _BARE
        yield of.fault(place, f"{name}: {message}", remedy, broken_rule(detail["loc"], message))
