"""The contender Polars: hand-written expressions, CSV to typed Parquet to aggregates, in one process.

Run by the benchmark as `python -m benchmarks.polars_job RAW OUT`, with POLARS_MAX_THREADS set.
"""

import sys
from datetime import date
from pathlib import Path

import polars as pl

from schemas import flags as f
from schemas import rides as r
from schemas import trips as t
from schemas.columns import ColumnType
from schemas.layouts import CSV_LAYOUTS, FILE_PREFIX

LAYOUT = next(layout for layout in CSV_LAYOUTS if layout.name == "C7")
TYPES = {
    ColumnType.INT: pl.Int32(),
    ColumnType.MONEY: pl.Decimal(9, 2),
    ColumnType.DOUBLE: pl.Float64(),
    ColumnType.TEXT: pl.String(),
    ColumnType.WALL_CLOCK: pl.Datetime("us"),
}
TOTAL = pl.Decimal(19, 2)


def flag_rules(month: date) -> dict[str, pl.Expr]:
    """The rules of transforms.flags; the columns that C7 lacks are left out of the sum, as ours leaves them out."""
    fare, total, distance = pl.col(t.FARE_AMOUNT), pl.col(t.TOTAL_AMOUNT), pl.col(t.TRIP_DISTANCE)
    pickup, dropoff, vendor = pl.col(t.PICKUP), pl.col(t.DROPOFF), pl.col(t.VENDOR_ID)
    next_month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    parts = (t.EXTRA, t.MTA_TAX, t.TIP_AMOUNT, t.TOLLS_AMOUNT, t.EHAIL_FEE, t.IMPROVEMENT_SURCHARGE)
    expected = fare.fill_null(0)
    for part in parts:
        expected = expected + pl.col(part).fill_null(0)
    listed = {
        t.VENDOR_ID: f.KNOWN_VENDORS,
        t.RATE_CODE_ID: f.KNOWN_RATES,
        t.PAYMENT_TYPE: f.KNOWN_PAYMENTS,
        t.TRIP_TYPE: f.KNOWN_TRIP_TYPES,
        t.STORE_AND_FWD_FLAG: f.KNOWN_STORE_FLAGS,
    }
    zones = (pl.col(t.PU_LOCATION_ID), pl.col(t.DO_LOCATION_ID))
    return {
        f.NEGATIVE_FARE: fare < 0,
        f.NEGATIVE_TOTAL: total < 0,
        f.MISSING_KEYS: pl.col(t.PAYMENT_TYPE).is_null() | pl.col(t.TRIP_TYPE).is_null(),
        f.PICKUP_OUTSIDE_MONTH: (pickup < month) | (pickup >= next_month),
        f.DROPOFF_BEFORE_PICKUP: dropoff < pickup,
        f.TOO_LONG: (dropoff - pickup) > pl.duration(hours=f.MAX_TRIP_HOURS),
        f.ZERO_DISTANCE: distance == 0,
        f.EXTREME_DISTANCE: (distance > f.MAX_USUAL_MILES) | (distance < 0),
        f.ODD_PASSENGER_COUNT: ~pl.col(t.PASSENGER_COUNT).is_between(1, f.MAX_PASSENGERS),
        f.EXTREME_AMOUNT: (fare.abs() > f.MAX_USUAL_DOLLARS) | (total.abs() > f.MAX_USUAL_DOLLARS),
        f.PLACEHOLDER_FARE: (vendor == f.MYLE_VENDOR) & fare.is_in(list(f.PLACEHOLDER_FARES)),
        f.TOTAL_MISMATCH: total != expected,
        f.UNKNOWN_CODE: pl.any_horizontal(
            (~pl.col(name).is_in(list(codes))).fill_null(False) for name, codes in listed.items()
        ),
        f.UNKNOWN_ZONE: pl.any_horizontal(
            (~zone.is_between(f.FIRST_ZONE, f.LAST_ZONE)).fill_null(False) for zone in zones
        ),
    }


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
    flags = [rule.fill_null(False).alias(name) for name, rule in flag_rules(month).items()]
    provenance = [pl.lit(file.name).alias(t.SOURCE_FILE), pl.lit(month).alias(t.SOURCE_MONTH)]
    any_flag = pl.any_horizontal(flag.name for flag in f.FLAGS).alias(f.ANY_FLAG.name)
    return raw.select(*published, *flags, *provenance).with_columns(any_flag).select(t.TRIPS.names)


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
