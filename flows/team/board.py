"""What the team's flow may look at beside the visit: who is asking, the team, and how links are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from flows.halts import Scope
from flows.language import sorted_by_name
from flows.shelf import Shelf
from flows.team.rights import Limits, Right, Standing
from flows.team.roster import Roster


@dataclass(frozen=True, slots=True)
class Board:
    """Read anew for each step: no right is remembered from the one before."""

    me: Standing
    roster: Roster
    shelf: Shelf
    keyed: Callable[[str], bytes] = field(repr=False)
    """The keyed hash of a link's secret."""
    bot_name: str = ""
    alone: bool = False
    """Whether one person may do what takes two (SURVEYBOT_ONE_PERSON_TEAM)."""
    confirm_above: int = 0
    """Recipients above which somebody else confirms an invite (SURVEYBOT_CONFIRM_ABOVE)."""

    def right(self, right_id: str) -> Right | None:
        """A right of the team's: an owner sees all of them, anybody else their own."""
        found = self.roster.rights.get(right_id)
        return found if found is not None and (self.me.is_owner or found.member == self.me.member) else None

    def territories(self, collection: str, limits: Limits, language: str) -> list[str]:
        """Every region of a collection, or of all where none is named, within limits; by name."""
        shown = self.shelf.collections
        chosen = [shown[collection]] if collection in shown else list(shown.values())
        every = {region.territory for each in chosen for region in each.regions}
        return sorted_by_name(every & limits.regions if limits.regions else every, language)

    def open_territories(self, collection: str, limits: Limits, language: str, today: dt.date) -> list[str]:
        """Regions of a collection that are open today, within limits; by name."""
        found = self.shelf.collections.get(collection)
        opened = {region.territory for region in self.shelf.beginning(found, today)} if found is not None else set()
        return sorted_by_name(opened & limits.regions if limits.regions else opened, language)

    def is_open(self, collection: str, territory: str, language: str, now: dt.datetime) -> bool:
        """Whether somebody can begin today: in that region, or where none is named, in one that is looked after."""
        there = self.open_territories(collection, self.me.inviting_limits(now), language, now.date())
        return territory in there if territory else bool(there)

    def collections(self, limits: Limits) -> list[str]:
        """Every collection within limits."""
        return [name for name in self.shelf.collections if not limits.collections or name in limits.collections]


def scopes(collection: str, territory: str, limits: Limits) -> tuple[Scope, ...]:
    """What a choice comes to: of all collections, or all regions, only those that the limits name."""
    collections = [collection or None] if collection or not limits.collections else sorted(limits.collections)
    territories = [territory or None] if territory or not limits.regions else sorted(limits.regions)
    return tuple(Scope(one, where) for one in collections for where in territories)
