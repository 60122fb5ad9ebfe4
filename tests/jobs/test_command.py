"""`python -m lake`: what is published, pending and refused; whether it is as the receipts say."""

import json
import shutil
from pathlib import Path

import pytest

from lake.__main__ import main
from tests.engines import JOB_OPTIONS
from tests.jobs.commands import command, status, verify
from tests.jobs.conftest import BAD_LINE
from tests.jobs.lakes import (
    LakeFolder,
    captured,
    everything,
    published_files,
    receipts,
    rows_of,
)
from tests.jobs.processes import run_python

pytestmark = pytest.mark.spark


def test_status_of_a_lake_in_order_is_a_line_a_month(base_lake):
    ran = status(base_lake)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "2018-01          20 rows  C7  generation 1",
        "2018-02           4 rows  1 quarantined  C7  generation 1",
        "2018-03           3 rows  C7  generation 1",
    ]


def test_status_of_a_month_that_newer_code_made(lake):
    receipt = lake.transformed / "_receipts" / "2018-03.json"
    receipt.write_text(json.dumps({**json.loads(receipt.read_bytes()), "contract_version": 99}))
    assert (
        status(lake)
        .out.splitlines()[2]
        .startswith("2018-03           3 rows  C7  generation 1  made to a newer contract than this code's")
    )


def test_status_of_no_month_says_how_to_see_what_is_pending(tmp_path):
    lake = LakeFolder(tmp_path)
    lake.transformed.mkdir(parents=True)
    ran = command("status", lake)
    assert (ran.status, ran.out) == (0, "nothing is published; --raw shows what is pending\n")


def test_status_says_what_is_pending_gone_stale_and_refused(lake):
    (lake.raw / "green_tripdata_2018-01.csv").unlink()
    lake.csv("2018-02", 6)
    lake.csv("2018-04")
    (lake.raw / "green_tripdata_2018_05.csv").write_text("x")
    (lake.aggregates / "_receipts" / "2018-03.json").unlink()
    receipt = lake.transformed / "_receipts" / "2018-03.json"
    receipt.write_text(json.dumps({**json.loads(receipt.read_bytes()), "code_version": "0123", "contract_version": 0}))
    before = everything(lake.base)
    ran = status(lake)
    assert ran.status == 3
    first, second, third, new, refused = ran.out.splitlines()
    assert first == "2018-01          20 rows  C7  generation 1  raw file gone"
    assert second == "2018-02           4 rows  1 quarantined  C7  generation 1  pending: changed"
    assert (
        third == "2018-03           3 rows  C7  generation 1  pending: contract  made by other code  aggregates older"
    )
    assert new == "2018-04  pending: new"
    assert refused.startswith("green_tripdata_2018_05.csv: refused, NAME: ")
    assert everything(lake.base) == before


def test_files_are_those_that_are_published_now(lake):
    lake.csv("2018-03", 4, first_fare=300)
    assert lake.trips().status == 0
    ran = command("files", lake)
    assert (ran.status, ran.out.splitlines()) == (0, published_files(lake.transformed))
    ran = command("files", lake, "--months", "2018-03")
    assert sorted(int(fare) for (fare,) in rows_of(ran.out.split(), "fare_amount")) == [300, 301, 302, 303]
    missing = command("files", lake, "--months", "2018-01,2019-01")
    assert (missing.status, missing.out, len(missing.err.splitlines())) == (1, "", 1)
    assert "2019-01 is not published" in missing.err


def test_the_exit_status_is_not_read_off_what_is_printed(base_lake, tmp_path):
    ran = command("files", base_lake.copy(tmp_path / "t: refused, x"))
    assert (ran.status, ran.out.count(": refused, ")) == (0, 3)


def test_the_command_runs_as_a_module_without_a_jvm(base_lake):
    options = ["--transformed", str(base_lake.transformed)]
    ran = run_python(["-m", "lake", "files", *options], SPARK_HOME="/nonexistent")
    assert (ran.status, ran.out.splitlines(), ran.err) == (0, published_files(base_lake.transformed), "")
    ran = run_python(["-m", "lake", "status", *options], SPARK_HOME="/nonexistent")
    assert (ran.status, len(ran.out.splitlines())) == (0, 3)


def test_wrong_usage_is_status_2(base_lake, capsys):
    for arguments in ([], ["files", "--transformed", "x", "--no-such"], ["status"]):
        assert main(arguments) == 2
    assert command("files", base_lake, "--months", "2018").status == 2
    capsys.readouterr()


def test_verify_finds_a_lake_in_order(base_lake):
    ran = verify(base_lake)
    assert (ran.status, ran.err) == (0, "")
    assert [line.partition("  ")[2][:22] for line in ran.out.splitlines()] == ["as its receipt says: 1"] * 3
    assert verify(base_lake, "--months", "2019-01").status == 1


