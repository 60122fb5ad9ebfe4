"""The same raw folders through both engines: every row, count, reason and refusal is the same, on both Sparks.

Left out is what Sail refuses to read, by name; everything else must be equal, in both directions.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.columns import Table
from schemas.contract import TRIPS
from schemas.hours import HOURS
from schemas.layouts import CSV_LAYOUTS, PARQUET_LAYOUTS
from schemas.quarantine import QUARANTINE
from schemas.rides import RIDES
from tests.jobs.lakes import LakeFolder, receipts
from tests.needs import ROOT, TLC
from tests.sail.both import run_all
from tests.sail.inputs import GENERATED, LAKES, ODD, OF_TLC, SAMPLES, make_inputs

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1_200)]

SPARKS = {"4.1": Path(sys.executable), "3.5": ROOT / ".venv-previous" / "bin" / "python"}
NOT_UTF8 = {SAMPLES: {"2016-09"}, ODD: {"2026-04"}}
"""The months that Sail does not read."""

DATA = {
    "trips": ("transformed", "files", TRIPS),
    "quarantine": ("quarantine", "quarantine_files", QUARANTINE),
    "rides": ("aggregates", "files", RIDES),
    "hours": ("hours", "files", HOURS),
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    make_inputs(folder)
    return folder


@dataclass(frozen=True)
class Half:
    """A process that runs one Spark over a copy of all raw folders, and what it says on standard error."""

    folder: Path
    process: subprocess.Popen[bytes]
    errors: Path


@pytest.fixture(scope="module")
def sparks(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Half]]:
    """Both Sparks, running side by side."""
    halves, kept = {}, {name: value for name, value in os.environ.items() if "CONNECT" not in name}
    with ExitStack() as stack:
        for version, python in SPARKS.items():
            if not python.exists():
                pytest.fail(f"{python} is not there: make setup-previous")
            base = tmp_path_factory.mktemp("spark")
            folder, errors = shutil.copytree(inputs, base / "lakes", symlinks=True), base / "errors"
            process = subprocess.Popen(
                [str(python), "-m", "tests.sail.both", str(folder), "spark"],
                cwd=ROOT,
                env={**kept, "PYSPARK_PYTHON": str(python)},
                stdout=subprocess.DEVNULL,
                stderr=stack.enter_context(errors.open("wb")),
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            halves[version] = Half(folder, process, errors)
        yield halves


@pytest.fixture(scope="module")
def on_sail(inputs: Path, sparks: dict[str, Half], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shutil.copytree(inputs, tmp_path_factory.mktemp("sail") / "lakes", symlinks=True)
    run_all(folder, "sail")
    return folder


@pytest.fixture(scope="module", params=SPARKS)
def on_spark(request: pytest.FixtureRequest, sparks: dict[str, Half]) -> Path:
    half = sparks[request.param]
    assert half.process.wait() == 0, half.errors.read_text()[-3000:]
    return half.folder


@pytest.fixture(params=LAKES)
def name(request: pytest.FixtureRequest) -> str:
    lake: str = request.param
    if lake in OF_TLC and not TLC.is_dir():
        pytest.skip("TLC's files are not at ../shared/tlc")
    return lake


def files(lake: LakeFolder, what: str, left_out: set[str]) -> list[str]:
    """The files that receipts name, but for some months'."""
    root, key, _ = DATA[what]
    book = lake.transformed if what == "quarantine" else getattr(lake, root)
    held = receipts(book).items()
    return [
        str(getattr(lake, root) / file["path"]) for month, one in held if month not in left_out for file in one[key]
    ]


def differences(table: Table, left: list[str], right: list[str]) -> list[Any]:
    """Rows that are in one of two sets of files more often than in the other. Etags are of the copies' bytes, so the same."""
    if not left or not right:
        return [*left, *right]
    columns = ", ".join(_comparable(name) for name in table.names)
    one, other = (
        f"SELECT {columns} FROM read_parquet({found!r}, hive_partitioning = false)" for found in (left, right)
    )
    query = (
        f"(FROM ({one} EXCEPT ALL {other}) SELECT 1, *) UNION ALL (FROM ({other} EXCEPT ALL {one}) SELECT 2, *) LIMIT 5"
    )
    rows: list[Any] = duckdb.sql(query).fetchall()
    return rows


