"""What must come of generated files, from what the generator says of them. Nothing here asks the code under test."""

import datetime as dt
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_samples import SampleFile
from schemas.columns import ColumnType
from schemas.flags import FLAGS
from schemas.trips import PUBLISHED

ARROW = {
    ColumnType.INT: pa.int32(),
    ColumnType.BIGINT: pa.int64(),
    ColumnType.DECIMAL: pa.decimal128(9, 2),
    ColumnType.TOTAL: pa.decimal128(19, 2),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.TEXT: pa.string(),
    ColumnType.TEXTS: pa.list_(pa.string()),
    ColumnType.WALL_CLOCK: pa.timestamp("us"),
    ColumnType.DATE: pa.date32(),
    ColumnType.FLAG: pa.bool_(),
}
"""The types of the contract in a Parquet file, by Arrow's names: a wall clock is a timestamp without a zone."""

_LINE_END = re.compile(rb"\r\n|\n")


def month_of(sample: SampleFile) -> dt.date:
    return dt.date.fromisoformat(f"{sample.month}-01")


def expected_trips(sample: SampleFile) -> "Counter[tuple[Any, ...]]":
    """The published rows of a file, in the order of the contract's columns."""
    return Counter(
        (
            *(trip[column.name] for column in PUBLISHED),
            *(flag.name in trip.flags for flag in FLAGS),
            bool(trip.flags),
            sample.name,
            month_of(sample),
        )
        for trip in sample.trips
    )


def expected_rides(sample: SampleFile) -> "Counter[tuple[Any, ...]]":
    """The aggregates of a file, without the month."""
    return Counter(
        (
            *(ride.pulocationid, ride.trip_type, ride.payment_type, ride.ride_count),
            *(ride.total_fare_amount, ride.total_amount, ride.total_tip_amount, ride.total_trip_distance),
            ride.negative_fare_count,
        )
        for ride in sample.rides
    )


def line_of(path: Path, number: int) -> bytes:
    """A line of a file, from 1, without its end."""
    return _LINE_END.split(path.read_bytes())[number - 1]
