"""A Spark that cannot start is one line with the cure, before anything is tried."""

import os
import sys
from pathlib import Path

import pytest

from lake.errors import LakeError
from lake.spark_start import check_start, must_start
from tests.jobs.lakes import GLUE, LakeFolder
from tests.jobs.processes import run

NOBODY = 54_321  # a user's number that no machine gives
BIN = Path(sys.executable).parent

CASES = {
    "another SPARK_HOME": (
        {"SPARK_HOME": "/opt/nowhere"},
        "SPARK_HOME=/opt/nowhere holds no Spark",
        "unset SPARK_HOME",
    ),
    "Jupyter as the driver": (
        {"PYSPARK_DRIVER_PYTHON": "jupyter"},
        "PYSPARK_DRIVER_PYTHON=jupyter is not a Python interpreter",
        "unset PYSPARK_DRIVER_PYTHON",
    ),
    "a notebook as Python": (
        {"PYSPARK_PYTHON": "/opt/bin/ipython3"},
        "is not a Python interpreter",
        "unset PYSPARK_PYTHON",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_in_the_way_is_named(case: str):
    environ, found, cure = CASES[case]
    with pytest.raises(LakeError) as error:
        check_start(environ, os.getuid())
    said = str(error.value)
    assert said.startswith("Spark cannot start: ")
    assert found in said
    assert cure in said
    check_start({**environ, "PYSPARK_GATEWAY_PORT": "1"})  # a platform has started it


def test_a_user_without_a_name_is_told():
    with pytest.raises(LakeError, match=f"user {NOBODY} has no name, .*: add it to /etc/passwd"):
        check_start({}, NOBODY)


def test_another_spark_is_told_by_its_version(tmp_path: Path):
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "spark-core_2.12-2.4.8.jar").touch()
    with pytest.raises(LakeError, match=r"holds Spark 2\.4\.8, and pyspark here is [34]\."):
        check_start({"SPARK_HOME": str(tmp_path)}, os.getuid())


def test_the_environments_own_is_no_hindrance():
    import pyspark

    home = str(Path(pyspark.__file__).parent)
    check_start(
        {"SPARK_HOME": home, "PYSPARK_DRIVER_PYTHON": sys.executable, "PYSPARK_PYTHON": "python3.11"}, os.getuid()
    )


@pytest.mark.parametrize("command", [[sys.executable], [str(BIN / "spark-submit")]], ids=["python", "spark-submit"])
@pytest.mark.parametrize("case", CASES)
def test_a_job_says_so_in_one_line(tmp_path: Path, command: list[str], case: str):
    lake = LakeFolder(tmp_path)
    lake.csv("2018-01")
    environ, found, _ = CASES[case]
    ran = run([*command, str(GLUE), "--lake", str(tmp_path)], cwd=tmp_path, **environ)
    assert (ran.status, ran.out) == (1, "")
    [line] = ran.err.splitlines()
    assert line.startswith("error: Spark cannot start: ")
    assert found in line
    assert not list(lake.transformed.glob("run=*"))


def test_a_python_without_the_project_says_so_in_one_line(tmp_path: Path):
    ran = run([sys.executable, "-S", str(GLUE), "--lake", str(tmp_path)])  # -S: without what is installed
    assert (ran.status, ran.out) == (1, "")
    cure = "run `make setup`, then `. .venv/bin/activate` (in a cluster: --extra-py-files is to name the package)"
    assert ran.err.splitlines() == [f"error: {sys.executable} has no lake: {cure}"]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"PYSPARK_GATEWAY_PORT": "1", "SPARK_YARN_STAGING_DIR": "hdfs://x/.sparkStaging/application_1_0001"}, True),
        ({"PYSPARK_GATEWAY_PORT": "1"}, False),  # --deploy-mode client, Glue
        ({"SPARK_YARN_STAGING_DIR": "hdfs://x/.sparkStaging/application_1_0001"}, False),  # not started by Spark
        ({}, False),
    ],
)
def test_only_a_driver_that_yarn_runs_must_start_spark(environ, expected):
    assert must_start(environ) is expected
