"""The tables of what is left out name tests that are there, and only `--without-nightly` heeds those of the night."""

import os
import subprocess
import sys

import pytest

from tests.engines import NOT_ON_SAIL
from tests.needs import ROOT, TESTS
from tests.nightly import NIGHTLY, NIGHTLY_ON_PREVIOUS, NIGHTLY_ON_SPARK


@pytest.mark.parametrize("parts", [*NOT_ON_SAIL, *NIGHTLY, *NIGHTLY_ON_SPARK, *NIGHTLY_ON_PREVIOUS])
def test_a_row_names_tests_that_are_there(parts):
    place, _, name = parts.split(" & ")[0].partition("::")
    files = [path for path in TESTS.rglob("test_*.py") if place in str(path)]
    assert files
    assert any(name.split("[")[0] in path.read_text() for path in files)


def test_what_ci_leaves_out_on_spark_it_runs_on_sail():
    printed = subprocess.check_output(["make", "--dry-run", "test-sail", "test-fast"], cwd=ROOT, text=True)
    assert all(f" tests/{place} " in printed for place in NIGHTLY_ON_SPARK)


@pytest.mark.parametrize(("options", "found"), [([], "1 test collected"), (["--without-nightly"], "1 deselected")])
def test_only_ci_leaves_the_tests_of_the_night_out(options, found):
    command = [sys.executable, "-m", "pytest", "tests/jobs/test_settings.py", "--collect-only", "-q", *options]
    told = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTEST_ADDOPTS": ""}, capture_output=True, text=True)
    assert found in told.stdout
