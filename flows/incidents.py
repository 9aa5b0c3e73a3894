"""What an ethics committee is told of: complaints, halts and breaches, as bare facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

WHAT_LETTERS = 2000


class IncidentKind(StrEnum):
    """What happened."""

    COMPLAINT = "complaint"
    HALT = "halt"
    BREACH = "breach"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Incident:
    """One of them. Nothing in it is of any person: not who complained, and no word of what they wrote."""

    id: int
    kind: IncidentKind
    collection: str
    """Empty: every one, or none in particular."""
    territory: str
    at: dt.datetime
    """Of a complaint the day alone, at midnight UTC."""
    noted_by: str
    """A role, or the name of whoever wrote it down."""
    what: str = field(default="", repr=False)
    """What whoever wrote it down said of it."""
    source: str | None = None
    """The letter or halt that it came from."""
