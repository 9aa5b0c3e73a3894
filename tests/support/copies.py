"""The ready collection in a folder of its own, for tests that change it or need a second one."""

from __future__ import annotations

import re
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


def new_version(folder: Path, version: int, kind: str, what: str, *, more: str = "") -> None:
    """Publish another version of a collection's cards: every first card says more, and `changes.md` says what."""
    described = folder / "collection.yaml"
    words = re.sub(r"(?m)^  version: \d+\n(  changes: .*\n)?", "", described.read_text(encoding="utf-8"))
    known = re.search(r"changes: \{(.*)\}", described.read_text(encoding="utf-8"))
    changes = ", ".join([*([known[1]] if known else []), f"{version}: {kind}"])
    words = words.replace("consent:\n", f"consent:\n  version: {version}\n  changes: {{{changes}}}\n", 1)
    described.write_text(words, encoding="utf-8")
    for language in sorted(path for path in (folder / "consent").iterdir() if path.is_dir()):
        card, said = language / "1.md", language / "changes.md"
        reworded(card, "<!-- more -->", f"{more or what}\n\n<!-- more -->")
        before = said.read_text(encoding="utf-8") if said.exists() else ""
        said.write_text(f"# {version}\n\n{what}\n\n{before}", encoding="utf-8")
