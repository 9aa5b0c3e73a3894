"""A release's files, of the last commit, byte for byte the same whoever makes them and when: `make dist`.

A wheel, the source, the locks, the bill of materials, and SHA-256 of each. What git does not have is not in them. The
same bytes take the same Python, setuptools and zlib; the first two are what `make setup` installs.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from releasing.locked import ROOT
from releasing.sbom import epoch, written


def dist(out: Path) -> list[Path]:
    """Make the files in a folder, in place of what a release left there; gives them in order."""
    os.umask(0o022)  # a wheel notes who may read each file
    seconds = epoch()
    out.mkdir(parents=True, exist_ok=True)
    for old in [*out.glob("surveybot-*"), out / "SHA256SUMS"]:
        old.unlink(missing_ok=True)
    tree = _git("-c", "tar.umask=0022", "archive", "--format=tar", "HEAD")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(tree)) as archive:
            archive.extractall(folder, filter="data")
        bill = written(seconds, Path(folder))
        made = [_wheel(Path(folder), seconds, out)]
    release = made[0].name.split("-")[1]
    made += [
        _put(out / f"surveybot-{release}.tar.gz", gzip.compress(_under(tree, f"surveybot-{release}"), mtime=seconds)),
        _put(out / f"surveybot-{release}-requirements.txt", _git("show", "HEAD:requirements/run.txt")),
        _put(out / f"surveybot-{release}-requirements-formats.txt", _git("show", "HEAD:requirements/formats.txt")),
        _put(out / f"surveybot-{release}-sbom.cdx.json", bill.encode()),
    ]
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
    return [*made, _put(out / "SHA256SUMS", sums.encode())]


def _wheel(tree: Path, seconds: int, out: Path) -> Path:
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    build = ["wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(seconds), "TZ": "UTC", "PYTHONHASHSEED": "0"}
    subprocess.run([sys.executable, "-m", "pip", *build, "-w", str(out), tree], env=environment, check=True)  # noqa: S603
    return next(out.glob(f"surveybot-{project['version']}-*.whl"))


def _under(tree: bytes, folder: str) -> bytes:
    """The same tree inside a folder, with nobody's name on it."""
    inside = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(tree)) as source,
        tarfile.open(fileobj=inside, mode="w", format=tarfile.GNU_FORMAT) as target,
    ):
        for member in sorted(source, key=lambda each: each.name):
            member.name = f"{folder}/{member.name}"
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.pax_headers = {}
            target.addfile(member, source.extractfile(member) if member.isfile() else None)
    return inside.getvalue()


def _put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603, S607


def main() -> None:
    """`python -m releasing.dist [FOLDER]`; by default dist/."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    for path in dist(out.resolve()):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
