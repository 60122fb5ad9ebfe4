"""The large files, made small."""

import re
from collections import Counter

import pyarrow.parquet as pq
import pytest

from data_samples.flag_rules import flags_of
from data_samples.large import LargeFile, make_large, plan
from data_samples.parquet_table import arrow_schema
from data_samples.periods import PERIODS, Period
from schemas import trips as t
from schemas.flags import MISSING_KEYS
from schemas.layouts import CsvLayout
from tests.data_samples.read_back import physical_lines, values_of

ROWS = 3_000
CSV = [period for period in PERIODS if isinstance(period.declared, CsvLayout)]
PARQUET = [period for period in PERIODS if not isinstance(period.declared, CsvLayout)]


def test_a_plan_fills_months_with_a_million_rows_each():
    assert plan(2_500_000, "2017-11", "2018-12") == [
        LargeFile("2017-11", 1_000_000),
        LargeFile("2017-12", 1_000_000),
        LargeFile("2018-01", 500_000),
    ]


def test_a_plan_raises_the_rows_evenly_where_the_months_do_not_suffice():
    files = plan(10_000_001, "2013-08", "2013-12")
    assert [file.rows for file in files] == [2_000_001] * 4 + [1_999_997]
    assert [file.month for file in files] == ["2013-08", "2013-09", "2013-10", "2013-11", "2013-12"]


@pytest.mark.parametrize("rows", [1, 999_999, 1_000_000, 1_000_001, 7_777_777, 23_456_789])
def test_a_plan_has_all_rows_and_no_empty_file(rows: int):
    files = plan(rows, "2019-01", "2019-12")
    assert sum(file.rows for file in files) == rows
    assert min(file.rows for file in files) > 0


@pytest.mark.parametrize("period", CSV, ids=lambda period: period.layout)
def test_csv_lines_are_ordinary_trips_in_the_bytes_of_the_layout(tmp_path, period: Period):
    layout = period.declared
    assert isinstance(layout, CsvLayout)
    [path] = make_large(tmp_path, period, [LargeFile(period.first, ROWS)], seed=1)
    assert [path.name] == [file.name for file in tmp_path.iterdir()] == [f"green_tripdata_{period.first}.csv"]
    head = [layout.header + layout.header_end, *layout.blank_lines]
    lines = physical_lines(path)
    assert lines[: len(head)] == [line.encode() for line in head]
    data = lines[len(head) :]
    assert len(data) == ROWS
    assert all(line.endswith(b"\r\n") for line in data)
    trips = [values_of(line, layout) for line in data]
    flags = Counter(flag for found in flags_of(trips, period.first) for flag in found)
    assert set(flags) <= {MISSING_KEYS}, (
        "data_samples/large_sql.py makes ordinary trips with these flags: change the trips"
    )
    share = 1 if period.layout == "C1" else period.dispatched
    assert flags[MISSING_KEYS] / ROWS == pytest.approx(share, abs=0.03)
    _assert_spelled_as_tlc_does(data, layout)


def _assert_spelled_as_tlc_does(data: list[bytes], layout: CsvLayout) -> None:
    at = layout.columns.index
    rows = [line.decode().rstrip("\r\n").split(",") for line in data]
    assert all(re.fullmatch(r"([1-9]\d*)?\.\d\d", row[at(t.TRIP_DISTANCE)]) for row in rows)
    for column in (t.FARE_AMOUNT, t.TIP_AMOUNT, t.TOTAL_AMOUNT, t.TOLLS_AMOUNT):
        assert all(re.fullmatch(r"(0|[1-9]\d*)(\.\d?[1-9])?", row[at(column)]) for row in rows)
    if t.PICKUP_LATITUDE in layout.columns:
        assert all(re.fullmatch(r"-7[34](\.\d{1,15})?", row[at(t.PICKUP_LONGITUDE)]) for row in rows)
        assert all(re.fullmatch(r"4[01](\.\d{1,15})?", row[at(t.DROPOFF_LATITUDE)]) for row in rows)


@pytest.mark.parametrize("period", PARQUET, ids=lambda period: period.layout)
def test_parquet_files_have_the_types_of_the_layout(tmp_path, period: Period):
    [path] = make_large(tmp_path, period, [LargeFile(period.first, ROWS)], seed=1)
    table = pq.read_table(path)
    assert table.schema == arrow_schema(period.layout)
    assert table.num_rows == ROWS
    missing = table.column("payment_type").null_count
    assert missing == table.column("trip_type").null_count
    assert missing / ROWS == pytest.approx(period.dispatched, abs=0.03)


def test_values_are_as_varied_as_real_ones(tmp_path):
    [path] = make_large(tmp_path, _period("C7"), [LargeFile("2017-01", 20_000)], seed=1)
    layout = _period("C7").declared
    assert isinstance(layout, CsvLayout)
    trips = [values_of(line, layout) for line in physical_lines(path)[2:]]
    distinct = {column: len({trip[column] for trip in trips}) for column in layout.columns}
    assert distinct[t.PICKUP] > 19_000
    assert distinct[t.DROPOFF] > 19_000
    # 20,000 rows of 2020-04: 1,850 distances, 338 fares, 600 tips, 1,643 totals, 195 zones.
    assert distinct[t.TRIP_DISTANCE] > 1_500
    assert distinct[t.FARE_AMOUNT] > 250
    assert distinct[t.TIP_AMOUNT] > 500
    assert distinct[t.TOTAL_AMOUNT] > 1_500
    assert distinct[t.PU_LOCATION_ID] > 195
    [(_, rides)] = Counter(trip[t.PU_LOCATION_ID] for trip in trips).most_common(1)
    assert rides > 2_000


def test_the_same_numbers_make_the_same_bytes_and_others_do_not(tmp_path):
    def content(folder: str, seed: int) -> list[bytes]:
        files = plan(2_000, "2017-01", "2017-01") + plan(2_000, "2017-02", "2017-02")
        return [path.read_bytes() for path in make_large(tmp_path / folder, _period("C7"), files, seed)]

    first = content("a", 1)
    assert content("b", 1) == first
    again = content("c", 2)
    assert not set(first) & set(again)
    january, february = ({line.split(b",", 3)[-1] for line in file.split(b"\n")} for file in first)
    assert len(january & february) < 100


def _period(layout: str) -> Period:
    return next(period for period in PERIODS if period.layout == layout)
