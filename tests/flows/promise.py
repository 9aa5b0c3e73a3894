"""What holds whatever happens: each promise looks at whole walks, and one walk is shown to all of them.

Walking is what takes time. A hundred walks that twenty promises look at prove more than a hundred for each of few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from walks import Happening

Walked = Sequence[Happening]
"""A chat from its first link on: everything that happened, in order."""

Promise = Callable[[Walked], None]


class Promises(list[Promise]):
    """The promises of a module, in the order in which they stand there."""

    def __call__(self, promise: Promise) -> Promise:
        """Add one."""
        self.append(promise)
        return promise

    def hold(self, walk: Walked) -> None:
        """Each of them, on one walk. Raises AssertionError in the function that bears the promise's name."""
        for promise in self:
            promise(walk)
