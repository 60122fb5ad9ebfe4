"""A raw file that is replaced or taken away while a run works on it: its month stays as it was, the next run takes it."""

from typing import Any

import boto3
import pytest
from botocore.client import Config

from tests.jobs_s3.months import APRIL_2018, JUNE, LATER_MAY, MAY, Raw, totals

pytestmark = [pytest.mark.s3, pytest.mark.spark]

WRITTEN = "GET .*prefix=transformed/green/run="  # when the run lists what it has written
READ = "GET .*/raw/green/green_tripdata_2019-05.csv"  # when the run begins to read the file


def change_raw(lake: Any, change: str, later: Raw) -> None:
    """Replaces the raw file of a name, or removes it."""
    if change == "replaced":
        lake.put_raw(later.name, later.body)
    else:
        lake.s3.delete_object(Bucket=lake.bucket, Key=f"raw/green/{later.name}")


@pytest.mark.parametrize("when", [WRITTEN, READ], ids=["after it was written", "before it is read"])
@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_a_file_changed_while_it_is_read(lake, wire, s3a, when: str, change: str):
    for raw in (MAY, JUNE):
        lake.put_raw(raw.name, raw.body)
    wire.at(when, lambda: change_raw(lake, change, LATER_MAY))
    done = lake.trips()
    assert done.status == 3
    gone = change == "removed" and when == READ  # nothing was read of it
    assert f"{MAY.name}: refused, {'UNREADABLE' if gone else 'CHANGED_WHILE_READ'}" in done.out
    assert set(lake.receipts()) == {JUNE.month}
    assert bool(lake.objects("transformed/green/_refused/")) == gone  # until the next run sees that it is gone
    assert totals(lake.rows(JUNE.month)) == JUNE.totals

    etag = lake.receipt_etags()[JUNE.month]
    assert lake.trips().status == 0
    assert lake.receipt_etags()[JUNE.month] == etag
    assert lake.objects("transformed/green/_refused/") == {}
    if change == "replaced":
        assert lake.receipts()[MAY.month]["generation"] == 1
        assert totals(lake.rows(MAY.month)) == LATER_MAY.totals


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_a_file_with_bad_lines_changed_before_they_are_looked_at(lake, wire, s3a, change: str):
    for raw in (APRIL_2018, JUNE):
        lake.put_raw(raw.name, raw.body)
    longer = Raw(APRIL_2018.name, APRIL_2018.body + APRIL_2018.body.splitlines(keepends=True)[-1], ())
    wire.at(WRITTEN, lambda: change_raw(lake, change, longer))
    done = lake.trips()
    assert (done.status, done.counts["refused"]) == (3, {APRIL_2018.name: "CHANGED_WHILE_READ"})
    assert set(lake.receipts()) == {JUNE.month}
    assert totals(lake.rows(JUNE.month)) == JUNE.totals
    assert lake.objects("transformed/green/_refused/") == {}
    wire.reset()
    assert lake.trips().status == 0
    if change == "replaced":
        assert totals(lake.rows("2018-04")) == (*APRIL_2018.totals[:1], *APRIL_2018.totals)
        assert [row["raw_line"] for row in lake.rows("2018-04", "quarantine")] == list(APRIL_2018.bad)


def test_the_old_month_stays_while_its_new_file_changes(lake, wire, s3a):
    lake.put_raw(MAY.name, MAY.body)
    assert lake.trips().status == 0
    before = lake.objects("transformed/")
    lake.put_raw(LATER_MAY.name, LATER_MAY.body)
    wire.at(WRITTEN, lambda: lake.put_raw(MAY.name, MAY.body + MAY.body.splitlines(keepends=True)[-1]))
    assert lake.trips().status == 3
    assert before.items() <= lake.objects("transformed/").items()
    assert totals(lake.rows(MAY.month)) == MAY.totals


def test_the_same_bytes_in_parts_are_not_published_again(lake, s3a):
    """The receipt holds what S3 has of all bytes, however the file was sent."""
    where = {"Bucket": lake.bucket, "Key": f"raw/green/{MAY.name}"}

    def in_parts(body: bytes) -> None:
        """As tools send what is large: without a checksum of their own, S3 has one of the whole."""
        upload = {**where, "UploadId": plain.create_multipart_upload(**where)["UploadId"]}
        part = plain.upload_part(**upload, PartNumber=1, Body=body)["ETag"]
        plain.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"ETag": part, "PartNumber": 1}]})

    plain: Any = boto3.client("s3", config=Config(request_checksum_calculation="when_required"))
    plain.put_object(**where, Body=MAY.body)
    first = lake.trips()
    assert first.counts["published"] == [MAY.month], first.err
    source = lake.receipts()[MAY.month]["source"]
    found = plain.head_object(**where, ChecksumMode="ENABLED")
    assert source["checksum"] == f"crc64nvme:{found['ChecksumCRC64NVME']}"
    in_parts(MAY.body)
    assert plain.head_object(**where)["ETag"].strip('"') != source["etag"]
    assert lake.trips().counts["published"] == []
    in_parts(LATER_MAY.body)
    assert lake.trips().counts["published"] == [MAY.month]
    plain.close()
