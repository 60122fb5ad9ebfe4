"""The hours that daylight saving time skips and repeats are wall-clock times like all others, in every time zone.

tests/jobs_s3/test_publish.py runs the scripts in New York's.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bad_inputs.cases import Case
from tests.bad_inputs.lake_run import Lake
from tests.bad_inputs.row_cases import at

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

GAP = Case(
    "daylight-saving",
    (
        at("2020-03-08 01:59:59", "2020-03-08 02:00:00"),
        at("2020-03-08 02:30:00", "2020-03-08 03:30:00"),
        at("2020-03-31 23:59:59", "2020-03-31 23:59:59"),
        at("2020-03-01 00:00:00", "2020-03-02 00:00:00"),
    ),
)
OVERLAP = Case(
    "daylight-saving",
    (
        at("2020-11-01 01:30:00", "2020-11-01 01:10:00", "is_dropoff_before_pickup"),
        at("2020-11-01 00:30:00", "2020-11-02 00:30:00"),
        at("2020-11-01 00:30:00", "2020-11-02 00:30:01", "is_over_24_hours"),
        at("2020-12-01 00:00:00", "2020-12-01 00:10:00", "is_pickup_outside_month"),
        at("2020-10-31 23:59:59", "2020-11-01 00:10:00", "is_pickup_outside_month"),
    ),
)
FILES = {"2020-03": GAP, "2020-11": OVERLAP}


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def clock(request: pytest.FixtureRequest, spark: "SparkSession", monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """This process, its JVM and the Spark session are in a time zone."""
    assert spark._jvm is not None
    zones = spark._jvm.java.util.TimeZone
    before, session = zones.getDefault(), str(spark.conf.get("spark.sql.session.timeZone"))
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    zones.setDefault(zones.getTimeZone(request.param))
    spark.conf.set("spark.sql.session.timeZone", request.param)
    yield request.param
    spark.conf.set("spark.sql.session.timeZone", session)
    zones.setDefault(before)
    monkeypatch.undo()
    time.tzset()


def test_times_are_the_wall_clock_in_every_time_zone(clock: str, tmp_path: Path):
    lake = Lake.below(tmp_path)
    for month, case in FILES.items():
        (lake.raw / case.file(month)).write_bytes(case.body(month))
    assert lake.run().status == 0
    for month, case in FILES.items():
        assert lake.trips(month) == case.trips(month)
