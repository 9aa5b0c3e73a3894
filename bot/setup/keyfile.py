"""The master key of a new installation, and its recovery copy."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings
from bot.tombstones import Tombstones
from bot.vault import KEY_BYTES, KeyFileFault, read_master_key, read_recovery_copy, write_master_key

WHERE_TO_KEEP_IT = (
    "Without the master key nothing can be opened any more: no answer, no chat, no pay that is owed.",
    "Keep its recovery copy offline, such as on a stick in a locked drawer, away from this machine and its backups.",
    "Whoever keeps it should not keep backups of the keys too: with both, and the data, one could open everything.",
    "Let two people know where it is, so that it is found when one of them is away.",
)


def make_master_key(settings: Settings) -> None:
    """Make the master key, and an empty list of destroyed keys beside it. Raises KeyFileFault where there is one."""
    forget_copy(settings.key_file)
    write_master_key(settings.key_file, os.urandom(KEY_BYTES))
    Tombstones(settings.tombstones).begin()


def is_copied(key_file: Path) -> bool:
    """Whether a recovery copy of this key was read back once. Where it is now, nobody here knows."""
    return _mark(key_file).exists()


def forget_copy(key_file: Path) -> None:
    """Another key is about to be written there, which has no copy yet. One that is there is never written over."""
    if _mark(key_file).exists() and not key_file.exists():
        _mark(key_file).unlink(missing_ok=True)


def _mark(key_file: Path) -> Path:
    """An empty file: whoever finds it learns nothing of the key, nor where its copy is kept."""
    return key_file.with_name(f"{key_file.name}.copied")


@dataclass(frozen=True, slots=True)
class Copy:
    """A recovery copy that was read back."""

    path: Path
    was_made: bool
    """Otherwise it was there already."""
    is_near: bool
    """It lies on the disk that the key lies on, and would be lost with it."""


def keep_copy(key_file: Path, place: Path) -> Copy:
    """Write a recovery copy, read it back, and note that there is one. Raises KeyFileFault.

    A file that holds another key, or anything else, is never written over.
    """
    key = read_master_key(key_file)
    copy = place
    try:
        if place.is_dir():
            copy = place / f"surveybot-recovery-{key_file.name}"
        if not copy.parent.is_dir():
            raise KeyFileFault(f"{copy.parent}: there is no such folder; is the stick or disk connected?")
        if copy.resolve() == key_file.resolve():
            raise KeyFileFault(f"{copy}: this is the master key itself; choose another place for its copy")
        was_made = not copy.exists()
        if was_made:
            write_master_key(copy, key)
        same = read_recovery_copy(copy) == key
        is_near = copy.stat().st_dev == key_file.stat().st_dev
    except OSError as error:
        raise KeyFileFault(f"{copy}: cannot be written ({error.strerror}); choose another place") from None
    if not same:
        raise KeyFileFault(f"{copy}: the copy of another master key is there, and stays; choose another name")
    with suppress(OSError):  # the copy is there all the same; the next setup asks for it once more
        _mark(key_file).touch(mode=0o600)
    return Copy(copy, was_made, is_near)
