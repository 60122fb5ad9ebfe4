"""A real S3 (and Glue, …) for tests: moto's server on the loopback interface, once per pytest process.

A plugin: `pytest_plugins = ["tests.fixtures_s3"]` in tests/conftest.py.
"""

import itertools
import logging
import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """The address of the server."""
    from moto.s3.responses import S3Response
    from moto.server import ThreadedMotoServer

    from local_aws import checksums

    checksums.install()
    put, writing = S3Response.put_object, threading.Lock()

    def put_object(response: S3Response) -> Any:
        """One at a time: moto looks at the condition of a PUT and carries it out in two steps, so two writers could win."""
        with writing:
            return put(response)

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(S3Response, "put_object", put_object)
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives boto3 credentials that are worth nothing, and nothing of the user's."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def aws(moto_url: str, aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Sends boto3 to the server, with these credentials; returns its address."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    return moto_url


@pytest.fixture(scope="session")
def s3(moto_url: str) -> Iterator["S3Client"]:
    """A client of the tests' own, to look at what the code under test did."""
    import boto3

    client = boto3.session.Session().client(
        "s3",
        endpoint_url=moto_url,
        region_name=ENVIRONMENT["AWS_DEFAULT_REGION"],
        aws_access_key_id=ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
    )
    yield client
    client.close()


@pytest.fixture
def bucket(aws: str, s3: "S3Client") -> str:
    """The name of a bucket that no other test has."""
    name = f"lake-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name
