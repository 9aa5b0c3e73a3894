"""Voice notes of consent cards: somebody reads a card aloud, for whom reading is not the way.

A note is Ogg Opus (RFC 7845), which Telegram plays as a voice message: consent/<language>/<card>.ogg.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

from flows.collection import Collection, Voice

MOST_BYTES = 5 * 1024 * 1024
"""Some of those who listen pay for every megabyte; five are over an hour of speech."""

_PAGE = struct.Struct("<4sBBqIIIB")
_HEADER = b"OpusHead"
_RATE = 48_000
"""Granule positions count samples at this rate, whatever was recorded (RFC 7845, section 4)."""


class NoVoice(ValueError):
    """Not a voice note; the text says what it is instead, or lacks."""


def voice_of(content: bytes) -> Voice:
    """Length, size and SHA-256 of a note. Raises NoVoice."""
    if len(content) > MOST_BYTES:
        raise NoVoice(f"it has {len(content):,} bytes, and {MOST_BYTES:,} are the most")
    skipped, last = None, -1
    for granule, body in _pages(content):
        if skipped is None:
            if not body.startswith(_HEADER) or len(body) < 12:
                raise NoVoice("what is in the Ogg file is not Opus")
            skipped = int.from_bytes(body[10:12], "little")
        last = max(last, granule)
    if skipped is None or last <= skipped:
        raise NoVoice("no sound is in it")
    seconds = -(-(last - skipped) // _RATE)
    return Voice(seconds=seconds, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _pages(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The granule position and body of each page (RFC 3533, section 6)."""
    place = 0
    while place < len(content):
        if not content.startswith(b"OggS", place):
            raise NoVoice("it is no Ogg file")
        if len(content) - place < _PAGE.size:
            raise NoVoice("the file ends in the middle of a page")
        _, version, _, granule, _, _, _, segments = _PAGE.unpack_from(content, place)
        if version != 0:
            raise NoVoice(f"it is of version {version} of Ogg, and there is one only, 0")
        begin = place + _PAGE.size + segments
        end = begin + sum(content[place + _PAGE.size : begin])
        if end > len(content):
            raise NoVoice("the file ends in the middle of a page")
        yield granule, content[begin:end]
        place = end


def cards_without_voice(collection: Collection) -> tuple[tuple[str, int], ...]:
    """Languages and numbers of cards that nobody has read aloud, in order."""
    return tuple(
        (language, number)
        for language, cards in collection.documents.items()
        for number, card in enumerate(cards, start=1)
        if card.voice is None
    )