def _comparable(name: str) -> str:
    """A row of a Parquet file as JSON: the same values, of which engines write some in several ways (1.0E8, 100000000.0)."""
    if name != "raw_line":
        return name
    value = "raw_line ->> ('$.\"' || key || '\"')"
    values = f"[[key, coalesce(try_cast({value} AS DOUBLE)::TEXT, {value})] for key in json_keys(raw_line)]::TEXT"
    return f"CASE WHEN raw_line LIKE '{{\"%}}' AND json_valid(raw_line) THEN {values} ELSE raw_line END AS raw_line"


@pytest.mark.parametrize("what", DATA)
def test_every_row_is_the_same(on_sail: Path, on_spark: Path, name: str, what: str):
    left_out = NOT_UTF8.get(name, set())
    left, right = (files(LakeFolder(folder / name), what, left_out) for folder in (on_sail, on_spark))
    assert differences(DATA[what][2], left, right) == []
    assert left or what == "quarantine"


def test_every_count_is_the_same(on_sail: Path, on_spark: Path, name: str):
    left_out = NOT_UTF8.get(name, set())
    for root in ("transformed", "aggregates", "hours"):
        one, other = (_counts(getattr(LakeFolder(folder / name), root), left_out) for folder in (on_sail, on_spark))
        assert one == other
        assert one


def _counts(root: Path, left_out: set[str]) -> dict[str, Any]:
    kept = ("counts", "contract_version", "generation")
    return {
        month: {**{key: one[key] for key in kept}, "layout": one["source"]["layout"]}
        for month, one in receipts(root).items()
        if month not in left_out
    }


def test_every_refusal_and_every_word_is_the_same(on_sail: Path, on_spark: Path, name: str):
    left_out = NOT_UTF8.get(name, set())
    one, other = (_said(folder / name, left_out) for folder in (on_sail, on_spark))
    assert one == other


_NUMBER = re.compile(r"'(-?[0-9.]+(?:[eE][+-]?[0-9]+)?)'")


def _plain(quoted: re.Match[str]) -> str:
    """A number of a Parquet file, shown as a value that is wrong: however an engine writes it."""
    try:
        return repr(float(quoted[1]))
    except ValueError:
        return quoted[0]


def _said(base: Path, left_out: set[str]) -> list[Any]:
    """What the jobs said, a line a month or file; without the runs' names and the counts over all months."""
    found = []
    for ran in json.loads((base / "said.json").read_text()):
        lines = [
            _NUMBER.sub(_plain, line.replace(str(base), "LAKE")) for line in ran["out"] if not line.startswith("{")
        ]
        told = json.loads(ran["out"][-1])
        skipped = re.compile("|".join(left_out) or "$^")
        found.append([sorted(line for line in lines if not skipped.search(line)), ran["errors"]])
        found[-1].append({file: code for file, code in told["refused"].items() if not skipped.search(file)})
        found[-1].append([month for month in told["published"] if month not in left_out])
    return found


def test_what_is_not_utf8_is_refused_by_sail_and_by_nothing_else(on_sail: Path, name: str):
    refused = set()
    for ran in json.loads((on_sail / name / "said.json").read_text()):
        refused |= {file for file, code in json.loads(ran["out"][-1])["refused"].items() if code == "ENGINE"}
    assert {file[len("green_tripdata_") :][:7] for file in refused} == NOT_UTF8.get(name, set())


def test_all_generated_files_are_published(on_sail: Path):
    """Else they would prove nothing: of each CSV layout one with odd lines and a strict one, and a nearly strict one; of each
    Parquet layout one, and one more."""
    made = 2 * len(CSV_LAYOUTS) + 1 + len(PARQUET_LAYOUTS) + 1
    assert len(receipts(LakeFolder(on_sail / GENERATED).transformed)) == made
