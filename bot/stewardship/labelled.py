"""SPSS and Stata: numbers with labels, and missing values that say why something is missing.

Both libraries take all rows at once, so all of them are held in memory, opened. The file is made in one without a name
first: neither library writes into a file that is open.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

import pandas as pd
import pyreadstat

from bot.stewardship.columns import CONTRIBUTOR, Column, Kind
from bot.stewardship.rows import Cell

PREFERRED_NOT, NOT_REACHED, NOT_ASKED, BROADER, ELSEWHERE = -1, -2, -3, -4, -5
MISSING: Mapping[int, str] = {
    PREFERRED_NOT: "Preferred not to answer",
    NOT_REACHED: "Not reached: added after this contribution was submitted",
    NOT_ASKED: "Not asked in that region",
    BROADER: "Passed on in a broader group, because few people share it",
    ELSEWHERE: "Offered in other regions only",
}
_BY_STATUS = {
    "prefer_not_to_answer": PREFERRED_NOT,
    "not_reached": NOT_REACHED,
    "not_asked": NOT_ASKED,
}
_NUMBERS = {Kind.NUMBER, Kind.MARK, Kind.STATUS}


@dataclass
class Table:
    """What is written: columns by name, and what they and their values mean."""

    values: dict[str, list[Any]]
    labels: dict[str, str]
    value_labels: dict[str, dict[int, str]]
    missing: set[str]
    """Columns in which the codes of MISSING stand."""
    numbers: set[str]
    notes: list[str] = field(default_factory=list)


class Program(Protocol):
    """SPSS or Stata."""

    def names(self, names: Sequence[str]) -> list[str]:
        """Names as the program takes them."""
        ...

    def write(self, path: str, table: Table) -> None:
        """Write a file."""
        ...

    def read(self, path: str) -> Table:
        """Read what `write` wrote."""
        ...


class Labelled:
    """Holds rows, and writes all of them at the end."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column], about: Mapping[str, str], program: Program) -> None:
        self._file = file
        self._columns = columns
        self._about = about
        self._program = program
        self._cells: list[list[Any]] = [[] for _ in columns]
        self._places = {column.name: place for place, column in enumerate(columns)}
        self._codes = [_codes(column) for column in columns]
        self._marks: dict[str | None, list[int]] = {}
        for place, column in enumerate(columns):
            if column.kind is Kind.MARK:
                self._marks.setdefault(column.question, []).append(place)

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Take these rows."""
        for row in rows:
            for place, column in enumerate(self._columns):
                self._cells[place].append(self._coded(column, place, row))

    def _coded(self, column: Column, place: int, row: Sequence[Cell]) -> str | int:
        cell = row[place]
        if not _is_number(column):
            return "" if cell is None else str(cell)
        if cell is None:
            return self._why_missing(column, row)
        return self._codes[place][str(cell)] if self._codes[place] else int(cell)

    def _why_missing(self, column: Column, row: Sequence[Cell]) -> int:
        status = str(row[self._places[f"{column.question}.status"]])
        if status in _BY_STATUS:
            return _BY_STATUS[status]
        marks = self._marks.get(column.question, [])
        return BROADER if all(row[place] is None for place in marks) else ELSEWHERE

    def end(self) -> None:
        """Write all rows. The file stays open."""
        names = self._program.names([column.name for column in self._columns])
        pairs = list(zip(names, self._columns, self._codes, strict=True))
        missing = {name for name, column, _ in pairs if _is_number(column) and column.kind in {Kind.MARK, Kind.CHOICES}}
        labelled = {
            name: {code: label for value, label in column.values if (code := codes.get(value)) is not None}
            for name, column, codes in pairs
            if codes
        }
        for name in missing:
            labelled.setdefault(name, {}).update(MISSING)
        _through_nameless(
            self._program,
            Table(
                dict(zip(names, self._cells, strict=True)),
                {name: f"{column.name}: {column.label}" for name, column, _ in pairs},
                labelled,
                missing,
                {name for name, column, _ in pairs if _is_number(column)},
                [f"{key}: {value}"[:80] for key, value in self._about.items()],  # SPSS has no longer lines
            ),
            self._file,
        )
        self._cells = [[] for _ in self._columns]


def _is_number(column: Column) -> bool:
    return column.kind in _NUMBERS or (column.kind is Kind.CHOICES and column.one)


def _codes(column: Column) -> dict[str, int]:
    """Value -> number. Options are counted from 1, broader groups from 101: an option more moves no group."""
    if column.kind is Kind.MARK:
        return {"1": 1, "0": 0}
    if not _is_number(column) or not column.values:
        return {}
    options = [value for value, label in column.values if not label.startswith(("Broader group: ", "Answered; not"))]
    groups = [value for value, _ in column.values if value not in options]
    return {**{v: n for n, v in enumerate(options, start=1)}, **{v: n for n, v in enumerate(groups, start=101)}}


def _through_nameless(program: Program, table: Table, target: BinaryIO) -> None:
    with tempfile.TemporaryFile() as nameless:
        program.write(f"/dev/fd/{nameless.fileno()}", table)
        nameless.seek(0)
        shutil.copyfileobj(nameless, target)


def without(source: BinaryIO, target: BinaryIO, contributors: Collection[str], program: Program) -> int:
    """Copy a file and leave some contributors out. Gives how many rows that were. Raises ValueError."""
    with tempfile.TemporaryFile() as nameless:
        shutil.copyfileobj(source, nameless)
        nameless.flush()
        try:
            table = program.read(f"/dev/fd/{nameless.fileno()}")
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
            raise ValueError(str(error)) from None
    kept = [name not in contributors for name in table.values[CONTRIBUTOR]]
    table.values = {
        name: [cell for cell, keep in zip(cells, kept, strict=True) if keep] for name, cells in table.values.items()
    }
    _through_nameless(program, table, target)
    return kept.count(False)


def _frame(values: Mapping[str, list[Any]], numbers: Collection[str]) -> Any:  # noqa: ANN401  # a frame of pandas
    """`object` throughout: pandas would take a column of nothing but missing codes for words. An empty column is what
    it is declared to be."""
    columns = {}
    for name, cells in values.items():
        kind: type = object if cells or name not in numbers else float
        columns[name] = pd.Series(cells, dtype=kind)
    return pd.DataFrame(columns)


class Spss:
    """A .sav file: missing codes are negative numbers that are declared as missing."""

    def names(self, names: Sequence[str]) -> list[str]:
        """64 bytes; dots are allowed."""
        return _unique(names, 64)

    def write(self, path: str, table: Table) -> None:
        """Write a file."""
        frame = _frame(table.values, table.numbers)
        for name in table.numbers:
            frame[name] = frame[name].astype(float)
        pyreadstat.write_sav(
            frame,
            path,
            column_labels={name: _cut(label, 250) for name, label in table.labels.items()},
            variable_value_labels={
                name: {code: _cut(label, 120) for code, label in of.items()} for name, of in table.value_labels.items()
            },
            missing_ranges={name: [{"lo": min(MISSING), "hi": max(MISSING)}] for name in table.missing},
            variable_measure=dict.fromkeys(table.value_labels, "nominal"),
            variable_format=dict.fromkeys(table.numbers, "F8.0"),
            note=table.notes or "",
        )

    def read(self, path: str) -> Table:
        """Read what `write` wrote."""
        frame, meta = pyreadstat.read_sav(path, user_missing=True)
        labels = {name: {int(code): label for code, label in of.items()} for name, of in _labels(meta).items()}
        return Table(
            _cells(frame),
            dict(meta.column_names_to_labels),
            labels,
            set(meta.missing_ranges),
            _numbers(meta),
            meta.notes,
        )


_LETTERS = {code: chr(ord("a") + place) for place, code in enumerate(MISSING)}
"""-1 is .a, -2 .b, and so on."""


class Stata:
    """A .dta file: missing codes are .a to .e."""

    def names(self, names: Sequence[str]) -> list[str]:
        """28 letters, without dots: of Stata's 32 the library takes up to four to number the labels."""
        return _unique([re.sub(r"\W", "_", name) for name in names], 28)

    def write(self, path: str, table: Table) -> None:
        """Write a file."""
        lettered = {
            name: [_LETTERS.get(cell, cell) for cell in cells] if name in table.missing else cells
            for name, cells in table.values.items()
        }
        pyreadstat.write_dta(
            _frame(lettered, table.numbers),
            path,
            column_labels={name: label[:80] for name, label in table.labels.items()},  # Stata's own limit
            variable_value_labels={
                name: {_LETTERS.get(code, code): label for code, label in of.items()}
                for name, of in table.value_labels.items()
            },
            missing_user_values={name: list(_LETTERS.values()) for name in table.missing},
            version=15,
        )

    def read(self, path: str) -> Table:
        """Read what `write` wrote."""
        frame, meta = pyreadstat.read_dta(path, user_missing=True)
        codes = {letter: code for code, letter in _LETTERS.items()}
        labels = {name: {codes.get(c, c): label for c, label in of.items()} for name, of in _labels(meta).items()}
        missing = {name for name, of in labels.items() if PREFERRED_NOT in of}
        cells = {
            name: [codes.get(cell, cell) for cell in column] if name in missing else column
            for name, column in _cells(frame).items()
        }
        return Table(cells, dict(meta.column_names_to_labels), labels, missing, _numbers(meta))


