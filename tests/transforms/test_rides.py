"""The aggregate: every key, NULL included, and sums that are exact."""

import datetime as dt
from decimal import Decimal

import pytest
from chispa import assert_df_equality

from schemas.contract import TRIPS
from schemas.rides import RIDES
from schemas.spark import spark_schema
from tests.factories import trip
from transforms.rides import rides_by_month

pytestmark = pytest.mark.spark

MARCH, APRIL = dt.date(2018, 3, 1), dt.date(2018, 4, 1)


def aggregated(spark, *rows: dict[str, object]):
    values = [tuple(row[name] for name in TRIPS.names) for row in rows]
    return rides_by_month(spark.createDataFrame(values, spark_schema(TRIPS)))


def assert_rides(found, *expected: tuple[object, ...]) -> None:
    schema = spark_schema(RIDES)
    # Nullability aside: Spark cannot know that a sum of these is never NULL.
    assert_df_equality(
        found, found.sparkSession.createDataFrame(expected, schema), ignore_row_order=True, ignore_nullable=True
    )


def money(text: str) -> Decimal:
    return Decimal(text)


def test_one_row_for_each_month_zone_trip_type_and_payment_type(spark):
    found = aggregated(
        spark,
        trip(),
        trip(),
        trip(source_month=APRIL),
        trip(pulocationid=75),
        trip(trip_type=2),
        trip(payment_type=2),
    )
    two = (2, money("24.00"), money("31.60"), money("4.00"), money("4.74"), 0)
    one = (1, money("12.00"), money("15.80"), money("2.00"), money("2.37"), 0)
    assert_rides(
        found,
        (MARCH, 74, 1, 1, *two),
        (APRIL, 74, 1, 1, *one),
        (MARCH, 75, 1, 1, *one),
        (MARCH, 74, 2, 1, *one),
        (MARCH, 74, 1, 2, *one),
    )


def test_null_is_a_key_like_any_other(spark):
    found = aggregated(
        spark,
        trip(payment_type=None, trip_type=None),
        trip(payment_type=None, trip_type=None),
        trip(pulocationid=None),
        trip(payment_type=None),
        trip(),
    )
    two = (2, money("24.00"), money("31.60"), money("4.00"), money("4.74"), 0)
    one = (1, money("12.00"), money("15.80"), money("2.00"), money("2.37"), 0)
    assert_rides(
        found,
        (MARCH, 74, None, None, *two),
        (MARCH, None, 1, 1, *one),
        (MARCH, 74, 1, None, *one),
        (MARCH, 74, 1, 1, *one),
    )


def test_sums_are_exact_to_the_cent(spark):
    cents = dict.fromkeys(("fare_amount", "total_amount", "tip_amount", "trip_distance"), money("0.10"))
    found = aggregated(spark, *[trip(**cents) for _ in range(1000)])
    assert_rides(found, (MARCH, 74, 1, 1, 1000, *[money("100.00")] * 4, 0))


def test_sums_of_the_largest_amounts_do_not_overflow(spark):
    largest = dict.fromkeys(("fare_amount", "total_amount", "tip_amount", "trip_distance"), money("9999999.99"))
    found = aggregated(spark, *[trip(**largest) for _ in range(1000)])
    assert_rides(found, (MARCH, 74, 1, 1, 1000, *[money("9999999990.00")] * 4, 0))


def test_a_null_adds_nothing(spark):
    found = aggregated(spark, trip(fare_amount=None, tip_amount=None), trip(tip_amount=None))
    assert_rides(found, (MARCH, 74, 1, 1, 2, money("12.00"), money("31.60"), None, money("4.74"), 0))


def test_a_reversal_is_counted_and_nets_to_zero(spark):
    reversal = {name: -Decimal(str(trip()[name])) for name in ("fare_amount", "total_amount", "tip_amount")}
    found = aggregated(spark, trip(), trip(**reversal, has_negative_fare=True))
    assert_rides(found, (MARCH, 74, 1, 1, 2, money("0.00"), money("0.00"), money("0.00"), money("4.74"), 1))


def test_no_trips_no_rides(spark):
    assert_rides(aggregated(spark))
