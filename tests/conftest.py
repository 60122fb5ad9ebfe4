"""Fixtures for all tests."""

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from lake.engines import SAIL
from local_aws.options import past_proxies
from tests.jobs_s3.jars import s3_jars

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from local_aws.account import Account

pytest_plugins = ["tests.fixtures_s3", "tests.needs", "tests.engines"]

os.environ.update(past_proxies(os.environ))  # whatever the tests start listens on this machine

# For every JVM that the tests start. They meet much code and few rows: the optimising compiler (C2) costs more than it
# gains, and a parallel collector has nothing to do. The first job over all layouts takes half the time: measured.
os.environ.setdefault("SPARK_SUBMIT_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


@pytest.fixture(scope="session")
def spark(engine_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator["SparkSession"]:
    """One session for each pytest process, started by the first test that asks; its settings are those of the jobs."""
    if engine_name == SAIL:
        from lake.engines.sail import sail_session

        yield sail_session()
        return
    from lake.session import spark_session

    folder = tmp_path_factory.mktemp("spark")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = spark_session(
        "tests",
        {
            "spark.master": "local[2]",
            "spark.ui.enabled": "false",
            "spark.sql.codegen.cache.maxEntries": "2000",  # with the default of 100, plans that come again are compiled again
            "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",  # local files are listed without tasks
            "spark.sql.shuffle.partitions": "2",  # with the default of 200, aggregations take four times as long
            "spark.python.sql.dataFrameDebugging.enabled": "false",  # Spark 4 looks through the stack at each column
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.local.dir": str(folder / "local"),
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            **({"spark.jars": found} if (found := s3_jars()) else {}),  # tests/jobs_s3 need them
        },
    )
    for name in ("functions", "org.apache.spark.sql.functions"):  # else py4j looks for it in all jars, for each column
        setattr(session._jvm, name, getattr(session._jvm, name))
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
