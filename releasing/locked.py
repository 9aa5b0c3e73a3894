"""What the locks pin, what each installs, and the licence of each package by its own metadata."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUN = ROOT / "requirements" / "run.txt"
"""What `make install` installs."""
FORMATS = ROOT / "requirements" / "formats.txt"
"""What `make install FORMATS=1` installs: all of that, and what stewards' formats and private statistics need."""
TEST = ROOT / "requirements" / "test.txt"
"""What `make setup` installs: all of that, and what tests need."""
FUZZ = ROOT / "requirements" / "fuzz.txt"
"""What `make fuzz-bytes` adds to it."""

_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$"
)
_HASH = re.compile(r"^\s+--hash=sha256:([0-9a-f]{64})\b")

_TOLD_BY_CLASSIFIER = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_TOLD_IN_WORDS = {
    "Apache 2.0": "Apache-2.0",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "MPL-2.0 AND MIT": "MPL-2.0 AND MIT",
}

# Where the metadata says nothing, or not which: what the package's own licence file says, the head of its lex.py (ply),
# or conda-forge, where the package has none (mlcroissant).
_READ_BY_HAND = {
    "atheris": "Apache-2.0",
    "axe-playwright-python": "MIT",
    "colorama": "BSD-3-Clause",
    "mlcroissant": "Apache-2.0",
    "ply": "BSD-3-Clause",
    "pyreqwest": "Apache-2.0",
    "resvg-py": "MIT",
}


@dataclass(frozen=True, slots=True)
class Locked:
    """One package as the lock pins it."""

    name: str
    version: str
    marker: str
    """Where it is installed at all; empty for everywhere."""
    hashes: tuple[str, ...]
    """SHA-256 of every file of that version that may be installed."""


def locked(lock: Path) -> list[Locked]:
    """Every package of a lock, in its order."""
    found: list[Locked] = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        if pin := _PIN.match(line):
            found.append(Locked(pin["name"], pin["version"], (pin["marker"] or "").strip(), ()))
        elif digest := _HASH.match(line):
            last = found[-1]
            found[-1] = Locked(last.name, last.version, last.marker, (*last.hashes, digest[1]))
    return found


def licence_of(package: Locked) -> str:
    """An SPDX expression. Raises LookupError where nothing says which licence it is."""
    if package.name in _READ_BY_HAND:
        return _READ_BY_HAND[package.name]
    told = _told(package.name)
    if told:
        return told
    raise LookupError(f"{package.name} {package.version} does not say its licence; read it, and note it in {__name__}")


def summary_of(package: Locked) -> str:
    """What it says that it is."""
    metadata = _metadata(package.name)
    return str(metadata["Summary"]) if metadata is not None and "Summary" in metadata else ""


def _told(name: str) -> str:
    metadata = _metadata(name)
    if metadata is None:
        return ""
    if "License-Expression" in metadata:
        return str(metadata["License-Expression"])
    words = str(metadata["License"]).strip() if "License" in metadata else ""
    if re.fullmatch(r"[A-Za-z]+-?[0-9.]*(-[A-Za-z]+)?", words):
        return words
    if words in _TOLD_IN_WORDS:
        return _TOLD_IN_WORDS[words]
    classifiers = metadata.get_all("Classifier") or []
    licences = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License ::")]
    return " OR ".join(_TOLD_BY_CLASSIFIER[each] for each in licences if each in _TOLD_BY_CLASSIFIER)


def _metadata(name: str) -> PackageMetadata | None:
    try:
        return distribution(name).metadata
    except PackageNotFoundError:
        return None
