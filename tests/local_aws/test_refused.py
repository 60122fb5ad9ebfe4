"""What would only be written down is refused, with what to do instead: a case for each row of the table."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import refused
from local_aws.clients import client
from tests.local_aws.jobs import GLUE_VERSION

SCRIPT = {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}
JOB = {"Role": "any", "Command": SCRIPT, "GlueVersion": GLUE_VERSION, "WorkerType": "G.1X", "NumberOfWorkers": 2}
NODE = {"S3CsvSource": {"Name": "n", "Paths": ["s3://b"], "Separator": "comma", "QuoteChar": "quote"}}
TARGET = {"Id": "1", "Arn": "arn:aws:sns:us-east-1:123456789012:failures"}
CRAWLER = {"Name": "c", "Role": "any", "Targets": {"S3Targets": [{"Path": "s3://b"}]}}
START = {"Type": "ON_DEMAND", "Actions": [{"JobName": "j"}]}
COPIES = {"Role": "any", "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::b"}}]}

FIELDS: list[tuple[str, Any]] = [
    ("MaxRetries", 1),
    ("JobRunQueuingEnabled", True),
    ("MaintenanceWindow", "Sun:10"),
    ("Connections", {"Connections": ["c"]}),
    ("SecurityConfiguration", "s"),
    ("NotificationProperty", {"NotifyDelayAfter": 1}),
    ("CodeGenConfigurationNodes", {"n": NODE}),
    ("SourceControlDetails", {"Provider": "GITHUB"}),
]
ARGUMENTS = [
    ("--datalake-formats", "iceberg"),
    ("--enable-glue-datacatalog", "true"),
    ("--job-bookmark-option", "job-bookmark-enable"),
    ("--additional-python-modules", "polars"),
    ("--python-virtual-env", "s3://b/env.tar.gz"),
    ("--user-jars-first", "true"),
]
ACTIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("glue", "create_trigger", {"Name": "t", **START}),
    ("glue", "start_trigger", {"Name": "t"}),
    ("glue", "create_workflow", {"Name": "w"}),
    ("glue", "start_workflow_run", {"Name": "w"}),
    ("glue", "create_blueprint", {"Name": "b", "BlueprintLocation": "s3://b/b.zip"}),
    ("glue", "create_crawler", CRAWLER),
    ("glue", "start_crawler", {"Name": "c"}),
    ("events", "put_rule", {"Name": "r", "ScheduleExpression": "rate(1 day)"}),
    ("events", "put_targets", {"Rule": "r", "Targets": [TARGET]}),
    ("s3", "put_bucket_replication", {"Bucket": "b", "ReplicationConfiguration": COPIES}),
]


def refusal_of(call, **given):
    with pytest.raises(ClientError) as error:
        call(**given)
    said = error.value.response["Error"]
    return said["Code"], said["Message"]


@pytest.mark.parametrize(("field", "value"), FIELDS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_field_of_a_job_that_would_do_nothing_is_refused(clients, field, value):
    for call, asked in (
        (clients["glue"].create_job, {"Name": "refused", **JOB, field: value}),
        (clients["glue"].update_job, {"JobName": "refused", "JobUpdate": {**JOB, field: value}}),
    ):
        code, said = refusal_of(call, **asked)
        assert (code, said.partition(":")[0]) == ("InvalidInputException", field)


@pytest.mark.parametrize(("name", "value"), ARGUMENTS)
def test_an_argument_of_a_job_that_would_do_nothing_is_refused(clients, name, value):
    for call, asked in (
        (clients["glue"].create_job, {"Name": "refused", **JOB, "DefaultArguments": {name: value}}),
        (clients["glue"].create_job, {"Name": "refused", **JOB, "NonOverridableArguments": {name: value}}),
        (clients["glue"].start_job_run, {"JobName": "refused", "Arguments": {name: value}}),
    ):
        code, said = refusal_of(call, **asked)
        assert (code, said.partition(":")[0]) == ("InvalidInputException", name)


@pytest.mark.parametrize(("service", "method", "given"), ACTIONS)
def test_an_action_that_would_do_nothing_is_refused(shared, service, method, given):
    one = client(shared.environment, service)
    code, said = refusal_of(getattr(one, method), **given)
    one.close()
    assert code == "UnknownOperationException"
    assert " here: " in said, "it says what to do instead"


def test_what_does_what_it_says_is_taken(clients):
    harmless = {"--job-bookmark-option": "job-bookmark-disable", "--enable-glue-datacatalog": "false"}
    clients["glue"].create_job(
        Name="taken", **JOB, MaxRetries=0, DefaultArguments={**harmless, "--enable-metrics": "true"}
    )


def test_instance_fleets_are_refused(clients):
    cluster = {"Name": "c", "ReleaseLabel": "emr-spark-8.1.0"}
    fleets = {"InstanceFleets": [{"InstanceFleetType": "MASTER", "TargetOnDemandCapacity": 1}]}
    code, said = refusal_of(clients["emr"].run_job_flow, **cluster, Instances=fleets)
    assert (code, said.partition(":")[0]) == ("ValidationException", "InstanceFleets")


def test_each_row_of_the_table_has_a_case():
    cased = {name for name, _ in FIELDS} | {name for name, _ in ARGUMENTS} | {"InstanceFleets"}
    assert {row.what for row in refused.REFUSED if row.what} == cased
    asked = {"".join(word.title() for word in method.split("_")) for _, method, _ in ACTIONS}
    for row in refused.REFUSED:
        assert row.what or any(re.fullmatch(row.actions, action) for action in asked), row
