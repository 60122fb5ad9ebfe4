"""One folder of all layouts with every known defect, through both jobs; what comes out is what the generator wrote down."""

import datetime as dt
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from data_samples import SampleFile, make_samples
from data_samples.defects import UNNAMED
from lake.session import SETTINGS
from schemas.datasets import AGGREGATES, PUBLISHED, PUBLISHED_TRIPS, Aggregate, DataSet
from schemas.flags import FLAGS
from schemas.layouts import CSV_LAYOUTS, PARQUET_LAYOUTS
from schemas.reasons import RULES_VERSION
from tests.aggregates import MEASURED, counted
from tests.data_samples.read_back import physical_lines
from tests.engines import readable
from tests.jobs.expected import ARROW, expected_rides, expected_trips, line_of, month_of
from tests.jobs.lakes import (
    RIDE_COLUMNS,
    LakeFolder,
    Ran,
    assert_manifest_is_right,
    published_files,
    receipts,
    rows_of,
    sha256,
    trips_of,
)

pytestmark = pytest.mark.spark

LAYOUTS = [layout.name for layout in (*CSV_LAYOUTS, *PARQUET_LAYOUTS)]
SPOILT = ["C6", "C8", "P1"]
"""The layouts whose files have lines for the quarantine."""


@dataclass(frozen=True)
class Sampled:
    """The files, with their facts, and the lake made of them."""

    samples: dict[str, SampleFile]
    lake: LakeFolder
    trips: Ran
    rides: Ran


