"""Are the results right? Every contender's output is held against totals that a third reader took from the input.

The reader is Arrow's CSV parser, which is not a contender. Totals that merely agree with each other could be wrong alike.
"""

import json
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv

from benchmarks.contenders import CORES, Contender
from schemas import rides as r
from schemas import trips as t
from schemas.columns import ColumnType, Table
from schemas.contract import TRIPS
from schemas.layouts import FILE_PREFIX

_KEYS = (t.PU_LOCATION_ID, t.TRIP_TYPE, t.PAYMENT_TYPE)

# How DuckDB names the Parquet types that the contract's kinds are written as.
_DUCKDB_TYPES = {
    ColumnType.INT: "INTEGER",
    ColumnType.BIGINT: "BIGINT",
    ColumnType.DECIMAL: "DECIMAL(9,2)",
    ColumnType.TOTAL: "DECIMAL(19,2)",
    ColumnType.DOUBLE: "DOUBLE",
    ColumnType.TEXT: "VARCHAR",
    ColumnType.WALL_CLOCK: "TIMESTAMP",
    ColumnType.DATE: "DATE",
    ColumnType.FLAG: "BOOLEAN",
}


class WrongResultError(RuntimeError):
    """A contender's numbers, or its columns, are not what they must be. Lists every difference."""


@dataclass(frozen=True)
class Expected:
    """The totals of the input.

    Attributes:
        rows: Data rows.
        fare: Sum of the fares, US dollars, exact.
        groups: Groups by zone, trip type and payment type.
        groups_by_month: The same by month too.
    """

    rows: int
    fare: Decimal
    groups: int
    groups_by_month: int


@dataclass
class FlagCounts:
    """How often each flag is set: of the first contender that was checked, for the others to agree with."""

    of: str = ""
    counts: dict[str, object] = field(default_factory=dict)

    def differences(self, name: str, counts: dict[str, object]) -> list[str]:
        """A line for each flag that another contender sets on another number of rows."""
        if not self.of:
            self.of, self.counts = name, counts
        return [
            f"{flag}: {count} rows, {self.of} says {self.counts[flag]}"
            for flag, count in counts.items()
            if count != self.counts[flag]
        ]


def expected_totals(raw: Path, cache: Path) -> Expected:
    """The totals of a folder of raw files, kept in the file `cache` for the next time."""
    if cache.exists():
        kept = json.loads(cache.read_text(encoding="utf-8"))
        return Expected(**(kept | {"fare": Decimal(kept["fare"])}))
    rows, fare, groups, groups_by_month = 0, Decimal(0), set(), 0
    types = dict.fromkeys(("PULocationID", t.TRIP_TYPE, t.PAYMENT_TYPE), pa.int32())
    types[t.FARE_AMOUNT] = pa.decimal128(9, 2)
    options = pacsv.ConvertOptions(column_types=types, include_columns=list(types))
    for file in sorted(raw.glob(f"{FILE_PREFIX}*.csv")):
        table = pacsv.read_csv(file, convert_options=options)
        rows += table.num_rows
        totals = table.group_by(["PULocationID", t.TRIP_TYPE, t.PAYMENT_TYPE]).aggregate([(t.FARE_AMOUNT, "sum")])
        groups_by_month += totals.num_rows
        for group in totals.to_pylist():
            fare += group.pop(f"{t.FARE_AMOUNT}_sum") or 0
            groups.add(tuple(group.values()))
    expected = Expected(rows, fare, len(groups), groups_by_month)
    cache.write_text(json.dumps(asdict(expected), default=str, indent=2) + "\n", encoding="utf-8")
    return expected


