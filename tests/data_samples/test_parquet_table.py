"""The types of the Parquet files, written out once more by hand from the reference."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_samples.parquet_table import arrow_schema
from schemas.layouts import PARQUET_LAYOUTS

TIMES = [("lpep_pickup_datetime", "timestamp[us]"), ("lpep_dropoff_datetime", "timestamp[us]")]
AMOUNTS = ["trip_distance", "fare_amount", "extra", "mta_tax", "tip_amount", "tolls_amount"]


def _columns(whole: str, codes: str, text: str, ehail_fee: str) -> list[tuple[str, str]]:
    return [
        ("VendorID", whole),
        *TIMES,
        ("store_and_fwd_flag", text),
        ("RatecodeID", codes),
        ("PULocationID", whole),
        ("DOLocationID", whole),
        ("passenger_count", codes),
        *((name, "double") for name in AMOUNTS),
        ("ehail_fee", ehail_fee),
        ("improvement_surcharge", "double"),
        ("total_amount", "double"),
        ("payment_type", codes),
        ("trip_type", codes),
        ("congestion_surcharge", "double"),
    ]


EXPECTED = {
    "P1": _columns("int64", "double", "string", "null"),
    "P2": _columns("int32", "int64", "large_string", "double"),
    "P3": [*_columns("int32", "double", "large_string", "double"), ("cbd_congestion_fee", "double")],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_has_the_types_of_its_layout(samples, name: str):
    schema = pq.read_schema(samples[name].path)
    assert [(field.name, str(field.type)) for field in schema] == EXPECTED[name]
    assert schema == arrow_schema(name)


def test_the_null_column_is_annotated_as_such(samples):
    column = pq.ParquetFile(samples["P1"].path).schema.column(14)
    assert (column.name, column.physical_type, str(column.logical_type)) == ("ehail_fee", "INT32", "Null")


@pytest.mark.parametrize("layout", PARQUET_LAYOUTS, ids=lambda layout: layout.name)
def test_the_registry_has_the_same_columns(layout):
    assert set(layout.types) == {field.name.lower() for field in arrow_schema(layout.name)}


def test_codes_have_nulls_and_a_few_nan_as_pandas_left_them(samples):
    codes = pq.read_table(samples["P1"].path, columns=["payment_type"]).column(0)
    values = codes.to_pylist()
    assert sum(value is not None and value != value for value in values) == 1
    assert codes.null_count > 20
    assert codes.type == pa.float64()