def _missing(path: Path) -> None:
    path.unlink()


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _beside_another(path: Path) -> None:
    shutil.copy(path, path.with_name("part-extra.parquet"))


def _by_another_month(path: Path) -> None:
    [other] = (path.parents[1] / "month=2018-01").glob("*.parquet")
    shutil.copy(other, path)


def _by_zeros(path: Path) -> None:
    path.write_bytes(b"\0" * path.stat().st_size)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_missing, "is missing"),
        (_cut_off, "the receipt says"),
        (_beside_another, "part-extra.parquet is in no receipt"),
        (_by_another_month, "the receipt says"),
        (_by_zeros, "cannot be read"),
    ],
    ids=["missing", "cut off", "an extra one", "replaced", "overwritten, of the same size"],
)
def test_verify_finds_a_file_that_is_not_as_its_receipt_says(lake, harm, said):
    [path] = published_files(lake.transformed, "2018-03")
    harm(Path(path))
    ran = verify(lake)
    assert (ran.status, ran.err) == (1, "")
    bad = [line for line in ran.out.splitlines() if "as its receipt says" not in line]
    assert len(bad) == 1
    assert bad[0].startswith("2018-03  ")
    assert said in bad[0]
    assert verify(lake, "--months", "2018-01..2018-02").status == 0


def test_verify_counts_rows_apart_from_sizes(lake):
    """A file with other rows that happens to have the receipt's size."""
    path = lake.transformed / "_receipts" / "2018-03.json"
    receipt = json.loads(path.read_bytes())
    receipt["files"][0]["rows"] = receipt["counts"]["published"] = 4
    path.write_text(json.dumps(receipt))
    ran = verify(lake, "--months", "2018-03")
    assert ran.status == 1
    assert "has 3 rows, the receipt says 4" in ran.out


def test_verify_looks_into_the_quarantine_too(lake):
    [file] = lake.receipt("2018-02")["quarantine_files"]
    (lake.quarantine / file["path"]).unlink()
    ran = verify(lake)
    assert ran.status == 1
    assert f"2018-02  {lake.quarantine}/{file['path']} is missing" in ran.out.splitlines()
    assert command("verify", lake).status == 0


def test_summary_is_one_table_of_all_that_is_published(base_lake):
    places = ["--aggregates", str(base_lake.aggregates), "--quarantine", str(base_lake.quarantine)]
    ran = command("summary", base_lake, *places)
    assert (ran.status, ran.err.count("error")) == (0, 0)
    table = [line.split() for line in ran.out.splitlines()]
    assert table[0] == ["month", "layout", "lines", "header", "blank", "published", "quarantined", "flagged"]
    assert table[1:4] == [
        ["2018-01", "C7", "23", "1", "2", "20", "0", "0"],
        ["2018-02", "C7", "8", "1", "2", "4", "1", "0"],
        ["2018-03", "C7", "6", "1", "2", "3", "0", "0"],
    ]
    assert table[4] == ["3", "months", "37", "3", "6", "27", "1", "0"]
    assert ["COLUMN_COUNT", "1"] in table
    # 20 rides from 10, 4 from 100, 3 from 200 dollars on, a dollar more each; all of one group
    assert ["74", "1", "1", "27", "1,399.00"] in table
    assert all(len(line) <= 80 for line in ran.out.splitlines() if str(base_lake.base) not in line)


# expire


def test_run_does_both_jobs_with_one_engine(lake: LakeFolder):
    lake.csv("2018-04", rows=5)
    lake.csv("2018-05", rows=2, more=[BAD_LINE] * 9)  # most are bad: refused
    places = ["--hours", str(lake.hours), *lake.trips_options, "--aggregates", str(lake.aggregates), *JOB_OPTIONS]
    ran = captured(lambda: main(["run", *places, "--months", "2018-04,2018-05", "--run", "both"]))
    assert (ran.status, ran.errors) == (3, [])
    trips, rides = (json.loads(line) for line in ran.out.splitlines() if line.startswith("{"))
    assert (trips["published"], trips["refused"]) == (["2018-04"], {"green_tripdata_2018-05.csv": "UNKNOWN_LAYOUT"})
    assert (rides["published"], rides["lines"], rides["failed"]) == (["2018-04"], 5, [])
    assert receipts(lake.hours).keys() == {"2018-04"}
    assert captured(lambda: main(["run", *places, "--refused", "report"])).status == 0


def test_run_needs_what_both_jobs_need(tmp_path: Path):
    ran = captured(lambda: main(["run", "--raw", str(tmp_path), "--transformed", str(tmp_path / "t")]))
    assert (ran.status, ran.out) == (2, "")
    assert "missing: --quarantine, --aggregates" in ran.err