def check(contender: Contender, out: Path, expected: Expected, flags: FlagCounts) -> None:
    """Holds a contender's output against the totals of the input.

    The files are found by listing, not through receipts: in a folder that one run has just filled, a file that no
    receipt names is a fault, and shows here as rows too many.

    Raises:
        WrongResultError: With every difference.
    """
    with duckdb.connect(config={"threads": CORES}) as connection:
        trips = f"read_parquet('{out}/transformed/**/*.parquet', hive_partitioning=false)"
        rides = f"read_parquet('{out}/aggregates/**/*.parquet', hive_partitioning=false)"
        if contender.makes_contract:
            wrong = _contract_differences(connection, trips, rides, expected)
            # Only then: the columns of the flags may be missing.
            wrong = wrong or flags.differences(contender.name, _flag_counts(connection, trips))
        else:
            wrong = _lab_differences(connection, trips, rides, expected)
    if wrong:
        raise WrongResultError(f"{contender.name} is wrong:\n  " + "\n  ".join(wrong))


def _contract_differences(
    connection: duckdb.DuckDBPyConnection, trips: str, rides: str, expected: Expected
) -> list[str]:
    """Columns, types and totals of a contender that writes the contract."""
    wrong = _column_differences(connection, trips, TRIPS) + _column_differences(connection, rides, r.RIDES)
    if wrong:
        return wrong
    found = _row(connection, f"SELECT count(*), sum({t.FARE_AMOUNT}) FROM {trips}")
    wrong += _differences(("trips", expected.rows, found[0]), ("fare of the trips", expected.fare, found[1]))
    found = _row(
        connection,
        f"SELECT count(*), count(DISTINCT ({', '.join(r.RIDE_KEYS)})), sum({r.RIDE_COUNT}), "
        f"sum({r.TOTAL_FARE_AMOUNT}) FROM {rides}",
    )
    return wrong + _differences(
        ("rows of the aggregates", expected.groups_by_month, found[0]),
        ("groups", expected.groups_by_month, found[1]),
        ("rides of the aggregates", expected.rows, found[2]),
        ("fare of the aggregates", expected.fare, found[3]),
    )


def _flag_counts(connection: duckdb.DuckDBPyConnection, trips: str) -> dict[str, object]:
    """The number of rows that each flag is set on."""
    names = [column.name for column in TRIPS.columns if column.type is ColumnType.FLAG]
    counts = ", ".join(f"count(*) FILTER ({name})" for name in names)
    return dict(zip(names, _row(connection, f"SELECT {counts} FROM {trips}"), strict=True))


def _lab_differences(connection: duckdb.DuckDBPyConnection, trips: str, rides: str, expected: Expected) -> list[str]:
    """Totals of the lab. Its doubles are rounded to the cent, each trip and each group, and must then be exact."""
    fare = f"sum({t.FARE_AMOUNT}::DECIMAL(18,2))"
    found = _row(connection, f"SELECT count(*), {fare}, count({t.PICKUP}) FROM {trips}")
    wrong = _differences(
        ("trips", expected.rows, found[0]),
        ("fare of the trips", expected.fare, found[1]),
        ("pick-up times", expected.rows, found[2]),
    )
    fare = f"sum({r.TOTAL_FARE_AMOUNT}::DECIMAL(18,2))"
    found = _row(connection, f"SELECT count(*), {fare} FROM {rides}")
    return wrong + _differences(
        ("rows of the aggregates", expected.groups, found[0]),
        ("fare of the aggregates", expected.fare, found[1]),
    )


def _column_differences(connection: duckdb.DuckDBPyConnection, source: str, table: Table) -> list[str]:
    """A line for each column that is missing, surplus or of another type. The order does not matter."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    found = {str(row[0]): str(row[1]) for row in rows}
    wanted = {column.name: _DUCKDB_TYPES[column.type] for column in table.columns}
    return [
        f"{table.name}.{name}: {found.get(name, 'missing')}, must be {wanted.get(name, 'absent')}"
        for name in sorted(found.keys() | wanted.keys())
        if found.get(name) != wanted.get(name)
    ]


def _differences(*totals: tuple[str, object, object]) -> list[str]:
    """A line for each (name, expected, found) whose two values are not equal."""
    return [f"{name}: {found}, must be {wanted}" for name, wanted, found in totals if found != wanted]


def _row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[object, ...]:
    """The one row of a query."""
    row: tuple[object, ...] | None = connection.execute(sql).fetchone()
    assert row is not None  # every query here is an aggregate without groups
    return row
