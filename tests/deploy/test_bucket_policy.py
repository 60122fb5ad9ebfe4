"""What the lake's bucket refuses whoever asks. The local account does not look at conditions: the policy is judged here."""

from collections.abc import Mapping
from typing import Any

import pytest

from deploy.aws import template
from lake.storage import storage_of
from lake.storage.aws import s3_client
from tests.deploy.policies import ACCOUNT, Call, Template

LAKE = "arn:aws:s3:::green-taxi-123456789012-lake"
GLUE, EMR, COLLECTOR = (f"arn:aws:iam::{ACCOUNT}:role/green-taxi-{name}" for name in ("glue", "emr-ec2", "collector"))
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/administrator"
RECEIPT = "transformed/green/_receipts/2020-04.json"
KEPT = "aggregate/agg-green-rides/_receipts/replaced/2020-04.3.json"
PART = "transformed/green/run=RUN/month=2020-04/part-0.parquet"
FIRST, NEXT = {"s3:if-none-match": "*"}, {"s3:if-match": "etag"}


def is_denied(caller: str, action: str, key: str, context: Mapping[str, str]) -> bool:
    call = Call(action, f"{LAKE}/{key}", {"aws:PrincipalArn": caller, "aws:SecureTransport": "true", **context})
    return any(one.is_about(call) for one in Template(template.load()).denials())


@pytest.mark.parametrize(
    ("caller", "action", "key", "context", "denied"),
    [
        (GLUE, "s3:PutObject", RECEIPT, FIRST, False),
        (GLUE, "s3:PutObject", RECEIPT, NEXT, False),
        (GLUE, "s3:PutObject", KEPT, FIRST, False),
        (GLUE, "s3:PutObject", RECEIPT, {}, True),
        (EMR, "s3:PutObject", KEPT, {}, True),
        (ADMINISTRATOR, "s3:PutObject", RECEIPT, {}, True),  # a copy and an upload in parts are asked as this, too
        (ADMINISTRATOR, "s3:PutObject", RECEIPT, NEXT, False),  # which a roll-back presents
        (GLUE, "s3:PutObject", PART, {}, False),
        (GLUE, "s3:DeleteObject", RECEIPT, {}, True),
        (EMR, "s3:DeleteObjectVersion", KEPT, {}, True),
        (COLLECTOR, "s3:DeleteObject", RECEIPT, {}, True),
        (COLLECTOR, "s3:DeleteObject", PART, {}, False),
        (ADMINISTRATOR, "s3:DeleteObject", RECEIPT, {}, False),  # who deletes the stack
        (GLUE, "s3:GetObject", PART, {"aws:SecureTransport": "false"}, True),
    ],
)
def test_what_the_lake_refuses(caller, action, key, context, denied):
    assert is_denied(caller, action, key, context) == denied


@pytest.mark.s3
def test_our_own_writes_of_receipts_are_taken(bucket):
    """As boto3 sends them."""
    uri, sent = f"s3://{bucket}/{RECEIPT}", list[dict[str, str]]()
    storage = storage_of(uri)
    client: Any = s3_client(attempts=1)

    def note(params: Mapping[str, Any], **_: object) -> None:
        headers = {name.lower(): str(value) for name, value in params["headers"].items()}
        sent.append({f"s3:{name}": headers[name] for name in ("if-match", "if-none-match") if name in headers})

    client.meta.events.register("before-call.s3.PutObject", note)
    try:
        token = storage.put(uri, b"first", None)
        storage.put(uri, b"next", token)
        client.put_object(Bucket=bucket, Key="x", Body=b"")
    finally:
        client.meta.events.unregister("before-call.s3.PutObject", note)
    assert [is_denied(GLUE, "s3:PutObject", RECEIPT, context) for context in sent] == [False, False, True]


def test_what_is_overwritten_can_be_had_back():
    """Of a run for a month, of a receipt for ever."""
    [lake] = [
        one for one in Template(template.load()).of_type("S3::Bucket").values() if one["BucketName"].endswith("-lake")
    ]
    assert lake["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = [rule for rule in lake["LifecycleConfiguration"]["Rules"] if "NoncurrentVersionExpiration" in rule]
    assert {rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in rules} == {30}
    assert all(rule["Prefix"].endswith("run=") for rule in rules)
