"""`python -m lake`: what is published, pending and refused; whether it is as the receipts say; what can be removed."""

import json
import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lake.__main__ import main
from lake.expire import Expired, remove
from tests.jobs.lakes import (
    LakeFolder,
    Ran,
    captured,
    everything,
    fares,
    published_files,
    receipts,
    rows_of,
)
from tests.jobs.processes import run_python

pytestmark = pytest.mark.spark


def command(name: str, lake: LakeFolder, *more: str) -> Ran:
    return captured(lambda: main([name, "--transformed", str(lake.transformed), *more]))


def status(lake: LakeFolder) -> Ran:
    return command("status", lake, "--raw", str(lake.raw), "--aggregates", str(lake.aggregates))


def test_status_of_a_lake_in_order_is_a_line_a_month(base_lake):
    ran = status(base_lake)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "2018-01          20 rows  C7  generation 1",
        "2018-02           4 rows  1 quarantined  C7  generation 1",
        "2018-03           3 rows  C7  generation 1",
    ]


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
    assert third.endswith("generation 1  pending: contract  made by other code  aggregates older")
    assert new == "2018-04  pending: new"
    assert refused.startswith("green_tripdata_2018_05.csv: refused, NAME: ")
    assert everything(lake.base) == before


def test_status_of_nothing_says_so(tmp_path):
    ran = status(LakeFolder(tmp_path))
    assert (ran.status, ran.out) == (0, "nothing is published, and nothing is there to be\n")


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


def test_the_command_runs_as_a_module_without_a_jvm(base_lake):
    options = ["--transformed", str(base_lake.transformed)]
    ran = run_python(["-m", "lake", "files", *options], SPARK_HOME="/nonexistent")
    assert (ran.status, ran.out.splitlines(), ran.err) == (0, published_files(base_lake.transformed), "")
    ran = run_python(["-m", "lake", "status", *options], SPARK_HOME="/nonexistent")
    assert (ran.status, len(ran.out.splitlines())) == (0, 3)


