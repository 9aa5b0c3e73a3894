"""A voice note of silence, byte by byte as RFC 3533 and RFC 7845 say."""

from __future__ import annotations

import struct

SILENCE = b"\xf8\xff\xfe"
"""A packet of twenty milliseconds in which nobody speaks."""


def page(granule: int, number: int, packets: list[bytes], kind: int = 0) -> bytes:
    """One page; checksums are left out, since nobody here looks at them."""
    table = bytes(len(packet) for packet in packets)
    return struct.pack("<4sBBqIIIB", b"OggS", 0, kind, granule, 1, number, 0, len(table)) + table + b"".join(packets)


def silence(seconds: float, skip: int = 312) -> bytes:
    """An Ogg Opus file of so many seconds."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, skip, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 0) + struct.pack("<I", 0)
    count = int(seconds * 50)
    pages = [page(0, 0, [head], 2), page(0, 1, [tags])]
    for first in range(0, count, 50):
        last = min(first + 50, count)
        pages.append(page(skip + last * 960, 2 + first // 50, [SILENCE] * (last - first)))
    return b"".join(pages)
