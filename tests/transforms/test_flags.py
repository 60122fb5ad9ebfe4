"""Each flag: a trip that has it, one that has not, the boundary, and NULL, which never decides."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import pytest
from pyspark.sql import types as T

from schemas.contract import TRIPS
from schemas.flags import FLAGS
from schemas.spark import spark_schema
from schemas.trips import PUBLISHED
from tests.factories import trip
from transforms.flags import flag_columns

pytestmark = pytest.mark.spark


@dataclass(frozen=True)
class Case:
    id: str
    row: dict[str, object]
    expected: tuple[str, ...] = ()


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def times(pickup: str, dropoff: str | None) -> dict[str, object]:
    return {"lpep_pickup_datetime": at(pickup), "lpep_dropoff_datetime": at(dropoff) if dropoff else None}


def money(text: str) -> Decimal:
    return Decimal(text)


def fare_of(fare: str, total: str) -> dict[str, object]:
    """A trip with nothing but a fare."""
    nothing = dict.fromkeys(("extra", "mta_tax", "tip_amount", "tolls_amount", "improvement_surcharge"))
    return {**nothing, "fare_amount": money(fare), "total_amount": money(total)}


NULLS: dict[str, object] = {
    column.name: None
    for column in PUBLISHED
    if column.name not in {"lpep_pickup_datetime", "payment_type", "trip_type"}
}

CASES = [
    Case("an unremarkable trip has no flag", {}),
    Case("NULL in everything decides nothing", NULLS),
    Case(
        "NULL in everything, keys too, lacks its keys",
        {**NULLS, "payment_type": None, "trip_type": None},
        ("has_missing_keys",),
    ),
    # has_negative_fare, has_negative_total
    Case(
        "a reversal is negative in both",
        fare_of("-12.00", "-12.00"),
        ("has_negative_fare", "has_negative_total"),
    ),
    Case("a cent below zero", fare_of("-0.01", "-0.01"), ("has_negative_fare", "has_negative_total")),
    Case("a fare of zero is not negative", fare_of("0.00", "0.00")),
    Case("a negative fare, no total", {**fare_of("-5.00", "0.00"), "total_amount": None}, ("has_negative_fare",)),
    Case(
        "a negative total, no fare",
        {**fare_of("0.00", "-5.00"), "fare_amount": None},
        ("has_negative_total", "has_total_mismatch"),
    ),
    # has_missing_keys
    Case("no payment type", {"payment_type": None}, ("has_missing_keys",)),
    Case("no trip type", {"trip_type": None}, ("has_missing_keys",)),
    # is_pickup_outside_month
    Case("the first moment of the month", times("2018-03-01 00:00:00", "2018-03-01 00:10:00")),
    Case("the last second of the month", times("2018-03-31 23:59:59", "2018-04-01 00:10:00")),
    Case(
        "the second before the month",
        times("2018-02-28 23:59:59", "2018-03-01 00:10:00"),
        ("is_pickup_outside_month",),
    ),
    Case(
        "the first moment after the month",
        times("2018-04-01 00:00:00", "2018-04-01 00:10:00"),
        ("is_pickup_outside_month",),
    ),
    Case(
        "the same month of another year",
        times("2017-03-05 08:00:00", "2017-03-05 08:10:00"),
        ("is_pickup_outside_month",),
    ),
    Case(
        "December ends with the year",
        {**times("2018-12-31 23:59:59", "2019-01-01 00:01:00"), "source_month": dt.date(2018, 12, 1)},
    ),
    Case("a meter's reset clock", times("2008-12-31 23:00:00", "2008-12-31 23:10:00"), ("is_pickup_outside_month",)),
    Case("New Year of 2009", times("2009-01-01 00:00:00", "2009-01-01 00:10:00"), ("is_pickup_outside_month",)),
    Case("the future", times("2062-08-15 00:00:00", "2062-08-15 00:10:00"), ("is_pickup_outside_month",)),
    Case("the first year", times("0001-01-01 00:00:00", "0001-01-01 00:10:00"), ("is_pickup_outside_month",)),
    Case(
        "a day that the Gregorian calendar skipped",
        times("1582-10-10 00:00:00", "1582-10-10 00:10:00"),
        ("is_pickup_outside_month",),
    ),
    Case("before 1900", times("1899-12-31 00:00:00", "1899-12-31 00:10:00"), ("is_pickup_outside_month",)),
    Case("the last day there is", times("9999-12-31 23:59:59", "9999-12-31 23:59:59"), ("is_pickup_outside_month",)),
    # is_dropoff_before_pickup, is_over_24_hours
    Case("drop-off at the pick-up", times("2018-03-05 08:00:00", "2018-03-05 08:00:00")),
    Case(
        "drop-off a second before",
        times("2018-03-05 08:00:00", "2018-03-05 07:59:59"),
        ("is_dropoff_before_pickup",),
    ),
    Case("no drop-off", times("2018-03-05 08:00:00", None)),
    Case("24 hours", times("2018-03-05 08:00:00", "2018-03-06 08:00:00")),
    Case("24 hours and a second", times("2018-03-05 08:00:00", "2018-03-06 08:00:01"), ("is_over_24_hours",)),
    Case(
        "24 hours by the clock, over the night when it is put forward",
        times("2018-03-10 08:00:00", "2018-03-11 08:00:00"),
    ),
    # has_zero_distance, has_extreme_distance
    Case("no distance driven", {"trip_distance": money("0.00")}, ("has_zero_distance",)),
    Case("a hundredth of a mile", {"trip_distance": money("0.01")}),
    Case("a negative distance", {"trip_distance": money("-0.01")}, ("has_extreme_distance",)),
    Case("100 miles", {"trip_distance": money("100.00")}),
    Case("over 100 miles", {"trip_distance": money("100.01")}, ("has_extreme_distance",)),
    Case("a million miles", {"trip_distance": money("1000000.00")}, ("has_extreme_distance",)),
    # has_odd_passenger_count
    Case("nobody", {"passenger_count": 0}, ("has_odd_passenger_count",)),
    Case("six", {"passenger_count": 6}),
    Case("seven", {"passenger_count": 7}, ("has_odd_passenger_count",)),
    Case("fewer than nobody", {"passenger_count": -1}, ("has_odd_passenger_count",)),
    # has_extreme_amount
    Case("1,000 dollars", fare_of("1000.00", "1000.00")),
    Case("a cent more", fare_of("1000.01", "1000.01"), ("has_extreme_amount",)),
    Case("a total only", {**fare_of("0.00", "1000.01"), "extra": money("1000.01")}, ("has_extreme_amount",)),
    Case(
        "a reversal of 1,000 dollars",
        fare_of("-1000.00", "-1000.00"),
        ("has_negative_fare", "has_negative_total"),
    ),
    Case(
        "a reversal of a cent more",
        fare_of("-1000.01", "-1000.01"),
        ("has_negative_fare", "has_negative_total", "has_extreme_amount"),
    ),
    Case("a large fare, no total", {**fare_of("1000.01", "0"), "total_amount": None}, ("has_extreme_amount",)),
    Case("a fare of a million", fare_of("1000000.00", "1000000.00"), ("has_extreme_amount",)),
    # has_placeholder_fare
    Case("Myle's 2.90", {**fare_of("2.90", "2.90"), "vendorid": 6}, ("has_placeholder_fare",)),
    Case("Myle's 5.80", {**fare_of("5.80", "5.80"), "vendorid": 6}, ("has_placeholder_fare",)),
    Case("Myle's 1.45", {**fare_of("1.45", "1.45"), "vendorid": 6}, ("has_placeholder_fare",)),
    Case("Myle's zero", {**fare_of("0.00", "0.00"), "vendorid": 6}, ("has_placeholder_fare",)),
    Case("Myle's 2.91", {**fare_of("2.91", "2.91"), "vendorid": 6}),
    Case("another vendor's 2.90", {**fare_of("2.90", "2.90"), "vendorid": 2}),
    Case("nobody's 2.90", {**fare_of("2.90", "2.90"), "vendorid": None}),
    Case("Myle without a fare", {**fare_of("0.00", "0.00"), "vendorid": 6, "fare_amount": None}),
    # has_total_mismatch
    Case("a cent too much", {"total_amount": money("15.81")}, ("has_total_mismatch",)),
    Case("a cent too little", {"total_amount": money("15.79")}, ("has_total_mismatch",)),
    Case("no total", {"total_amount": None}),
    Case("the e-hail fee is a part", {"ehail_fee": money("1.00"), "total_amount": money("16.80")}),
    Case("congestion is a part", {"congestion_surcharge": money("2.75"), "total_amount": money("18.55")}),
    Case("the relief zone is a part", {"cbd_congestion_fee": money("0.75"), "total_amount": money("16.55")}),
    Case("tolls are a part", {"tolls_amount": money("5.76"), "total_amount": money("21.56")}),
    Case(
        "surcharge in the total only",
        {"congestion_surcharge": None, "total_amount": money("18.55")},
        ("has_total_mismatch",),
    ),
    Case(
        "the largest amounts do not overflow",
        {
            **dict.fromkeys(("fare_amount", "extra", "mta_tax", "tip_amount", "tolls_amount"), money("9999999.99")),
            **dict.fromkeys(("ehail_fee", "improvement_surcharge", "total_amount"), money("9999999.99")),
            **dict.fromkeys(("congestion_surcharge", "cbd_congestion_fee"), money("9999999.99")),
        },
        ("has_extreme_amount", "has_total_mismatch"),
    ),
    # has_unknown_code
    Case("vendor 1", {"vendorid": 1}),
    Case("vendor 6", {"vendorid": 6}),
    Case("vendor 5", {"vendorid": 5}, ("has_unknown_code",)),
    Case("rate 99", {"ratecodeid": 99}),
    Case("rate 6", {"ratecodeid": 6}),
    Case("rate 7", {"ratecodeid": 7}, ("has_unknown_code",)),
    Case("rate 0", {"ratecodeid": 0}, ("has_unknown_code",)),
    Case("payment 0", {"payment_type": 0}),
    Case("payment 6", {"payment_type": 6}),
    Case("payment 7", {"payment_type": 7}, ("has_unknown_code",)),
    Case("trip type 2", {"trip_type": 2}),
    Case("trip type 3", {"trip_type": 3}, ("has_unknown_code",)),
    Case("flag Y", {"store_and_fwd_flag": "Y"}),
    Case("flag in lower case", {"store_and_fwd_flag": "y"}, ("has_unknown_code",)),
    Case("any other flag", {"store_and_fwd_flag": "=cmd|' /C calc'!A0"}, ("has_unknown_code",)),
    Case("an unknown code beside NULLs", {**NULLS, "ratecodeid": 7}, ("has_unknown_code",)),
    Case("an unknown flag beside NULLs", {**NULLS, "store_and_fwd_flag": "X"}, ("has_unknown_code",)),
    # has_unknown_zone
    Case("zones 1 and 265", {"pulocationid": 1, "dolocationid": 265}),
    Case("zone 264", {"pulocationid": 264}),
    Case("picked up in zone 0", {"pulocationid": 0}, ("has_unknown_zone",)),
    Case("picked up in zone 266", {"pulocationid": 266}, ("has_unknown_zone",)),
    Case("dropped off in zone 999", {"dolocationid": 999}, ("has_unknown_zone",)),
    Case("zone 0, no drop-off zone", {"pulocationid": 0, "dolocationid": None}, ("has_unknown_zone",)),
    Case("zone 0, no pick-up zone", {"pulocationid": None, "dolocationid": 0}, ("has_unknown_zone",)),
]

_VALUES = [name for name in TRIPS.names if not name.startswith(("has_", "is_"))]
PRESENT = frozenset(column.name for column in PUBLISHED)


def flags_of(spark, rows: list[dict[str, object]], present: frozenset[str] = PRESENT) -> list[dict[str, object]]:
    """The flags of each row."""
    fields = {field.name: T.StructField(field.name, field.dataType) for field in spark_schema(TRIPS)}
    schema = T.StructType([T.StructField("number", T.IntegerType()), *(fields[name] for name in _VALUES)])
    values = [(number, *(row[name] for name in _VALUES)) for number, row in enumerate(rows)]
    frame = spark.createDataFrame(values, schema).select("number", *flag_columns(present))
    return [
        {name: value for name, value in row.asDict().items() if name != "number"}
        for row in sorted(frame.collect(), key=lambda row: row["number"])
    ]


@pytest.fixture(scope="module")
def results(spark) -> dict[str, dict[str, object]]:
    """One job for all cases."""
    found = flags_of(spark, [trip(**case.row) for case in CASES])
    return {case.id: flags for case, flags in zip(CASES, found, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_flags(results, case: Case):
    found = results[case.id]
    assert {name for name, value in found.items() if value} - {"has_any_flag"} == set(case.expected)
    assert None not in found.values()
    assert found["has_any_flag"] is bool(case.expected)


def test_every_case_has_its_own_name():
    assert len({case.id for case in CASES}) == len(CASES)


def test_every_flag_has_a_case():
    lacking = {flag.name for flag in FLAGS} - {flag for case in CASES for flag in case.expected}
    assert not lacking, f"add cases of {sorted(lacking)} to CASES here, in tests/transforms/test_flags.py"


def test_flags_stand_in_the_order_of_the_contract(results):
    assert list(results[CASES[0].id]) == [flag.name for flag in FLAGS] + ["has_any_flag"]


def test_what_a_layout_lacks_is_no_part_of_the_total(spark):
    """A column that the layout has not is NULL in every row, and looking at it would only take time."""
    rows = [trip(), trip(total_amount=Decimal("15.81"))]
    [sound, wrong] = flags_of(spark, rows, PRESENT - {"cbd_congestion_fee", "congestion_surcharge", "ehail_fee"})
    assert (sound["has_total_mismatch"], wrong["has_total_mismatch"]) == (False, True)


def test_flags_are_the_same_in_every_time_zone(spark, time_zone):
    """2018-03-11 02:30 did not exist in New York; 2018-11-04 01:30 came twice."""
    rows = [
        trip(**times("2018-03-11 02:30:00", "2018-03-11 03:10:00")),
        trip(**times("2018-03-11 02:30:00", "2018-03-12 02:30:00")),
        trip(**times("2018-03-11 02:30:00", "2018-03-12 02:30:01")),
        trip(**times("2018-03-11 03:00:00", "2018-03-11 02:59:59")),
        trip(**times("2018-11-04 01:30:00", "2018-11-04 01:10:00"), source_month=dt.date(2018, 11, 1)),
        trip(**times("2018-03-01 00:00:00", "2018-03-01 00:01:00")),
        trip(**times("2018-03-31 23:59:59", "2018-04-01 00:01:00")),
    ]
    found = [{name for name, value in flags.items() if value} - {"has_any_flag"} for flags in flags_of(spark, rows)]
    before, too_long = "is_dropoff_before_pickup", "is_over_24_hours"
    assert found == [set(), set(), {too_long}, {before}, {before}, set(), set()]