def test_wrong_usage_is_status_2(base_lake, capsys):
    for arguments in ([], ["status"], ["files", "--transformed", "x", "--no-such"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2
    assert command("files", base_lake, "--months", "2018").status == 2
    capsys.readouterr()


def verify(lake: LakeFolder, *more: str) -> Ran:
    return command("verify", lake, "--quarantine", str(lake.quarantine), *more)


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
    ran = command("summary", base_lake, "--aggregates", str(base_lake.aggregates), "--quarantine", "/q")
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
    paths = [str(base_lake.base), "/q"]
    assert all(len(line) <= 80 for line in ran.out.splitlines() if not any(path in line for path in paths))


# expire


def expire(lake: LakeFolder, *more: str) -> Ran:
    options = ["--quarantine", str(lake.quarantine), "--aggregates", str(lake.aggregates)]
    return command("expire", lake, *options, *more)


def month_folders(lake: LakeFolder) -> set[str]:
    """The month folders of all runs, by data set and run id without its nonce."""
    roots = {"t": lake.transformed, "q": lake.quarantine, "a": lake.aggregates}
    return {
        f"{name} {path.parent.name.removeprefix('run=').rpartition('-')[0]} {path.name.removeprefix('month=')}"
        for name, root in roots.items()
        for path in root.glob("run=*/*")
        if path.is_dir() and any(path.iterdir())
    }


FIRST = {f"{name} first 2018-0{month}" for name in "ta" for month in (1, 2, 3)} | {"q first 2018-02"}


@pytest.fixture(scope="module")
def replaced_base(base_lake: LakeFolder, tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    """February was published twice more, with a line in quarantine each time, and aggregated after the first."""
    lake = base_lake.copy(tmp_path_factory.mktemp("replaced") / "lake")
    lake.csv("2018-02", 4, first_fare=400, more=["no trip"])
    assert lake.trips("--run", "second").status == 0
    assert lake.rides("--run", "second").status == 0
    lake.csv("2018-02", 4, first_fare=500, more=["no trip either"])
    assert lake.trips("--run", "third").status == 0
    later = {f"{name} {run} 2018-02" for name in "tq" for run in ("second", "third")}
    assert month_folders(lake) == FIRST | later | {"a second 2018-02"}
    return lake


@pytest.fixture
def replaced(replaced_base: LakeFolder, tmp_path: Path) -> LakeFolder:
    """A copy of it."""
    return replaced_base.copy(tmp_path / "replaced")


def make_old(lake: LakeFolder, *, files: float = 30, published: float | None = None) -> None:
    """Sets the age in days of all files, and of all publications."""
    if published is not None:
        moment = (datetime.now(UTC) - timedelta(days=published)).isoformat(timespec="seconds")
        for path in lake.base.rglob("_receipts/*.json"):
            path.write_text(json.dumps({**json.loads(path.read_bytes()), "published_at": moment}))
    then = time.time() - files * 86_400
    for path in lake.base.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def test_expire_is_a_dry_run_unless_told_to_delete(replaced):
    make_old(replaced, published=8)
    before = everything(replaced.base)
    ran = expire(replaced)
    assert (ran.status, ran.err) == (0, "")
    *listed, total = ran.out.splitlines()
    # The second run's month is not listed: the aggregates were made from it.
    folders = [line.split()[-1].removeprefix(f"{replaced.base}/") for line in listed]
    assert [folder.split("/")[0] for folder in folders] == ["transformed", "quarantine", "aggregate"]
    assert all("/run=first-" in folder and folder.endswith("/month=2018-02") for folder in folders)
    assert all(line.startswith("expired") for line in listed)
    assert total.endswith("nothing was deleted: --delete yes does")
    assert everything(replaced.base) == before


def test_expire_deletes_what_no_receipt_names_and_nothing_else(replaced):
    make_old(replaced, published=8)
    trips, status_before = fares(replaced), status(replaced).out
    ran = expire(replaced, "--delete", "yes")
    assert ran.status == 0
    assert all(line.startswith("deleted") for line in ran.out.splitlines()[:-1])
    assert month_folders(replaced) == (
        FIRST - {f"{name} first 2018-02" for name in "tqa"}
        | {"t second 2018-02", "q second 2018-02", "a second 2018-02", "t third 2018-02", "q third 2018-02"}
    )
    assert fares(replaced) == trips
    assert status(replaced).out == status_before
    assert verify(replaced).status == 0
    after = everything(replaced.base)
    again = expire(replaced, "--delete", "yes")
    assert (again.status, again.out) == (0, "0 bytes\n")
    assert everything(replaced.base) == after


def test_expire_takes_the_trips_of_the_old_aggregates_once_they_are_replaced(replaced):
    assert replaced.rides("--run", "third").status == 0
    make_old(replaced, published=8)
    assert expire(replaced, "--delete", "yes").status == 0
    others = {f"{name} first 2018-0{month}" for name in "ta" for month in (1, 3)}
    assert month_folders(replaced) == others | {f"{name} third 2018-02" for name in "tqa"}


def test_expire_keeps_a_run_that_was_replaced_a_minute_ago(replaced):
    """Its files are old, and no receipt names them; readers may still be at them."""
    before = month_folders(replaced)
    make_old(replaced)
    assert expire(replaced, "--delete", "yes").out == "0 bytes\n"
    assert month_folders(replaced) == before


def test_expire_keeps_the_young_files_of_a_run_that_is_still_at_work(lake):
    """Its month may have been published long ago, and so may all others."""
    make_old(lake, published=30)
    folder = lake.transformed / "run=busy-0123" / "month=2018-02"
    folder.mkdir(parents=True)
    (folder / "part-0.parquet").write_bytes(b"x")
    assert expire(lake, "--delete", "yes").out == "0 bytes\n"
    assert (folder / "part-0.parquet").exists()


def test_expire_takes_what_a_killed_run_left_and_no_folder_that_is_not_a_runs(lake):
    killed = "run=killed-01"
    left = {f"{killed}/_temporary/0/part-0.parquet", f"{killed}/month=2018-02/a", f"{killed}/month=2019-01/a"}
    kept = {"notes/month=2018-02/a", "running=1/a"}
    for path in left | kept:
        (lake.transformed / path).parent.mkdir(parents=True, exist_ok=True)
        (lake.transformed / path).write_bytes(b"x")
    make_old(lake, published=8)
    assert expire(lake, "--delete", "yes").status == 0
    assert {path for path in left | kept if (lake.transformed / path).exists()} == kept
    assert month_folders(lake) == FIRST


def test_a_shorter_grace_period_may_be_asked_for_but_not_one_that_takes_running_jobs_files(replaced):
    make_old(replaced, files=3, published=3)
    assert expire(replaced).out == "0 bytes\n"
    assert len(expire(replaced, "--days", "2").out.splitlines()) == 4
    ran = expire(replaced, "--days", "0.5")
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "--days" in ran.err


def test_expire_deletes_nothing_while_a_receipt_cannot_be_read(replaced):
    make_old(replaced, published=8)
    (replaced.transformed / "_receipts" / "2018-01.json").write_text("{")
    before = everything(replaced.base)
    ran = expire(replaced, "--delete", "yes")
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert "2018-01.json" in ran.err
    assert everything(replaced.base) == before


def test_expire_that_was_interrupted_is_finished_by_the_next(replaced, monkeypatch):
    make_old(replaced, published=8)
    calls = []

    def interrupted(one: Expired) -> None:
        calls.append(one)
        if len(calls) == 2:
            raise KeyboardInterrupt
        remove(one)

    with monkeypatch.context() as killed:
        killed.setattr("lake.__main__.remove", interrupted)
        with pytest.raises(KeyboardInterrupt):
            expire(replaced, "--delete", "yes")
    assert verify(replaced).status == 0
    assert len(expire(replaced, "--delete", "yes").out.splitlines()) == 3
    assert expire(replaced).out == "0 bytes\n"
    assert [*receipts(replaced.transformed)] == ["2018-01", "2018-02", "2018-03"]
