"""The Glue tables, against what CreateTable needs for Athena to read our files."""

import pytest

from schemas import datasets
from schemas.contract import TRIPS
from schemas.glue import raw_green_table_input, shortened, table_input
from schemas.quarantine import QUARANTINE
from schemas.rides import RIDES

TABLES = [data_set.table for data_set in datasets.PUBLISHED]

LOCATION = "s3://lake/transformed/green/"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_external_parquet_table_partitioned_by_month(table):
    found = table_input(table, LOCATION)
    assert found["Name"] == table.name
    assert found["TableType"] == "EXTERNAL_TABLE"
    assert found["Parameters"] == {"EXTERNAL": "TRUE", "classification": "parquet"}
    assert [(key["Name"], key["Type"]) for key in found["PartitionKeys"]] == [("month", "string")]
    storage = found["StorageDescriptor"]
    assert storage["Location"] == LOCATION
    assert storage["InputFormat"] == "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    assert storage["OutputFormat"] == "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
    assert storage["SerdeInfo"]["SerializationLibrary"] == "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    assert [column["Name"] for column in storage["Columns"]] == list(table.names)
    assert all(0 < len(column["Comment"]) <= 255 for column in storage["Columns"])


@pytest.mark.parametrize(
    ("table", "column", "hive_type"),
    [
        (TRIPS, "vendorid", "int"),
        (TRIPS, "lpep_pickup_datetime", "timestamp"),
        (TRIPS, "lpep_dropoff_datetime", "timestamp"),
        (TRIPS, "store_and_fwd_flag", "string"),
        (TRIPS, "fare_amount", "decimal(9,2)"),
        (TRIPS, "pickup_latitude", "double"),
        (TRIPS, "has_any_flag", "boolean"),
        (TRIPS, "source_month", "date"),
        (QUARANTINE, "reasons", "array<string>"),
        (QUARANTINE, "line_number", "bigint"),
        (RIDES, "ride_count", "bigint"),
        (RIDES, "total_fare_amount", "decimal(19,2)"),
    ],
)
def test_hive_types(table, column, hive_type):
    columns = {entry["Name"]: entry["Type"] for entry in table_input(table, LOCATION)["StorageDescriptor"]["Columns"]}
    assert columns[column] == hive_type


def test_the_labs_table_of_raw_files():
    found = raw_green_table_input("s3://lake/raw/green-2017/")
    assert found["Name"] == "raw_green"
    assert found["TableType"] == "EXTERNAL_TABLE"
    assert found["Parameters"]["skip.header.line.count"] == "1"
    assert found["Parameters"]["classification"] == "csv"
    assert found["PartitionKeys"] == []
    storage = found["StorageDescriptor"]
    assert storage["Location"] == "s3://lake/raw/green-2017/"
    assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert storage["SerdeInfo"]["Parameters"]["field.delim"] == ","
    assert [(column["Name"], column["Type"]) for column in storage["Columns"]] == [
        ("vendorid", "bigint"),
        ("lpep_pickup_datetime", "string"),
        ("lpep_dropoff_datetime", "string"),
        ("store_and_fwd_flag", "string"),
        ("ratecodeid", "bigint"),
        ("pulocationid", "bigint"),
        ("dolocationid", "bigint"),
        ("passenger_count", "bigint"),
        ("trip_distance", "double"),
        ("fare_amount", "double"),
        ("extra", "double"),
        ("mta_tax", "double"),
        ("tip_amount", "double"),
        ("tolls_amount", "double"),
        ("ehail_fee", "string"),
        ("improvement_surcharge", "double"),
        ("total_amount", "double"),
        ("payment_type", "bigint"),
        ("trip_type", "bigint"),
    ]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("one two", 7, "one two"),
        ("one two three", 9, "one two…"),
        ("one two, three", 10, "one two…"),
        ("one two. three", 10, "one two…"),
    ],
    ids=["fits", "cut at a blank", "no comma before the mark", "no full stop before the mark"],
)
def test_shortened(text, limit, expected):
    assert shortened(text, limit) == expected
