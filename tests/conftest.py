"""Fixtures for all tests."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from lake.engines import SAIL
from local_aws.options import past_proxies
from tests.jobs_s3.jars import s3_jars
from tests.sessions import small_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from local_aws.account import Account

pytest_plugins = ["tests.fixtures_s3", "tests.needs", "tests.engines", "tests.nightly"]

os.environ.update(past_proxies(os.environ))  # whatever the tests start listens on this machine


@pytest.fixture(scope="session")
def spark(engine_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator["SparkSession"]:
    """One session for each pytest process, started by the first test that asks; its settings are those of the jobs."""
    if engine_name == SAIL:
        from lake.engines.sail import sail_session

        yield sail_session()
        return
    folder = tmp_path_factory.mktemp("spark")
    session = small_session(folder, {"spark.jars": found} if (found := s3_jars()) else {})  # tests/jobs_s3 need them
    yield session
    session.stop()


@pytest.fixture(scope="session")
def jars() -> str:
    """What `spark.jars` takes; whatever runs Spark on s3:// asks for it."""
    return s3_jars()


@pytest.fixture
def faulty(shared: "Account") -> Iterator["Account"]:
    """The `shared` account of a folder's tests; the faults that a test has injected must have come by its end."""
    yield shared
    left = shared.faults()
    shared.clear_faults()
    assert left == [], "a fault that was injected never came"


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def time_zone(request: pytest.FixtureRequest, spark: "SparkSession") -> Iterator[str]:
    """The test runs in sessions of these time zones."""
    before = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", request.param)
    yield request.param
    assert before is not None
    spark.conf.set("spark.sql.session.timeZone", before)
