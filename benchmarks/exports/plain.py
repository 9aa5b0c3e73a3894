"""Write rows that are open already, as whoever has them in clear would: csv's writer, or pyarrow's.

In a process of its own. What is read back from the release, some thousand rows at a time, is not timed; writing is.
"""

import csv
import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

TOGETHER = 10_000
"""Rows held at once, and rows of one group in Parquet, as in a release."""

Chunk = list[list[str | int | None]]


def write_csv(source: Path, target: Path) -> tuple[int, float]:
    """Rows, and seconds of writing."""
    with source.open(newline="", encoding="utf-8") as before, target.open("w", newline="", encoding="utf-8") as after:
        rows = csv.reader(before)
        out = csv.writer(after, lineterminator="\r\n")
        out.writerow(next(rows))
        count, seconds = 0, 0.0
        while chunk := list(islice(rows, TOGETHER)):
            began = time.perf_counter()
            out.writerows(chunk)
            after.flush()
            seconds += time.perf_counter() - began
            count += len(chunk)
    return count, seconds


def write_parquet(source: Path, target: Path) -> tuple[int, float]:
    """Rows, and seconds of making columns of them and writing those."""
    import pyarrow as pa  # noqa: PLC0415  # csv does without
    import pyarrow.parquet as pq  # noqa: PLC0415

    with pq.ParquetFile(source) as before:
        schema = before.schema_arrow
        writer = pq.ParquetWriter(target, schema, compression="zstd")
        count, seconds = 0, 0.0
        for rows in _open_rows(before):
            began = time.perf_counter()
            columns = [
                pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            seconds += time.perf_counter() - began
            count += len(rows)
        began = time.perf_counter()
        writer.close()
        return count, seconds + time.perf_counter() - began


def _open_rows(file: object) -> Iterator[Chunk]:
    for batch in file.iter_batches(batch_size=TOGETHER):  # type: ignore[attr-defined]  # pyarrow has no types here
        columns = [column.to_pylist() for column in batch.columns]
        yield [list(row) for row in zip(*columns, strict=True)]


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    rows, seconds = {".csv": write_csv, ".parquet": write_parquet}[source.suffix](source, target)
    json.dump({"rows": rows, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
