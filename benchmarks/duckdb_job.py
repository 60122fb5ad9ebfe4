"""The contender DuckDB: hand-written SQL, CSV to typed Parquet to aggregates, in one process.

Run by the benchmark as `python -m benchmarks.duckdb_job RAW OUT THREADS`.
"""

import sys
from pathlib import Path

import duckdb

from schemas import rides as r
from schemas import trips as t
from schemas.columns import ColumnType
from schemas.flags import ANY_FLAG, FLAGS
from schemas.layouts import CSV_LAYOUTS, FILE_PREFIX

LAYOUT = next(layout for layout in CSV_LAYOUTS if layout.name == "C7")
TYPES = {ColumnType.INT: "INTEGER", ColumnType.DECIMAL: "DECIMAL(9,2)", ColumnType.DOUBLE: "DOUBLE"}
TYPES |= {ColumnType.TEXT: "VARCHAR", ColumnType.WALL_CLOCK: "TIMESTAMP"}


def read_csv(file: Path) -> str:
    r"""The SQL that reads one raw file.

    `strict_mode=false` is what gets DuckDB 2.0 over a header that ends in LF above rows that end in CRLF. The other
    way that raises no error, `skip=2` with `new_line='\r\n'`, lost a third to a half of the rows in silence.
    """
    kinds = {column.name: TYPES[column.type] for column in t.PUBLISHED}
    columns = ", ".join(f"'{name}': '{kinds[name]}'" for name in LAYOUT.columns)
    return f"read_csv('{file}', columns={{{columns}}}, auto_detect=false, delim=',', header=true, strict_mode=false)"


def select_trips(file: Path) -> str:
    """The SQL of the contract's columns, in its order. One row per raw row."""
    month = file.stem.removeprefix(FILE_PREFIX)
    published = ", ".join(
        column.name if column.name in LAYOUT.columns else f"NULL::{TYPES[column.type]} AS {column.name}"
        for column in t.PUBLISHED
    )
    flags = ", ".join(f"coalesce({flag.rule_for(LAYOUT.columns)}, false) AS {flag.name}" for flag in FLAGS)
    # DuckDB lets a SELECT use its own aliases.
    any_flag = f"{' OR '.join(flag.name for flag in FLAGS)} AS {ANY_FLAG.name}"
    return (
        f"SELECT {published}, {flags}, {any_flag}, '{file.name}' AS {t.SOURCE_FILE}, {t.SOURCE_MONTH} "
        f"FROM (SELECT *, DATE '{month}-01' AS {t.SOURCE_MONTH} FROM {read_csv(file)})"
    )


def select_rides(trips: Path) -> str:
    """The SQL of the six measures by month and keys."""
    keys = ", ".join(r.RIDE_KEYS)
    return (
        f"SELECT {keys}, count(*) AS {r.RIDE_COUNT}, "
        f"sum({t.FARE_AMOUNT})::DECIMAL(19,2) AS {r.TOTAL_FARE_AMOUNT}, "
        f"sum({t.TOTAL_AMOUNT})::DECIMAL(19,2) AS {r.SUM_TOTAL_AMOUNT}, "
        f"sum({t.TIP_AMOUNT})::DECIMAL(19,2) AS {r.TOTAL_TIP_AMOUNT}, "
        f"sum({t.TRIP_DISTANCE})::DECIMAL(19,2) AS {r.TOTAL_TRIP_DISTANCE}, "
        f"count(*) FILTER ({t.FARE_AMOUNT} < 0) AS {r.NEGATIVE_FARE_COUNT} "
        f"FROM read_parquet('{trips}/*/*.parquet', hive_partitioning=false) GROUP BY {keys}"
    )


def main(raw: Path, out: Path, threads: int) -> None:
    """Writes out/transformed/month=.../ and out/aggregates/."""
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("SET preserve_insertion_order=false")  # less memory, and the order means nothing
    for file in sorted(raw.glob(f"{FILE_PREFIX}*.csv")):
        folder = out / "transformed" / f"month={file.stem.removeprefix(FILE_PREFIX)}"
        folder.mkdir(parents=True)
        connection.execute(
            f"COPY ({select_trips(file)}) TO '{folder}/trips.parquet' (FORMAT parquet, COMPRESSION zstd)"
        )
    (out / "aggregates").mkdir()
    connection.execute(
        f"COPY ({select_rides(out / 'transformed')}) TO '{out}/aggregates/rides.parquet' "
        "(FORMAT parquet, COMPRESSION zstd)"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
