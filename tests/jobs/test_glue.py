"""The scripts: what Glue and Airflow give them, read by Glue's own parser where it is there, and what they tell Spark."""

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.lakes import EMR, GLUE, LakeFolder, Ran, captured, fares, receipts
from tests.jobs.processes import run_python

AWSGLUE = Path(sys.prefix) / "awsglue"
BY_GLUE = [
    *("--JOB_NAME", "nyc_raw_to_transform", "--JOB_ID", "j_0123", "--JOB_RUN_ID", "jr_0123"),
    *("--TempDir", "s3://aws-glue-assets/temporary/", "--job-language", "python", "--enable-metrics", "true"),
    *("--job-bookmark-option", "job-bookmark-disable", "--enable-glue-datacatalog", "true"),
    *("--airflow_task_uuid", "0b51f2c0-5f0e-7e3d"),
]


def test_the_package_is_there_and_is_the_real_one():
    assert (AWSGLUE / "awsglue" / "utils.py").is_file(), "make setup installs it"
    assert [*AWSGLUE.glob("awsgluedataplanepython-5.1.0.dist-info")]


def on_glue(script: Path, *arguments: str) -> Ran:
    """A script in a process of its own that could not start a JVM."""
    return run_python([str(script), *arguments], PYTHONPATH=str(AWSGLUE), SPARK_HOME="/nonexistent")


def elsewhere(script: Path, *arguments: str) -> Ran:
    return run_python([str(script), *arguments], SPARK_HOME="/nonexistent")


@pytest.fixture
def empty(tmp_path: Path) -> LakeFolder:
    lake = LakeFolder(tmp_path)
    lake.raw.mkdir(parents=True)
    return lake


def assert_one_line(ran: Ran, status: int, *parts: str) -> None:
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (status, "", 1), ran.err
    assert ran.err.startswith("error: ")
    for part in parts:
        assert part in ran.err


@pytest.mark.parametrize("script", [GLUE, EMR], ids=lambda script: script.stem)
def test_options_that_are_not_ours_are_ignored_on_glue_and_refused_elsewhere(script, base_lake):
    options = base_lake.trips_options if script == GLUE else base_lake.rides_options
    ran = on_glue(script, *BY_GLUE, *options)
    assert (ran.status, ran.err) == (0, "")
    assert ran.counts["published"] == []
    assert_one_line(elsewhere(script, *BY_GLUE, *options), 2, "--JOB_NAME", "--help")
    assert elsewhere(script, *options).status == 0
    assert_one_line(on_glue(script, *options, "--moths=2018-01"), 2, "--moths is not an option; did you mean --months?")


@pytest.mark.parametrize("run", [on_glue, elsewhere], ids=["on Glue", "elsewhere"])
def test_wrong_usage_is_one_line_and_status_2(run, empty):
    extra = BY_GLUE if run is on_glue else []
    options = empty.trips_options
    assert_one_line(run(GLUE, *extra, *options[:-2]), 2, "--quarantine")
    assert_one_line(run(GLUE, *extra, *options[:-1]), 2)  # an option without its value
    assert_one_line(run(GLUE, *extra, *options, "--refused", "maybe"), 2, "--refused", "fail or report")
    assert_one_line(run(GLUE, *extra, *options, "--rebuild=yes"), 2, "--rebuild yes needs --months")
    assert_one_line(run(GLUE, *extra, *options, "--months", "2020-13"), 2, "2020-13")
    assert_one_line(run(GLUE, *extra, *options, "--run", "a/b"), 2, "a/b")
    assert_one_line(run(GLUE, *extra, "--raw", "s3a://b/raw", *options[2:]), 2, "s3://bucket/prefix")


def test_an_option_may_not_be_shortened(empty):
    raw, *rest = empty.trips_options[1:]
    assert_one_line(elsewhere(GLUE, "--ra", raw, *rest), 2)
    assert_one_line(on_glue(GLUE, "--ra", raw, *rest), 2, "--raw")


@pytest.mark.parametrize("script", [GLUE, EMR], ids=lambda script: script.stem)
def test_help_says_how_to_run_it(script):
    for run in (on_glue, elsewhere):
        ran = run(script, "--help")
        assert (ran.status, ran.err) == (0, "")
        assert "spark-submit" in ran.out
        assert "exit status: 0 all is published" in ran.out


@pytest.fixture
def glue_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process can import awsglue."""
    monkeypatch.syspath_prepend(str(AWSGLUE))
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "awsglue"]:
        del sys.modules[name]


def run_as_main(monkeypatch: pytest.MonkeyPatch, script: Path, arguments: list[str]) -> Ran:
    """The script as `python script` would run it, in this process; 0 only if it did not call sys.exit at all."""
    monkeypatch.setattr(sys, "argv", [str(script), *arguments])

    def call() -> int:
        try:
            runpy.run_path(str(script), run_name="__main__")
        except SystemExit as end:
            if not end.code:
                pytest.fail("Glue takes any call of sys.exit for a failure")
            return int(str(end.code))
        return 0

    return captured(call)


@pytest.mark.spark
@pytest.mark.parametrize("with_equals", [False, True], ids=["--flag value", "--flag=value"])
def test_both_scripts_publish_with_glues_arguments(spark, glue_here, monkeypatch, tmp_path, with_equals):
    lake = LakeFolder(tmp_path)
    lake.csv("2018-03", 3, first_fare=10)
    lake.csv("2018-04", 3, first_fare=20)
    for script, options in ((GLUE, lake.trips_options), (EMR, lake.rides_options)):
        options = [*options, "--months", "2018-03", "--run", "of-glue"]
        pairs = zip(options[::2], options[1::2], strict=True)
        given = [f"{name}={value}" for name, value in pairs] if with_equals else options
        ran = run_as_main(monkeypatch, script, [*BY_GLUE[:6], *given, *BY_GLUE[6:]])
        assert (ran.status, ran.errors) == (0, [])
        assert ran.counts["published"] == ["2018-03"]
        assert ran.counts["run"].startswith("of-glue-")
    assert fares(lake) == [10, 11, 12]
    assert [*receipts(lake.aggregates)] == ["2018-03"]


def test_a_failure_leaves_the_script_with_its_status(glue_here, monkeypatch, empty):
    (empty.raw / "green_tripdata_2018-03.csv").write_text("vendor,fare\n1,2\n")
    assert run_as_main(monkeypatch, GLUE, [*BY_GLUE, *empty.trips_options]).status == 3
    assert run_as_main(monkeypatch, GLUE, [*BY_GLUE, *empty.trips_options, "--refused", "report"]).status == 0
    assert run_as_main(monkeypatch, GLUE, [*BY_GLUE, *empty.trips_options, "--months=2018-04"]).status == 1
    assert run_as_main(monkeypatch, GLUE, BY_GLUE).status == 2


def test_importing_a_script_runs_nothing():
    for script in (GLUE, EMR):
        runpy.run_path(str(script), run_name="imported")


def test_each_job_says_before_spark_starts_about_how_many_rows_are_due(lake, spark, monkeypatch):
    asked = dict[str, int]()

    def session(name, *, rows):
        asked[name] = rows
        return spark

    monkeypatch.setattr("lake.engines.spark.spark_session", session)
    lake.csv("2018-04", rows=9)  # the months before have 27, and are published
    assert (lake.trips().status, lake.rides().status) == (0, 0)
    assert asked.keys() == {"nyc_raw_to_transform", "nyc_aggregations"}
    assert 9 <= asked["nyc_raw_to_transform"] <= 18
    assert asked["nyc_aggregations"] == 9
