"""Where `surveybot` begins: a bot that is told to stop hears it from here on, also while it still loads the rest.

The first process of a container has nobody to end it otherwise: without a handler, a kernel passes SIGTERM over there,
and the engine would wait out its patience and kill it.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

_SERVE = frozenset({"run", "sandbox"})
"""Commands that end with 0 when they are told to stop; of any other, a stop leaves something undone."""


def main() -> NoReturn:
    """The entry point of `surveybot`: its words are those of the command line."""
    if sys.argv[1:2] and sys.argv[1] in _SERVE:
        hear_a_stop()
    from bot import cli  # noqa: PLC0415  # it takes a second, in which a stop is heard already

    cli.main()


def hear_a_stop() -> None:
    """End at once, with 0, on SIGINT or SIGTERM, until a loop takes them over: there is nothing yet to be closed."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _end)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    # No exception: one that is raised in the middle of an import may be caught there.
    os._exit(0)
