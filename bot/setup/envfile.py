"""`.env`: settings are put in, all else stays as it stands, and the file is the old or the new one at any moment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from bot import durable

_HEADING = "# Settings of this installation, and its secrets: every one is explained in docs/settings.md.\n"
_PLAIN = re.compile(r"[A-Za-z0-9_./:@,+-]*")


class EnvFault(Exception):
    """`.env` cannot be read or written; the text names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A setting that has another value now. Values are not shown: one may be the token."""

    name: str
    was_set: bool


def read(path: Path) -> dict[str, str]:
    """What the file sets. Raises EnvFault."""
    return _values(_text(path))


def put(path: Path, settings: Mapping[str, str]) -> list[Changed]:
    """Set these, and write the file if that changes anything. Raises EnvFault."""
    target = path.resolve()  # a link stays a link
    before = _text(target)
    old, text = _values(before), before
    changed = [Changed(name, name in old) for name, value in settings.items() if old.get(name) != value]
    for each in changed:
        text = _with(text or _HEADING, each.name, settings[each.name])
    if _values(text) != {**old, **settings}:
        raise EnvFault(f"{path}: a value cannot be written so that it reads back the same; leave out quotes and ${{}}")
    if changed:
        try:
            durable.replace(target, text.encode())
        except OSError as error:
            raise EnvFault(f"{path}: cannot be written ({error.strerror}); check whose file and folder it is") from None
    return changed


def close_to_others(path: Path) -> bool:
    """Take everybody else's permission to read the file; whether anybody had one. Raises EnvFault."""
    try:
        if not path.exists() or not path.stat().st_mode & 0o077:
            return False
        path.chmod(0o600)
    except OSError as error:
        raise EnvFault(f"{path}: its permissions cannot be changed ({error.strerror}); run: chmod 600 {path}") from None
    return True


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError):
        raise EnvFault(f"{path}: cannot be read; check whose file it is, and that it is text") from None


def _values(text: str) -> dict[str, str]:
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(text)).items()}


def _with(text: str, name: str, value: str) -> str:
    """The text with one setting put where it stands; otherwise under the line that holds it back; otherwise at the end.

    Where it stands more than once, the last line counts, so the others go.
    """
    line = f"{name}={_quoted(value)}"
    lines = text.splitlines()
    standing = [at for at, each in enumerate(lines) if re.match(rf"\s*(export\s+)?{name}\s*=", each)]
    held_back = [at for at, each in enumerate(lines) if re.match(rf"\s*#\s*{name}\s*=", each)]
    if standing:
        lines[standing[-1]] = line
        lines = [each for at, each in enumerate(lines) if at not in standing[:-1]]
    elif held_back:
        lines.insert(held_back[-1] + 1, line)
    else:
        lines.append(line)
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
