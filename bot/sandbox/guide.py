"""What the sandbox may be given by whoever knows the flow. It knows nothing of it by itself."""

from collections.abc import Mapping
from typing import Any, Protocol

Json = dict[str, Any]


class Guide(Protocol):
    """Shows every screen of what is rehearsed, and says how to walk to it."""

    def page(self, asked: Mapping[str, str]) -> str:
        """The gallery's page for a query."""
        ...

    def halls(self) -> list[Json]:
        """Collections with their regions and languages."""
        ...

    def screens(self, collection: str, region: str, language: str) -> list[Json]:
        """Every screen there."""
        ...

    def doings(self, collection: str, region: str, language: str, number: int) -> list[Json]:
        """What to do to come by a screen, one after the other: `bot.sandbox.walking` does it. Raises LookupError."""
        ...
