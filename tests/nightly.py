"""What `.ci/run` leaves to `.ci/run nightly`: tests that take minutes and guard what few changes touch.

Every target of make runs all of its tests; `pytest --without-nightly` leaves these out. What is left out as a whole is in
`.ci/run` itself.
"""

import sys
from pathlib import Path

import pytest

from lake.engines import SPARK
from local_aws.runtimes import PREVIOUS
from tests.engines import reason_in

_ENVIRONMENT = "about the environment, which changes with conf/, tools/ and the requirements"
_AIRFLOWS = "starts Airflows of its own"
_ALIKE = "another call of AWS fails, alike for the DAG"
_COMPARED = "test-sail has the same files, on both Sparks"
_NO_ENGINE = (
    "about publication, which knows no engine: test-sail and test-fast run them on Sail, in a fraction of the time"
)
_BOTH = "the same code of ours on both Sparks"
NIGHTLY = {
    "explore/test_report.py::test_a_hundred_and_fifty_months": "a page of twelve years",
    "jobs/test_calibration.py::test_each_head": _COMPARED,
    "jobs/test_calibration.py::test_the_heads_of_all_83_months": _COMPARED,
    "jobs/test_samples.py::test_neither_order & one partition": "the same with several partitions stays",
    "jobs/test_settings.py": "tries each setting that Spark has",
    "jobs_s3/test_publish.py::test_a_replaced_file": "the same on a disk stays",
    "local_aws/test_jobs.py": "the pipeline's nights run the same jobs",
    "pipeline/test_jobs_fail.py::test_a_task_that_fails & [add_steps": _ALIKE,
    "pipeline/test_jobs_fail.py::test_a_task_that_fails & [create_emr_cluster": _ALIKE,
    "pipeline/test_jobs_fail.py::test_a_task_that_fails & [end_leftover_clusters": _ALIKE,
    "pipeline/test_jobs_fail.py::test_a_task_that_fails & [find_pending": _ALIKE,
    "pipeline/test_jobs_fail.py::test_a_task_that_fails & [glue_task: PutObject fail": _ALIKE,
    "pipeline/test_jobs_fail.py::test_a_task_that_fails & [s3_sensor": _ALIKE,
    "pipeline/test_jobs_fail.py::test_a_task_that_fails & [watch_step: DescribeStep": _ALIKE,
    "pipeline/test_load_fails.py::test_a_lost_answer": "two nights",
    "pipeline/test_out_of_sight.py": "two nights each, of which one waits for what is lost",
    "pipeline/test_real_data.py": "jobs/test_calibration.py has the same month, and the demo a night like it",
    "pipeline/test_refused.py::test_a_night_of_refused_files": "four nights",
    "pipeline/test_two_installations.py": _AIRFLOWS,
    "pipeline/test_upgrade.py": _AIRFLOWS,
    "sail/test_faults.py::test_what_spark": "changes with the pinned version of Spark",
    "tools/test_class_archive.py::TestWithSpark": _ENVIRONMENT,
    "yarn/test_jobs.py::test_a_month_without_trips": "an application of a minute; tests/jobs has the same month",
}
"""By parts of the test's id, why it is left out."""

NIGHTLY_ON_SPARK = {
    **dict.fromkeys(
        (f"jobs/test_{name}.py" for name in ("command", "expire", "faults", "repeated_trips", "repeats")), _NO_ENGINE
    ),
    "explore/test_samples.py": "DuckDB draws the page, whatever engine wrote the files: test-sail runs it on Sail",
}
"""The same where Spark is the engine."""

NIGHTLY_ON_PREVIOUS = {
    "yarn/test_jobs.py::test_a_step_that_fails": _BOTH,
    "yarn/test_jobs.py::test_a_step_with_nothing": _BOTH,
}
"""The same for Spark 3.5."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--without-nightly", action="store_true", help="leave out what tests/nightly.py names")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("without_nightly"):
        return
    table = NIGHTLY | (NIGHTLY_ON_SPARK if config.getoption("engine") == SPARK else {})
    table |= NIGHTLY_ON_PREVIOUS if Path(sys.prefix).name == PREVIOUS.venv else {}
    left_out = {item for item in items if reason_in(table, item)}
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
