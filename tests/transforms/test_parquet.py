"""The rows of Parquet files: which are a trip, what is wrong with the others."""

import datetime as dt
import json
import math
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from schemas.contract import TRIPS
from schemas.spark import schema_differences
from tests.factories import trip
from tests.transforms.parquet_files import EVERY_LAYOUT, SUFFIX, arrow_schema, scan, write_parquet
from tests.transforms.reading import told
from transforms.parquet import parquet_trips, unsound_rows

pytestmark = pytest.mark.spark

NAN, INF = math.nan, math.inf
ROW: dict[str, object] = {
    "VendorID": 2,
    "lpep_pickup_datetime": dt.datetime(2018, 3, 5, 8, 15),
    "lpep_dropoff_datetime": dt.datetime(2018, 3, 5, 8, 30, 30),
    "store_and_fwd_flag": "N",
    "RatecodeID": 1,
    "PULocationID": 74,
    "DOLocationID": 168,
    "passenger_count": 1,
    "trip_distance": 2.37,
    "fare_amount": 12.0,
    "extra": 1.0,
    "mta_tax": 0.5,
    "tip_amount": 2.0,
    "tolls_amount": 0.0,
    "ehail_fee": None,
    "improvement_surcharge": 0.3,
    "total_amount": 15.8,
    "payment_type": 1,
    "trip_type": 1,
}
EVERY = " ".join(EVERY_LAYOUT)


@dataclass(frozen=True)
class Case:
    """`reasons` are empty for a trip, which then differs from the base row in `trip`."""

    layout: str
    id: str
    row: dict[str, object]
    reasons: tuple[str, ...] = ()
    trip: dict[str, object] = field(default_factory=dict)


def good(layouts: str, id: str, row: dict[str, object], **expected: object) -> list[Case]:
    flagged = {"has_any_flag": True} if any(name.startswith(("has_", "is_")) for name in expected) else {}
    return [Case(layout, id, row, (), {**expected, **flagged}) for layout in layouts.split()]


def bad(layouts: str, id: str, row: dict[str, object], *reasons: str) -> list[Case]:
    return [Case(layout, id, row, reasons) for layout in layouts.split()]


NO_CODES = dict.fromkeys(("RatecodeID", "passenger_count", "payment_type", "trip_type"))
NO_CODES_TRIP = {**{name.lower(): None for name in NO_CODES}, "has_missing_keys": True}
OUTSIDE = {"is_pickup_outside_month": True}


def picked_up(year: int, month: int, day: int) -> dict[str, object]:
    return dict.fromkeys(("lpep_pickup_datetime", "lpep_dropoff_datetime"), dt.datetime(year, month, day))


