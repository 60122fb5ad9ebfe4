"""Spark's schemas; needs pyspark, but no JVM."""

import pytest
from pyspark.sql import types as T

from schemas import datasets
from schemas.rides import RIDES
from schemas.spark import schema_differences, spark_field, spark_schema

TABLES = [data_set.table for data_set in datasets.PUBLISHED]

RIDES_SCHEMA = T.StructType(
    [
        T.StructField("source_month", T.DateType(), False),
        T.StructField("pulocationid", T.IntegerType(), True),
        T.StructField("trip_type", T.IntegerType(), True),
        T.StructField("payment_type", T.IntegerType(), True),
        T.StructField("ride_count", T.LongType(), False),
        T.StructField("total_fare_amount", T.DecimalType(19, 2), True),
        T.StructField("total_amount", T.DecimalType(19, 2), True),
        T.StructField("total_tip_amount", T.DecimalType(19, 2), True),
        T.StructField("total_trip_distance", T.DecimalType(19, 2), True),
        T.StructField("negative_fare_count", T.LongType(), False),
    ]
)


def test_the_schema_of_the_aggregate():
    assert spark_schema(RIDES) == RIDES_SCHEMA


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_type_is_spelled_as_spark_spells_it(table):
    assert [spark_field(column).dataType.simpleString() for column in table.columns] == [
        column.type.value for column in table.columns
    ]


def test_equal_schemas_differ_in_nothing():
    assert schema_differences(RIDES_SCHEMA, RIDES) == []


def test_nullability_does_not_count():
    found = T.StructType([T.StructField(field.name, field.dataType, True) for field in RIDES_SCHEMA])
    assert schema_differences(found, RIDES) == []


def test_all_differences_are_named_at_once():
    found = T.StructType(
        [T.StructField("Tip", T.StringType())]
        + [field for field in RIDES_SCHEMA if field.name not in {"ride_count", "trip_type"}]
        + [T.StructField("trip_type", T.LongType())]
    )
    assert schema_differences(found, RIDES) == [
        "ride_count is missing",
        "Tip is not in the contract",
        "trip_type is bigint, not int",
    ]


def test_another_order_is_a_difference():
    assert schema_differences(T.StructType(RIDES_SCHEMA.fields[::-1]), RIDES) == ["the columns stand in another order"]
