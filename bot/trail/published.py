"""A head of the log as it is published: text that anybody can keep, and hold against the log later."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from bot.trail.heads import Head
from bot.vault import fingerprint, is_signed

_FIRST = "surveybot audit head 1"
_SIGNATURE, _KEY = "signature: ", "public key: "
_MARKS = re.compile("[\u2066-\u2069\u200e\u200f]")


class NotAHead(Exception):
    """This text is no published head; the text says what it should be."""


@dataclass(frozen=True, slots=True)
class Published:
    """A head that was read from a text."""

    head: Head
    installation: str
    public_key: bytes

    @property
    def is_signed(self) -> bool:
        """Whether the key that stands in it has signed it."""
        return is_signed(self.public_key, self.head.statement(self.installation), self.head.signature)

    def is_of(self, known_key: str) -> bool:
        """Whether its key is this one: public key or fingerprint, in hexadecimal."""
        wanted = "".join(known_key.split()).casefold()
        return wanted in {self.public_key.hex(), fingerprint(self.public_key).replace(" ", "")}


def published(head: Head, installation: str, public_key: bytes) -> str:
    """A head as it is published: what was signed, line by line, then the signature and its key in hexadecimal."""
    return "\n".join(
        (
            "Audit trail, signed head. Keep this text as it is.",
            "",
            head.statement(installation).decode(),
            f"{_SIGNATURE}{head.signature.hex()}",
            f"{_KEY}{public_key.hex()}",
        )
    )


def read_published(text: str) -> Published:
    """What `published` gave, copied from a chat. Raises NotAHead."""
    lines = [_MARKS.sub("", line).strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    try:
        start = lines.index(_FIRST)
        end = next(place for place, line in enumerate(lines) if line.startswith(_SIGNATURE))
        installation, number, kind, size, root, at, *note = lines[start + 1 : end]
        key = next(line for line in lines[end:] if line.startswith(_KEY))
        head = Head(
            int(number), kind, int(size), bytes.fromhex(root), dt.datetime.fromisoformat(at), "".join(note), b"",
            bytes.fromhex(lines[end].removeprefix(_SIGNATURE)),
        )  # fmt: skip
        head.statement(installation)
        return Published(head, installation, bytes.fromhex(key.removeprefix(_KEY)))
    except (ValueError, OverflowError, StopIteration):
        raise NotAHead(
            f"this is no published head: copy the whole post, from “{_FIRST}” to the line that begins with “{_KEY}”"
        ) from None
