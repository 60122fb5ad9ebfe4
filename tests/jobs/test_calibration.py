"""TLC's own files, where they are at hand, through both jobs; the totals are those of their README and of DuckDB."""

import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.jobs.lakes import (
    RIDE_COLUMNS,
    LakeFolder,
    Ran,
    assert_manifest_is_right,
    published_files,
    receipts,
    rows_of,
    sha256,
)
from tests.needs import TLC

pytestmark = [
    pytest.mark.spark,
    pytest.mark.calibration,
    pytest.mark.needs("tlc"),
]

CSV, PARQUET = "green_tripdata_2020-04.csv", "green_tripdata_2020-04.parquet"


@pytest.fixture(scope="module")
def heads(spark, tmp_path_factory: pytest.TempPathFactory) -> tuple[LakeFolder, Ran, Ran]:
    """The first lines of each of the 83 files that TLC published as CSV."""
    lake = LakeFolder(tmp_path_factory.mktemp("heads"))
    lake.raw.mkdir(parents=True)
    for head in (TLC / "heads").iterdir():
        text = head.read_bytes()
        (lake.raw / head.name).write_bytes(text[: text.rindex(b"\n") + 1])
    return lake, lake.trips(), lake.rides()


def test_the_heads_of_all_83_months_are_published(heads):
    lake, trips, rides = heads
    for ran in (trips, rides):
        assert (ran.status, len(ran.counts["published"]), ran.counts["refused"]) == (0, 83, {})
    assert (trips.counts["published"][0], trips.counts["published"][-1]) == ("2013-08", "2020-06")
    assert (trips.counts["rows"], trips.counts["quarantined"]) == (545, 0)
    assert [*rows_of(published_files(lake.transformed), "count(*)")] == [(545,)]
    assert {one["source"]["layout"] for one in receipts(lake.transformed).values()} == {f"C{n}" for n in range(1, 9)}
    assert_manifest_is_right(lake)


def test_each_head_has_as_many_rows_as_lines_with_data(heads):
    lake, _, _ = heads
    for month, receipt in receipts(lake.transformed).items():
        raw = lake.raw / f"green_tripdata_{month}.csv"
        lines = raw.read_bytes().split(b"\n")[:-1]
        data = [line for line in lines[1:] if line.strip()]
        counts = receipt["counts"]
        assert (counts["lines"], counts["published"], counts["header"]) == (len(lines), len(data), 1)
        fares = sum(Decimal(line.split(b",")[_fare_place(lines[0])].decode()) for line in data)
        assert [*rows_of(published_files(lake.transformed, month), "sum(fare_amount)")] == [(fares,)]


def _fare_place(header: bytes) -> int:
    return [name.strip().lower() for name in header.split(b",")].index(b"fare_amount")


@dataclass(frozen=True)
class Step:
    """What two runs left, with the names of the files that they were to take."""

    lake: LakeFolder
    trips: Ran
    rides: Ran


@pytest.fixture(scope="module")
def as_csv(spark, tmp_path_factory: pytest.TempPathFactory) -> Step:
    """April 2020 as CSV, and a later month as Parquet. A copy, since the next step goes on with the lake."""
    lake = LakeFolder(tmp_path_factory.mktemp("whole") / "csv")
    lake.raw.mkdir(parents=True)
    shutil.copy(TLC / "csv" / CSV, lake.raw)
    shutil.copy(TLC / "parquet" / "green_tripdata_2024-01.parquet", lake.raw)
    return Step(lake, lake.trips(), lake.rides())


@pytest.fixture(scope="module")
def as_parquet(as_csv: Step) -> Step:
    """The same lake, after TLC published April 2020 again."""
    lake = as_csv.lake.copy(as_csv.lake.base.parent / "parquet")
    shutil.copy(TLC / "parquet" / PARQUET, lake.raw)
    return Step(lake, lake.trips(), lake.rides())


def totals(lake: LakeFolder, month: str) -> tuple[object, ...]:
    [found] = rows_of(published_files(lake.transformed, month), "count(*), sum(fare_amount)")
    [rides] = rows_of(published_files(lake.aggregates, month), "sum(ride_count), sum(total_fare_amount)")
    assert found == rides
    return found


