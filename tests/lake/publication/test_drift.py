"""A month that is unlike those before it is told, and only that."""

from dataclasses import replace

import duckdb
import pytest

from lake.months import month_range
from lake.publication.drift import drifts
from lake.publication.receipts import Counts, Receipt, Source
from tests.needs import TLC

MONTHS = month_range("2018-01", "2018-12")


def receipt(month: str, rows: int = 100_000, published_at: str = "", generation: int = 1, **flags: int) -> Receipt:
    """A month of which 3 % have no distance, published on the first day of the second month after it."""
    year, number = int(month[:4]), int(month[5:])
    after = f"{year + (number + 2 > 12)}-{(number + 1) % 12 + 1:02d}-01T03:00:00+00:00"
    return Receipt(
        month=month,
        run="r",
        generation=generation,
        previous=None,
        contract_version=1,
        code_version="c",
        published_at=published_at or after,
        source=Source("raw/x.csv", "e"),
        files=(),
        counts=Counts(lines=rows, published=rows, flags={"has_zero_distance": 3 * rows // 100, **flags}),
    )


def told(last: Receipt, *others: Receipt) -> list[str]:
    """What is told of the last month, after a year in which rows and shares vary a little."""
    year = [receipt(month, 100_000 + 1_000 * at, has_missing_keys=100 * at) for at, month in enumerate(MONTHS)]
    known = {one.month: one for one in (*year, *others, last)}
    return drifts(known, known).get(last.month, [])


USUAL: dict[str, Receipt] = {
    "the same": receipt("2019-01", has_missing_keys=500),
    "nearly two points above all": receipt("2019-01", has_missing_keys=2_990),
    "as many as can be": receipt("2019-01", 166_500, has_missing_keys=600),
    "as few as can be": receipt("2019-01", 66_667, has_missing_keys=300),
    "too few to judge": receipt("2019-01", 999, has_missing_keys=999),
    "120 days": receipt("2019-01", has_missing_keys=500, published_at="2019-06-01T23:59:00+00:00"),
    "late, but not for the first time": receipt(
        "2019-01", has_missing_keys=500, published_at="2022-05-13T00:00:00+00:00", generation=2
    ),
}


@pytest.mark.parametrize("last", USUAL.values(), ids=USUAL)
def test_what_is_usual_is_not_told(last: Receipt):
    assert told(last) == []


UNUSUAL: dict[str, tuple[Receipt, list[str]]] = {
    "a flag": (
        receipt("2019-01", has_missing_keys=3_100),
        ["has_missing_keys in 3.1 % of the rows; in the 12 months before 0.0 % to 1.0 %"],
    ),
    "a flag that is new": (
        receipt("2019-01", has_missing_keys=500, has_placeholder_fare=30_000),
        ["has_placeholder_fare in 30.0 % of the rows; in the 12 months before 0.0 % to 0.0 %"],
    ),
    "more rows": (
        receipt("2019-01", 166_501, has_missing_keys=600),
        ["166,501 rows; the 12 months before had 100,000 to 111,000"],
    ),
    "fewer rows": (
        receipt("2019-01", 66_666, has_missing_keys=300),
        ["66,666 rows; the 12 months before had 100,000 to 111,000"],
    ),
    "late": (
        receipt("2019-01", has_missing_keys=500, published_at="2019-06-02T00:00:00+00:00"),
        ["published 121 days after its end; 12 of the 12 months before within 120"],
    ),
}


@pytest.mark.parametrize(("last", "words"), UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_far_outside_is_told(last: Receipt, words: list[str]):
    assert told(last) == words


def test_a_flag_that_goes_is_told_too():
    year = {month: receipt(month, has_missing_keys=30_000) for month in MONTHS}
    assert drifts({**year, "2019-01": receipt("2019-01", has_missing_keys=0)}, ["2019-01"]) == {
        "2019-01": ["has_missing_keys in 0.0 % of the rows; in the 12 months before 30.0 % to 30.0 %"]
    }


def test_the_months_before_are_the_nearest_that_are_published_whatever_lies_between():
    far = {month: receipt(month, 1_000_000) for month in month_range("2014-01", "2014-12")}
    near = {month: receipt(month) for month in MONTHS}
    assert drifts({**far, **near, "2021-05": receipt("2021-05")}, ["2021-05"]) == {}
    assert drifts({**far, **dict(list(near.items())[:5]), "2021-05": receipt("2021-05")}, ["2021-05"]) == {}


@pytest.mark.parametrize(("before", "is_told"), [(5, False), (6, True)])
def test_with_fewer_than_six_months_before_nobody_knows_what_is_usual(before: int, is_told: bool):
    known = {month: receipt(month) for month in MONTHS[:before]} | {"2019-01": receipt("2019-01", 500_000)}
    assert bool(drifts(known, ["2019-01"])) == is_told


def test_a_backfill_of_years_is_not_late_and_the_first_month_after_it_neither():
    at = "2026-11-22T03:00:00+00:00"
    years = {month: receipt(month, published_at=at) for month in month_range("2015-01", "2026-06")}
    nights = {"2026-07": replace(receipt("2026-07"), published_at=at)}
    assert drifts({**years, **nights}, {**years, **nights}) == {}


@pytest.mark.needs("tlc")
@pytest.mark.parametrize(
    ("month", "rows_before", "keyless_before", "words"),
    [  # TLC's own months after a year with the rows that its years have a month, and with a usual share
        ("2020-04", 504_000, 60_000, ["35,644 rows", "has_missing_keys in 31.3 %"]),
        ("2024-01", 65_600, 4_500, []),
    ],
)
def test_real_months(month: str, rows_before: int, keyless_before: int, words: list[str]):
    query = "SELECT count(*), count(*) FILTER (payment_type IS NULL OR trip_type IS NULL), count(*) FILTER (trip_distance = 0)"
    found = duckdb.execute(f"{query} FROM '{TLC}/parquet/green_tripdata_{month}.parquet'").fetchone()
    assert found
    rows, keyless, still = found
    year = int(month[:4]) - 1
    known = {
        one: receipt(one, rows_before, has_missing_keys=keyless_before, has_zero_distance=rows_before // 25)
        for one in month_range(f"{year}-01", f"{year}-12")
    }
    known[month] = receipt(month, rows, has_missing_keys=keyless, has_zero_distance=still)
    lines = drifts(known, [month]).get(month, [])
    assert len(lines) == len(words)
    assert all(line.startswith(word) for line, word in zip(lines, words, strict=True))
