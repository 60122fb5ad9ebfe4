"""Wrong usage is one line that names what is wrong, with status 2; a month without a file is status 1."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bad_inputs.cases import Case, plain
from tests.bad_inputs.lake_run import Lake, job
from tests.factories import without_rights

ROOT = Path(__file__).parents[2]
WRONG = {
    "a month that is none": (["--months", "2020-4"], "--months: '2020-4' is not a month"),
    "month 13": (["--months", "2020-13"], "--months: '2020-13' is not a month"),
    "an empty part of the months": (["--months", "2020-04,"], "--months: '' is not a month"),
    "a range that ends before it begins": (["--months", "2020-05..2020-04"], "ends before it begins"),
    "months with an escape": (["--months", "\x1b[31m"], "'\\x1b[31m' is not a month"),
    "rebuild without months": (["--rebuild", "yes"], "--rebuild yes needs --months"),
    "rebuild maybe": (["--months", "2020-04", "--rebuild", "maybe"], "--rebuild: 'maybe' is not no or yes"),
    "refused maybe": (["--refused", "maybe"], "--refused: 'maybe' is not fail or report"),
    "a run with a slash": (["--run", "a/b"], "--run: 'a/b' may hold"),
    "an unknown option": (["--moths", "2020-04"], "--moths 2020-04; did you mean --months?"),
    "an option without its value": (["--months"], "--months"),
    "an option cut short": (["--rebuil", "yes"], "--rebuil"),
    "s3 without a bucket": (["--raw", "s3://"], "s3:// names no bucket"),
    "another scheme": (["--raw", "hdfs://host/raw"], "neither a local path nor file:/// nor s3://"),
    "s3a": (["--quarantine", "s3a://bucket/quarantine"], "write s3://bucket/prefix"),
    "no location at all": (["--transformed", ""], "missing: --transformed; give a URI"),
}


@pytest.fixture
def not_glue(monkeypatch: pytest.MonkeyPatch):
    """Elsewhere than on Glue, also where its Python package is installed."""
    monkeypatch.setitem(sys.modules, "awsglue", None)


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.usefixtures("not_glue")
def test_wrong_usage_is_one_line_and_status_2(tmp_path: Path, case: str):
    options, says = WRONG[case]
    done = Lake.below(tmp_path).run(*options)
    assert (done.status, done.out) == (2, "")
    [line] = done.err.splitlines()
    assert line.startswith("error: ")
    assert says in line
    assert "\x1b" not in line


@pytest.mark.parametrize("missing", ["--raw", "--transformed", "--quarantine"])
@pytest.mark.usefixtures("not_glue")
def test_a_location_that_is_missing_is_named(tmp_path: Path, missing: str):
    options = Lake.below(tmp_path).locations
    place = options.index(missing)
    done = job(options[:place] + options[place + 2 :])
    assert (done.status, done.out) == (2, "")
    [line] = done.err.splitlines()
    assert missing in line


def test_a_month_named_by_itself_must_have_a_file(tmp_path: Path):
    lake = Lake.below(tmp_path)
    (lake.raw / "green_tripdata_2020-03.csv").touch()
    done = lake.run("--months", "2020-04,2021-01..2021-06")
    assert (done.status, done.out) == (1, "")
    [line] = done.err.splitlines()
    assert "no raw file of 2020-04 in" in line
    assert "2021" not in line


def test_the_script_itself_ends_with_2_and_one_line():
    script = [sys.executable, str(ROOT / "glue" / "nyc_raw_to_transform.py"), "--raw", "raw", "--quarantine", "bad"]
    done = subprocess.run(script, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert "--transformed" in line


@pytest.mark.parametrize("place", ["transformed", "quarantine"])
def test_an_output_that_cannot_be_written_is_one_line_before_spark_starts(tmp_path: Path, place: str):
    lake = Lake.below(tmp_path)
    (lake.raw / "green_tripdata_2020-04.csv").write_bytes(plain(Case("more-rows").text_lines("2020-04")))
    locked = tmp_path / place
    locked.mkdir(mode=0o500)
    script = [*without_rights(), sys.executable, str(ROOT / "glue" / "nyc_raw_to_transform.py"), *lake.locations]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"error: cannot write {locked}: Permission denied: let this user write there, or give another place\n"
    )
