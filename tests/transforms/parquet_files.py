"""Parquet files of each layout, with the types of TLC's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from lake.engines import SAIL
from schemas.layouts import PARQUET_LAYOUT_NAMED, PARQUET_LAYOUTS
from tests.transforms.reading import engine

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TIMES, AMOUNTS = ("lpep_pickup_datetime", "lpep_dropoff_datetime"), pa.float64()
CODES = ("RatecodeID", "passenger_count", "payment_type", "trip_type")
IDS = ("VendorID", "PULocationID", "DOLocationID")
COLUMNS = (
    *("VendorID", "lpep_pickup_datetime", "lpep_dropoff_datetime", "store_and_fwd_flag", "RatecodeID", "PULocationID"),
    *("DOLocationID", "passenger_count", "trip_distance", "fare_amount", "extra", "mta_tax", "tip_amount"),
    *("tolls_amount", "ehail_fee", "improvement_surcharge", "total_amount", "payment_type", "trip_type"),
    "congestion_surcharge",
)
SUFFIX = ".parquet"

# What stands in the footers: ids, codes, flag and e-hail fee. Those of layouts that are not here are as in P3.
_TYPES: dict[str, tuple[pa.DataType, pa.DataType, pa.DataType, pa.DataType]] = {
    "P1": (pa.int64(), pa.float64(), pa.string(), pa.null()),
    "P2": (pa.int32(), pa.int64(), pa.large_string(), pa.float64()),
    "P3": (pa.int32(), pa.float64(), pa.large_string(), pa.float64()),
}
EVERY_LAYOUT = tuple(layout.name for layout in PARQUET_LAYOUTS)


def arrow_schema(layout: str) -> pa.Schema:
    """The schema of a file. The columns that no older file has are amounts, in lower case."""
    ids, codes, text, ehail_fee = _TYPES.get(layout, _TYPES["P3"])
    known = {name.lower() for name in COLUMNS}
    more = [name for name in PARQUET_LAYOUT_NAMED[layout].types if name not in known]
    types = {
        **dict.fromkeys((*COLUMNS, *more), AMOUNTS),
        **dict.fromkeys(TIMES, pa.timestamp("us")),
        **dict.fromkeys(IDS, ids),
        **dict.fromkeys(CODES, codes),
        "store_and_fwd_flag": text,
        "ehail_fee": ehail_fee,
    }
    return pa.schema(list(types.items()))


def write_parquet(folder: Path, layout: str, rows: Sequence[dict[str, object]], month: str = "2018-03") -> str:
    """Writes rows, by the file's own names, and returns the path. What a row lacks is NULL."""
    schema = arrow_schema(layout)
    arrays = [pa.array([row.get(name) for row in rows], type=schema.field(name).type) for name in schema.names]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"green_tripdata_{month}{SUFFIX}"
    pq.write_table(pa.table(arrays, schema=schema), path)
    return str(path)


def scan(spark: "SparkSession", path: str) -> "DataFrame":
    """The rows of a file, with the types that its footer says."""
    frame = spark.read.parquet(path)
    if engine(spark).name != SAIL:
        return frame
    types = [(field.name, field.dataType.simpleString().replace("void", "int")) for field in frame.schema]
    return engine(spark).rows([path], types)
