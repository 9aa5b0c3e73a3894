"""What a look at an installation finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    WELL = "well"
    WARNING = "warning"
    """It works, and something should be looked at."""
    FAULT = "fault"
    """It does not work, or somebody's data is not safe."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Holds no secret."""

    level: Level
    about: str
    says: str
    remedy: str = ""


def well(about: str, says: str) -> Finding:
    """It is as it should be."""
    return Finding(Level.WELL, about, says)


def warning(about: str, says: str, remedy: str) -> Finding:
    """It works, and something should be looked at."""
    return Finding(Level.WARNING, about, says, remedy)


def fault(about: str, says: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAULT, about, says, remedy)


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong; warnings are allowed."""
    return all(each.level is not Level.FAULT for each in findings)
