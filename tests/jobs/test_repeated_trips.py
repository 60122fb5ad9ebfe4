"""A file that was appended to itself: every line is valid and the accounting agrees, and yet it must not be published."""

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.jobs import repeats
from tests.factories import csv_layout, csv_line
from tests.jobs.lakes import LakeFolder

pytestmark = pytest.mark.spark

C7 = csv_layout("C7")

MONTHS = {  # trips, how many of them are there a second time, what is said of it
    "2018-01": (1_000, 100, ""),
    "2018-02": (1_000, 101, "101 of 1,101 trips repeat an earlier one exactly"),
    "2018-03": (15_000, 150, ""),
    "2018-04": (15_000, 153, "153 of 15,153 trips repeat an earlier one exactly"),
    "2018-05": (150, 150, "150 of 300 trips repeat an earlier one exactly"),
}
ONE_LINE = ("2018-06", 5_000, "5,000 of 15,000 trips repeat an earlier one exactly")
"""One trip, 5,000 times more: a sample of trips has all of them or none."""


def lines(month: str, trips: int) -> list[str]:
    """So many plain trips, no two alike."""
    found = []
    for number in range(trips):
        pickup = datetime.fromisoformat(f"{month}-02") + timedelta(seconds=97 * number)
        dropoff = pickup + timedelta(minutes=9)
        found.append(csv_line(C7, lpep_pickup_datetime=str(pickup), lpep_dropoff_datetime=str(dropoff)))
    return found


def put(lake: LakeFolder, month: str, body: list[str]) -> None:
    text = "".join(f"{line}\r\n" for line in [*C7.blank_lines, *body])
    (lake.raw / f"green_tripdata_{month}.csv").write_text(C7.header + C7.header_end + text, newline="")


@pytest.mark.defect("appended-to-itself")
@pytest.mark.parametrize("sampled", [False, True], ids=["whole", "sampled"])
def test_repeated_trips_refuse_a_file(spark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sampled: bool):
    if sampled:
        monkeypatch.setattr(repeats, "WHOLE", 1_500)
        monkeypatch.setattr(repeats, "SAMPLE", 4_000)
    lake = LakeFolder(tmp_path)
    lake.raw.mkdir(parents=True)
    for month, (trips, again, _) in MONTHS.items():
        good = lines(month, trips)
        put(lake, month, [*good, *good[-again:]])
    one, more, one_says = ONE_LINE
    good = lines(one, 10_000)
    put(lake, one, [*good, *good[:1] * more])
    ran = lake.trips()
    refused = {month: says for month, (_, _, says) in MONTHS.items() if says} | {one: one_says}
    assert ran.counts["published"] == sorted({*MONTHS, one} - set(refused))
    assert ran.counts["refused"] == {f"green_tripdata_{month}.csv": "REPEATED_TRIPS" for month in refused}
    for month, says in refused.items():
        assert f"green_tripdata_{month}.csv: refused, REPEATED_TRIPS: {says}; the one picked up at {month}-" in ran.out


def test_a_parquet_file_with_its_rows_twice_is_refused(spark, tmp_path: Path):
    from data_samples import make_samples

    lake = LakeFolder(tmp_path)
    [sample] = make_samples(lake.raw, layouts=("P2",))
    table = pq.read_table(sample.path)
    pq.write_table(pa.concat_tables([table, table]), sample.path)
    ran = lake.trips()
    assert list(ran.counts["refused"].values()) == ["REPEATED_TRIPS"]