@pytest.fixture(scope="module")
def sampled(spark, tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    lake = LakeFolder(tmp_path_factory.mktemp("samples"))
    samples = {file.layout: file for file in make_samples(lake.raw, layouts=readable(LAYOUTS))}
    return Sampled(samples, lake, lake.trips(), lake.rides(*lake.further_options))


@pytest.fixture(params=LAYOUTS)
def sample(request: pytest.FixtureRequest, sampled: Sampled) -> SampleFile:
    """The test runs for the file of each layout."""
    if request.param not in sampled.samples:
        pytest.skip("Sail: it reads no text that is not UTF-8")
    return sampled.samples[request.param]


def test_every_month_is_published_by_both_jobs(sampled):
    months = sorted(sample.month for sample in sampled.samples.values())
    assert len(months) == len(readable(LAYOUTS))
    for ran in (sampled.trips, sampled.rides):
        assert (ran.status, ran.errors) == (0, [])
        assert ran.counts["published"] == months
        assert (ran.counts["refused"], ran.counts["failed"], ran.counts["unchanged"]) == ({}, [], 0)
    assert [line[:7] for line in sampled.trips.out.splitlines()[:-1]] == months
    assert [line[:7] for line in sampled.rides.out.splitlines()[:-1]] == months * len(AGGREGATES)  # a line for each
    assert {name: one["published"] for name, one in sampled.rides.counts["tables"].items()} == {
        aggregate.table.name: months for aggregate in AGGREGATES[1:]
    }


def test_the_counts_at_the_end_are_those_of_all_files(sampled):
    files, counts = sampled.samples.values(), sampled.trips.counts
    assert counts["lines"] == sum(file.physical_lines for file in files)
    assert counts["rows"] == sum(file.published_rows for file in files)
    assert counts["quarantined"] == sum(len(file.quarantined) for file in files)
    assert counts["reasons"] == sum((Counter(file.reason_counts) for file in files), Counter())
    assert sampled.rides.counts["lines"] == counts["rows"]
    assert sampled.rides.counts["rows"] == sum(len(file.rides) for file in files)


def test_every_line_is_accounted_for(sampled, sample):
    counts = receipts(sampled.lake.transformed)[sample.month]["counts"]
    assert counts == {
        "lines": sample.physical_lines,
        "header": sample.header_lines,
        "blank": sample.blank_lines,
        "published": sample.published_rows,
        "quarantined": len(sample.quarantined),
        "reasons": sample.reason_counts,
        "flags": {**sample.flag_counts, "has_any_flag": sum(bool(trip.flags) for trip in sample.trips)},
    }
    assert sample.physical_lines == sum(counts[part] for part in ("header", "blank", "published", "quarantined"))


def test_the_receipt_names_layout_and_source(sampled, sample):
    source = receipts(sampled.lake.transformed)[sample.month]["source"]
    assert source == {
        "uri": str(sample.path),
        "etag": sha256(sample.path),
        "size": sample.path.stat().st_size,
        "layout": sample.layout,
        "superseded": [],
        "generation": 0,
    }


def test_every_row_has_the_values_and_flags_written_down(sampled, sample):
    assert trips_of(sampled.lake, sample.month) == expected_trips(sample)


def test_sums_are_those_written_down(sampled, sample):
    columns = ", ".join(f"sum({column})" for column in sample.sums)
    assert [*rows_of(published_files(sampled.lake.transformed, sample.month), columns)] == [(*sample.sums.values(),)]


def quarantine_files(lake: LakeFolder, *months: str) -> list[str]:
    held = receipts(lake.transformed)
    return [str(lake.quarantine / file["path"]) for month in months for file in held[month]["quarantine_files"]]


def test_quarantined_lines_are_those_written_down_with_every_reason(sampled, sample):
    files = quarantine_files(sampled.lake, sample.month)
    found = rows_of(files, "line_number, reasons")
    assert found == Counter((line.line, line.reasons) for line in sample.quarantined)
    assert bool(files) == (sample.layout in SPOILT)
    if files:
        about = rows_of(files, "DISTINCT source_file, source_month, source_etag, rules_version")
        assert [*about] == [(sample.name, month_of(sample), sha256(sample.path), RULES_VERSION)]


@pytest.mark.parametrize("layout", ["C6", "C8"])
def test_quarantined_lines_are_the_bytes_of_the_file(sampled, layout):
    sample = sampled.samples[layout]
    shown = rows_of(quarantine_files(sampled.lake, sample.month), "line_number, raw_line, reasons")
    assert len(shown) > 14
    for number, text, reasons in shown:
        encoding = "latin-1" if "INVALID_ENCODING" in reasons else "utf-8"
        assert text.encode(encoding) == line_of(sample.path, number)


def test_quarantined_parquet_rows_are_shown_with_all_their_values(sampled):
    sample = sampled.samples["P1"]
    held = [_as_in_json(row) for row in pq.read_table(sample.path).to_pylist()]
    shown = [json.loads(text) for (text,) in rows_of(quarantine_files(sampled.lake, sample.month), "raw_line")]
    assert len(shown) == len(sample.quarantined)
    for row in shown:
        assert {name: str(value) for name, value in row.items()} in held


def _as_in_json(row: dict[str, Any]) -> dict[str, str]:
    """The values that are there, as texts: those of Spark's JSON."""
    special = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    texts = {
        name: value.isoformat(timespec="milliseconds") if isinstance(value, dt.datetime) else str(value)
        for name, value in row.items()
        if value is not None
    }
    return {name: special.get(text, text) for name, text in texts.items()}


def test_aggregates_are_those_written_down(sampled, sample):
    files = published_files(sampled.lake.aggregates, sample.month)
    assert rows_of(files, RIDE_COLUMNS) == expected_rides(sample)
    assert [*rows_of(files, "DISTINCT source_month")] == [(month_of(sample),)]


def test_totals_of_the_aggregates_are_those_of_the_trips_to_the_cent(sampled):
    trips, rides = published_files(sampled.lake.transformed), published_files(sampled.lake.aggregates)
    by_month = duckdb.execute(
        f"""
        SELECT source_month, {MEASURED}
        FROM read_parquet(?, hive_partitioning = false) GROUP BY 1 ORDER BY 1
        """,
        [trips],
    ).fetchall()
    assert len(by_month) == len(sampled.samples)
    assert by_month == (
        duckdb.execute(
            """
            SELECT source_month, sum(ride_count), sum(total_fare_amount), sum(total_amount), sum(total_tip_amount),
                   sum(total_trip_distance), sum(negative_fare_count)
            FROM read_parquet(?, hive_partitioning = false) GROUP BY 1 ORDER BY 1
            """,
            [rides],
        ).fetchall()
    )
    assert_manifest_is_right(sampled.lake)


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.table.name)
def test_rides_are_those_that_another_engine_counts(sampled, aggregate: Aggregate):
    trips, rides = (published_files(sampled.lake.root(one)) for one in (PUBLISHED_TRIPS, aggregate))
    expected = rows_of(trips, counted(aggregate), grouped=True)
    assert rows_of(rides) == expected
    counts = sampled.rides.counts
    assert {**counts, **counts["tables"].get(aggregate.table.name, {})}["rows"] == len(expected) > len(sampled.samples)


@pytest.mark.parametrize("data_set", PUBLISHED, ids=lambda data_set: data_set.table.name)
def test_every_file_has_the_schema_of_the_contract(sampled, data_set: DataSet):
    files = sorted(sampled.lake.root(data_set).rglob("*.parquet"))
    assert files
    expected = [(column.name, ARROW[column.type]) for column in data_set.table.columns]
    for file in files:
        schema = pq.read_schema(file)
        found = [(field.name, ARROW[_TEXTS] if _is_texts(field.type) else field.type) for field in schema]
        assert found == expected, file


_TEXTS = next(kind for kind in ARROW if kind.value == "array<string>")


