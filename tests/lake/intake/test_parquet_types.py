"""Columns of another type than TLC's: each is named with what was found, what is expected, and how to write it again."""

import datetime as dt
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.intake.inspection import SourceFile
from schemas.reasons import Refusal, RefusalCode
from tests.lake.intake.parquet_bytes import look, parquet
from tests.transforms.parquet_files import TIMES

PICKUP, DROPOFF = TIMES
MICROSECONDS = "timestamp_ntz in microseconds"


@dataclass(frozen=True)
class Written:
    """A file with some columns of another type, how it is written, and what is said of it, in this order."""

    types: dict[str, pa.DataType]
    says: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)

    def body(self) -> bytes:
        table = pq.read_table(io.BytesIO(parquet("P2", rows=10)))
        for name, kind in self.types.items():
            place = table.column_names.index(name)
            table = table.set_column(place, name, _cast(table[name], kind))
        sink = io.BytesIO()
        pq.write_table(table, sink, **self.options)
        return sink.getvalue()


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_struct(kind):
        return pa.chunked_array([pa.array([{"x": 1}] * len(column), kind)])
    if pa.types.is_date(kind):
        return pa.chunked_array([pa.array([dt.date(2018, 3, 5)] * len(column), kind)])
    return column.cast(kind)


BOTH = f"{PICKUP}, {DROPOFF} are "
WRITTEN = {
    "nanoseconds": Written(
        dict.fromkeys(TIMES, pa.timestamp("ns")),
        (
            BOTH + "timestamp_ntz in nanoseconds",
            f"not {MICROSECONDS}",
            "write the file again",
            "coerce_timestamps='us'",
        ),
    ),
    "nanoseconds in UTC": Written(
        dict.fromkeys(TIMES, pa.timestamp("ns", "UTC")),
        (BOTH + "timestamp in nanoseconds", MICROSECONDS, "write the file again", "without a time zone"),
    ),
    "nanoseconds in one column": Written(
        {DROPOFF: pa.timestamp("ns")},
        (f"{DROPOFF} is timestamp_ntz in nanoseconds", MICROSECONDS, "coerce_timestamps='us'"),
    ),
    "INT96": Written(
        {},
        (BOTH + "timestamp in INT96", MICROSECONDS, "write the file again", "coerce_timestamps='us'"),
        {"use_deprecated_int96_timestamps": True},
    ),
    "UTC": Written(
        dict.fromkeys(TIMES, pa.timestamp("us", "UTC")),
        (BOTH + "timestamp with a time zone", MICROSECONDS, "write the file again", "without a time zone"),
    ),
    "milliseconds in UTC": Written(
        dict.fromkeys(TIMES, pa.timestamp("ms", "UTC")), (BOTH + "timestamp with a time zone", "without a time zone")
    ),
    "strings": Written(dict.fromkeys(TIMES, pa.string()), (BOTH + "string", MICROSECONDS, "write the file again")),
    "whole numbers": Written({PICKUP: pa.int64()}, (f"{PICKUP} is bigint", MICROSECONDS, "write the file again")),
    "dates": Written({PICKUP: pa.date32()}, (f"{PICKUP} is date", MICROSECONDS, "write the file again")),
    "an amount as text": Written(
        {"fare_amount": pa.string()}, ("fare_amount is string, not double", "write the file again", "those types")
    ),
    "an amount as decimal": Written({"fare_amount": pa.decimal128(9, 2)}, ("fare_amount is decimal, not double",)),
    "a nullable amount": Written({"tip_amount": pa.string()}, ("tip_amount is string, not double;",)),
    "a float": Written({"trip_distance": pa.float32()}, ("trip_distance is float, not double",)),
    "ids as text": Written({"VendorID": pa.string()}, ("vendorid is string, not int",)),
    "a struct": Written({"extra": pa.struct([("x", pa.int32())])}, ("extra is struct, not double",)),
    "two kinds": Written(
        {PICKUP: pa.timestamp("ns"), "fare_amount": pa.string()},
        (
            f"{PICKUP} is timestamp_ntz in nanoseconds",
            "fare_amount is string, not double",
            "coerce_timestamps='us'",
            "those types",
        ),
    ),
    "all text": Written(
        dict.fromkeys(pq.read_schema(io.BytesIO(parquet("P2", rows=10))).names, pa.string()),
        ("and 6 more are string, not double", "write the file again"),
    ),
}


@pytest.mark.defect("parquet-column-type")
@pytest.mark.parametrize("case", WRITTEN)
def test_each_column_is_named_with_found_expected_and_cure(tmp_path: Path, case: str):
    found = look(tmp_path, WRITTEN[case].body())
    assert isinstance(found, Refusal), found
    assert found.code == RefusalCode.UNKNOWN_LAYOUT
    places = [found.message.find(text) for text in WRITTEN[case].says]
    assert -1 not in places, found.message
    assert places == sorted(places), found.message
    assert "nearest layout is P" in found.message
    assert len(found.message) < 600


@pytest.mark.parametrize("kind", [pa.timestamp("ms"), pa.timestamp("s")])
def test_coarser_times_are_taken(tmp_path: Path, kind: pa.DataType):
    found = look(tmp_path, Written(dict.fromkeys(TIMES, kind), ()).body())
    assert isinstance(found, SourceFile), found
