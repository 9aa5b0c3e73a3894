"""People in no order, before they are numbered.

They are found by their chats' hashes. Numbered like that, those who stand beside somebody who is forgotten later would
say between which two hashes theirs was.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import TypeVar

_One = TypeVar("_One")

_SEED_BYTES = 16


def in_no_order(some: Iterable[_One], randomness: Callable[[int], bytes]) -> list[_One]:
    """The same, shuffled. `randomness` gives so many random bytes."""
    found = list(some)
    random.Random(int.from_bytes(randomness(_SEED_BYTES), "big")).shuffle(found)  # noqa: S311  # seeded by what is none
    return found