def largest(lake: LakeFolder, month: str) -> tuple[object, ...]:
    columns = "pulocationid, trip_type, payment_type, total_fare_amount, ride_count"
    return max(rows_of(published_files(lake.aggregates, month), columns), key=lambda row: row[3] or 0)


def test_april_2020_as_csv(as_csv):
    lake = as_csv.lake
    assert (as_csv.trips.status, as_csv.rides.status) == (0, 0)
    assert totals(lake, "2020-04") == (35_612, Decimal("590863.20"))
    groups = rows_of(published_files(lake.aggregates, "2020-04"), "pulocationid, trip_type, payment_type")
    assert (groups.total(), len(groups)) == (831, 831)
    assert largest(lake, "2020-04") == (75, 1, 1, Decimal("18757.93"), 1_614)
    without = "sum(total_fare_amount) FILTER (trip_type IS NULL)"
    assert [*rows_of(published_files(lake.aggregates, "2020-04"), without)] == [(Decimal("250148.42"),)]
    counts = lake.receipt("2020-04")["counts"]
    assert (counts["lines"], counts["header"], counts["blank"], counts["quarantined"]) == (35_613, 1, 0, 0)


def test_january_2024_as_parquet(as_csv):
    lake = as_csv.lake
    assert totals(lake, "2024-01") == (56_551, Decimal("957367.44"))
    assert rows_of(published_files(lake.aggregates, "2024-01"), "pulocationid").total() == 862
    assert largest(lake, "2024-01")[:4] == (74, 1, 1, Decimal("136184.25"))


def test_the_parquet_file_of_a_month_owns_it_and_the_csv_is_named(as_parquet):
    lake = as_parquet.lake
    for ran in (as_parquet.trips, as_parquet.rides):
        assert (ran.status, ran.counts["published"], ran.counts["unchanged"]) == (0, ["2020-04"], 1)
    assert as_parquet.trips.counts["superseded"] == [CSV]
    receipt = lake.receipt("2020-04")
    assert (receipt["generation"], receipt["source"]["layout"], receipt["source"]["superseded"]) == (2, "P1", [CSV])
    assert receipt["source"]["etag"] == sha256(TLC / "parquet" / PARQUET)
    assert totals(lake, "2020-04") == (35_644, Decimal("591497.91"))
    assert totals(lake, "2024-01") == (56_551, Decimal("957367.44"))
    assert_manifest_is_right(lake)


CENTS = "CAST({} AS DECIMAL(19, 2))"
BY_DUCKDB = f"""
    SELECT PULocationID, trip_type, payment_type, count(*), sum({CENTS.format("fare_amount")}),
           sum({CENTS.format("total_amount")}), sum({CENTS.format("tip_amount")}),
           sum({CENTS.format("trip_distance")}), count(*) FILTER (fare_amount < 0)
    FROM {{}} GROUP BY 1, 2, 3
"""


@pytest.mark.parametrize(
    ("step", "month", "source"),
    [
        ("as_csv", "2020-04", f"read_csv('{TLC / 'csv' / CSV}', all_varchar = false)"),
        ("as_parquet", "2020-04", f"read_parquet('{TLC / 'parquet' / PARQUET}')"),
        ("as_csv", "2024-01", f"read_parquet('{TLC / 'parquet'}/green_tripdata_2024-01.parquet')"),
    ],
    ids=["CSV", "Parquet", "later Parquet"],
)
def test_every_group_is_what_duckdb_makes_of_the_raw_file(step, month, source, request):
    lake = request.getfixturevalue(step).lake
    expected = duckdb.sql(BY_DUCKDB.format(source)).fetchall()
    assert sorted(rows_of(published_files(lake.aggregates, month), RIDE_COLUMNS), key=str) == sorted(expected, key=str)


def test_the_readme_is_the_one_these_numbers_are_from():
    readme = Path(TLC / "README.md").read_text(encoding="utf-8")
    for number in ("35,612", "831", "590,863.20", "250,148.42", "18,757.93", "35,644", "591,497.91", "957,367.44"):
        assert number in readme
