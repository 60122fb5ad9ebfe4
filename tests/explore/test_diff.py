"""`python -m lake diff`: what changed between two generations, by hand-made months."""

from decimal import Decimal
from pathlib import Path

import pytest

from schemas.datasets import PUBLISHED_TRIPS, RIDES_BY_MONTH
from tests.explore.handmade import Handmade, trip

OLD = [trip("2020-04", fare_amount=Decimal("10.00")), trip("2020-04", fare_amount=Decimal("5.00"), pulocationid=7)]
NEW = [
    OLD[0],
    trip("2020-04", fare_amount=Decimal("6.25"), pulocationid=7, has_zero_distance=True),
    trip("2020-04", fare_amount=Decimal("30.00"), pulocationid=265, trip_type=None, payment_type=None),
]


def two_generations(lake: Handmade, *, aggregates: bool = True) -> Handmade:
    lake.publish("2020-04", OLD, [(3, "x", ["COLUMN_COUNT"])], layout="C8", aggregates=aggregates)
    lake.publish("2020-04", NEW, layout="P1", aggregates=aggregates)
    return lake


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


EXPECTED = [
    "2020-04: generation 1 and generation 2",
    "raw file green_tripdata_2020-04.csv green_tripdata_2020-04.parquet",
    "layout C8 P1",
    "lines 5 5 =",
    "published 2 3 +1",
    "quarantined 1 0 -1",
    "has_zero_distance 0 1 +1",
    "COLUMN_COUNT 1 0 -1",
    "ride_count 2 3 +1",
    "total_fare_amount 15.00 46.25 +31.25",
    "total_amount 31.60 47.40 +15.80",
    "groups by zone, trip type and payment type: 2 of 3 differ:",
    "outside of the city - - +1 +30.00",
    "Astoria, Queens 1 1 +0 +1.25",
]


@pytest.mark.parametrize("aggregates", [True, False])
def test_what_changed(anywhere: Handmade, command, aggregates: bool):
    said = command("diff", "2020-04", *two_generations(anywhere, aggregates=aggregates).option)
    assert (said.status, said.err) == (0, "")
    shown = squeezed(said.out)
    assert [line for line in EXPECTED if line not in shown] == []
    assert shown.index(EXPECTED[-2]) < shown.index(EXPECTED[-1])  # the largest difference first
    assert not any(line.startswith("has_negative_fare") for line in shown)  # neither has it


def test_any_two_generations(handmade: Handmade, command):
    two_generations(handmade).publish("2020-04", OLD, layout="P1")
    shown = squeezed(command("diff", "2020-04", "--generations", "1,3", *handmade.option).out)
    assert shown[0] == "2020-04: generation 1 and generation 3"
    assert "groups by zone, trip type and payment type: 0 of 2 differ" in shown
    assert "total_fare_amount 15.00 15.00 =" in shown


def test_what_expire_removed_is_said_to_be_not_kept_and_the_receipts_are_still_compared(handmade: Handmade, command):
    two_generations(handmade)
    for data_set in (PUBLISHED_TRIPS, RIDES_BY_MONTH):
        for path in Path(handmade.root(data_set)).glob("run=*00000001/month=*/*.parquet"):
            path.unlink()
    said = command("diff", "2020-04", *handmade.option)
    shown = squeezed(said.out)
    assert said.status == 0
    assert "published 2 3 +1" in shown
    assert shown[-1] == "sums and groups: not kept of generation 1 (python -m lake expire removed its files)"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["2020-04", "--generations", "1"], 2, "is not two generations; expected 1,2"),
        (["2020-04", "--generations", "1,x"], 2, "is not two generations"),
        (["2020-04", "--generations", "1,7"], 1, "the receipt of generation 7 of 2020-04 is not kept"),
        (["2020-05"], 1, "was published once only"),
        (["2020-06"], 1, "is not published"),
    ],
)
def test_what_cannot_be_compared(handmade: Handmade, command, words: list[str], status: int, told: str):
    two_generations(handmade).publish("2020-05", OLD)
    said = command("diff", *words, *handmade.option)
    assert (said.status, said.out) == (status, "")
    assert told in said.err
