"""Releases as stewards order them in the chat: what is wanted, how it stands, and what may be told of it before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORMATS = ("csv", "jsonl", "parquet", "sav", "dta")
"""What a release can be written as (`bot.stewardship.formats`)."""

KEPT_DAYS = 30
"""An order that nobody has confirmed for so long is confirmed no more: people have left since, others have come."""


class OrderState(StrEnum):
    """How an order stands."""

    COUNTING = "counting"
    COUNTED = "counted"
    WAITING = "waiting"
    """For a second steward."""
    MAKING = "making"
    MADE = "made"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """A release that a steward wants."""

    id: str
    collection: str
    purpose: str
    recipient: str
    format: str
    own_words: bool
    by: str
    """A member's pseudonym; from the command line whoever was named there."""
    at: dt.datetime
    state: OrderState
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What came of counting and making: `rows` and `left_out` (None where fewer than a group), `smallest`, `losses`
    (question, option, percent), `why`, `folder`, `release`."""
    also_by: str = ""
    """The steward who confirmed it."""


@dataclass(frozen=True, slots=True)
class ReleaseForm:
    """As it is filled in so far; the collection stands in the visit."""

    purpose: str = ""
    recipient: str = ""
    format: str = FORMATS[0]
    own_words: bool = False

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "purpose": self.purpose, "recipient": self.recipient, "format": self.format, "own_words": self.own_words,
        }  # fmt: skip


NO_FORM = ReleaseForm()
