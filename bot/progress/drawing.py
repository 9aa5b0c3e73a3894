"""Draws a picture as SVG, with the fonts that are shipped (docs/decisions/0024-pictures.md).

Whatever is drawn is laid out without measuring glyphs: labels stand above their bars and are broken by an estimate of
how wide their letters are. In languages that are read from right to left everything is mirrored.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations, groupby

from bot.progress.words import Words
from flows.language import locale
from flows.picture import Line, Part, Picture

_COLUMN, _GAP, _EDGE = 600, 48, 40
_TITLE, _HEADING, _LABEL, _SMALL = 30, 21, 18, 15
"""Sizes of letters, in pixels."""
_ROW, _BAR, _AFTER_LINE, _AFTER_PART = 24, 9, 13, 26
_INK, _FAINT, _TRACK, _FILL, _MARK, _PAPER = "#1c2430", "#5b6573", "#e6e9ee", "#2f6fb0", "#c2410c", "#ffffff"
_MOST_ROWS = 3
"""Rows that a label may take before it is cut."""
_TALLEST, _MOST_COLUMNS = 900, 3
"""Pixels that a column may be tall before there is one more: phones show a picture as wide as they are."""


@dataclass(frozen=True, slots=True)
class _Laid:
    """A piece of the picture and how tall it is; drawn at a height that is known only later."""

    marks: tuple[str, ...]
    height: float


def svg(picture: Picture, words: Words) -> str:
    """The picture in one language."""
    parts = [_part(part, words) for part in picture.parts]
    columns = _columns(parts)
    width = max(1, len(columns)) * (_COLUMN + _GAP) - _GAP + 2 * _EDGE
    pen = _Pen(width - 2 * _EDGE, right_to_left=words.right_to_left)
    head = pen.rows(words(picture.title), _TITLE, bold=True) + pen.space(4)
    head += pen.rows(words(picture.where), _LABEL, colour=_FAINT) + pen.space(_AFTER_PART)
    foot = _Pen(width - 2 * _EDGE, right_to_left=words.right_to_left)
    for note in picture.notes:
        foot.rows(words(note), _SMALL, colour=_FAINT)
    tallest = max((sum(part.height for part in column) for column in columns), default=0.0)
    height = 2 * _EDGE + head + tallest + foot.y
    drawn = [_at(_EDGE, _EDGE, pen.marks)]
    for place, column in enumerate(columns):
        number = len(columns) - 1 - place if words.right_to_left else place
        y = _EDGE + head
        for part in column:
            drawn.append(_at(_EDGE + number * (_COLUMN + _GAP), y, part.marks))
            y += part.height
    drawn.append(_at(_EDGE, _EDGE + head + tallest, foot.marks))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}"><rect width="100%" height="100%" fill="{_PAPER}"/>'
        f'<g font-family="{_family_of(words.language)}" fill="{_INK}">{"".join(drawn)}</g></svg>'
    )


class _Pen:
    """Writes and draws downwards, in one column."""

    def __init__(self, width: float, *, right_to_left: bool) -> None:
        self.width = width
        self.mirrored = right_to_left
        self.y = 0.0
        self.marks: list[str] = []

    def space(self, height: float) -> float:
        """Leave some out; how much."""
        self.y += height
        return height

    def rows(self, text: str, size: int, *, bold: bool = False, colour: str = _INK, width: float = 0) -> float:
        """Text, broken into rows; how tall it is."""
        before = self.y
        for row in broken(text, (width or self.width) / size):
            self.y += size * 1.35
            self._text(row, self.width if self.mirrored else 0, size, at_end=self.mirrored, bold=bold, colour=colour)
        return self.y - before

    def beside(self, text: str, size: int) -> None:
        """Text at the far end of the row that was written last."""
        self._text(text, 0 if self.mirrored else self.width, size, at_end=not self.mirrored, colour=_FAINT)

    def bar(self, full: int, hoped: int | None) -> None:
        """A bar, with a mark."""
        self.y += 7
        long = self.width * full / 100
        self._box(0, self.width, _TRACK)
        self._box(0, long, _FILL)
        if hoped is not None:
            place = self.width * hoped / 100
            x = self.width - place if self.mirrored else place
            self.marks.append(f'<rect x="{x - 1.5:.1f}" y="{self.y - 4:.1f}" width="3" height="{_BAR + 8}" '
                              f'fill="{_MARK}"/>')  # fmt: skip
        self.y += _BAR

    def _box(self, start: float, long: float, colour: str) -> None:
        if long > 0:
            x = self.width - start - long if self.mirrored else start
            self.marks.append(f'<rect x="{x:.1f}" y="{self.y:.1f}" width="{long:.1f}" height="{_BAR}" rx="4" '
                              f'fill="{colour}"/>')  # fmt: skip

    def _text(self, text: str, x: float, size: int, *, at_end: bool, bold: bool = False, colour: str = _INK) -> None:
        anchor = ' text-anchor="end"' if at_end else ""
        weight = ' font-weight="700"' if bold else ""
        # resvg begins every text from the left: what is read from the right is isolated (UAX 9, RLI and PDI), or its
        # full stop would stand at the wrong end.
        text = f"\u2067{text}\u2069" if self.mirrored else text
        family = _family(text)
        looks = f'font-size="{size}" fill="{colour}"{family}{anchor}{weight}'
        shown = _spans(text) if family else escape(text)
        self.marks.append(f'<text x="{x:.1f}" y="{self.y - size * 0.3:.1f}" {looks}>{shown}</text>')


def _part(part: Part, words: Words) -> _Laid:
    pen = _Pen(_COLUMN, right_to_left=words.right_to_left)
    pen.rows(words(part.title), _HEADING, bold=True)
    if part.note is not None:
        pen.rows(words(part.note), _SMALL, colour=_FAINT)
    pen.space(6)
    for line in part.lines:
        _line(pen, line, words)
    pen.space(_AFTER_PART)
    return _Laid(tuple(pen.marks), pen.y)


def _line(pen: _Pen, line: Line, words: Words) -> None:
    said = words(line.said)
    pen.rows(words(line.label), _LABEL, width=_COLUMN - wide(said) * _SMALL - 20)
    pen.beside(said, _SMALL)
    if line.full is not None or line.hoped is not None:
        pen.bar(line.full or 0, line.hoped)
    pen.space(_AFTER_LINE)


def _columns(parts: Sequence[_Laid]) -> list[list[_Laid]]:
    """Parts in order, in as many columns as it takes for them not to be too tall, none taller than it has to be."""
    whole = sum(part.height for part in parts)
    wanted = min(len(parts), _MOST_COLUMNS, 1 + int(whole / _TALLEST))
    if wanted < 1:
        return []

    def split(ends: Sequence[int]) -> list[list[_Laid]]:
        return [list(parts[start:end]) for start, end in zip((0, *ends), (*ends, len(parts)), strict=True)]

    tried = (split(ends) for ends in combinations(range(1, len(parts)), wanted - 1))
    return min(tried, key=lambda columns: max(sum(part.height for part in column) for column in columns))


def _at(x: float, y: float, marks: Sequence[str]) -> str:
    return f'<g transform="translate({x:.1f} {y:.1f})">{"".join(marks)}</g>'


_LATIN = "Noto Sans"
_BY_SCRIPT = {"Hans": "Noto Sans CJK SC"}
"""Families of scripts that share code points with another, and write some of those letters otherwise (Han unification).

