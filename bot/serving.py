"""Who has data and keys in use on this machine: bots that serve share a mark; a restore, a move, and a change
of the tables want it for themselves.

The mark is a lock on an empty file beside the master key. The system lets go of it when a process ends, in any way.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path


class InUse(Exception):
    """Somebody else has the mark, so this may not go on."""


@contextmanager
def serving(mark: Path) -> Iterator[None]:
    """Held while a bot serves. Raises InUse while somebody has it alone."""
    with _held(mark, fcntl.LOCK_SH):
        yield


@contextmanager
def only_one(mark: Path) -> Iterator[None]:
    """Held while a bot serves data that one process alone may serve. Raises InUse while another one does.

    A second one would take what the first is sending for what a dead one has left, and send it again.
    """
    with _held(mark.with_suffix(".only"), fcntl.LOCK_EX):
        yield


@contextmanager
def moving(mark: Path) -> Iterator[None]:
    """Held while data is copied to another place, beside a bot or not. Raises InUse while another copy is under way.

    The one would undo what the other has done.
    """
    with _held(mark.with_suffix(".moving"), fcntl.LOCK_EX):
        yield


@contextmanager
def alone(mark: Path) -> Iterator[None]:
    """Held while no bot may serve: data and keys are replaced, moved, or their tables changed. Raises InUse while one
    serves."""
    with _held(mark, fcntl.LOCK_EX):
        yield


@contextmanager
def or_refuse(mark: AbstractContextManager[None], refusal: Exception) -> Iterator[None]:
    """What holds a mark; raises the refusal where it is in use. Whatever is raised while it is held stays as it is."""
    with ExitStack() as stack:
        try:
            stack.enter_context(mark)
        except InUse:
            raise refusal from None
        yield


def is_served(mark: Path) -> bool:
    """Whether a bot has these data and keys in use now. Makes nothing."""
    try:
        descriptor = os.open(mark, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def _held(mark: Path, how: int) -> Iterator[None]:
    mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(mark, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(str(mark)) from None
        yield
    finally:
        os.close(descriptor)
