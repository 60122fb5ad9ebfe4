"""The roles against the calls that were recorded (record_calls.py): every call is allowed, and no right is idle."""

import json
from collections import defaultdict

import pytest

from deploy.aws import template
from tests.deploy.judged import questions
from tests.deploy.policies import Call, Statement, Template
from tests.deploy.recorded import CALLS

HEAL = "a job that died between its last receipt and this has left it undone; the next load heals it"
SESSION = "Session Manager's agent on the host, no part of the pipeline"
ALARMS = "EventBridge and Step Functions, which the local account does not run"
UPLOADS = "large files are uploaded in parts, and an upload that fails is taken back"
COPYING = "COPY is not made over HTTP in the local account; Redshift's documentation asks for it"
LAKE = "arn:aws:s3:::green-taxi-123456789012-lake"
JOBS_ROOTS = {"GlueRole": ("transformed/green", "quarantine/green"), "EmrInstanceRole": ("aggregate/*",)}
STAGING = "other committers' staging, and markers of folders, which the local account's Spark does not leave"
# Rights that no recorded call needs: role, statement, action.
IDLE = {
    **{
        (role, "RemoveStaging", f"{LAKE}/{root}/run=*{kind}"): STAGING
        for role, roots in JOBS_ROOTS.items()
        for root in roots
        for kind in ("/__magic*", "/", "_$folder$")
    },
    ("AirflowRole", "MendManifest", "s3:PutObject"): HEAL,
    ("AirflowRole", "Catalog", "glue:BatchCreatePartition"): HEAL,
    ("AirflowRole", "Catalog", "glue:BatchUpdatePartition"): HEAL,
    ("AirflowRole", "Dags", "s3:GetObject"): "the host brings itself the DAGs: test_dags.py",
    ("AirflowRole", "GlueJob", "glue:GetJobRuns"): "the operator looks for the run of an earlier try of a task",
    ("AirflowRole", "WatchLoad", "redshift-data:CancelStatement"): "the operator, when somebody ends its task",
    ("AirflowRole", "Agent", "ssm:UpdateInstanceInformation"): SESSION,
    ("AirflowRole", "Channels", "ssmmessages:CreateControlChannel"): SESSION,
    ("AirflowRole", "Channels", "ssmmessages:CreateDataChannel"): SESSION,
    ("AirflowRole", "Channels", "ssmmessages:OpenControlChannel"): SESSION,
    ("AirflowRole", "Channels", "ssmmessages:OpenDataChannel"): SESSION,
    ("ClusterStartedRole", "StartWatch", "states:StartExecution"): ALARMS,
    ("OldClustersRole", "Look", "elasticmapreduce:DescribeCluster"): ALARMS,
    ("OldClustersRole", "Tell", "sns:Publish"): ALARMS,
    ("EmrServiceRole", "PassInstanceRole", "iam:PassRole"): "EMR starts real instances",
    ("EmrInstanceRole", "WriteRuns", "s3:AbortMultipartUpload"): UPLOADS,
    ("GlueRole", "WriteRuns", "s3:AbortMultipartUpload"): UPLOADS,
    ("GlueRole", "WriteSparkUi", "s3:PutObject"): "Glue's own Spark writes its event log",
    ("GlueRole", "SendMetrics", "cloudwatch:PutMetricData"): "Glue's own metrics",
    ("RedshiftRole", "ListRides", "s3:ListBucket"): COPYING,
    ("RedshiftRole", "FindRegion", "s3:GetBucketLocation"): COPYING,
}


@pytest.fixture(scope="module")
def recorded():
    return json.loads(CALLS.read_text())


@pytest.fixture(scope="module")
def asked(recorded):
    """Role to what IAM is asked for it."""
    [tags] = [call["about"]["Tags"] for call in recorded if call["call"].endswith(":RunJobFlow")]
    found = defaultdict(set)
    for call in recorded:
        for question in questions(call, tags):
            found[call["principal"]].add((question.action, question.resource, tuple(question.context.items())))
    return {role: [Call(a, r, dict(context)) for a, r, context in sorted(calls)] for role, calls in found.items()}


@pytest.fixture(scope="module")
def statements():
    return Template(template.load()).statements()


def test_every_call_is_allowed(asked, statements):
    denied = [
        (role, call)
        for role, calls in asked.items()
        for call in calls
        if not any(one.role == role and one.allows(call) for one in statements)
    ]
    assert denied == []


FURTHER = {"/agg-green-rides": "/agg-further", "table/nyc/agg_green_rides_by_month": "table/nyc/agg_further"}


def further(text):
    """The same of another aggregate."""
    for name, other in FURTHER.items():
        text = text.replace(name, other)
    return text


def test_every_call_is_allowed_for_a_further_aggregate_too(asked, statements):
    """The tags of the cluster, which makes all of them, are what they are."""
    denied, changed = [], 0
    for role, calls in asked.items():
        for call in calls:
            context = {key: further(value) if key == "s3:prefix" else value for key, value in call.context.items()}
            same = Call(call.action, further(call.resource), context)
            changed += same != call
            if not any(one.role == role and one.allows(same) for one in statements):
                denied.append((role, same))
    assert denied == []
    assert changed


