"""The machine: room on the disk, whose files these are and who can read them, and time zones."""

from __future__ import annotations

import os
import pwd
import shutil
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot import durable
from bot.doctor.findings import Finding, fault, warning, well

_LITTLE, _TOO_LITTLE = 1_000_000_000, 100_000_000
"""Bytes. A full disk stops the bot: nothing is confirmed that cannot be written."""


def room(folders: Iterable[Path]) -> Iterator[Finding]:
    """Room on each disk that is written to."""
    disks = {path.stat().st_dev: path for path in map(_existing, folders)}
    for path in disks.values():
        free = shutil.disk_usage(path).free
        says = f"{free / 1e9:.1f} GB are free where {path} is"
        if free < _TOO_LITTLE:
            yield fault("disk", says, "make room: with a full disk nothing can be answered")
        elif free < _LITTLE:
            yield warning("disk", says, "make room before it is full")
        else:
            yield well("disk", says)


def _existing(path: Path) -> Path:
    """The folder, or what is nearest above it, where it is not made yet."""
    path = path.resolve()
    return path if path.exists() else _existing(path.parent)


def releases(folder: Path) -> Iterator[Finding]:
    """Where releases are made that stewards order in the chat. People are served without it."""
    where = folder.absolute()
    if durable.can_be_written(where):
        yield well("releases", f"{where} can be written")
        return
    yield warning(
        "releases",
        f"{where} cannot be written, so no release that is ordered in the chat can be made",
        "let it belong to whom the bot runs as, or name another in SURVEYBOT_EXPORT_DIR; under systemd, write the unit "
        "once more (surveybot setup), and in a container, mount a volume there (docs/deploy.md)",
    )


def closed_to_others(secrets: Sequence[Path], stores: Sequence[Path]) -> Iterator[Finding]:
    """Secrets are their owner's alone; stores too, or lie in a folder that nobody else gets into."""
    opened = [path for path in secrets if path.exists() and path.stat().st_mode & 0o077]
    opened += [path for path in stores if path.exists() and path.stat().st_mode & 0o077 and _enterable(path.parent)]
    for path in opened:
        yield fault("permissions", f"others can get at {path}", f"run: chmod 600 {path}")
    if not opened:
        yield well("permissions", "settings, keys and data are closed to others")


def _enterable(folder: Path) -> bool:
    return bool(folder.resolve().stat().st_mode & 0o011)


def belonging(files: Sequence[Path]) -> Iterator[Finding]:
    """All files are one person's, and whoever looks can use them."""
    owners: dict[Path, int] = {}
    closed: dict[Path, None] = {}
    for path in files:
        try:
            owners[path] = path.stat().st_uid
        except PermissionError:
            closed[_door(path)] = None
        except (FileNotFoundError, NotADirectoryError):
            continue  # not made yet
    for folder in closed:
        yield _not_let_in(folder)
    if len(set(owners.values())) > 1:
        whose = ", ".join(f"{path} ({_name(owner)})" for path, owner in owners.items())
        yield fault("owner", f"files belong to different people: {whose}", "run: sudo chown, to whom the bot runs as")
    elif owners and os.geteuid() not in {0, *owners.values()}:
        owner = _name(next(iter(owners.values())))
        yield fault(
            "owner",
            f"everything belongs to {owner}, and you are {_name(os.geteuid())}",
            f"run as that one: sudo -u {owner}",
        )
    for path in owners:
        if not os.access(path, os.W_OK):
            yield fault("owner", f"{path} cannot be written", f"run: chmod u+w {path}, or look how the disk is mounted")


def _door(path: Path) -> Path:
    """The folder above that does not let in whoever looks: the nearest of which they can see so much."""
    return next(folder for folder in path.absolute().parents if _is_seen(folder))


def _is_seen(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True


def _not_let_in(folder: Path) -> Finding:
    owner, you = folder.stat().st_uid, os.geteuid()
    if owner == you:
        return fault("owner", f"{folder} lets nobody in, and it is yours", f"run: chmod u+rwx {folder}")
    return fault(
        "owner",
        f"{folder} belongs to {_name(owner)} and does not let you in, and you are {_name(you)}",
        f"run as that one: sudo -u {_name(owner)}; or, where the bot runs as {_name(you)}, give it back: "
        f"sudo chown -R {_name(you)} {folder}",
    )


def _name(owner: int) -> str:
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return str(owner)


def apart(data: Path | None, keys: Path | None) -> Iterator[Finding]:
    """Whoever copies a folder should not get answers and keys."""
    if data is None or keys is None:
        return
    data_in, keys_in = data.parent.resolve(), keys.parent.resolve()
    if data_in == keys_in or data_in in keys_in.parents or keys_in in data_in.parents:
        yield warning(
            "keys apart",
            f"{data} and {keys} lie together: a copy of the one folder has answers and keys",
            "keep them in two folders, neither inside the other, with backups of their own (docs/keys.md)",
        )
    else:
        yield well("keys apart", "data and keys lie in folders of their own")


def set_aside(stores: Iterable[Path]) -> Iterator[Finding]:
    """What a restore has set aside still opens, also for who leaves later."""
    for store in stores:
        for path in sorted(store.parent.glob(f"{store.name}.before-restore-*")):
            yield warning(
                "copies", f"{path} still opens, also of people who leave now", f"once you are sure: rm {path}"
            )


def left_over(folders: Iterable[Path]) -> Iterator[Finding]:
    """What a restore has left that was killed opens just so."""
    for folder in folders:
        for path in sorted(folder.glob("*.restoring")):
            yield warning(
                "copies",
                f"{path} was left by a restore that was cut off, and opens, also of people who leave now",
                f"unless a restore runs just now: rm {path}",
            )


def time_zones(names: Iterable[str]) -> Iterator[Finding]:
    """The system's time zones, in which quiet hours are kept."""
    missing = sorted(name for name in set(names) if not _known(name))
    if missing:
        yield fault(
            "time zones", f"this machine does not know {', '.join(missing)}", "run: sudo apt-get install tzdata"
        )
    else:
        yield well("time zones", "every region's time zone is known here")


def _known(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return False
    return True
