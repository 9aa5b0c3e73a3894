"""What a notice says: four parts in each language, from a folder with a file a language, checked before it goes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bot.stewardship.refusing import Refused
from flows.screens import Screen, body, lead, title
from flows.words import Raw, Text, say
from flows.written import Unreadable, text_of

PARTS: Mapping[str, Text] = MappingProxyType(
    {
        "what happened": say("What happened"),
        "what was exposed": say("What of yours others may have seen"),
        "what to do": say("What you can do"),
        "contact": say("Whom you can ask"),
    }
)
"""The headings of a file, which are the same in every language, and what they are called in the message."""

LONGEST = 3_000
"""Letters of one language: a message takes 4096, and headings come to it."""

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w|https?://|\+?\d[\d ()-]{5,}")


def read_texts(folder: Path) -> dict[str, dict[str, str]]:
    """Language -> parts, from `en.md`, `pt_BR.md` and so on. Raises Refused with every fault."""
    files = sorted(folder.glob("*.md")) if folder.is_dir() else []
    if not files:
        raise Refused(f"{folder}: no file is there; write one for each language, such as {folder / 'en.md'}")
    texts: dict[str, dict[str, str]] = {}
    faults: list[str] = []
    for file in files:
        try:
            content = text_of(file)
        except Unreadable as error:
            faults.append(f"{file}: {error}")
            continue
        texts[file.stem], found = _parts(file, content)
        faults += found
    if faults:
        raise Refused("\n".join(faults))
    return texts


def _parts(file: Path, content: str) -> tuple[dict[str, str], list[str]]:
    """The parts of one file, and what is not right with it."""
    parts: dict[str, list[str]] = {}
    faults: list[str] = []
    open_part: list[str] | None = None
    for number, line in enumerate(content.splitlines(), 1):
        if line.startswith("#"):
            name = line.lstrip("#").strip().casefold()
            if name not in PARTS or name in parts:
                faults.append(f"{file}:{number}: write each of these headings once: {_headings()}")
                continue
            open_part = parts[name] = []
        elif open_part is not None:
            open_part.append(line)
        elif line.strip():
            faults.append(f"{file}:{number}: words stand before the first heading; begin with # what happened")
    words = {name: "\n".join(lines).strip() for name, lines in parts.items()}
    faults += [f"{file}: under # {name} nothing is written" for name in PARTS if not words.get(name)]
    if words.get("contact") and not _ADDRESS.search(words["contact"]):
        faults.append(f"{file}: # contact names no address, page or number that somebody could write to")
    if (letters := sum(map(len, words.values()))) > LONGEST:
        faults.append(f"{file}: it has {letters} letters; {LONGEST} are the most")
    return words, faults


def _headings() -> str:
    return ", ".join(f"# {name}" for name in PARTS)


def notice_screen(parts: Mapping[str, str]) -> Screen:
    """The message in one language. What a steward wrote is never taken for markup."""
    blocks = [title(say("Something has happened with what you gave here"))]
    for name, heading in PARTS.items():
        blocks += [lead(heading), body(Text("{words}", {"words": Raw(parts[name])}))]
    return Screen("notice", tuple(blocks), ())