def _cells(frame: Any) -> dict[str, list[Any]]:  # noqa: ANN401
    """Whole numbers as whole numbers."""
    return {name: [int(c) if isinstance(c, float) else c for c in frame[name]] for name in frame}


def _labels(meta: Any) -> dict[str, dict[Any, str]]:  # noqa: ANN401
    found: dict[str, dict[Any, str]] = meta.variable_value_labels
    return found


def _cut(label: str, most: int) -> str:
    """So many bytes, as SPSS takes them."""
    return label.encode()[:most].decode(errors="ignore")


def _numbers(meta: Any) -> set[str]:  # noqa: ANN401
    return {name for name, kind in meta.readstat_variable_types.items() if kind != "string"}


def _unique(names: Sequence[str], longest: int) -> list[str]:
    """Cut to a length; where two would be the same, the later one ends in a number."""
    taken: dict[str, None] = {}
    for name in names:
        short, number = name[:longest], 1
        while short.casefold() in taken:
            number += 1
            short = f"{name[: longest - len(str(number)) - 1]}_{number}"
        taken[short.casefold()] = None
    return _spelled(names, list(taken))


def _spelled(names: Sequence[str], lowered: Sequence[str]) -> list[str]:
    """As they were written where nothing was changed; ids have no capitals."""
    return [name if name.casefold() == low else low for name, low in zip(names, lowered, strict=True)]
