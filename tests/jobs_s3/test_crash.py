"""A run that is killed outright between two months."""

import os
import signal
import time

import pytest

from tests.jobs.shipped import Shipment
from tests.jobs_s3.months import JULY, JUNE, LATER_MAY, MAY, file_2019, totals

pytestmark = [pytest.mark.s3, pytest.mark.spark, pytest.mark.slow]


def test_a_run_killed_after_its_first_receipt_leaves_each_month_whole(lake, wire, s3a, tmp_path):
    later_june = file_2019("2019-06", "5.80", "6.80", "7.80")
    for raw in (MAY, JUNE):
        lake.put_raw(raw.name, raw.body)
    assert lake.trips().status == 0
    before, etags = lake.receipts(), lake.receipt_etags()
    for raw in (LATER_MAY, later_june, JULY):
        lake.put_raw(raw.name, raw.body)

    shipment = Shipment.to(tmp_path / "cluster")
    wire.plan = ["delay"]  # the first receipt is put, its writer does not hear of it any more
    with lake.submit("glue/nyc_raw_to_transform.py", "--run", "killed", url=wire.url, shipment=shipment) as process:
        until = time.monotonic() + 120
        while lake.receipt_etags()[MAY.month] == etags[MAY.month]:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
    wire.reset()
    assert process.returncode == -signal.SIGKILL

    after = lake.receipts()
    assert after[MAY.month]["run"].startswith("killed-")
    assert after[MAY.month]["generation"] == 2
    assert totals(lake.rows(MAY.month)) == LATER_MAY.totals
    assert after[JUNE.month] == before[JUNE.month]
    assert totals(lake.rows(JUNE.month)) == JUNE.totals
    assert JULY.month not in after

    etags = lake.receipt_etags()
    assert lake.trips().status == 0
    assert lake.receipt_etags()[MAY.month] == etags[MAY.month]
    for raw in (LATER_MAY, later_june, JULY):
        assert totals(lake.rows(raw.month)) == raw.totals
    assert {month: receipt["generation"] for month, receipt in lake.receipts().items()} == {
        MAY.month: 2,
        JUNE.month: 2,
        JULY.month: 1,
    }
    whole = lake.objects()
    assert lake.trips().status == 0
    assert lake.objects() == whole
