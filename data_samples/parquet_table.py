"""Trips as the Parquet files TLC published: the types and annotations of each layout."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data_samples.rows import Row, Value
from schemas import trips as t
from schemas.layouts import PARQUET_LAYOUT_NAMED, header_key

# Measured on the footers of 29 files. The codes were doubles (pandas columns with gaps), then int64, then doubles.
_WHOLE = (t.VENDOR_ID, t.PU_LOCATION_ID, t.DO_LOCATION_ID)
_CODES = (t.RATE_CODE_ID, t.PASSENGER_COUNT, t.PAYMENT_TYPE, t.TRIP_TYPE)
_NEWEST_TYPES = (pa.int32(), pa.float64(), pa.large_string(), pa.float64())  # whole numbers, codes, text, ehail_fee
_OLDER_TYPES: dict[str, tuple[Any, Any, Any, Any]] = {
    "P1": (pa.int64(), pa.float64(), pa.string(), pa.null()),
    "P2": (pa.int32(), pa.int64(), pa.large_string(), pa.float64()),
}
# How the writers of the time wrote: arrow 7 with pandas, later ones without.
_NEWEST_WRITER = {"version": "2.6", "compression": "zstd"}
_OLDER_WRITERS: dict[str, dict[str, Any]] = {"P1": {"version": "1.0", "compression": "gzip"}}
_NAMES = (  # as TLC spells them; later ones are in lower case
    "VendorID,lpep_pickup_datetime,lpep_dropoff_datetime,store_and_fwd_flag,RatecodeID,PULocationID,DOLocationID,"
    "passenger_count,trip_distance,fare_amount,extra,mta_tax,tip_amount,tolls_amount,ehail_fee,improvement_surcharge,"
    "total_amount,payment_type,trip_type,congestion_surcharge"
)


def arrow_schema(layout: str) -> Any:
    """The Arrow schema of a Parquet layout. One that is not among the older ones is written as the newest seen."""
    whole, codes, text, ehail_fee = _OLDER_TYPES.get(layout, _NEWEST_TYPES)
    types = {
        **dict.fromkeys(_WHOLE, whole),
        **dict.fromkeys(_CODES, codes),
        **dict.fromkeys((t.PICKUP, t.DROPOFF), pa.timestamp("us")),
        t.STORE_AND_FWD_FLAG: text,
        t.EHAIL_FEE: ehail_fee,
    }
    spelled = dict(zip(header_key(_NAMES), _NAMES.split(","), strict=True))
    columns = PARQUET_LAYOUT_NAMED[layout].types
    return pa.schema([(spelled.get(column, column), types.get(column, pa.float64())) for column in columns])


def write_table(path: Path, layout: str, rows: Iterable[Row]) -> None:
    """Writes trips. A spelling stands for the value: what a double can hold and a decimal cannot."""
    schema = arrow_schema(layout)
    listed = list(rows)
    arrays = [
        # from_pandas=False: a NaN stays a NaN.
        pa.array([_stored(row, field.name.lower(), field.type) for row in listed], field.type, from_pandas=False)
        for field in schema
    ]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, **_OLDER_WRITERS.get(layout, _NEWEST_WRITER))


def writer(path: Path, layout: str) -> Any:
    """A writer of many batches."""
    return pq.ParquetWriter(path, arrow_schema(layout), **_OLDER_WRITERS.get(layout, _NEWEST_WRITER))


def _stored(row: Row, column: str, kind: Any) -> Value:
    if column in row.spelling:
        text = row.spelling[column]
        number = float if kind == pa.float64() else int
        return number(text) if text else None
    value = row[column]
    if value is None or isinstance(value, (datetime, str)):
        return value
    return float(value) if kind == pa.float64() else int(value)