CASES = [
    *good(EVERY, "the base row", {}),
    *good(EVERY, "no codes", NO_CODES, **NO_CODES_TRIP),
    *good("P1 P3", "54 NaN for a code is NULL", dict.fromkeys(NO_CODES, NAN), **NO_CODES_TRIP),
    *good(EVERY, "no flag", {"store_and_fwd_flag": None}, store_and_fwd_flag=None),
    *good(EVERY, "no drop-off", {"lpep_dropoff_datetime": None}, lpep_dropoff_datetime=None),
    *good(EVERY, "no vendor, no zone", {"VendorID": None, "PULocationID": None}, vendorid=None, pulocationid=None),
    *good(
        EVERY,
        "no amounts",
        {"fare_amount": None, "total_amount": None, "congestion_surcharge": None},
        fare_amount=None,
        total_amount=None,
    ),
    *good(
        "P3",
        "the relief zone",
        {"cbd_congestion_fee": 0.75, "total_amount": 16.55},
        cbd_congestion_fee=Decimal("0.75"),
        total_amount=Decimal("16.55"),
    ),
    *good(EVERY.removeprefix("P1 "), "the e-hail fee", {"ehail_fee": 1.0, "total_amount": 16.8},
          ehail_fee=Decimal("1.00"), total_amount=Decimal("16.80")),
    *good(
        EVERY,
        "59 half a cent",
        {"tip_amount": 2.675, "extra": -0.005, "mta_tax": 0.1 + 0.2},
        tip_amount=Decimal("2.68"),
        extra=Decimal("-0.01"),
        mta_tax=Decimal("0.30"),
        has_total_mismatch=True,
    ),
    *good("P1 P2", "60 a reversal", {"fare_amount": -12.0, "total_amount": -8.2},
          fare_amount=Decimal("-12.00"), total_amount=Decimal("-8.20"), has_negative_fare=True, has_negative_total=True),
    *good("P1 P2", "62 the largest distance", {"trip_distance": 9999999.99},
          trip_distance=Decimal("9999999.99"), has_extreme_distance=True),
    *good("P2", "65 a meter's reset clock", picked_up(2008, 12, 31), **OUTSIDE,
          lpep_pickup_datetime=dt.datetime(2008, 12, 31), lpep_dropoff_datetime=dt.datetime(2008, 12, 31)),
    *good("P2", "66 the first year", picked_up(1, 1, 1), **OUTSIDE,
          lpep_pickup_datetime=dt.datetime(1, 1, 1), lpep_dropoff_datetime=dt.datetime(1, 1, 1)),
    *good("P1", "an int of 32 bits in one of 64", {"VendorID": 2147483647}, vendorid=2147483647, has_unknown_code=True),
    *bad("P1 P3", "53 half a passenger", {"passenger_count": 1.5}, "BAD_NUMBER"),
    *bad("P1 P3", "52 a code that does not fit", {"RatecodeID": 3e9}, "BAD_NUMBER"),
    *bad("P1 P3", "54 an infinite code", {"RatecodeID": INF}, "NON_FINITE"),
    *bad("P2", "52 a whole number that does not fit", {"passenger_count": 3_000_000_000}, "BAD_NUMBER"),
    *bad("P1", "52 a vendor that does not fit", {"VendorID": -3_000_000_000}, "BAD_NUMBER"),
    *bad(EVERY, "54 NaN for a fare", {"fare_amount": NAN}, "NON_FINITE"),
    *bad(EVERY, "54 an infinite fare", {"fare_amount": INF}, "NON_FINITE"),
    *bad(EVERY, "54 an infinite distance, the other way", {"trip_distance": -INF}, "NON_FINITE"),
    *bad(EVERY, "62 a fare that does not fit", {"fare_amount": 1e7}, "BAD_NUMBER"),
    *bad(EVERY, "62 a fare that rounding makes too large", {"fare_amount": 9999999.995}, "BAD_NUMBER"),
    *bad(EVERY, "62 a number out of all proportion", {"tip_amount": 1e300}, "BAD_NUMBER"),
    *bad(EVERY, "58 no pick-up", {"lpep_pickup_datetime": None}, "REQUIRED"),
    *bad(
        "P1 P3",
        "every reason, once, sorted",
        {"lpep_pickup_datetime": None, "fare_amount": NAN, "extra": INF, "trip_type": 0.5, "tip_amount": 1e9},
        "BAD_NUMBER",
        "NON_FINITE",
        "REQUIRED",
    ),
    *bad("P1", "NaN for a code beside what is wrong", {"RatecodeID": NAN, "payment_type": 1.5}, "BAD_NUMBER"),
]  # fmt: skip

Results = dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def results(spark, tmp_path_factory) -> Results:
    """Trips and unsound rows by layout. The drop-off zone numbers the cases."""
    found = {}
    for layout in EVERY_LAYOUT:
        rows = [{**ROW, **case.row, "DOLocationID": number} for number, case in _numbered(layout)]
        frame = scan(spark, write_parquet(tmp_path_factory.mktemp(layout), layout, rows))
        trips = parquet_trips(frame, **told(spark, SUFFIX))
        assert schema_differences(trips.drop("month").schema, TRIPS) == []
        unsound = unsound_rows(frame, source_file=told(spark, SUFFIX)["source_file"])
        found[layout] = (
            [row.asDict() for row in trips.collect()],
            [row.asDict() for row in unsound.collect()],
        )
    return found


