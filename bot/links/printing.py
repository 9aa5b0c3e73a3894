"""A link to print: its code as PNG or SVG with the address in letters, and as a poster with words (SVG).

Words are text in the SVG, drawn by whatever shows or prints it, with that machine's letters: so every script is at hand
that the reader's language needs, and no fonts ship.
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import segno

from bot.links.glyphs import GLYPHS, HEIGHT, WIDTH

QUIET = 4
"""Light modules around a code, as ISO/IEC 18004 asks."""

_POINTS = 12
"""Pixels of a module in the PNG: about 4 cm at 300 dots an inch, and larger on paper."""

_LETTER = 3
"""Pixels of a letter's point in the PNG."""

Rows = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Words:
    """What a poster says: lines above the code, the first two larger, and one below."""

    above: tuple[str, ...]
    below: str
    is_rtl: bool


def modules(address: str) -> Rows:
    """The code's dark (1) and light (0) modules, with the quiet zone. A quarter of it may be soiled."""
    code = segno.make(address, error="q", micro=False, boost_error=False)
    return [list(row) for row in code.matrix_iter(scale=1, border=QUIET)]


# --- PNG -------------------------------------------------------------------------------------------------------------


def png(address: str) -> bytes:
    """The code with the address beneath it in letters, black on white."""
    rows = _enlarged(modules(address), _POINTS)
    width = len(rows[0])
    for line in _lines(address, width // ((WIDTH + 1) * _LETTER)):
        rows += _centred(_enlarged(_letters(line), _LETTER), width)
    rows += [[0] * width for _ in range(_POINTS * 2)]
    return _as_png(rows)


def _lines(address: str, most: int) -> list[str]:
    """The address without https://, which nobody types: broken before what the link carries, and where it is full."""
    shown = address.removeprefix("https://")
    bot, mark, carried = shown.partition("?")
    parts = [shown] if len(shown) <= most else [bot, mark + carried]
    return [part[start : start + most] for part in parts for start in range(0, len(part), most)]


def _letters(line: str) -> Rows:
    """A line of letters; one that there is no form for stays empty."""
    columns = [column for letter in line for column in (*GLYPHS.get(letter, bytes(WIDTH)), 0)]
    blank: list[list[int]] = [[0] * len(columns) for _ in range(2)]
    return [*([column >> bit & 1 for column in columns] for bit in range(HEIGHT)), *blank]


def _enlarged(rows: Rows, times: int) -> list[list[int]]:
    wide = [[point for point in row for _ in range(times)] for row in rows]
    return [row for row in wide for _ in range(times)]


def _centred(rows: list[list[int]], width: int) -> list[list[int]]:
    left = (width - len(rows[0])) // 2
    return [[0] * left + row + [0] * (width - left - len(row)) for row in rows]


def _as_png(rows: Rows) -> bytes:
    """Grey of one bit a pixel (PNG, ISO/IEC 15948): 0 is dark."""
    width, height = len(rows[0]), len(rows)
    raw = b"".join(b"\0" + _packed(row) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def _packed(row: Sequence[int]) -> bytes:
    bits = "".join("0" if point else "1" for point in row)
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


# --- SVG -------------------------------------------------------------------------------------------------------------

_PAGE = 420
"""Units of the page's width: as a sheet of A5 is 148 mm wide, about a third of a millimetre each."""

_MARGIN = 30
_SIZES = (17, 27, 16)
"""Of the heading, the title, and everything else."""


def svg(address: str, words: Words | None = None) -> bytes:
    """The code with the address in letters; with words, a poster."""
    top: float = _MARGIN
    texts: list[str] = []
    is_rtl = words is not None and words.is_rtl
    for number, line in enumerate(words.above if words is not None else ()):
        top = _write(texts, line, top, _SIZES[min(number, 2)], bold=number == 1, is_rtl=is_rtl) + 8
    rows = modules(address)
    side = _PAGE - 4 * _MARGIN
    code = _code(rows, (_PAGE - side) / 2, top, side / len(rows))
    top += side + 8
    if words is not None:
        top = _write(texts, words.below, top, _SIZES[2], bold=False, is_rtl=is_rtl)
    top = _write(texts, address.removeprefix("https://"), top, 13, bold=False, is_rtl=False)
    height = top + _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="148mm" height="{height * 148 / _PAGE:.1f}mm" '
        f'viewBox="0 0 {_PAGE} {height:.1f}">'
        f'<rect width="100%" height="100%" fill="#fff"/>{code}{"".join(texts)}</svg>\n'
    ).encode()


def _write(texts: list[str], words: str, top: float, size: int, *, bold: bool, is_rtl: bool) -> float:
    """Add words as lines that fit; where the next ones begin."""
    for line in wrapped(words, (_PAGE - 2 * _MARGIN) / size):
        top += size * 1.35
        weight, direction = ' font-weight="bold"' if bold else "", ' direction="rtl"' if is_rtl else ""
        texts.append(
            f'<text x="{_PAGE / 2}" y="{top:.1f}" font-family="sans-serif" font-size="{size}" text-anchor="middle"'
            f'{weight}{direction} fill="#000">{escape(line)}</text>'
        )
    return top


def _code(rows: Rows, left: float, top: float, side: float) -> str:
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, point in enumerate(row) if point)
    return f'<path transform="translate({left:.2f} {top:.2f}) scale({side:.4f})" d="{dark}" fill="#000"/>'


def wrapped(words: str, most: float) -> list[str]:
    """Lines of so many letters' heights at most, broken between words, and within one that is too long."""
    lines, line = [], ""
    for word in words.split():
        for piece in _pieces(word, most):
            longer = f"{line} {piece}" if line else piece
            if line and _width(longer) > most:
                lines.append(line)
                longer = piece
            line = longer
    return [*lines, line] if line else lines


def _pieces(word: str, most: float) -> Iterable[str]:
    """A word as it is, or in pieces that fit: of what is written without spaces, as Japanese is, any piece is one."""
    piece = ""
    for letter in word:
        if piece and _width(piece + letter) > most:
            yield piece
            piece = ""
        piece += letter
    yield piece


def _width(words: str) -> float:
    """About how wide words are, as part of their height; marks that sit on letters take no room."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in words)
    marks = sum(unicodedata.category(letter) in {"Mn", "Cf"} for letter in words)
    return wide + 0.56 * (len(words) - wide - marks)
