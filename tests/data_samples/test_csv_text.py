"""Values in TLC's spelling."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pytest

from data_samples.csv_text import encoded, spelled
from data_samples.rows import Value
from schemas import trips as t


@dataclass(frozen=True)
class Case:
    column: str
    value: Value
    text: str


CASES = [
    Case(t.TRIP_DISTANCE, Decimal("0.00"), ".00"),
    Case(t.TRIP_DISTANCE, Decimal("0.88"), ".88"),
    Case(t.TRIP_DISTANCE, Decimal("3.50"), "3.50"),
    Case(t.TRIP_DISTANCE, Decimal("10.00"), "10.00"),
    Case(t.TRIP_DISTANCE, Decimal("-0.70"), "-.70"),
    Case(t.FARE_AMOUNT, Decimal("8.00"), "8"),
    Case(t.FARE_AMOUNT, Decimal("50.00"), "50"),
    Case(t.FARE_AMOUNT, Decimal("6.50"), "6.5"),
    Case(t.FARE_AMOUNT, Decimal("-2.5"), "-2.5"),
    Case(t.MTA_TAX, Decimal("0.5"), "0.5"),
    Case(t.TIP_AMOUNT, Decimal("0.00"), "0"),
    Case(t.TOTAL_AMOUNT, Decimal("20.55"), "20.55"),
    Case(t.PICKUP_LONGITUDE, -73.952407836914062, "-73.952407836914062"),
    Case(t.PICKUP_LONGITUDE, -73.9490966796875, "-73.9490966796875"),
    Case(t.PICKUP_LATITUDE, 0.0, "0"),
    Case(t.PICKUP, datetime(2020, 4, 1, 0, 44, 2), "2020-04-01 00:44:02"),
    Case(t.PICKUP, datetime(1, 1, 1), "0001-01-01 00:00:00"),
    Case(t.VENDOR_ID, 2, "2"),
    Case(t.STORE_AND_FWD_FLAG, "N", "N"),
    Case(t.EHAIL_FEE, None, ""),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.column} {case.text}")
def test_spelled(case: Case):
    assert spelled(case.column, case.value) == case.text


def test_a_lone_surrogate_is_one_byte():
    assert encoded("é\udce9") == b"\xc3\xa9\xe9"
