"""`python -m lake expire`: what can be removed, and what it must never touch."""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lake.__main__ import main
from lake.publication.orphans import Orphan, remove
from tests.jobs.commands import command, status, verify
from tests.jobs.lakes import (
    LakeFolder,
    Ran,
    captured,
    everything,
    fares,
    receipts,
)

pytestmark = pytest.mark.spark


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
        for path in lake.base.rglob("_receipts/**/*.json"):
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
    assert (again.status, again.out) == (0, "nothing has expired\n")
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
    assert expire(replaced, "--delete", "yes").out == "nothing has expired\n"
    assert month_folders(replaced) == before


def test_the_grace_period_of_each_generation_begins_when_it_was_replaced(replaced):
    """The second run took the first one's place a month ago, and the third one the second's yesterday."""
    make_old(replaced, published=30)
    assert replaced.rides("--run", "third").status == 0  # so that no aggregate needs the second run's trips
    now = replaced.transformed / "_receipts" / "2018-02.json"
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    now.write_text(json.dumps({**json.loads(now.read_bytes()), "published_at": yesterday}))
    assert expire(replaced, "--delete", "yes").status == 0
    left = {folder for folder in month_folders(replaced) if folder.endswith("2018-02") and folder[0] in "tq"}
    assert left == {f"{name} {run} 2018-02" for name in "tq" for run in ("second", "third")}


def test_expire_keeps_the_young_files_of_a_run_that_is_still_at_work(lake):
    """Its month may have been published long ago, and so may all others."""
    make_old(lake, published=30)
    folder = lake.transformed / "run=busy-0123abcd" / "month=2018-02"
    folder.mkdir(parents=True)
    (folder / "part-0.parquet").write_bytes(b"x")
    assert expire(lake, "--delete", "yes").out == "nothing has expired\n"
    assert (folder / "part-0.parquet").exists()


def test_expire_takes_what_a_killed_run_left_and_no_folder_that_is_not_a_runs(lake):
    killed = "run=killed-0123abcd"
    part = "part-0.parquet"
    left = {f"{killed}/_temporary/0/{part}", f"{killed}/month=2018-02/{part}", f"{killed}/month=2019-01/{part}"}
    kept = {"notes/month=2018-02/a", "running=1/a", f"{killed}/.DS_Store", f"run=thesis/month=2018-02/{part}"}
    for path in left | kept:
        (lake.transformed / path).parent.mkdir(parents=True, exist_ok=True)
        (lake.transformed / path).write_bytes(b"x")
    make_old(lake, published=8)
    ran = expire(lake, "--delete", "yes")
    assert ran.status == 0
    unknown = {line.removeprefix(f"unknown  {lake.transformed}/") for line in ran.out.splitlines() if "unknown" in line}
    assert unknown == kept
    assert {path for path in left | kept if (lake.transformed / path).exists()} == kept
    assert month_folders(lake) == FIRST | {"t  2018-02"}


def test_expire_leaves_what_lies_where_no_receipts_are(replaced, tmp_path):
    """A slip of the pen: another lake's trips, and this one's quarantine."""
    make_old(replaced, published=8)
    before = everything(replaced.base)
    options = ["--quarantine", str(replaced.quarantine), "--aggregates", str(replaced.aggregates), "--delete", "yes"]
    (tmp_path / "nothing").mkdir()
    ran = captured(lambda: main(["expire", "--transformed", str(tmp_path / "nothing"), *options]))
    assert ran.status == 0
    assert {path for path in before if path.startswith("quarantine")} <= set(everything(replaced.base))


def test_a_shorter_grace_period_may_be_asked_for_but_not_one_that_takes_running_jobs_files(replaced):
    make_old(replaced, files=3, published=3)
    assert expire(replaced).out == "nothing has expired\n"
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

    def interrupted(one: Orphan) -> None:
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
    assert expire(replaced).out == "nothing has expired\n"
    assert [*receipts(replaced.transformed)] == ["2018-01", "2018-02", "2018-03"]
