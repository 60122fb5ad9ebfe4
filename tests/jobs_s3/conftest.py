"""Fixtures for the jobs on s3://: moto's server behind a proxy, which boto3 and S3A share."""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from lake.session import s3_settings
from tests.fixtures_s3 import ENVIRONMENT
from tests.jobs_s3.lake_s3 import S3Lake
from tests.jobs_s3.wire import Wire

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from pyspark.sql import SparkSession

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def wire_server(moto_url: str) -> Iterator[Wire]:
    """One proxy for all tests: S3A remembers the address by the bucket, and boto3 is slow to make a client for a new one."""
    with Wire.before(moto_url) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def s3a(jars: str, spark: "SparkSession", wire_server: Wire) -> "SparkSession":
    """The session of this process, with an S3A that talks to the proxy."""
    configuration = spark.sparkContext._jsc.hadoopConfiguration()
    # The JVM is older than the tests' AWS_* variables: what a script's JVM reads there, it is told here.
    keys = {
        "fs.s3a.access.key": ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        "fs.s3a.secret.key": ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
    }
    for name, value in (s3_settings(wire_server.url) | keys).items():
        configuration.set(name.removeprefix("spark.hadoop."), value)
    return spark


def new_lake(s3: "S3Client") -> S3Lake:
    """A lake in a bucket that no other test has."""
    lake = S3Lake(s3, f"jobs-{next(_numbers)}")
    s3.create_bucket(Bucket=lake.bucket)
    return lake


@pytest.fixture
def wire(aws: str, wire_server: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """From here on S3 is reached through the proxy."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", wire_server.url)
    yield wire_server
    wire_server.reset()


@pytest.fixture
def lake(wire: Wire, s3: "S3Client") -> S3Lake:
    """An empty lake behind the proxy."""
    return new_lake(s3)
