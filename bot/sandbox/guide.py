"""What the sandbox may be given by whoever knows the flow. It knows nothing of it by itself."""

from collections.abc import Mapping
from typing import Protocol


class Guide(Protocol):
    """Shows every screen of what is rehearsed."""

    def page(self, asked: Mapping[str, str]) -> str:
        """The gallery's page for a query."""
        ...
