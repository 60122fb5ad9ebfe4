"""What the jobs say when S3 does not let them: one line, and no trace of a stack."""

import pytest

from tests.jobs_s3.lake_s3 import EMR, GLUE
from tests.jobs_s3.months import APRIL_2018, MAY

pytestmark = pytest.mark.s3


def said(done) -> str:
    """The one line of a run that failed."""
    assert done.status == 1
    assert done.out == ""
    assert done.line.startswith("error: cannot ")
    return str(done.line)


def fill(lake) -> None:
    """So that what the jobs read is there."""
    lake.put_raw(MAY.name, MAY.body)
    lake.put("transformed/green/_receipts/x.txt", b"")


@pytest.mark.parametrize("script", [GLUE, EMR])
def test_no_credentials(lake, moto_url, script: str):
    done = lake.without_spark(script, url=moto_url, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert "no AWS credentials: set AWS_PROFILE, or log in, or use a role" in said(done)


@pytest.mark.parametrize(
    ("script", "option"),
    [(GLUE, "raw"), (GLUE, "transformed"), (EMR, "transformed"), (EMR, "aggregates")],
)
def test_a_bucket_that_is_not_there(lake, script: str, option: str):
    fill(lake)
    done = lake.run(script, f"--{option}", "s3://no-such-bucket/green")
    assert (done.status, done.out) == (2, "")
    assert f"error: --{option} s3://no-such-bucket/green cannot be: there is no such bucket" in done.line


@pytest.mark.parametrize(("script", "option"), [(GLUE, "raw"), (EMR, "transformed")])
def test_an_input_that_holds_no_object(lake, script: str, option: str):
    lake.put("raw/x.txt", b"")
    fill(lake)
    done = lake.run(script, f"--{option}", f"s3://{lake.bucket}/raw/gren")
    assert (done.status, done.out) == (2, "")
    assert (
        f"--{option} s3://{lake.bucket}/raw/gren holds no object; the nearest that does, or its bucket, is "
        in done.line
    )
    assert done.line.rstrip().endswith(f"s3://{lake.bucket}/raw; did you mean s3://{lake.bucket}/raw/green?")


@pytest.mark.parametrize("command", ["status", "files", "verify", "summary", "roll-back 2018-04"])
@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("s3://no-such-bucket/green", "cannot be: there is no such bucket"),
        ("s3://{bucket}/transformed/gren", "did you mean s3://{bucket}/transformed/green?"),
        ("s3://{bucket}/raw/green", "holds no receipt, but 1 files (green_tripdata_"),
    ],
)
def test_a_command_says_the_same_of_the_trips(lake, command: str, place: str, says: str):
    fill(lake)
    name, *words = command.split()
    done = lake.command(name, "--transformed", place.format(bucket=lake.bucket), *words)
    assert (done.status, done.out) == (2, "")
    assert says.format(bucket=lake.bucket) in done.line


@pytest.mark.parametrize(
    ("script", "place"),
    [(GLUE, "raw/green"), (GLUE, "transformed/green"), (EMR, "transformed/green"), (EMR, "aggregate/rides")],
)
def test_a_folder_that_may_not_be_listed(lake, wire, script: str, place: str):
    fill(lake)
    wire.refuse(f"GET .*prefix={place}")
    line = said(lake.run(script))
    assert f"cannot list s3://{lake.bucket}/{place}" in line
    assert "access denied" in line


@pytest.mark.spark
def test_a_receipt_that_may_not_be_written(lake, wire, s3a):
    lake.put_raw(MAY.name, MAY.body)
    wire.refuse("PUT .*_receipts/")
    done = lake.trips()
    assert "access denied" in said(done)
    assert lake.receipts() == {}
    assert wire.receipts_put() == 1


@pytest.mark.spark
def test_a_raw_file_that_may_not_be_read_is_refused(lake, wire, s3a):
    lake.put_raw(MAY.name, MAY.body)
    wire.refuse(f"GET .*/raw/green/{MAY.name}")
    done = lake.trips()
    assert done.status == 3
    assert done.errors == []
    assert (
        f"{MAY.name}: refused, UNREADABLE: cannot read s3://{lake.bucket}/raw/green/{MAY.name}: access denied"
        in done.out
    )


@pytest.mark.spark
@pytest.mark.parametrize("place", ["transformed", "quarantine", "aggregate"])
def test_a_data_set_that_spark_may_not_write(lake, wire, s3a, place: str):
    lake.put_raw(APRIL_2018.name, APRIL_2018.body)
    if place == "aggregate":
        assert lake.trips().status == 0
    wire.refuse(f"PUT .*/{place}/.*run=")
    done = lake.rides() if place == "aggregate" else lake.trips()
    line = said(done)
    assert f"s3://{lake.bucket}/{place}/" in line
    assert "403" in line or "denied" in line.lower()
    assert lake.receipts("aggregates" if place == "aggregate" else "transformed") == {}


@pytest.mark.spark
def test_a_quarantine_bucket_that_is_not_there(lake, s3a):
    lake.put_raw(APRIL_2018.name, APRIL_2018.body)
    done = lake.trips("--quarantine", "s3://no-such-bucket/green")
    assert (done.status, done.out) == (2, "")
    assert "no-such-bucket" in done.line
    assert lake.receipts() == {}
