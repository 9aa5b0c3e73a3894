"""Where the files that ship with the program stand: in a checkout at its top, in an installed copy as package data."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def ready_collections() -> Path:
    """The folder with the ready collection."""
    installed = _HERE / "collections"
    return installed if installed.is_dir() else _HERE.parent / "collections"


def translations() -> Path:
    """The folder with the bot's own catalogs."""
    return _HERE.parent / "translations"
