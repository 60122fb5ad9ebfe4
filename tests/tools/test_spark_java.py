"""What a JVM is told besides what Spark tells it: by a Java that prints its arguments, and once by a real one."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.jobs.lakes import ROOT
from tests.jobs.processes import run_python

SUBMIT, LAUNCHER = "org.apache.spark.deploy.SparkSubmit", "org.apache.spark.launcher.Main"
SMALL = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
OF_SPARK = ["-Xmx2g", "-XX:+IgnoreUnrecognizedVMOptions", "-Dio.netty.allocator.type=pooled"]


def rows(number: object) -> list[str]:
    return [SUBMIT, "--conf", f"spark.nyc.rows={number}", "job.py"]


def added(tmp_path: Path, arguments: list[str], **environment: str) -> list[str]:
    """What a JVM gets that was not asked for; nothing else may be missing or in another place."""
    java = tmp_path / "java"
    java.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    java.chmod(0o755)
    command = [str(ROOT / "tools" / "spark_java.sh"), *arguments]
    env = {"PATH": os.environ["PATH"], "SPARK_REAL_JAVA": str(java), **environment}
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.splitlines()
    before = len(told) - len(arguments)
    assert told[before:] == arguments
    return told[:before]


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        pytest.param([*OF_SPARK, *rows(0)], {}, SMALL, id="nothing to read"),
        pytest.param([*OF_SPARK, *rows(799_999)], {}, SMALL, id="few rows"),
        pytest.param([*OF_SPARK, *rows(800_000)], {}, [], id="many rows"),
        pytest.param([*OF_SPARK, *rows(100_000_000)], {}, [], id="very many rows"),
        pytest.param([*OF_SPARK, *rows("few")], {}, [], id="no number"),
        pytest.param([*OF_SPARK, SUBMIT, "job.py"], {}, [], id="nobody knows how many"),
        pytest.param(["-XX:+UseParallelGC", *rows(0)], {}, [], id="a collector of the user's"),
        pytest.param(["-XX:TieredStopAtLevel=3", *rows(0)], {}, [], id="a compiler of the user's"),
        pytest.param(rows(0), {"JDK_JAVA_OPTIONS": "-XX:+UseZGC"}, [], id="by a variable"),
        pytest.param(rows(0), {"JAVA_TOOL_OPTIONS": "-Dmine=1"}, SMALL, id="a property of the user's"),
        pytest.param([*rows(0), "-XX:+UseZGC"], {}, SMALL, id="an argument of the job"),
        pytest.param(["-Xmx128m", LAUNCHER, SUBMIT, "job.py"], {}, SMALL, id="the launcher"),
        pytest.param(["org.apache.spark.Other", "--conf", "spark.nyc.rows=0"], {}, [], id="another program"),
    ],
)
def test_flags_for_small_runs(arguments, environment, expected, tmp_path):
    assert added(tmp_path, arguments, **environment) == expected


@pytest.mark.spark
@pytest.mark.parametrize(("rows", "small"), [("1000", True), ("2000000", False)])
def test_a_script_that_starts_its_own_jvm_says_how_much_there_is_to_read(rows, small):
    ran = run_python([str(ROOT / "tests" / "tools" / "probe.py"), rows], SPARK_SUBMIT_OPTS="", PYTHONPATH=str(ROOT))
    assert (ran.status, ran.err) == (0, "")
    told = json.loads(ran.out)
    assert told["serial"] is small
    assert (told["level"] == 1) is small
