"""What is found in a collection, and the rules by which it is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from bot.checking.checked import Checked


class Severity(StrEnum):
    """Whether a finding keeps the collection from being opened."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be: by which rule, where, and how to mend it."""

    rule: str
    severity: Severity
    path: Path
    line: int
    region: str | None
    """The territory that it is about; None where it is about all, or where that does not matter."""
    language: str | None
    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity.value}: {self.what} [{self.rule}]"


class Found(NamedTuple):
    """What a rule says of one place; the rule itself knows how much it matters, and why."""

    path: Path
    line: int
    what: str
    remedy: str
    region: str | None = None
    language: str | None = None


Look = Callable[[Checked], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is looked for in every collection."""

    id: str
    severity: Severity
    what: str
    """What it looks for, in a few words."""
    why: str
    """Why it matters to whoever takes part."""
    practice: str
    """The published practice behind it, as docs/promises.md names it."""
    source: str
    look: Look | None = None
    """None where the collection cannot even be read with it: `flows.load` finds it."""
    can_be_waived: bool = True
    by_people: bool = False
    """What only people can give, such as a sign-off. Nothing of it is asked of a collection that is an example."""


def error(
    name: str, what: str, why: str, behind: Behind, look: Look | None = None, *, can_be_waived: bool = True
) -> Rule:
    """A rule that keeps a collection closed. What cannot even be read cannot be waived."""
    return Rule(name, Severity.ERROR, what, why, *behind, look, can_be_waived=can_be_waived and look is not None)


def warning(name: str, what: str, why: str, behind: Behind, look: Look) -> Rule:
    """A rule that is said and stops nothing."""
    return Rule(name, Severity.WARNING, what, why, *behind, look)


class Behind(NamedTuple):
    """The practice behind a rule, and its source."""

    practice: str
    source: str
