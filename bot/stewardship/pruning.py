"""Taking withdrawn rows out of a recipient's copy: offline, without a database, from a signed list."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from bot import durable
from bot.stewardship.documents import MANIFEST, SIGNATURE
from bot.stewardship.drafts import change_file, remove_abandoned
from bot.stewardship.formats import FORMATS
from bot.stewardship.recall import LIST_FORMAT
from bot.stewardship.refusing import Refused
from bot.vault import is_signed

ACKNOWLEDGEMENT_FORMAT = "surveybot acknowledgement 1"


@dataclass(frozen=True, slots=True)
class SignedList:
    """A withdrawals list whose signature holds."""

    id: str
    recipient: str
    key: str
    """What it was signed with, in Base64."""
    rows: Sequence[Mapping[str, Any]]

    def contributors(self, release: str) -> set[str]:
        """Who is to be taken out of a release."""
        return {str(row["contributor"]) for row in self.rows if release in row["releases"]}


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was done to a copy."""

    acknowledgement: Path
    removed: int


def read_list(path: Path) -> SignedList:
    """A list from its file. Raises Refused where it is not one, or was changed; OSError."""
    try:
        envelope = orjson.loads(path.read_bytes())
        text, key = str(envelope["body"]), str(envelope["signing_key"])
        whole = is_signed(base64.b64decode(key), text.encode(), base64.b64decode(envelope["signature"]))
        body = orjson.loads(text)
        is_list = body["format"] == LIST_FORMAT
    except (KeyError, TypeError, ValueError):
        raise Refused(f"{path}: this is not a withdrawals list of surveybot") from None
    if not is_list:
        raise Refused(f"{path}: this is not a withdrawals list of this version of surveybot")
    if not whole:
        raise Refused(f"{path}: the signature does not hold: the list was changed on its way; ask for it again")
    try:
        rows = [
            {"contributor": str(row["contributor"]), "releases": list(row["releases"])} for row in body["withdrawn"]
        ]
        return SignedList(str(body["list"]), str(body["recipient"]), key, rows)
    except (KeyError, TypeError):
        raise Refused(f"{path}: the list lacks something; ask whoever made it for it again") from None


def prune(file: Path, listed: SignedList, release: str | None, now: dt.datetime) -> Pruned:
    """Take the list's rows out of a file, and write the acknowledgement beside it. Raises Refused, OSError.

    `release`: which one the file is of, where its manifest is not beside it.
    """
    made_as = FORMATS.get(file.suffix.removeprefix("."))
    if made_as is None:
        raise Refused(f"{file}: the name ends in none of {', '.join(f'.{name}' for name in FORMATS)}")
    made_as.check_there()
    remove_abandoned(file.parent)
    of = _release_of(file, listed, release)
    gone, hashes, removed = listed.contributors(of), [hash_of(file)], [0]

    def without(source: BinaryIO, target: BinaryIO) -> None:
        removed[0] = made_as.without(source, target, gone)

    try:
        change_file(file, without)
    except (OSError, Refused):
        raise
    except Exception as error:  # noqa: BLE001  # each library has errors of its own for what it cannot read
        why = f"{file}: this cannot be read as {made_as.name} ({type(error).__name__}); nothing was changed"
        raise Refused(why) from None
    hashes.append(hash_of(file))
    said = {
        "format": ACKNOWLEDGEMENT_FORMAT,
        "list": listed.id,
        "recipient": listed.recipient,
        "release": of,
        "file": file.name,
        "removed": removed[0],
        "sha256_before": hashes[0],
        "sha256_after": hashes[1],
        "done_at": now.isoformat(),
    }
    path = file.with_name(f"{file.name}.acknowledgement-{listed.id[:8]}.json")
    if removed[0] == 0 and _tells_of(path, said):
        return Pruned(path, 0)
    durable.replace(path, orjson.dumps(said, option=orjson.OPT_INDENT_2) + b"\n")
    return Pruned(path, removed[0])


def _tells_of(path: Path, said: Mapping[str, Any]) -> bool:
    """Whether an acknowledgement tells already how the file came to be so: what it counts is known nowhere else."""
    try:
        earlier = orjson.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    same = ("format", "list", "recipient", "release", "file", "sha256_after")
    return isinstance(earlier, dict) and all(earlier.get(name) == said[name] for name in same)


def _release_of(file: Path, listed: SignedList, release: str | None) -> str:
    """The release that a file is of, whole: by its manifest, or as it was said."""
    manifest = file.with_name(MANIFEST)
    if release is None and not manifest.exists():
        raise Refused(
            f"{file}: its manifest.json is not beside it: say with --release which release it is of; README.md names it"
        )
    if not manifest.exists():
        return _in_full(listed, str(release))
    said = _manifest(manifest)
    if said["signing_key"] != listed.key:
        raise Refused("the list is signed by somebody else than the release; ask whoever made the release for it")
    if said["recipient"] != listed.recipient:
        raise Refused(f"the list is for {listed.recipient}, and the release went to {said['recipient']}")
    if release is not None and not said["release"].startswith(release):
        raise Refused(f"the manifest beside {file} is of release {said['release']}, not {release}")
    return said["release"]


def _in_full(listed: SignedList, release: str) -> str:
    known = {str(each) for row in listed.rows for each in row["releases"]}
    found = [each for each in known if each.startswith(release)]
    if len(found) > 1:
        raise Refused(f"several releases begin with {release!r}; write more of it")
    return found[0] if found else release


def _manifest(path: Path) -> dict[str, str]:
    try:
        content = path.read_bytes()
        said = orjson.loads(content)
        signature = base64.b64decode(path.with_name(SIGNATURE).read_bytes())
        found = {name: str(said[name]) for name in ("release", "recipient", "signing_key")}
        whole = is_signed(base64.b64decode(found["signing_key"]), content, signature)
    except (KeyError, TypeError, ValueError, FileNotFoundError):
        raise Refused(f"{path}: this is not the manifest of a release, or its .sig is missing") from None
    if not whole:
        raise Refused(f"{path}: the manifest is not as it was signed; take it from the release again")
    return found


def hash_of(path: Path) -> str:
    """A file's SHA-256 in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
