"""A location that is not there, or holds nothing to work on, is never a success: one line, exit status 2, nothing written."""

import os
from pathlib import Path

import pytest

from lake.__main__ import main
from lake.jobs.aggregates import AGGREGATES_JOB
from lake.jobs.run import run_job
from lake.jobs.trips import TRIPS_JOB
from tests.jobs.lakes import LakeFolder, Ran, captured

READS_TRIPS = ("rides", "status", "files", "verify", "summary", "expire", "roll-back")


def run(what: str, *options: str) -> Ran:
    """One of the jobs, or a command of `python -m lake`."""
    if what == "trips":
        return captured(lambda: run_job(["job.py", *options], TRIPS_JOB, "Trips."))
    if what == "rides":
        return captured(lambda: run_job(["job.py", *options], AGGREGATES_JOB, "Rides."))
    return captured(lambda: main([what, *options, *(["2018-01"] if what == "roll-back" else [])]))


def error_of(ran: Ran) -> str:
    assert (ran.status, ran.out) == (2, "")
    [line] = ran.err.splitlines()
    assert line.startswith("error: ")
    return line


def tree(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


MISSING = {  # what of a lake in which raw/green and transformed/green are there
    "trips: raw mistyped": (
        "trips",
        ["--raw", "rwa/green", "--transformed", "t", "--quarantine", "q"],
        "--raw {here}/rwa/green does not exist; the nearest folder that does is {here}; did you mean {here}/raw?",
    ),
    "trips: raw is a file": (
        "trips",
        ["--raw", "raw/green/x.txt", "--transformed", "t", "--quarantine", "q"],
        "--raw {here}/raw/green/x.txt is a file, not a folder; the nearest folder that does is {here}/raw/green",
    ),
    "trips: what transformed is to lie in": (
        "trips",
        ["--raw", "raw/green", "--transformed", "no/t", "--quarantine", "q"],
        "--transformed {here}/no/t does not exist; the nearest folder that does is {here}",
    ),
    "trips: the lake above the usual folder": (
        "trips",
        ["--raw", "raw/green", "--transformed", "no/transformed/green", "--quarantine", "q"],
        "--transformed {here}/no/transformed/green does not exist; the nearest folder that does is {here}",
    ),
    "trips: no lake": ("trips", ["--lake", "lkae"], "--lake lkae: {here}/lkae/raw/green does not exist"),
    "trips: two roles by a link": (
        "trips",
        ["--raw", "raw/green", "--transformed", "t", "--quarantine", "link/q"],
        "--quarantine {here}/link/q lies in --raw {here}/raw/green",
    ),
    "trips: an empty part of a lake": ("trips", ["--lake", ".", "--raw", ""], "--raw: '' is not a location"),
    "rides: no folder for the output": (
        "rides",
        ["--transformed", "transformed/green", "--aggregates", "no/a"],
        "--aggregates {here}/no/a does not exist; the nearest folder that does is {here}",
    ),
    "status: raw mistyped": (
        "status",
        ["--transformed", "transformed/green", "--raw", "raw/gren"],
        "--raw {here}/raw/gren does not exist; the nearest folder that does is {here}/raw; did you mean {here}/raw/green?",
    ),
    **{
        f"{what}: the raw folder for the trips": (
            what,
            ["--transformed", "raw/green", *(["--lake", "."] if what in ("rides", "expire") else [])],
            "--transformed {here}/raw/green holds no receipt, but 1 files (x.txt): it is not a data set of this pipeline",
        )
        for what in READS_TRIPS
    },
    "a misspelt option of a command": ("status", ["--lkae", "x"], "--lkae x; did you mean --lake?"),
    "a misspelt command": ("stauts", [], "did you mean status?"),
    **{
        f"{what}: the trips mistyped": (
            what,
            ["--lake", ".", "--transformed", "transfromed"],
            "--transformed {here}/transfromed does not exist; the nearest folder that does is {here}; "
            "did you mean {here}/transformed?",
        )
        for what in READS_TRIPS
    },
    **{f"{what}: no lake": (what, ["--lake", "lkae"], "--lake lkae: {here}/lkae/") for what in READS_TRIPS},
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("raw/green", "transformed/green", "quarantine/green", "aggregate/agg-green-rides"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "raw/green/x.txt").touch()
    (tmp_path / "link").symlink_to(tmp_path / "raw/green")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", MISSING)
def test_a_location_that_is_wrong_is_named_with_what_is_there(here: Path, case: str):
    what, options, says = MISSING[case]
    before = tree(here)
    assert says.format(here=here) in error_of(run(what, *options))
    assert tree(here) == before


BARREN = {
    "empty": ([], "it is empty; put files named green_tripdata_YYYY-MM.csv, .csv.gz or .parquet there"),
    "other files": (
        ["a.txt", "b.txt", "c.txt", "d.txt"],
        "it holds 4 files (a.txt, b.txt, c.txt); put files named green_tripdata_YYYY-MM.csv",
    ),
    "by year and month": (
        ["2018/02/green_tripdata_2018-02.csv"],
        "it holds 1 folders (2018); {raw}/2018/02 holds green_tripdata_2018-02.csv: put the files of all months directly",
    ),
    "a folder named like a month": (
        ["green_tripdata_2018-02.parquet/part-0.parquet"],
        "it holds 1 folders (green_tripdata_2018-02.parquet)",
    ),
}


@pytest.mark.parametrize("what", ["trips", "trips of a month", "status"])
@pytest.mark.parametrize("case", BARREN)
def test_a_raw_folder_without_months_is_told_with_what_lies_there(tmp_path: Path, case: str, what: str):
    names, says = BARREN[case]
    lake = LakeFolder(tmp_path)
    lake.raw.mkdir(parents=True)
    for name in names:
        (lake.raw / name).parent.mkdir(parents=True, exist_ok=True)
        (lake.raw / name).touch()
    before = tree(tmp_path)
    months = ["--months", "2018-02"] if what == "trips of a month" else []
    said = error_of(run(what.split()[0], "--lake", str(tmp_path), *months))
    assert f"no file in {lake.raw} could be a month: {says.format(raw=lake.raw)}" in said
    assert tree(tmp_path) == before


def test_trips_without_a_receipt_yet_are_no_error_but_said(tmp_path: Path):
    transformed = LakeFolder(tmp_path).transformed
    transformed.mkdir(parents=True)
    for what in ("rides", "files", "verify", "summary"):
        ran = run(what, "--lake", str(tmp_path))
        assert ran.status == 0
        assert f"note: no trips are published in {transformed} yet" in ran.out + ran.err
    assert run("files", "--lake", str(tmp_path)).out == ""


@pytest.mark.spark
def test_a_raw_folder_that_was_cleared_is_a_warning(base_lake: LakeFolder, tmp_path: Path):
    lake = base_lake.copy(tmp_path / "copy")
    for file in lake.raw.iterdir():
        file.unlink()
    (lake.raw / ".DS_Store").touch()
    for what in ("trips", "status"):
        ran = run(what, "--lake", str(lake.base))
        assert ran.status == 0
        assert f"note: no file in {lake.raw} could be a month: " in ran.out


def test_before_the_first_run_status_tells_what_is_pending(tmp_path: Path):
    LakeFolder(tmp_path).csv("2018-01")
    ran = run("status", "--lake", str(tmp_path))
    assert (ran.status, ran.out) == (0, "2018-01  pending: new\n")
    assert os.listdir(tmp_path) == ["raw"]
