"""The documents as tests read them: which there are, their links and headings, the commands and settings in them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_MADE = re.compile(
    r"(^|/)(\.git|\.venv|\.screens|\.hypothesis|__pycache__|build|dist|data|keys|[^/]+(_cache|\.egg-info))/"
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project: what git tracks, or would if it were added. Without git, what lies there."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        return tuple(path for path in ROOT.rglob("*") if path.is_file() and not _MADE.search(f"{name_of(path)}/"))
    names = listed.stdout.decode().split("\0")
    return tuple(path for name in names if name and (path := ROOT / name).is_file())


def documents() -> list[Path]:
    """Every Markdown file that is there to be read, but for the cards of consent."""
    return [path for path in tracked() if path.suffix == ".md" and "consent" not in path.relative_to(ROOT).parts]


def name_of(path: Path) -> str:
    """A file's path from the top."""
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def links(path: Path) -> Iterator[str]:
    """What a document links to or shows, but for what is somewhere else on the web."""
    for target in _LINK.findall(_FENCED.sub("", text_of(path))):
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as code hosts make them."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCED.sub("", text_of(path))):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        number = 1
        unique = anchor
        while unique in found:
            unique, number = f"{anchor}-{number}", number + 1
        found.add(unique)
    return found


def code(text: str) -> Iterator[str]:
    """Lines and spans of a document that are code: indented, fenced, or between backticks."""
    for fence in _FENCED.findall(text):
        yield from fence.splitlines()[1:-1]
    rest = _FENCED.sub("", text)
    yield from (line.strip() for line in rest.splitlines() if line.startswith("    "))
    yield from re.findall(r"`([^`\n]+)`", rest)
