"""Both scripts, by spark-submit, as they are shipped: what is in the bucket and in the catalog afterwards."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from data_samples import SampleFile, make_samples
from lake.version import code_version
from schemas.contract import TRIPS
from schemas.glue import table_input
from schemas.quarantine import QUARANTINE
from schemas.rides import RIDES
from tests.fixtures_s3 import ENVIRONMENT
from tests.jobs.shipped import Shipment
from tests.jobs_s3.conftest import new_lake
from tests.jobs_s3.lake_s3 import EMR, GLUE, PLACES, Done, S3Lake
from tests.jobs_s3.months import APRIL_2018, LATER_MAY, MAY, parquet_of_august_2021, totals, zipped

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

pytestmark = [pytest.mark.s3, pytest.mark.spark, pytest.mark.slow]

DATABASE, SMALL = "nyc_on_s3", "nyc_small_on_s3"
TABLES = {TRIPS: "transformed", QUARANTINE: "quarantine", RIDES: "aggregates"}
LAYOUTS = ("C7", "C8", "P1")  # the last two have lines for the quarantine; tests/jobs has all layouts
SKIPPED = dt.datetime(2020, 3, 8, 2, 30)  # a time of the C8 sample that New York's clocks do not show
RIDE_COLUMNS = (
    "pulocationid",
    "trip_type",
    "payment_type",
    "ride_count",
    "total_fare_amount",
    "total_amount",
    "total_tip_amount",
    "total_trip_distance",
    "negative_fare_count",
)


@dataclass(frozen=True)
class Published:
    """A lake on which both scripts have run once."""

    lake: S3Lake
    samples: list[SampleFile]
    of_trips: Done
    of_rides: Done


@pytest.fixture(scope="module")
def glue(moto_url: str) -> Iterator["GlueClient"]:
    """A Glue with a database."""
    import boto3

    client = boto3.session.Session().client(
        "glue",
        endpoint_url=moto_url,
        region_name=ENVIRONMENT["AWS_DEFAULT_REGION"],
        aws_access_key_id=ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
    )
    for database in (DATABASE, SMALL):
        client.create_database(DatabaseInput={"Name": database})
    yield client
    for database in (DATABASE, SMALL):
        client.delete_database(Name=database)
    client.close()


def make_tables(glue: "GlueClient", database: str, lake: S3Lake) -> None:
    """The three tables of a lake."""
    for table, place in TABLES.items():
        location = f"s3://{lake.bucket}/{PLACES[place]}/"
        glue.create_table(DatabaseName=database, TableInput=table_input(table, location))


@pytest.fixture(scope="module")
def published(moto_url, s3, glue, jars, tmp_path_factory) -> Published:
    """Samples, published by both scripts, each in a process of its own, from the zip alone."""
    lake = new_lake(s3)
    make_tables(glue, DATABASE, lake)
    samples = make_samples(tmp_path_factory.mktemp("samples"), layouts=LAYOUTS)
    for sample in samples:
        lake.put_raw(sample.name, sample.path.read_bytes())
    shipment = Shipment.to(tmp_path_factory.mktemp("shipped") / "cluster")
    done = [lake.submitted(script, "--catalog", DATABASE, url=moto_url, shipment=shipment) for script in (GLUE, EMR)]
    return Published(lake, samples, *done)


def partitions(glue, table, database: str = DATABASE) -> dict[str, str]:
    found = glue.get_partitions(DatabaseName=database, TableName=table.name)["Partitions"]
    return {entry["Values"][0]: entry["StorageDescriptor"]["Location"] for entry in found}


def assert_the_catalog_follows(lake: S3Lake, glue, database: str = DATABASE) -> None:
    """Each table's partitions are the folders of the runs that the receipts name."""
    for table, place in TABLES.items():
        held = lake.receipts("aggregates" if place == "aggregates" else "transformed")
        expected = {
            month: f"s3://{lake.bucket}/{PLACES[place]}/run={receipt['run']}/month={month}/"
            for month, receipt in held.items()
            if place != "quarantine" or receipt["counts"]["quarantined"]
        }
        assert expected
        assert partitions(glue, table, database) == expected


def assert_the_manifest_follows(lake: S3Lake) -> None:
    """The COPY manifest names every file of the current aggregates, with its length, and no other."""
    sizes = {
        f"s3://{lake.bucket}/{PLACES['aggregates']}/{file['path']}": file["size"]
        for receipt in lake.receipts("aggregates").values()
        for file in receipt["files"]
    }
    entries = json.loads(lake.get(f"{PLACES['aggregates']}/_manifest.json"))["entries"]
    assert {entry["url"]: entry["meta"]["content_length"] for entry in entries} == sizes
    assert len(entries) == len(sizes) > 0
    assert all(entry["mandatory"] is True for entry in entries)
    for url, size in sizes.items():
        assert len(lake.get(url.removeprefix(f"s3://{lake.bucket}/"))) == size


