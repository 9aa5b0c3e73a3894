"""What stands still: a collection, a region, or both, halted by somebody of the team until it is reopened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """What a halt is about. None stands for every collection, or every region."""

    collection: str | None = None
    territory: str | None = None

    def covers(self, collection: str, territory: str) -> bool:
        """Whether a collection's region is part of it."""
        return self.collection in {None, collection} and self.territory in {None, territory}


Halts = frozenset[Scope]
"""Everything that is halted now."""


def is_halted(halts: Halts, collection: str, territory: str) -> bool:
    """Whether nobody may be invited or asked there now."""
    return any(scope.covers(collection, territory) for scope in halts)
