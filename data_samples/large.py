"""Large files of ordinary trips, for benchmarks: the bytes of a layout, made by DuckDB, a file a month.

Times, amounts, distances and places are drawn for every row, so that the files compress as badly as real ones. The same
numbers make the same bytes with the same version of DuckDB (whose `hash` is the dice).
"""

from __future__ import annotations

import os
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data_samples import large_sql
from data_samples.parquet_table import arrow_schema, writer
from data_samples.periods import Period, file_name, next_month
from schemas.layouts import CsvLayout

ROWS_PER_FILE = 1_000_000
BATCH_ROWS = 128 * 1024  # of some 20 MB


@dataclass(frozen=True)
class LargeFile:
    """A file to be made: its month, YYYY-MM, and its rows."""

    month: str
    rows: int


def plan(rows: int, first: str, last: str) -> list[LargeFile]:
    """How many rows go to which month: a million each from the first month on, more where the months do not suffice.

    Args:
        rows: All rows, at least one.
        first: The first month, YYYY-MM.
        last: The last month.
    """
    months = list(_months(first, last))
    per_file = max(ROWS_PER_FILE, -(-rows // len(months)))
    return [
        LargeFile(month, min(per_file, rows - done))
        for month, done in zip(months, range(0, rows, per_file), strict=False)
    ]


def make_large(folder: Path, period: Period, files: list[LargeFile], seed: int) -> list[Path]:
    """Writes large files into a folder, which is made; a line on standard error for each.

    A file appears under its name when it is complete.
    """
    import duckdb  # here: the small files need none

    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("SET threads = 1")  # rows in order; and the tests beside it want a core, too
    connection.execute(large_sql.MACROS)
    paths = []
    for number, file in enumerate(files, start=1):
        started = time.monotonic()
        path = folder / file_name(period.declared, file.month)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            _write(connection, unfinished, period, file, seed)
            unfinished.replace(path)
        finally:
            with suppress(FileNotFoundError):
                unfinished.unlink()
        paths.append(path)
        took = time.monotonic() - started
        sys.stderr.write(f"{number}/{len(files)} {path.name}: {file.rows:,} rows, {took:.1f} s\n")
    return paths


def _write(connection: Any, path: Path, period: Period, file: LargeFile, seed: int) -> None:
    start = datetime.fromisoformat(f"{file.month}-01").replace(tzinfo=UTC)
    first, last = int(start.timestamp()), int(next_month(start).timestamp()) - 1
    trips = large_sql.trips(period, file.rows, first, last, dice=f"{seed} {period.layout} {file.month}")
    layout = period.declared
    if isinstance(layout, CsvLayout):
        query = f"SELECT {large_sql.csv_line(period, layout)} FROM ({trips})"
        with path.open("wb") as out:
            out.write((layout.header + layout.header_end + "".join(layout.blank_lines)).encode())
            for batch in connection.sql(query).to_arrow_reader(BATCH_ROWS):
                out.write(_all_text(batch.column(0)))
        return
    schema = arrow_schema(layout.name)
    query = f"SELECT {large_sql.parquet_columns(period)} FROM ({trips})"
    with writer(path, layout.name) as out:
        for batch in connection.sql(query).to_arrow_reader(BATCH_ROWS):
            out.write_batch(batch.rename_columns(schema.names).cast(schema))


def _all_text(column: Any) -> memoryview:
    """The bytes of all strings of an Arrow array, one after the other, as they lie there."""
    _, offsets, text = column.buffers()
    at = column.offset * 4
    (start,) = struct.unpack_from("<i", offsets, at)
    (end,) = struct.unpack_from("<i", offsets, at + len(column) * 4)
    return memoryview(text)[start:end]


def _months(first: str, last: str) -> Iterator[str]:
    month = datetime.fromisoformat(f"{first}-01")
    while f"{month:%Y-%m}" <= last:
        yield f"{month:%Y-%m}"
        month = next_month(month)
