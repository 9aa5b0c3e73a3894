"""The master key of a new installation, and its recovery copy."""

from __future__ import annotations

import os

from bot.settings import Settings
from bot.tombstones import Tombstones
from bot.vault import KEY_BYTES, write_master_key


def make_master_key(settings: Settings) -> None:
    """Make the master key, and an empty list of destroyed keys beside it. Raises KeyFileFault where there is one."""
    write_master_key(settings.key_file, os.urandom(KEY_BYTES))
    Tombstones(settings.tombstones).begin()