def test_the_scripts_publish_every_line(published, glue):
    lake = published.lake
    for done in (published.of_trips, published.of_rides):
        assert done.status == 0, done.err
        assert "Traceback" not in done.err
        months = sorted(sample.month for sample in published.samples)
        assert done.counts["published"] == months
        # spark-submit puts both outputs of a script into one, so progress, which is indented, is there, too.
        lines = [line for line in done.out.splitlines()[:-1] if not line.startswith("  ")]
        assert [line[:18] for line in lines] == [f"{month}  published" for month in months]
    assert len(lake.runs()) == len(lake.runs("aggregates")) == 1
    receipts, rides = lake.receipts(), lake.receipts("aggregates")
    for sample in published.samples:
        receipt = receipts[sample.month]
        counts = receipt["counts"]
        assert (counts["lines"], counts["header"], counts["blank"], counts["published"], counts["quarantined"]) == (
            sample.physical_lines,
            sample.header_lines,
            sample.blank_lines,
            len(sample.trips),
            len(sample.quarantined),
        )
        assert receipt["source"]["uri"] == f"s3://{lake.bucket}/raw/green/{sample.name}"
        assert receipt["source"]["layout"] == sample.layout
        assert receipt["code_version"] == rides[sample.month]["code_version"] == code_version()
        rows = lake.rows(sample.month)
        assert len(rows) == len(sample.trips)
        for column in ("lpep_pickup_datetime", "lpep_dropoff_datetime"):
            assert Counter(row[column] for row in rows) == Counter(trip[column] for trip in sample.trips)
        assert {row["source_file"] for row in rows} == {sample.name}
        for column, expected in sample.sums.items():
            assert sum((row[column] or Decimal(0) for row in rows), Decimal(0)) == (expected or 0)
        if sample.quarantined:
            bad = lake.rows(sample.month, "quarantine")
            assert Counter(tuple(sorted(row["reasons"])) for row in bad) == Counter(
                line.reasons for line in sample.quarantined
            )
        of_rides = lake.rows(sample.month, "aggregates")
        assert Counter(tuple(row[column] for column in RIDE_COLUMNS) for row in of_rides) == Counter(
            tuple(getattr(ride, column) for column in RIDE_COLUMNS) for ride in sample.rides
        )
        made_of = rides[sample.month]["source"]
        assert (made_of["etag"], made_of["generation"]) == (receipt["run"], 1)
    assert any(row["lpep_pickup_datetime"] == SKIPPED for row in lake.rows("2020-03"))
    assert_the_manifest_follows(lake)
    assert_the_catalog_follows(lake, glue)


def test_nothing_pending_leaves_every_object_and_starts_no_spark(published, moto_url, glue):
    lake = published.lake
    before, where = lake.objects(), {table.name: partitions(glue, table) for table in TABLES}
    for script in (GLUE, EMR):
        done = lake.without_spark(script, "--catalog", DATABASE, url=moto_url)
        assert (done.status, done.err) == (0, "")
        assert "nothing to do" in done.out
    assert lake.objects() == before
    assert {table.name: partitions(glue, table) for table in TABLES} == where


def test_a_replaced_file_gives_its_month_alone_a_new_generation(lake, wire, s3a, glue):
    """Hand-made months: a CSV file with a bad line, a gzip file, a Parquet file; then another gzip file for May."""
    august = parquet_of_august_2021()
    raws = (APRIL_2018, zipped(MAY), august)
    for raw in raws:
        lake.put_raw(raw.name, raw.body)
    make_tables(glue, SMALL, lake)
    for done in (lake.trips("--catalog", SMALL), lake.rides("--catalog", SMALL)):
        assert done.status == 0, done.err + done.out
    first = {place: lake.receipts(place) for place in ("transformed", "aggregates")}
    for raw in raws:
        counts = first["transformed"][raw.month]["counts"]
        assert totals(lake.rows(raw.month)) == raw.totals
        assert (counts["published"], counts["quarantined"]) == (len(raw.totals), len(raw.bad))
        assert counts["lines"] == counts["header"] + counts["blank"] + counts["published"] + counts["quarantined"]
    [bad] = lake.rows(APRIL_2018.month, "quarantine")
    assert (bad["raw_line"], bad["line_number"], bad["reasons"]) == (APRIL_2018.bad[0], 4, ["BAD_NUMBER"])
    assert [tuple(row[name] for name in RIDE_COLUMNS) for row in lake.rows(MAY.month, "aggregates")] == [
        (74, 1, 2, 3, *map(Decimal, ("22.50", "13.36", "0.00", "3.60")), 0)
    ]
    assert_the_catalog_follows(lake, glue, SMALL)

    before = lake.objects()
    etags = {place: lake.receipt_etags(place) for place in first}
    later = zipped(LATER_MAY)
    etag = lake.put_raw(later.name, later.body)
    for done in (lake.trips("--catalog", SMALL), lake.rides("--catalog", SMALL)):
        assert done.status == 0, done.err + done.out
        assert done.counts["published"] == [MAY.month]
    for place, held in first.items():
        assert {month for month, e in lake.receipt_etags(place).items() if e != etags[place][month]} == {MAY.month}
        receipt = lake.receipts(place)[MAY.month]
        assert receipt["generation"] == 2
        old = {"run": held[MAY.month]["run"], "etag": etags[place][MAY.month].strip('"')}
        assert receipt["previous"] == old
    assert lake.receipts()[MAY.month]["source"]["etag"] == etag
    assert totals(lake.rows(MAY.month)) == later.totals
    assert sum(row["ride_count"] for row in lake.rows(MAY.month, "aggregates")) == len(later.totals)
    replaced = {f"raw/green/{later.name}", f"{PLACES['aggregates']}/_manifest.json"}
    replaced |= {f"{PLACES[place]}/_receipts/{MAY.month}.json" for place in first}
    after = lake.objects()
    assert {key for key in before if after.get(key) != before[key]} == replaced
    assert_the_manifest_follows(lake)
    assert_the_catalog_follows(lake, glue, SMALL)
