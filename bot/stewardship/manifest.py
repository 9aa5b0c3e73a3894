"""What a backup's folder says about itself: which of two parts it is, of which installation, and each file's hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from bot import durable

NAME = "manifest.json"
_FORMAT: Literal[1] = 1

Part = Literal["data", "keys"]


class NotABackup(Exception):
    """A folder that cannot be restored from; the text names it and what is wrong."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One part of one backup."""

    format: Literal[1]
    part: Part
    backup: str
    """The same in both parts of one backup."""
    installation: str
    made_at: dt.datetime
    schema: str | None
    """The version of the data's tables."""
    files: Mapping[str, str]
    """Name -> SHA-256 in hex."""


_READ = TypeAdapter(Manifest)


def describe(
    folder: Path, part: Part, backup: str, installation: str, made_at: dt.datetime, schema: str | None
) -> Manifest:
    """Write the manifest of a folder whose files are complete."""
    files = {path.name: hash_of(path) for path in sorted(folder.iterdir())}
    manifest = Manifest(_FORMAT, part, backup, installation, made_at, schema, files)
    value = {**asdict(manifest), "made_at": made_at.isoformat()}
    durable.write_new(folder / NAME, json.dumps(value, indent=2).encode() + b"\n")
    return manifest


def check_let_in(folder: Path) -> None:
    """Raise NotABackup where what is in a folder is closed to whoever looks: they would find none there."""
    try:
        if folder.is_dir():
            for each in folder.iterdir():
                each.stat()
    except PermissionError:
        raise NotABackup(_closed(folder)) from None


def _closed(path: Path) -> str:
    nearest = next(each for each in (path.absolute(), *path.absolute().parents) if _is_seen(each))
    return (
        f"{nearest} belongs to {_owner(nearest)} and does not let you in; give it to whom the bot runs as, with "
        "sudo chown -R"
    )


def _is_seen(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return False


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:
        return str(path.stat().st_uid)


def read(folder: Path, part: Part) -> Manifest:
    """The manifest of a folder, its files held against it. Raises NotABackup."""
    manifest = said(folder, part)
    for name, sha256 in manifest.files.items():
        _hold_against(folder / Path(name).name, sha256)
    return manifest


def said(folder: Path, part: Part) -> Manifest:
    """What a folder says of itself, whatever has become of its files. Raises NotABackup."""
    check_let_in(folder)
    try:
        manifest = _READ.validate_json((folder / NAME).read_bytes())
    except FileNotFoundError:
        raise NotABackup(f"{folder}: there is no backup here: no {NAME}") from None
    except PermissionError:
        raise NotABackup(_closed(folder / NAME)) from None
    except (OSError, ValidationError):
        raise NotABackup(f"{folder / NAME}: this is not the manifest of a backup") from None
    if not all(name.isprintable() for name in manifest.files):
        raise NotABackup(f"{folder / NAME}: this is not the manifest of a backup")
    if manifest.part != part:
        raise NotABackup(f"{folder}: this is the backup of the {manifest.part}, and the one of the {part} is wanted")
    return manifest


def _hold_against(path: Path, sha256: str) -> None:
    try:
        found = hash_of(path)
    except PermissionError:
        raise NotABackup(_closed(path)) from None
    except OSError:
        raise NotABackup(f"{path}: the file is missing or cannot be read; take another backup") from None
    if found != sha256:
        raise NotABackup(f"{path}: the file is not as it was backed up; take another backup")


def hash_of(path: Path) -> str:
    """A file's SHA-256 in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
