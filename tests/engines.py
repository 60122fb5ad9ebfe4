"""What runs the tests that need an engine: Spark, or with `--engine sail` Sail. Of those it runs all but the ones named here."""

import pytest

from lake.engines import ENGINES, SAIL, SPARK

NOT_ON_SAIL = {
    "test_csv_lines.py::test_careful_lines[13 ": "it reads no text that is not UTF-8: the month is refused",
    "test_csv_lines.py::test_careful_lines[Spark takes off": "it leaves a byte order mark, which a header may begin with",
    "test_plans.py": "about the plans and the bytecode of Spark",
}
"""By a part of the test's id, why it is left out."""


JOB_OPTIONS: list[str] = []
"""What a job is given by every test, before its own options."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=ENGINES, default=SPARK, help="what runs the tests that need an engine")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("engine") == SAIL:
        JOB_OPTIONS.extend(["--engine", SAIL])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("engine") == SAIL:
        for item in items:
            if reason := next((why for part, why in NOT_ON_SAIL.items() if part in item.nodeid), ""):
                item.add_marker(pytest.mark.skip(reason=f"Sail: {reason}"))


@pytest.fixture(scope="session")
def engine_name(pytestconfig: pytest.Config) -> str:
    """What runs the tests that need an engine."""
    name: str = pytestconfig.getoption("engine")
    return name
