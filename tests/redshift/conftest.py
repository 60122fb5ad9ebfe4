"""A real server with the plug-in, and a workgroup of its own for each test."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from local_aws.redshift import install
from schemas.redshift import GROUPS_SQL, objects_sql
from tests.fixtures_s3 import ENVIRONMENT
from tests.redshift.warehouse import BUCKET, Warehouse

_numbers = itertools.count(1)


def trust(*services: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The plug-in, in the server of this process."""
    install(tmp_path_factory.mktemp("account"))


@pytest.fixture(scope="module")  # tests/deploy, of the same process, may empty the account between two files
def account(moto_url: str, plugin: None) -> Iterator[dict[str, Any]]:
    """Clients of an account with the plug-in, a bucket, and a role for COPY."""
    session = boto3.session.Session(
        aws_access_key_id=ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
        region_name=ENVIRONMENT["AWS_DEFAULT_REGION"],
    )
    clients: dict[str, Any] = {
        name: session.client(name, endpoint_url=moto_url) for name in ("redshift-data", "s3", "iam")
    }
    clients["s3"].create_bucket(Bucket=BUCKET)
    roles = {"copy": ("redshift.amazonaws.com",), "glue": ("glue.amazonaws.com",)}
    for name, services in roles.items():
        clients["iam"].create_role(RoleName=name, AssumeRolePolicyDocument=trust(*services))
    yield clients
    for name in roles:
        clients["iam"].delete_role(RoleName=name)


@pytest.fixture
def empty(account: dict[str, Any]) -> Warehouse:
    """A workgroup in which nothing is."""
    return Warehouse(
        account["redshift-data"], account["s3"], f"tests-{next(_numbers)}", "arn:aws:iam::123456789012:role/copy"
    )


@pytest.fixture
def warehouse(empty: Warehouse) -> Warehouse:
    """A workgroup with the objects, deployed as they are on AWS."""
    groups = [name for (name,) in empty.query(GROUPS_SQL)]
    empty.done(*objects_sql(groups))
    return empty