def test_no_right_is_idle_but_those_with_a_reason(asked, statements):
    idle = set()
    for one in statements:
        used = [call for call in asked.get(one.role, []) if one.allows(call)]
        idle |= {(one.role, one.sid, action) for action in one.actions if action not in {call.action for call in used}}
        for resource in one.resources:
            narrowed = Statement(one.role, one.sid, one.actions, (resource,), one.conditions)
            if used and not any(narrowed.allows(call) for call in used):
                idle.add((one.role, one.sid, resource))
    assert idle == set(IDLE)


def test_a_right_less_would_be_seen(asked, statements):
    """Each right that is used, taken away, denies a recorded call: none is covered by another statement."""
    for one in statements:
        for action in one.actions:
            if (one.role, one.sid, action) in IDLE:
                continue
            others = [other for other in statements if other.role == one.role and other is not one]
            rest = Statement(one.role, one.sid, tuple({*one.actions} - {action}), one.resources, one.conditions)
            calls = [call for call in asked[one.role] if one.allows(call) and call.action == action]
            assert not all(any(left.allows(call) for left in (*others, rest)) for call in calls), (one.sid, action)


@pytest.mark.parametrize(
    ("role", "action", "resource", "context"),
    [
        ("AirflowRole", "s3:PutObject", "raw/green/green_tripdata_2020-04.csv", {}),
        ("AirflowRole", "s3:PutObject", "transformed/green/_receipts/2020-04.json", {}),
        ("GlueRole", "s3:PutObject", "raw/green/green_tripdata_2020-04.csv", {}),
        ("GlueRole", "s3:DeleteObject", "transformed/green/_receipts/2020-04.json", {}),
        ("GlueRole", "s3:PutObject", "aggregate/agg-green-rides/_manifest.json", {}),
        ("GlueRole", "s3:DeleteObject", "transformed/green/run=RUN/month=2020-04/part-0.parquet", {}),
        ("GlueRole", "s3:DeleteObject", "quarantine/green/run=RUN/month=2020-04/part-0.parquet", {}),
        ("EmrInstanceRole", "s3:DeleteObject", "aggregate/agg-green-rides/run=RUN/month=2020-04/part-0.parquet", {}),
        ("EmrInstanceRole", "s3:GetObject", "raw/green/green_tripdata_2020-04.csv", {}),
        ("EmrInstanceRole", "s3:PutObject", "transformed/green/_receipts/2020-04.json", {}),
        ("EmrInstanceRole", "s3:DeleteObject", "aggregate/agg-green-rides/_receipts/2020-04.json", {}),
        ("EmrInstanceRole", "s3:PutObject", "aggregate/agg-green-rides/another.parquet", {}),
        ("AirflowRole", "s3:GetObject", "aggregate/agg-green-rides/run=RUN/month=2020-04/part-N.parquet", {}),
        ("AirflowRole", "s3:PutObject", "aggregate/agg-green-rides/_receipts/2020-04.json", {}),
        ("RedshiftRole", "s3:GetObject", "aggregate/agg-green-rides/_receipts/2020-04.json", {}),
        ("RedshiftRole", "s3:GetObject", "transformed/green/run=RUN/month=2020-04/part-N.parquet", {}),
        ("RedshiftRole", "s3:ListBucket", "", {"s3:prefix": "raw/green/"}),
        ("CollectorRole", "s3:DeleteObject", "transformed/green/_receipts/2020-04.json", {}),
        ("CollectorRole", "s3:DeleteObject", "raw/green/green_tripdata_2020-04.csv", {}),
        ("CollectorRole", "s3:PutObject", "transformed/green/run=RUN/a", {}),
    ],
)
def test_what_a_role_must_not_do_is_denied(role, action, resource, context, statements):
    call = Call(action, f"arn:aws:s3:::green-taxi-123456789012-lake/{resource}".rstrip("/"), context)
    assert not any(one.role == role and one.allows(call) for one in statements)


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("iam:PassRole", "role/green-taxi-glue", {"iam:PassedToService": "ec2.amazonaws.com"}),
        ("iam:PassRole", "role/administrator", {"iam:PassedToService": "ec2.amazonaws.com"}),
    ],
)
def test_airflow_hands_over_no_other_role_and_to_no_other_service(action, resource, context, statements):
    call = Call(action, f"arn:aws:iam::123456789012:{resource}", context)
    assert not any(one.role == "AirflowRole" and one.allows(call) for one in statements)


def test_airflow_leaves_clusters_of_others_alone(statements):
    cluster = "arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/j-OTHER"
    for tags in ({}, {"aws:ResourceTag/green-taxi-lake": "s3://other/aggregate/agg-green-rides"}):
        call = Call("elasticmapreduce:TerminateJobFlows", cluster, tags)
        assert not any(one.allows(call) for one in statements)
