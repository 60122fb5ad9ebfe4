"""The contender Polars: hand-written expressions, CSV to typed Parquet to aggregates, in one process.

Run by the benchmark as `python -m benchmarks.polars_job RAW OUT`, with POLARS_MAX_THREADS set.
"""

import sys
from datetime import date
from pathlib import Path

import polars as pl

from schemas import rides as r
from schemas import trips as t
from schemas.columns import ColumnType
from schemas.contract import TRIPS
from schemas.flags import ANY_FLAG, FLAGS
from schemas.layouts import CSV_LAYOUTS, FILE_PREFIX

LAYOUT = next(layout for layout in CSV_LAYOUTS if layout.name == "C7")
TYPES = {
    ColumnType.INT: pl.Int32(),
    ColumnType.DECIMAL: pl.Decimal(9, 2),
    ColumnType.DOUBLE: pl.Float64(),
    ColumnType.TEXT: pl.String(),
    ColumnType.WALL_CLOCK: pl.Datetime("us"),
}
TOTAL = pl.Decimal(19, 2)


def scan_trips(file: Path) -> pl.LazyFrame:
    """The contract's columns, in its order. One row per raw row."""
    month = date.fromisoformat(file.stem.removeprefix(FILE_PREFIX) + "-01")
    kinds = {column.name: TYPES[column.type] for column in t.PUBLISHED}
    headers = dict(zip(LAYOUT.header.split(","), LAYOUT.columns, strict=True))
    raw = pl.scan_csv(
        file,
        schema={header: kinds[name] for header, name in headers.items()},
        skip_rows_after_header=1,  # the blank line after the header, which would be a row of nulls
    ).rename(headers)
    published = [
        pl.col(name) if name in LAYOUT.columns else pl.lit(None, dtype=kind).alias(name) for name, kind in kinds.items()
    ]
    flags = [pl.sql_expr(flag.rule_for(LAYOUT.columns)).fill_null(False).alias(flag.name) for flag in FLAGS]
    provenance = [pl.lit(file.name).alias(t.SOURCE_FILE), pl.lit(month).alias(t.SOURCE_MONTH)]
    any_flag = pl.any_horizontal(flag.name for flag in FLAGS).alias(ANY_FLAG.name)
    complete = raw.select(*published, *provenance).with_columns(flags).with_columns(any_flag)
    return complete.select(TRIPS.names)


def rides(trips: pl.LazyFrame) -> pl.LazyFrame:
    """The six measures by month and keys."""
    measures = {
        r.TOTAL_FARE_AMOUNT: t.FARE_AMOUNT,
        r.SUM_TOTAL_AMOUNT: t.TOTAL_AMOUNT,
        r.TOTAL_TIP_AMOUNT: t.TIP_AMOUNT,
        r.TOTAL_TRIP_DISTANCE: t.TRIP_DISTANCE,
    }
    return trips.group_by(*r.RIDE_KEYS).agg(
        pl.len().cast(pl.Int64).alias(r.RIDE_COUNT),
        *(pl.col(source).sum().cast(TOTAL).alias(name) for name, source in measures.items()),
        (pl.col(t.FARE_AMOUNT) < 0).sum().cast(pl.Int64).alias(r.NEGATIVE_FARE_COUNT),
    )


def main(raw: Path, out: Path) -> None:
    """Writes out/transformed/month=.../ and out/aggregates/."""
    for file in sorted(raw.glob(f"{FILE_PREFIX}*.csv")):
        folder = out / "transformed" / f"month={file.stem.removeprefix(FILE_PREFIX)}"
        scan_trips(file).sink_parquet(folder / "trips.parquet", compression="zstd", mkdir=True, maintain_order=False)
    trips = pl.scan_parquet(out / "transformed" / "*" / "*.parquet", hive_partitioning=False)
    rides(trips).sink_parquet(out / "aggregates" / "rides.parquet", compression="zstd", mkdir=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
