"""Tests of what only Sail does: `make test-sail`. A process has one engine, so with Spark they are left out."""

import pytest

from lake.engines import SAIL
from lake.engines.sail import SailEngine
from tests.jobs.lakes import LakeFolder


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("engine") != SAIL:
        for item in items:
            if "tests/sail/" in item.nodeid:
                item.add_marker(pytest.mark.skip(reason="a process has one engine: make test-sail"))


@pytest.fixture
def engine(spark) -> SailEngine:
    return SailEngine(session=spark)


@pytest.fixture
def lake(tmp_path) -> LakeFolder:
    lake = LakeFolder(tmp_path)
    lake.raw.mkdir(parents=True)
    return lake
