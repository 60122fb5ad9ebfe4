"""The jobs on a real YARN, in cluster mode, sent as the DAG sends them: nights that go on from each other."""

import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

RECEIPT = "aggregate/agg-green-rides/_receipts/2017-03"


@pytest.fixture(scope="module")
def trips(emr):
    """The Glue job's run, by two executors."""
    return emr.glue("all", "--conf", "spark.executor.instances=2")


@pytest.fixture(scope="module")
def rides(emr, trips):
    """The step's first run."""
    return emr.step("two")


def counts(application):
    """The job's last word."""
    [line] = [line for line in application.driver.splitlines() if line.startswith('{"')]
    return json.loads(line)


def published(lake, month):
    """Rides and fares of a month, in the files of its receipt."""
    receipt = lake.receipts("aggregates")[month]
    rows = [
        row
        for file in receipt["files"]
        for row in pq.read_table(io.BytesIO(lake.get(f"{lake.where['aggregates']}/{file['path']}"))).to_pylist()
    ]
    return sum(row["ride_count"] for row in rows), str(sum(row["total_fare_amount"] for row in rows))


def partitions(lake, table):
    found = lake.client("glue").get_partitions(DatabaseName="nyc", TableName=table)["Partitions"]
    return sorted(value for partition in found for value in partition["Values"])


LOOPBACK = {
    "0100007F",
    "0000000000000000FFFF00000100007F",
    "00000000000000000000000001000000",
}  # as the kernel writes it


def test_all_ports_of_the_cluster_are_on_loopback(emr):
    sockets = {link.readlink().name for link in Path(f"/proc/{emr.cluster.pid}/fd").iterdir()}
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    listening = [
        words[1].partition(":")[0] for words in lines if words[3] == "0A" and f"socket:[{words[9]}]" in sockets
    ]
    assert len(listening) > 5
    assert set(listening) <= LOOPBACK


def test_the_glue_job_is_done_by_executors_that_are_processes_of_their_own(lake, trips):
    assert (trips.status, trips.attempts) == (0, 1), trips.words
    assert len(trips.executors) >= 2
    assert sum(text.count("Executor: Finished task") for text in trips.executors) > 0
    assert "Executor: Finished task" not in trips.driver
    rows = {month: receipt["counts"]["published"] for month, receipt in lake.receipts("transformed").items()}
    assert rows == {"2017-01": 2, "2017-02": 3, "2017-03": 1}
    assert partitions(lake, "green") == ["2017-01", "2017-02", "2017-03"]


def test_the_step_publishes(lake, rides):
    assert (rides.status, rides.attempts) == (0, 1), rides.words
    assert (published(lake, "2017-01"), published(lake, "2017-02")) == ((2, "30.00"), (3, "18.00"))
    assert partitions(lake, "agg_green_rides_by_month") == ["2017-01", "2017-02"]


def test_a_step_with_nothing_to_do_succeeds(lake, emr, rides):
    before = lake.receipts("aggregates")
    again = emr.step("again")
    assert (again.status, again.exit_code, again.attempts) == (0, 0, 1), again.words
    assert counts(again)["published"] == []
    assert lake.receipts("aggregates") == before


def test_a_month_without_trips_keeps_no_other_from_being_made(lake, emr, rides):
    done = emr.step("of which one is refused")
    assert (done.status, done.attempts) == (0, 1), done.words
    assert "--months: no trips are published of 2017-12" in done.driver


def test_a_step_that_fails_does_so_once_and_says_why(lake, emr, rides, faulty):
    faulty.inject("s3", "PutObject", "fail", key=RECEIPT)
    failed = emr.step("the third")
    assert (failed.status, failed.exit_code, failed.attempts) == (1, 1, 1), failed.words
    assert "access denied" in failed.driver
    assert lake.receipts("aggregates").keys() == {"2017-01", "2017-02"}
