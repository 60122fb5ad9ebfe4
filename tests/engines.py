"""What runs the tests that need an engine: Spark, or with `--engine sail` Sail. Of those it runs all but the ones named here."""

from collections.abc import Iterable, Mapping

import pytest

from lake.engines import ENGINES, SAIL, SPARK

_NOT_UTF8 = "it reads no text that is not UTF-8: the month is refused"
_SPARKS = "about Spark itself: its JVM, its plans, its processes"
NOT_ON_SAIL = {
    "test_csv_lines.py::test_careful_lines[13 ": _NOT_UTF8,
    "test_samples.py::test_quarantined_lines_are_the_bytes_of_the_file[C6]": _NOT_UTF8,
    "test_samples.py::test_the_samples_hold_what": _NOT_UTF8,
    "bad_inputs/ & [latin-1-bytes]": _NOT_UTF8,
    "test_cases.py::test_the_run_ends_with_3_and_counts_all": _NOT_UTF8,
    "test_csv_lines.py::test_careful_lines[Spark takes off": "it leaves a byte order mark, which a header may begin with",
    "jobs/test_readable.py": "what it cannot read it does not note: tests/sail",
    "bad_inputs/test_while_read.py": _SPARKS,
    "bad_inputs/test_wall_clock.py": _SPARKS,
    "jobs/test_dead_spark.py": _SPARKS,
    "jobs/test_glue.py": _SPARKS,
    "jobs/test_locations.py::test_trips_without_a_receipt_yet": "its summary is Spark's",
    "jobs/test_readme.py": _SPARKS,
    "jobs/test_samples.py::test_neither_order_nor_partitions_nor_time_zones": _SPARKS,
    "jobs/test_settings.py": _SPARKS,
    "jobs/test_shipping.py": _SPARKS,
    "tools/test_class_archive.py": _SPARKS,
    "tools/test_spark_java.py": _SPARKS,
    "transforms/test_plans.py": _SPARKS,
}
"""By parts of the test's id, why it is left out."""


JOB_OPTIONS: list[str] = []
"""What a job is given by every test, before its own options."""


def readable(layouts: Iterable[str]) -> list[str]:
    """Of the layouts those whose samples the engine reads: one has bytes that are not UTF-8, which Sail refuses."""
    return [layout for layout in layouts if not JOB_OPTIONS or layout != "C6"]


def reason_in(table: Mapping[str, str], item: pytest.Item) -> str:
    """Why a table leaves a test out: the text of a row all of whose parts are in the test's id, or an empty one."""
    return next((why for parts, why in table.items() if all(part in item.nodeid for part in parts.split(" & "))), "")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=ENGINES, default=SPARK, help="what runs the tests that need an engine")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("engine") == SAIL:
        JOB_OPTIONS.extend(["--engine", SAIL])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("engine") == SAIL:
        for item in items:
            if reason := reason_in(NOT_ON_SAIL, item):
                item.add_marker(pytest.mark.skip(reason=f"Sail: {reason}"))


@pytest.fixture(scope="session")
def engine_name(pytestconfig: pytest.Config) -> str:
    """What runs the tests that need an engine."""
    name: str = pytestconfig.getoption("engine")
    return name