A text is drawn with them from its first letter on, whatever that is: else its letters would come from two fonts.
"""
_FAMILIES = {"ARABIC": "Noto Sans Arabic", "DEVANAGARI": "Noto Sans Devanagari"}


def _family_of(language: str) -> str:
    return _BY_SCRIPT.get(locale(language).script or "", _LATIN)


def _family(text: str) -> str:
    """The family of a text's first letter; each of its other letters is taken from whatever family has it."""
    first = next((letter for letter in text if letter.isalpha()), "")
    script = unicodedata.name(first, "").partition(" ")[0] if first else ""
    return f' font-family="{_FAMILIES[script]}"' if script in _FAMILIES else ""


def _spans(text: str) -> str:
    """Text with its Latin letters and signs of money in Latin's own family.

    resvg looks for a letter in other fonts only while those shape the rest into as many glyphs: a rupee sign behind an
    Urdu word was drawn as a box.
    """
    runs = ((latin, escape("".join(run))) for latin, run in groupby(text, _is_latin))
    return "".join(f'<tspan font-family="{_LATIN}">{run}</tspan>' if latin else run for latin, run in runs)


def _is_latin(letter: str) -> bool:
    return unicodedata.category(letter) == "Sc" or unicodedata.name(letter, "").startswith("LATIN ")


# --- how wide letters are --------------------------------------------------------------------------------------------


def wide(text: str) -> float:
    """About how wide a text is, in widths of a letter M. An estimate on the wide side; marks take no room."""
    return sum(_letter(letter) for letter in text)


def _letter(letter: str) -> float:
    kind = unicodedata.category(letter)
    if kind in {"Mn", "Cf", "Me"}:
        return 0.0
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return 1.0
    return 0.3 if letter in " .,:;'|il()[]!·" else 0.72 if letter.isupper() or letter in "mwMW%+—" else 0.58


def broken(text: str, most: float) -> list[str]:
    """A text in rows of about a width, at spaces where it has some, else between any two letters that stand alone."""
    rows, row = [], ""
    for piece in _pieces(text):
        if row and wide(row + piece) > most:
            rows.append(row.rstrip())
            row = piece.lstrip()
        else:
            row += piece
    rows.append(row.rstrip())
    if len(rows) > _MOST_ROWS:
        return [*rows[: _MOST_ROWS - 1], rows[_MOST_ROWS - 1] + " …"]
    return rows


def _pieces(text: str) -> list[str]:
    """Where a row may end: behind a space, and around a letter of a script that is written without them.

    There, no row begins with a stop or a closing bracket, and none ends with an opening one.
    """
    pieces, behind = [""], ""
    for letter in text:
        kind = unicodedata.category(letter)
        if (_stands_alone(letter) or (kind in _OPENING and _stands_alone(behind))) and kind not in _CLOSING:
            if unicodedata.category(behind or " ") in _OPENING:
                pieces[-1] += letter
            else:
                pieces.append(letter)
        else:
            pieces[-1] += letter
            if letter == " ":
                pieces.append("")
        behind = letter
    return [piece for piece in pieces if piece]


_OPENING, _CLOSING = frozenset({"Ps", "Pi"}), frozenset({"Po", "Pe", "Pf"})


def _stands_alone(letter: str) -> bool:
    return bool(letter) and unicodedata.east_asian_width(letter) in {"W", "F"}
