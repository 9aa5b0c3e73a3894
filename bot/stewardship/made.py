"""A release that was made: what a steward is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.stewardship.protection import Loss
from bot.storage.releases import Release

Progress = Callable[[int, int], None]
"""Called with how many looks at contributions there have been, and how many there are to be."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """One data file of a release."""

    path: Path
    rows: int
    sha256: str
    """In hex."""


@dataclass(frozen=True, slots=True)
class Made:
    """A release that was made, and its folder."""

    release: Release
    folder: Path
    files: tuple[DataFile, ...]
    """The data."""
    withdrawn_meanwhile: int
    """Contributions that were withdrawn, or changed, while the release was made, and so were taken out of it."""
    unreadable: int
    """Contributions that have a key for the purpose and did not open with it: changed, or sealed by other keys."""
    left_out: int
    """Contributions that no group is large enough for, also because of who was withdrawn meanwhile."""
    losses: tuple[Loss, ...]
    """What protection took from each answer."""


def summary(made: Made) -> dict[str, object]:
    """What a program may read of a release that was made."""
    release = made.release
    return {
        "release": release.id,
        "collection": release.collection,
        "purpose": release.purpose,
        "recipient": release.recipient,
        "format": release.format,
        "folder": str(made.folder),
        "file": str(made.files[0].path),
        "files": [str(each.path) for each in made.files],
        "tables": [{"file": str(each.path), "rows": each.rows, "sha256": each.sha256} for each in made.files],
        "rows": release.rows,
        "sha256": release.sha256,
        "manifest_sha256": release.manifest,
        "made_at": release.made_at.isoformat(),
        "exact_times": release.exact_times,
        "smallest_group": release.smallest_group,
        "own_words": release.own_words,
        "stewards": release.stewards,
        "withdrawn_meanwhile": made.withdrawn_meanwhile,
        "unreadable": made.unreadable,
        "left_out": made.left_out,
        "losses": [asdict(loss) for loss in made.losses],
    }
