"""A disk that takes a file's name and has no room for what is to stand in it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bot import durable

AS_IT_IS = durable.write_new


def no_room_for_content(patch: pytest.MonkeyPatch) -> None:
    """From now on, for what is written whole (`bot.durable`)."""

    def write_new(path: Path, content: bytes) -> None:
        if content:
            raise OSError(errno.ENOSPC, "No space left on device")
        AS_IT_IS(path, content)

    patch.setattr(durable, "write_new", write_new)
