"""What the record of calls keeps of a request: names, roles and tags."""

import json

import pytest

from local_aws import parameters


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"JobName": "job", "RunId": "jr_1"}, {"JobName": "job"}),
        (
            {"JobName": "job", "JobUpdate": {"Role": "arn", "Timeout": 1}},
            {"JobName": "job", "JobUpdate": {"Role": "arn"}},
        ),
        (
            {"DatabaseName": "nyc", "TableInput": {"Name": "green"}},
            {"DatabaseName": "nyc", "TableInput": {"Name": "green"}},
        ),
        ({"Name": {"not": "a name"}}, {}),
        ({"Namespace": "GreenTaxi", "MetricData": [{"MetricName": "any"}]}, {"Namespace": "GreenTaxi"}),
        (
            {"ServiceRole": "emr", "JobFlowRole": "ec2", "Tags": [{"Key": "a", "Value": "1"}], "LogUri": "s3://b"},
            {"ServiceRole": "emr", "JobFlowRole": "ec2", "Tags": {"a": "1"}},
        ),
    ],
)
def test_of_a_body_what_iam_looks_at_is_kept(asked, kept):
    assert parameters.of_json(json.dumps(asked).encode()) == kept


@pytest.mark.parametrize("body", [b"", b"[1]", b"not JSON", b"\xff\xfe", b'{"Name": "\xff"}'])
def test_a_body_that_is_no_object_has_nothing(body):
    assert parameters.of_json(body) == {}


def test_of_a_query_prefix_and_topic_are_kept():
    assert parameters.of_query("list-type=2&prefix=raw%2Fgreen%2F") == {"prefix": "raw/green/"}
    assert parameters.of_query("Action=Publish&TopicArn=arn%3At&Message=secret") == {"TopicArn": "arn:t"}


def test_keys_that_are_deleted_together():
    body = (
        b"<Delete><Object><Key>a/b&amp;c</Key></Object><Object><Key>d</Key><VersionId>1</VersionId></Object></Delete>"
    )
    assert parameters.of_keys(body) == {"Keys": ["a/b&c", "d"]}


def test_the_record_has_it_and_the_service_still_gets_the_body(shared, glue, s3, bucket):
    began = len(shared.calls())
    name = glue.job("pass")
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="a")
    kept = {call["action"]: call["about"] for call in shared.calls()[began:]}
    assert kept["CreateJob"] == {"Name": name, "Role": "arn:aws:iam::123456789012:role/glue"}
    assert kept["DeleteObjects"] == {"Keys": ["a", "b"]}
    assert kept["ListObjectsV2"] == {"prefix": "a"}
