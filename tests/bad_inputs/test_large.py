"""A line of 50 MB, and very many objects. The sizes of whole files belong to the benchmark."""

import gzip
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bad_inputs.cases import Case, plain
from tests.bad_inputs.lake_run import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

GOOD = Case("huge-line")
MONTH = "2020-04"


@pytest.mark.defect("huge-line")
def test_a_line_of_50_mb_is_refused_without_being_held_in_memory(tmp_path: Path):
    lake = Lake.below(tmp_path)
    ordinary = plain(GOOD.text_lines(MONTH))
    huge = ordinary + b"x" * 50_000_000 + b"\n" + ordinary
    (lake.raw / f"green_tripdata_{MONTH}.csv").write_bytes(huge)
    (lake.raw / "green_tripdata_2020-05.csv.gz").write_bytes(gzip.compress(huge + b"\n", 1))
    del huge
    tracemalloc.start()
    try:
        done = lake.run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert done.status == 3
    for file in (f"green_tripdata_{MONTH}.csv", "green_tripdata_2020-05.csv.gz"):
        assert f"{file}: refused, LINE_TOO_LONG: line 22 has more than 262,144 bytes" in done.out
    assert peak < 40_000_000
    assert lake.receipts() == {}


@pytest.mark.spark
@pytest.mark.defect("many-objects")
def test_ten_thousand_objects_beside_a_month(spark: "SparkSession", tmp_path: Path):
    lake = Lake.below(tmp_path)
    for number in range(10_000):
        (lake.raw / f"part-{number:05d}.csv").write_bytes(b"x")
    (lake.raw / GOOD.file(MONTH)).write_bytes(GOOD.body(MONTH))
    done = lake.run()
    assert done.status == 0
    assert lake.trips(MONTH) == GOOD.trips(MONTH)
    assert done.counts["foreign"] == 10_000
