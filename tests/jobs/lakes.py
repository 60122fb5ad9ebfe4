"""A lake on the disk, the jobs run in this process on it, and what lies in it read apart from our code."""

import hashlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from lake.jobs.aggregates import AGGREGATES_JOB
from lake.jobs.run import run_job
from lake.jobs.trips import TRIPS_JOB
from schemas.datasets import AGGREGATES, DataSet
from tests.engines import JOB_OPTIONS
from tests.factories import csv_month

ROOT = Path(__file__).parents[2]
GLUE, EMR = ROOT / "glue" / "nyc_raw_to_transform.py", ROOT / "emr" / "nyc_aggregations.py"
RIDE_COLUMNS = (
    "pulocationid, trip_type, payment_type, ride_count, total_fare_amount, total_amount, total_tip_amount, "
    "total_trip_distance, negative_fare_count"
)


@dataclass(frozen=True)
class Ran:
    """What a run of a job said."""

    status: int
    out: str
    err: str

    @property
    def counts(self) -> dict[str, Any]:
        """The JSON line at the end."""
        record: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return record

    @property
    def errors(self) -> list[str]:
        """The lines of standard error that are the job's own, not Spark's."""
        return [line for line in self.err.splitlines() if line.startswith("error: ")]


@dataclass(frozen=True)
class LakeFolder:
    """Raw files and the data sets made of them."""

    base: Path

    @property
    def raw(self) -> Path:
        return self.base / "raw" / "green"

    @property
    def transformed(self) -> Path:
        return self.base / "transformed" / "green"

    @property
    def quarantine(self) -> Path:
        return self.base / "quarantine" / "green"

    @property
    def aggregates(self) -> Path:
        return self.base / "aggregate" / "agg-green-rides"

    @property
    def hours(self) -> Path:
        return self.base / "aggregate" / "agg-green-rides-by-hour"

    @property
    def trips_options(self) -> list[str]:
        return [
            *("--raw", str(self.raw), "--transformed", str(self.transformed)),
            *("--quarantine", str(self.quarantine)),
        ]

    @property
    def rides_options(self) -> list[str]:
        return ["--transformed", str(self.transformed), "--aggregates", str(self.aggregates)]

    @property
    def further_options(self) -> list[str]:
        """For `rides`: all aggregates, not only the first."""
        return [word for one in AGGREGATES[1:] for word in (f"--{one.location.name}", str(self.root(one)))]

    def root(self, data_set: DataSet) -> Path:
        """Where a data set lies."""
        return self.base / data_set.location.folder

    def trips(self, *more: str) -> Ran:
        """The Glue job, in this process."""
        return captured(lambda: self.bare_trips(*more))

    def bare_trips(self, *more: str) -> int:
        """The same without catching what it says: for threads, which share standard output."""
        argv = ["nyc_raw_to_transform.py", *self.trips_options, *JOB_OPTIONS, *more]
        return run_job(argv, TRIPS_JOB, "Trips.")

    def rides(self, *more: str) -> Ran:
        """The EMR job, in this process."""
        argv = ["nyc_aggregations.py", *self.rides_options, *JOB_OPTIONS, *more]
        return captured(lambda: run_job(argv, AGGREGATES_JOB, "Rides."))

    def csv(self, month: str, rows: int = 3, *, first_fare: int = 10, more: Iterable[str] = ()) -> Path:
        """A raw file of so many plain trips, no two alike, of any layout C7 month, and more lines at its end."""
        self.raw.mkdir(parents=True, exist_ok=True)
        path = self.raw / f"green_tripdata_{month}.csv"
        path.write_text(csv_month(month, range(first_fare, first_fare + rows), more), newline="")
        return path

    def receipt(self, month: str) -> dict[str, Any]:
        """The receipt of a month's trips."""
        return receipts(self.transformed)[month]

    def copy(self, base: Path) -> "LakeFolder":
        """The same lake elsewhere, times of change included."""
        shutil.copytree(self.base, base)
        return LakeFolder(base)


def captured(call: Callable[[], int]) -> Ran:
    """What a call returns and says."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = call()
    return Ran(status, out.getvalue(), err.getvalue())


def receipts(root: Path) -> dict[str, dict[str, Any]]:
    """All receipts of a data set, as they lie there."""
    return {path.stem: json.loads(path.read_bytes()) for path in sorted((root / "_receipts").glob("*.json"))}


def receipt_bytes(root: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((root / "_receipts").glob("*.json"))}


def published_files(root: Path, *months: str, key: str = "files") -> list[str]:
    """The files that the receipts of some months (or all) name."""
    held = receipts(root)
    return [str(root / file["path"]) for month in months or held for file in held[month][key]]


def rows_of(files: list[str], columns: str = "*", *, grouped: bool = False) -> "Counter[tuple[Any, ...]]":
    """The rows of Parquet files as DuckDB reads them, each with how often it is there."""
    if not files:
        return Counter()
    by = "GROUP BY ALL" if grouped else ""
    found = duckdb.execute(f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false) {by}", [files]).fetchall()
    return Counter(tuple(tuple(value) if isinstance(value, list) else value for value in row) for row in found)


def trips_of(lake: LakeFolder, *months: str) -> "Counter[tuple[Any, ...]]":
    return rows_of(published_files(lake.transformed, *months))


def fares(lake: LakeFolder, *months: str) -> list[int]:
    """The fares of published trips, in whole dollars, sorted."""
    rows = rows_of(published_files(lake.transformed, *months), "fare_amount")
    return sorted(int(fare) for (fare,) in rows.elements())


def everything(base: Path) -> dict[str, tuple[str, int]]:
    """Every file below a folder, with its content and its time of change."""
    return {
        path.relative_to(base).as_posix(): (sha256(path), path.stat().st_mtime_ns)
        for path in sorted(base.rglob("*"))
        if path.is_file()
    }


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def assert_manifest_is_right(lake: LakeFolder) -> None:
    """The manifest names the files of the receipts, each once, as they lie on the disk, and each is mandatory."""
    entries = json.loads((lake.aggregates / "_manifest.json").read_bytes())["entries"]
    assert sorted(entry["url"] for entry in entries) == sorted(published_files(lake.aggregates))
    assert all(entry["mandatory"] is True for entry in entries)
    assert all(entry["meta"] == {"content_length": Path(entry["url"]).stat().st_size} for entry in entries)
    files = [entry["url"] for entry in entries]
    [(rides, fare)] = rows_of(files, "sum(ride_count), sum(total_fare_amount)")
    assert [(rides, fare)] == list(rows_of(published_files(lake.transformed), "count(*), sum(fare_amount)"))
