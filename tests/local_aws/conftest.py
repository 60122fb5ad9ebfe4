"""One account for all tests, run by the Python and Spark that run the tests."""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws import account
from local_aws.account import Account
from local_aws.clients import client
from tests.local_aws.jobs import Emr, Glue

_numbers = itertools.count(1)
SPEED = 30.0  # a Timeout of one minute lasts two seconds


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    log = tmp_path_factory.mktemp("local_aws") / "log"
    with account.start(python=Path(sys.executable), speed=SPEED, log=log) as started:
        yield started
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def clients(shared: Account) -> Iterator[dict[str, Any]]:
    names = ("s3", "glue", "emr", "logs", "sts", "iam", "sns")
    made = {name: client(shared.environment, name) for name in names}
    yield made
    for one in made.values():
        one.close()


@pytest.fixture
def s3(clients: dict[str, Any]) -> Any:
    return clients["s3"]


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"bucket-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def glue(jars: str, clients: dict[str, Any], bucket: str) -> Iterator[Glue]:
    started = Glue(clients["glue"], clients["s3"], clients["logs"], bucket)
    yield started
    started.end_all()


@pytest.fixture
def emr(jars: str, clients: dict[str, Any], bucket: str) -> Iterator[Emr]:
    started = Emr(clients["emr"], clients["s3"], bucket)
    yield started
    started.end_all()