def _is_texts(kind: Any) -> bool:
    """A list of texts, whatever the list's inner name."""
    return str(kind).startswith("list<") and str(kind).endswith(": string>")


def test_folders_hold_what_receipts_name_and_nothing_else(sampled):
    lake = sampled.lake
    for root, key in ((lake.transformed, "files"), (lake.aggregates, "files"), (lake.quarantine, "quarantine_files")):
        held = receipts(lake.transformed if key == "quarantine_files" else root)
        named = {str(root / file["path"]) for receipt in held.values() for file in receipt[key]}
        there = {str(path) for path in root.rglob("*") if path.is_file() and not path.name.startswith(".")}
        assert {path for path in there if "/_" not in path.removeprefix(str(root))} == named


def test_no_file_lies_about_its_month(sampled):
    for path in sampled.lake.transformed.glob("run=*/month=*/*.parquet"):
        [(month,)] = rows_of([str(path)], "DISTINCT strftime(source_month, '%Y-%m')")
        assert path.parent.name == f"month={month}"


@dataclass(frozen=True)
class Way:
    """Another way to run the same jobs."""

    id: str
    session_zone: str
    process_zone: str
    split_bytes: str
    layouts: tuple[str, ...]


WAYS = [
    Way(
        "shuffled lines, several partitions, New York",
        "America/New_York",
        "America/New_York",
        "20k",
        ("C6", "C8", "P1"),
    ),
    Way("shuffled lines, one partition, Kolkata", "Asia/Kolkata", "America/New_York", "128m", ("C5", "C8", "P3")),
]


@pytest.fixture
def process_zone(spark) -> Iterator[Any]:
    """Sets the time zone of the Python process and of the JVM, as TZ in the environment would."""
    zones = spark._jvm.java.util.TimeZone
    before, before_tz = zones.getDefault(), os.environ.get("TZ")

    def change(zone: str) -> None:
        os.environ["TZ"] = zone
        time.tzset()
        zones.setDefault(zones.getTimeZone(zone))

    yield change
    os.environ.pop("TZ")
    if before_tz is not None:
        os.environ["TZ"] = before_tz
    time.tzset()
    zones.setDefault(before)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.id)
def test_neither_order_nor_partitions_nor_time_zones_change_a_row(
    sampled, way: Way, spark, process_zone, tmp_path, monkeypatch
):
    samples = [sampled.samples[name] for name in way.layouts]
    lake = LakeFolder(tmp_path)
    lake.raw.mkdir(parents=True)
    for sample in samples:
        (_shuffled_csv if sample.layout.startswith("C") else _shuffled_parquet)(sample.path, lake.raw / sample.name)
        assert sha256(lake.raw / sample.name) != sha256(sample.path)
    settings = {"spark.sql.files.maxPartitionBytes": way.split_bytes, "spark.sql.files.openCostInBytes": "1k"}
    for name, value in {**settings, "spark.sql.session.timeZone": way.session_zone}.items():
        monkeypatch.setitem(SETTINGS, name, value)
    process_zone(way.process_zone)
    before = {name: spark.conf.get(name) for name in (*settings, "spark.sql.session.timeZone")}
    try:
        trips, rides = lake.trips(), lake.rides()
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
    assert (trips.status, rides.status) == (0, 0)
    for sample in samples:
        counts, other = (one.receipt(sample.month)["counts"] for one in (lake, sampled.lake))
        assert counts == other
        assert trips_of(lake, sample.month) == trips_of(sampled.lake, sample.month)
        assert rows_of(published_files(lake.aggregates, sample.month)) == rows_of(
            published_files(sampled.lake.aggregates, sample.month)
        )
        bad = [rows_of(quarantine_files(one, sample.month), "raw_line, reasons") for one in (lake, sampled.lake)]
        assert bad[0] == bad[1]


def _shuffled_csv(source: Path, target: Path) -> None:
    header, *lines = physical_lines(source)
    Random(1).shuffle(lines)
    target.write_bytes(b"".join([header, *lines]))


def _shuffled_parquet(source: Path, target: Path) -> None:
    table = pq.read_table(source)
    order = list(range(table.num_rows))
    Random(1).shuffle(order)
    pq.write_table(table.take(order), target, row_group_size=50)


def test_the_samples_hold_what_these_tests_are_about(sampled):
    """That is, a file without last line end, quarantined lines of every reason, every flag, odd line ends."""
    files = sampled.samples.values()
    assert {file.layout for file in files if file.quarantined} == set(SPOILT)
    counts = sum((Counter(file.flag_counts) for file in files), Counter())
    assert [flag.name for flag in FLAGS if flag not in UNNAMED and not counts[flag.name]] == []
    assert not sampled.samples["C7"].path.read_bytes().endswith(b"\n")
