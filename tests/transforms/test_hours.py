"""The aggregate by hour: every key, NULL included. What is measured is the same as in the aggregate by month."""

import datetime as dt
from decimal import Decimal

import pytest
from chispa import assert_df_equality

from schemas.contract import TRIPS
from schemas.hours import HOURS
from schemas.spark import spark_schema
from tests.factories import trip
from transforms.hours import rides_by_hour

pytestmark = pytest.mark.spark

MARCH = dt.date(2018, 3, 1)
ONE = (1, *(Decimal(amount) for amount in ("12.00", "15.80", "2.00", "2.37")), 0)
TWO = (2, *(Decimal(amount) for amount in ("24.00", "31.60", "4.00", "4.74")), 0)


def aggregated(spark, *rows: dict[str, object]):
    values = [tuple(row[name] for name in TRIPS.names) for row in rows]
    return rides_by_hour(spark.createDataFrame(values, spark_schema(TRIPS)))


def at(text: str, **more: object) -> dict[str, object]:
    return trip(lpep_pickup_datetime=dt.datetime.fromisoformat(text), **more)


def assert_rides(found, *expected: tuple[object, ...]) -> None:
    frame = found.sparkSession.createDataFrame(expected, spark_schema(HOURS))
    assert_df_equality(found, frame, ignore_row_order=True, ignore_nullable=True)  # as in test_rides


CLOCKS = {  # day of the week and hour by the wall clock of the pick-up
    "2018-03-05T00:00:00": (1, 0),  # a Monday
    "2018-03-05T23:59:59": (1, 23),
    "2018-03-07T12:30:00": (3, 12),
    "2018-03-10T01:00:00": (6, 1),
    "2018-03-11T02:30:00": (7, 2),  # a Sunday, at a time that New York's clocks skipped
    "2008-12-31T23:00:00": (3, 23),  # outside the month: under its own day and hour
    "1900-01-01T05:00:00": (1, 5),
}


def test_the_day_and_the_hour_are_those_of_the_wall_clock(spark, time_zone):
    zones = dict(enumerate(CLOCKS, 1))
    found = aggregated(spark, *(at(clock, pulocationid=zone) for zone, clock in zones.items()))
    assert_rides(found, *((MARCH, zone, *CLOCKS[clock], *ONE) for zone, clock in zones.items()))


def test_one_row_for_each_month_zone_day_and_hour_and_no_zone_is_a_zone(spark):
    monday = "2018-03-05T08:15:00"
    found = aggregated(
        spark,
        at(monday),
        at("2018-03-12T08:59:00", trip_type=2, payment_type=None),  # a week later: the same day and hour
        at(monday, pulocationid=None),
        at(monday, pulocationid=75),
        at("2018-03-05T09:00:00"),
        at("2018-03-06T08:15:00"),
        at(monday, source_month=dt.date(2018, 4, 1)),
    )
    assert_rides(
        found,
        (MARCH, 74, 1, 8, *TWO),
        (MARCH, None, 1, 8, *ONE),
        (MARCH, 75, 1, 8, *ONE),
        (MARCH, 74, 1, 9, *ONE),
        (MARCH, 74, 2, 8, *ONE),
        (dt.date(2018, 4, 1), 74, 1, 8, *ONE),
    )


def test_no_trips_no_rides(spark):
    assert_rides(aggregated(spark))
