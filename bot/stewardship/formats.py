"""Formats of a release: how rows become a file, and how contributors are taken out of one again."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from io import TextIOWrapper
from types import MappingProxyType
from typing import BinaryIO, Protocol

import orjson

from bot.stewardship.columns import CONTRIBUTOR, Column, Kind
from bot.stewardship.refusing import WITH_FORMATS, Refused
from bot.stewardship.rows import Cell

Row = Sequence[Cell]


class Writer(Protocol):
    """Writes rows to a file, some at a time."""

    def write(self, rows: Iterable[Row]) -> None:
        """Write these rows."""
        ...

    def end(self) -> None:
        """No more rows come. The file stays open."""
        ...


About = Mapping[str, str]
"""What a file says of itself, where its format has a place for that."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name is also the ending of its files."""

    name: str
    writer: Callable[[BinaryIO, Sequence[Column], About], Writer]
    without: Callable[[BinaryIO, BinaryIO, Collection[str]], int]
    """Copies a file of this format and leaves some contributors out. Gives how many rows that were."""
    media_type: str
    needs: tuple[str, ...] = ()
    """Libraries that only an installation with the extra `export` has."""
    whole: bool = False
    """Whether all rows are held in memory, because the format cannot be written in parts."""

    def check_there(self) -> None:
        """Raise Refused where its library is not installed."""
        missing = [name for name in self.needs if find_spec(name) is None]
        if missing:
            raise Refused(f"{self.name} needs {' and '.join(missing)}, which this installation has not: {WITH_FORMATS}")


# --- CSV: RFC 4180, UTF-8 ----------------------------------------------------------------------------------------

# What makes a spreadsheet take a cell for a formula: = + - @ and their full-width, small, raised and lowered forms,
# tab and carriage return (OWASP, "CSV Injection"), also behind blanks. A semicolon ends a cell where the comma is the
# decimal sign, so what follows one counts as a beginning too.
_RUNS = re.compile(r"(?:^|(?<=;))(?=[\s\u200b-\u200f\u2060\ufeff]*(?:[=＝﹦⁼₌+＋﹢⁺₊\-－﹣⁻₋@＠﹫]|(?<=[\t\r\n])))")


def harmless(words: str) -> str:
    """Words that no spreadsheet runs: an apostrophe before whatever it would take for a formula."""
    return _RUNS.sub("'", words)


class _Csv:
    def __init__(self, file: BinaryIO, columns: Sequence[Column], _about: About) -> None:
        self._text = TextIOWrapper(file, encoding="utf-8", newline="")
        self._csv = csv.writer(self._text, lineterminator="\r\n")
        self._csv.writerow([column.name for column in columns])
        self._words = [place for place, column in enumerate(columns) if column.kind is Kind.WORDS]

    def write(self, rows: Iterable[Row]) -> None:
        self._csv.writerows(self._harmless(row) for row in rows)

    def _harmless(self, row: Row) -> Row:
        """Every other cell is of our own making: ids, times, numbers."""
        cells = list(row)
        for place in self._words:
            cell = cells[place]
            if isinstance(cell, str):
                cells[place] = harmless(cell)
        return cells

    def end(self) -> None:
        self._text.detach()


def _csv_without(source: BinaryIO, target: BinaryIO, contributors: Collection[str]) -> int:
    left_out = 0
    with _as_text(source) as before, _as_text(target) as after:
        rows = csv.reader(before)
        heading = next(rows)
        place = heading.index(CONTRIBUTOR)
        out = csv.writer(after, lineterminator="\r\n")
        out.writerow(heading)
        for row in rows:
            if row[place] in contributors:
                left_out += 1
            else:
                out.writerow(row)
    return left_out


@contextmanager
def _as_text(file: BinaryIO) -> Iterator[TextIOWrapper]:
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        yield text
    finally:
        text.detach()


# --- JSON Lines: one object a row, every column in each, exact --------------------------------------------------


class _JsonLines:
    def __init__(self, file: BinaryIO, columns: Sequence[Column], _about: About) -> None:
        self._file = file
        self._names = [column.name for column in columns]

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            value = dict(zip(self._names, row, strict=True))
            self._file.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))

    def end(self) -> None:
        pass


def _json_lines_without(source: BinaryIO, target: BinaryIO, contributors: Collection[str]) -> int:
    left_out = 0
    for line in source:
        if orjson.loads(line)[CONTRIBUTOR] in contributors:
            left_out += 1
        else:
            target.write(line)
    return left_out


# --- the others, whose libraries are loaded when they are needed -------------------------------------------------


def _parquet(file: BinaryIO, columns: Sequence[Column], about: About) -> Writer:
    from bot.stewardship.parquet import ParquetRows  # noqa: PLC0415  # heavy

    return ParquetRows(file, columns, about)


def _parquet_without(source: BinaryIO, target: BinaryIO, contributors: Collection[str]) -> int:
    from bot.stewardship.parquet import without  # noqa: PLC0415  # heavy

    return without(source, target, contributors)


def _spss(file: BinaryIO, columns: Sequence[Column], about: About) -> Writer:
    from bot.stewardship.labelled import Labelled, Spss  # noqa: PLC0415  # heavy

    return Labelled(file, columns, about, Spss())


def _stata(file: BinaryIO, columns: Sequence[Column], about: About) -> Writer:
    from bot.stewardship.labelled import Labelled, Stata  # noqa: PLC0415  # heavy

    return Labelled(file, columns, about, Stata())


def _spss_without(source: BinaryIO, target: BinaryIO, contributors: Collection[str]) -> int:
    from bot.stewardship.labelled import Spss, without  # noqa: PLC0415  # heavy

    return without(source, target, contributors, Spss())


def _stata_without(source: BinaryIO, target: BinaryIO, contributors: Collection[str]) -> int:
    from bot.stewardship.labelled import Stata, without  # noqa: PLC0415  # heavy

    return without(source, target, contributors, Stata())


_LABELLED = ("pandas", "pyreadstat")

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "csv": Format("csv", _Csv, _csv_without, "text/csv"),
        "jsonl": Format("jsonl", _JsonLines, _json_lines_without, "application/jsonlines"),
        "parquet": Format("parquet", _parquet, _parquet_without, "application/vnd.apache.parquet", ("pyarrow",)),
        "sav": Format("sav", _spss, _spss_without, "application/x-spss-sav", _LABELLED, whole=True),
        "dta": Format("dta", _stata, _stata_without, "application/x-stata-dta", _LABELLED, whole=True),
    }
)
