"""Parquet: what each column means stands in its field's metadata, what the file is in the schema's.

Rows are written in groups, so that a million of them need no more memory than one group.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bot.stewardship.columns import CONTRIBUTOR, Column, Kind
from bot.stewardship.rows import Cell

ROW_GROUP = 10_000
"""Rows that are held in memory."""


class ParquetRows:
    """Writes rows to a file, a row group at a time."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column], about: Mapping[str, str]) -> None:
        self._schema = pa.schema([_field(column) for column in columns], metadata=dict(about))
        self._writer = pq.ParquetWriter(file, self._schema)
        self._held: list[Sequence[Cell]] = []

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write these rows."""
        self._held += rows
        while len(self._held) >= ROW_GROUP:
            self._put_down(self._held[:ROW_GROUP])
            del self._held[:ROW_GROUP]

    def end(self) -> None:
        """No more rows come. The file stays open."""
        if self._held:
            self._put_down(self._held)
            self._held = []
        self._writer.close()

    def _put_down(self, rows: Sequence[Sequence[Cell]]) -> None:
        cells = zip(*rows, strict=True)
        arrays = [pa.array(column, type=of.type) for column, of in zip(cells, self._schema, strict=True)]
        self._writer.write_table(pa.table(arrays, schema=self._schema))


def _field(column: Column) -> Any:  # noqa: ANN401  # a field of pyarrow, which has no types
    kinds = {Kind.NUMBER: pa.int32(), Kind.MARK: pa.int8()}
    meaning = dict(_meaning(column))
    return pa.field(column.name, kinds.get(column.kind, pa.string()), metadata=meaning)


def _meaning(column: Column) -> Iterator[tuple[str, str]]:
    yield "kind", column.kind.value
    yield "label", column.label
    if column.question is not None:
        yield "question", column.question
    if column.option is not None:
        yield "option", column.option
    if column.values:
        yield "values", json.dumps(dict(column.values), ensure_ascii=False)


def without(source: BinaryIO, target: BinaryIO, contributors: Collection[str]) -> int:
    """Copy a file and leave some contributors out. Gives how many rows that were."""
    file = pq.ParquetFile(source)
    schema, gone = file.schema_arrow, pa.array(sorted(contributors), type=pa.string())
    left_out = 0
    with pq.ParquetWriter(target, schema) as writer:
        for batch in file.iter_batches(ROW_GROUP):
            kept = batch.filter(pc.invert(pc.is_in(batch.column(CONTRIBUTOR), value_set=gone)))
            left_out += batch.num_rows - kept.num_rows
            if kept.num_rows:
                writer.write_table(pa.Table.from_batches([kept], schema=schema))
    return left_out
