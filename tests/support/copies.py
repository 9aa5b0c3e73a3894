"""The ready collection in a folder of its own, for tests that change it or need a second one."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot import shipped

FIRST, SECOND = "demographics", "second_look"


def copied(folder: Path, *, second: bool = False) -> Path:
    """The ready collection in a folder, and, if asked for, once more under another id and title."""
    ready = shipped.ready_collections() / FIRST
    shutil.copytree(ready, folder / FIRST)
    if second:
        copy = folder / SECOND
        shutil.copytree(ready, copy)
        reworded(copy / "collection.yaml", f"id: {FIRST}", f"id: {SECOND}")
        reworded(copy / "collection.yaml", "title: Does AI work well for everyone?", "title: A second look")
        for catalog in copy.glob(f"translations/*/LC_MESSAGES/{FIRST}.*"):
            catalog.rename(catalog.with_stem(SECOND))
    return folder


def reworded(file: Path, old: str, new: str) -> None:
    """Put other words into a file, where the old ones stand once at least."""
    words = file.read_text(encoding="utf-8")
    assert old in words, f"{file} does not say {old!r}"
    file.write_text(words.replace(old, new, 1), encoding="utf-8")
