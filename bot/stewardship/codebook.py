"""The codebook of a release: every column of every file, and what can stand in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from bot.stewardship.columns import Column, Kind
from bot.stewardship.formats import harmless
from bot.stewardship.sheets import Sheet
from bot.stewardship.telling import Told

_KINDS = {
    Kind.ID: "an id",
    Kind.NUMBER: "a whole number",
    Kind.TIME: "a day, or with exact times a moment (UTC)",
    Kind.STATUS: "one of four states",
    Kind.CHOICES: "ids joined by a space",
    Kind.MARK: "1 or 0; empty where not answered, passed on in a broader group, or offered in other regions only",
    Kind.WORDS: "words, as they were written",
}
_MARKS_APART = (
    "1 or 0; 0 also where the option is not offered in that region, so that nothing says where somebody is; empty "
    "where not answered or passed on in a broader group"
)


def codebook(told: Told) -> bytes:
    """CSV (UTF-8): a line for each column, and below it one for each value that it can have."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["file", "column", "value", "meaning", "kind"])
    for sheet in told.sheets:
        for column in sheet.columns:
            writer.writerows([harmless(cell) for cell in line] for line in _lines(sheet, column))
    return text.getvalue().encode()


def _lines(sheet: Sheet, column: Column) -> Iterator[tuple[str, ...]]:
    apart = sheet.question is not None and column.kind is Kind.MARK
    yield sheet.name, column.name, "", column.label, _MARKS_APART if apart else _KINDS[column.kind]
    for value, meaning in column.values:
        yield sheet.name, column.name, value, meaning, ""