def _numbered(layout: str) -> list[tuple[int, Case]]:
    return list(enumerate((case for case in CASES if case.layout == layout), start=1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.layout} {case.id}")
def test_rows(results: Results, case: Case):
    [number] = [number for number, other in _numbered(case.layout) if other is case]
    trips, unsound = results[case.layout]
    own = [row for row in trips if row["dolocationid"] == number]
    rejected = [row for row in unsound if json.loads(str(row["value"]))["DOLocationID"] == number]
    if case.reasons:
        assert own == []
        [row] = rejected
        assert tuple(row["reasons"]) == case.reasons
        assert row["source_file"] == "green_tripdata_2018-03.parquet"
    else:
        assert rejected == []
        provenance = {"source_file": "green_tripdata_2018-03.parquet", "month": "2018-03", "dolocationid": number}
        assert own == [{**trip(**case.trip), **provenance}]


def test_an_unsound_row_is_shown_as_it_stands(results: Results):
    """Without what is NULL; numbers that JSON has not as texts."""
    _, unsound = results["P1"]
    [number] = [number for number, case in _numbered("P1") if case.id == "54 NaN for a fare"]
    [shown] = [json.loads(str(row["value"])) for row in unsound if f'"DOLocationID":{number},' in str(row["value"])]
    expected = {name: value for name, value in ROW.items() if value is not None}
    times = {"lpep_pickup_datetime": "2018-03-05T08:15:00.000", "lpep_dropoff_datetime": "2018-03-05T08:30:30.000"}
    assert shown == {**expected, **times, "fare_amount": "NaN", "DOLocationID": number}


@pytest.mark.parametrize("layout", EVERY_LAYOUT)
def test_every_row_is_a_trip_or_unsound(spark, tmp_path, layout: str):
    chance = random.Random(f"20180305 {layout}")
    amounts = (None, 0.0, -0.0, 0.005, 12.5, NAN, INF, -INF, 9999999.994, 9999999.995, 1e7, -1e300, 5e-324)
    codes = (None, 0, 1, 2, 99, 2147483647, 2147483648, -2147483649)
    fractions = (*codes, NAN, INF, -INF, 1.5, 1e300)
    schema = arrow_schema(layout)
    rows = []
    for number in range(1000):
        row = {**ROW, "DOLocationID": number}
        for name in chance.sample([name for name in schema.names if name != "DOLocationID"], 2):
            kind = str(schema.field(name).type)
            if name in {"RatecodeID", "passenger_count", "payment_type", "trip_type"}:
                row[name] = chance.choice(codes if kind == "int64" else fractions)
            elif kind == "double":
                row[name] = chance.choice(amounts)
            elif kind in {"timestamp[us]", "string", "large_string"}:
                row[name] = None
        rows.append(row)
    frame = scan(spark, write_parquet(tmp_path, layout, rows))
    trips = [row["dolocationid"] for row in parquet_trips(frame, **told(spark, SUFFIX)).collect()]
    unsound = unsound_rows(frame, source_file=told(spark, SUFFIX)["source_file"]).collect()
    rejected = [json.loads(row["value"])["DOLocationID"] for row in unsound]
    assert sorted(trips + rejected) == list(range(1000))
    assert min(len(trips), len(rejected)) > 100
    assert all(row["reasons"] for row in unsound)


def test_columns_may_stand_in_any_order_and_case(spark, tmp_path):
    path = write_parquet(tmp_path, "P2", [{**ROW, "fare_amount": 13.0, "extra": 0.0}])
    frame = scan(spark, path)
    shuffled = frame.select(*[frame[name].alias(name.upper()) for name in reversed(frame.columns)])
    [row] = parquet_trips(shuffled, **told(spark, SUFFIX)).collect()
    [same] = parquet_trips(frame, **told(spark, SUFFIX)).collect()
    assert row == same
    assert (row["fare_amount"], row["extra"]) == (Decimal("13.00"), Decimal("0.00"))


def test_times_are_the_same_in_every_time_zone(spark, tmp_path, time_zone):
    clocks = [dt.datetime(2018, 3, 11, 2, 30), dt.datetime(2018, 11, 4, 1, 30), dt.datetime(2018, 3, 31, 23, 59, 59)]
    rows = [{**ROW, "lpep_pickup_datetime": clock} for clock in clocks]
    rows += [{**row, "fare_amount": NAN} for row in rows]
    frame = scan(spark, write_parquet(tmp_path, "P2", rows))
    assert [row["lpep_pickup_datetime"] for row in parquet_trips(frame, **told(spark, SUFFIX)).collect()] == clocks
    shown = [
        json.loads(row["value"])
        for row in unsound_rows(frame, source_file=told(spark, SUFFIX)["source_file"]).collect()
    ]
    assert [row["lpep_pickup_datetime"] for row in shown] == [f"{clock.isoformat()}.000" for clock in clocks]
