"""Fixtures for the tests of storage: both kinds behind one name, and faults before S3."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lake.storage import Storage, storage_of
from tests.lake.faults import Faults


@dataclass(frozen=True)
class Place:
    """A storage and an empty folder in it."""

    storage: Storage
    folder: str

    def uri(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def put(self, name: str, body: bytes = b"body") -> str:
        """Creates a file; returns its token."""
        return self.storage.put(self.uri(name), body, None)


@pytest.fixture
def local(tmp_path: Path) -> Place:
    folder = str(tmp_path / "lake")
    return Place(storage_of(folder), folder)


@pytest.fixture
def remote(bucket: str) -> Place:
    folder = f"s3://{bucket}/lake"
    return Place(storage_of(folder), folder)


@pytest.fixture(params=["local", pytest.param("remote", marks=pytest.mark.s3)])
def place(request: pytest.FixtureRequest) -> Place:
    """The test runs on both kinds."""
    place: Place = request.getfixturevalue(request.param)
    return place


@pytest.fixture(scope="session")
def faults_server(moto_url: str) -> Iterator[Faults]:
    """One proxy for all tests: boto3 takes long to make a client for a new address."""
    with Faults.before(moto_url) as proxy:
        yield proxy


@pytest.fixture
def faults(remote: Place, faults_server: Faults, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    """From here on S3 is reached through a proxy that makes faults."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", faults_server.url)
    yield faults_server
    faults_server.reset()
