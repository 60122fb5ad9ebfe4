"""`--engine sail`: when it is refused, what it leaves behind, and what it does not do unasked."""

import importlib.util
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.__main__ import main
from lake.engines.sail import sail_session
from tests.jobs.lakes import ROOT, LakeFolder, captured, receipts
from tests.transforms.parquet_files import write_parquet
from tests.transforms.test_parquet import ROW

S3 = "s3://bucket/lake/transformed/green"


def one_line(ran, status: int, *parts: str) -> None:
    assert (ran.status, ran.out, ran.err.count("\n")) == (status, "", 1), ran
    assert all(part in ran.err for part in parts), ran.err


def test_places_in_s3_are_wrong_usage_in_one_line(lake: LakeFolder):
    one_line(lake.trips("--transformed", S3), 2, "--engine sail is for local folders", S3)
    one_line(lake.rides("--transformed", S3), 2, "--engine sail is for local folders", S3)
    one_line(captured(lambda: main(["summary", "--transformed", S3, "--engine", "sail"])), 2, S3)


def test_without_the_extra_it_is_wrong_usage_in_one_line(lake: LakeFolder, monkeypatch: pytest.MonkeyPatch):
    there = importlib.util.find_spec
    monkeypatch.setattr("lake.engines.sail.find_spec", lambda name: None if name == "pysail" else there(name))
    one_line(lake.trips(), 2, "pysail is not installed", "make setup-sail")


def test_an_engine_that_is_not_known_is_wrong_usage(lake: LakeFolder):
    one_line(lake.trips("--engine", "flink"), 2, "--engine: 'flink' is not spark or sail")


@pytest.mark.parametrize("module", ["lake.jobs.trips", "lake.jobs.aggregates", "lake.__main__", "lake.reader"])
def test_it_is_imported_only_when_asked_for(module: str):
    code = f"import {module}, sys; print([name for name in ('pysail', 'grpc', 'pandas') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_it_listens_on_this_machine_only(spark):
    sockets = {os.readlink(link) for link in Path("/proc/self/fd").iterdir() if os.path.lexists(link)}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/self/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                listening.append(fields[1].partition(":")[0])
    assert listening == ["0100007F"]  # 127.0.0.1
    assert sail_session() is spark, "a process has one server and one session"


def test_receipts_say_what_made_a_month_and_another_engine_makes_nothing_due(lake: LakeFolder, no_spark):
    lake.csv("2018-01")
    assert (lake.trips().status, lake.rides().status) == (0, 0)
    for root in (lake.transformed, lake.aggregates):
        assert {receipt["engine"] for receipt in receipts(root).values()} == {"sail"}
        path = root / "_receipts" / "2018-01.json"
        as_spark = json.loads(path.read_bytes())
        del as_spark["engine"]
        path.write_text(json.dumps(as_spark))
    assert lake.trips().counts["unchanged"] == 1
    assert lake.rides("--engine", "spark").counts["failed"] == []  # no_spark: it would fail if anything were due


@pytest.fixture
def no_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("Spark was to start")

    monkeypatch.setattr("lake.engines.spark.spark_session", never)


def test_a_file_that_is_not_utf8_is_refused_not_noted_and_the_others_are_published(lake: LakeFolder):
    lake.csv("2018-01")
    latin = lake.csv("2018-02", more=["\xe9"])
    latin.write_bytes(latin.read_text().encode("latin-1"))
    ran = lake.trips()
    assert (ran.status, ran.counts["published"], ran.counts["refused"]) == (3, ["2018-01"], {latin.name: "ENGINE"})
    [said] = [line for line in ran.out.splitlines() if line.startswith(f"{latin.name}: refused, ENGINE: ")]
    assert "invalid UTF-8" in said
    assert "--engine spark" in said
    assert not (lake.transformed / "_refused").exists()


def test_a_page_that_it_cannot_decode_is_refused_and_not_noted(lake: LakeFolder):
    path = Path(write_parquet(lake.raw, "P2", [ROW] * 200))
    body = path.read_bytes()
    place = len(body) // 3
    path.write_bytes(body[:place] + bytes(64) + body[place + 64 :])
    ran = lake.trips()
    if ran.counts["refused"] == {path.name: "ENGINE"}:
        assert not (lake.transformed / "_refused").exists()
    assert ran.status == 3


def test_a_published_file_that_is_gone_is_an_error_and_not_fewer_rows(lake: LakeFolder):
    lake.csv("2018-01")
    assert lake.trips().status == 0
    [file] = lake.transformed.glob("run=*/month=*/*.parquet")
    file.unlink()
    ran = lake.rides()
    assert ran.status == 1
    assert f"{file} is not there" in ran.err


def test_files_are_named_as_expire_expects(lake: LakeFolder):
    lake.csv("2018-01")
    lake.trips()
    assert [path.name.split("-")[0] for path in lake.transformed.glob("run=*/month=*/*")] == ["part"]


def test_summary_runs_on_it(lake: LakeFolder):
    lake.csv("2018-01")
    assert (lake.trips().status, lake.rides().status) == (0, 0)
    places = ["--transformed", str(lake.transformed), "--aggregates", str(lake.aggregates)]
    ran = captured(lambda: main(["summary", *places, "--engine", "sail"]))
    assert ran.status == 0
    assert "largest groups" in ran.out


def test_files_of_one_layout_by_several_writers_are_read_together(lake: LakeFolder, tmp_path: Path):
    """One writes long texts, another short ones, and a third no flag at all: a column of nulls without a type."""
    write_parquet(lake.raw, "P2", _rows("2018-03", 3), "2018-03")
    table = pq.read_table(Path(write_parquet(tmp_path, "P2", _rows("2018-04", 4), "2018-04")))
    short = table.set_column(3, "store_and_fwd_flag", table.column(3).cast(pa.string()))
    pq.write_table(short, lake.raw / "green_tripdata_2018-04.parquet")
    write_parquet(lake.raw, "P1", _rows("2018-05", 5), "2018-05")  # its ehail_fee
    ran = lake.trips()
    assert (ran.status, ran.counts["refused"], ran.counts["rows"]) == (0, {}, 12)


def _rows(month: str, number: int) -> list[dict[str, object]]:
    return [
        {**ROW, "lpep_pickup_datetime": datetime.fromisoformat(f"{month}-05 08:15:00"), "extra": n}
        for n in range(number)
    ]
