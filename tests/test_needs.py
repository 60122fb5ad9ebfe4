"""What is missing is told, skips what needs it, and in CI fails it."""

import os
import re
import subprocess
import sys

import pytest

from tests.needs import FIXTURES, NEEDS, ROOT, SUITES, TESTS, Need, missing, require

TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_folder_of_tests_says_what_it_needs():
    assert {path.parent.name for path in TESTS.glob("*/test_*.py")} == set(SUITES)
    assert {name for names in (*SUITES.values(), *FIXTURES.values()) for name in names} <= set(NEEDS)


@pytest.mark.parametrize("name", NEEDS)
def test_a_reason_is_one_line_and_names_targets_that_are_there(name):
    assert "\n" not in NEEDS[name].reason
    assert set(NEEDS[name].targets.split()) <= TARGETS
    assert NEEDS[name].targets or name == "tlc", "no target brings what is TLC's"


@pytest.mark.parametrize(("ci", "raised"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_what_needs_something_that_is_missing_is_skipped_and_in_ci_fails(monkeypatch, ci, raised):
    monkeypatch.setitem(NEEDS, "air", Need(lambda: True, "no air"))
    monkeypatch.setitem(NEEDS, "moon", Need(lambda: False, "no moon", "rocket"))
    monkeypatch.setenv("CI", ci)
    require("air")
    with pytest.raises(raised, match="no moon: make rocket"):
        require("air", "moon")


@pytest.mark.parametrize(("ci", "status", "said"), [("", 5, "SKIPPED [1] "), ("true", 2, "ERROR ")])
def test_a_folder_that_cannot_be_imported_here_is_one_line(ci, status, said):
    suite = "dags" if missing(SUITES["dags"]) else "schemas"  # Airflow and Spark have environments of their own
    command = [sys.executable, "-m", "pytest", f"tests/{suite}", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=ROOT, env={**os.environ, "CI": ci}, capture_output=True, text=True)
    assert ran.returncode == status, ran.stdout  # 5: no test ran
    [line] = [line for line in ran.stdout.splitlines() if line.startswith(said)]
    assert line.endswith(missing(SUITES[suite]))
