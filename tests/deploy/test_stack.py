"""`python -m deploy.aws.stack` against moto: made, left alone, changed, taken down.

moto knows some types of resources and makes nothing of the others: see NOT_MADE. So what is seen here is the command, and of
the template whether its parts fit together, not whether AWS would take it.
"""

import ast
import json
from typing import Any

import boto3
import pytest
import yaml
from botocore.stub import Stubber
from moto import mock_aws
from moto.cloudformation.models import ChangeSet
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.responses import CloudFormationResponse

from deploy.aws import stack, template, warehouse
from deploy.aws.changes import Stack, StackError
from schemas.redshift import GROUPS_SQL
from tests.deploy import for_moto
from tests.deploy.policies import Template

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")  # NOT_MADE

NAME = "green-taxi"
IMAGE = "ami-0123456789abcdef0"
# Types that moto 5.2.5 takes note of and does not make.
NOT_MADE = {
    "AWS::CloudWatch::Alarm": "no CloudFormation for alarms",
    "AWS::Glue::Database": "no CloudFormation for Glue",
    "AWS::RedshiftServerless::Namespace": "no such service",
    "AWS::RedshiftServerless::Workgroup": "no such service",
    "AWS::S3::BucketPolicy": "no CloudFormation for bucket policies",
    "AWS::SNS::TopicPolicy": "no CloudFormation for policies of topics",
    "AWS::SQS::QueuePolicy": "no CloudFormation for policies of queues",
}
# Types that it makes and cannot delete: it takes the name for one that is not resolved; it leaves route tables behind.
NOT_DELETED = ("AWS::EMR::SecurityConfiguration", "AWS::EC2::VPC")
apply, delete_resource = ChangeSet.apply, ResourceMap._delete_resource


def apply_whole(changes: Any) -> None:
    """What moto 5.2.5 leaves out: after a change set is carried out the stack has its template, parameters, tags, outputs."""
    one = changes.stack
    one.resource_map.input_parameters = changes.parameters
    apply(changes)
    one.template, one.template_dict = changes.template, changes.template_dict
    one.tags = changes.tags
    one.parameters = dict(one.resource_map.resolved_parameters)
    one.output_map = one._create_output_map()


def delete_most(resources: Any, one: Any, as_written: Any) -> None:
    kept = as_written.get("DeletionPolicy", "").startswith("Retain")  # moto knows of none
    if as_written["Type"] not in NOT_DELETED and not kept:
        delete_resource(resources, one, as_written)


@pytest.fixture
def session(aws_environment, monkeypatch):
    body = for_moto.body()
    monkeypatch.setattr(template, "body", lambda: body)
    monkeypatch.setattr(ChangeSet, "apply", apply_whole)
    monkeypatch.setattr(ResourceMap, "_delete_resource", delete_most)
    # AWS makes a change set without changes and calls it failed; moto refuses to make it.
    monkeypatch.setattr(CloudFormationResponse, "_validate_different_update", lambda *_: None)
    monkeypatch.setattr(yaml, "Loader", yaml.CLoader)  # of each template moto has it read dozens of times
    with mock_aws():
        yield boto3.session.Session()


@pytest.fixture
def prepared(monkeypatch):
    """Without what moto has not: users of Redshift (the last tests of this file), IAM Access Analyzer (test_company.py)."""
    monkeypatch.setattr(warehouse.Warehouse, "prepare", lambda self: [])
    monkeypatch.setattr(stack, "validate", lambda session, resolved: ["policies: looked at"])


def run(*words):
    return stack.main([*words, "--stack", NAME])


def deploy(*more):
    return run("deploy", "--yes", "--set", f"AirflowImage={IMAGE}", *more)


def clients(session: Any, *names: str) -> list[Any]:
    return [session.client(name) for name in names]


@pytest.fixture
def deployed(session, prepared, capsys):
    assert deploy() == 0
    return capsys.readouterr().out


def test_it_shows_what_it_will_make_then_what_happens_then_the_variable(deployed, session):
    assert deployed.index("expected to take 10 to 20 minutes") < deployed.index("+ Lake")
    assert "+ Lake                         AWS::S3::Bucket" in deployed
    assert "CREATE_COMPLETE              green-taxi" in deployed
    variable = json.loads(deployed.rpartition("green_taxi:\n")[2])
    [s3] = clients(session, "s3")
    assert {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]} == {
        variable[name].removeprefix("s3://").split("/")[0] for name in ("raw", "artifacts", "logs")
    }


def test_everything_that_moto_can_make_is_made(deployed, session):
    wanted = {one["Type"] for one in Template(template.load()).resources.values()}
    [cloudformation] = clients(session, "cloudformation")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=NAME)
    made = {one["ResourceType"] for page in pages for one in page["StackResourceSummaries"]}
    assert wanted - made == set(NOT_MADE)


def test_the_roles_have_their_policies(deployed, session):
    [iam] = clients(session, "iam")
    document = iam.get_role_policy(RoleName="green-taxi-redshift", PolicyName="copy")["PolicyDocument"]
    policy = ast.literal_eval(document)  # moto gives it as Python writes it
    assert policy["Statement"][0]["Resource"] == [
        "arn:aws:s3:::green-taxi-123456789012-lake/aggregate/*/run=*",
        "arn:aws:s3:::green-taxi-123456789012-lake/aggregate/*/_manifest.json",
    ]
    assert iam.get_instance_profile(InstanceProfileName="green-taxi-emr-ec2")["InstanceProfile"]["Roles"]


def test_a_second_time_it_changes_nothing(deployed, capsys):
    assert deploy() == 0
    said = capsys.readouterr().out
    assert "expected to take 1 to 10 minutes" in said
    assert "green-taxi is as it should be" in said


def test_the_image_of_a_host_that_is_there_stays(deployed, session, capsys):
    assert run("deploy", "--yes", "--set", "GlueVersion=5.1") == 0
    found = session.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]["Parameters"]
    values = {one["ParameterKey"]: one["ParameterValue"] for one in found}
    assert (values["AirflowImage"], values["GlueVersion"]) == (IMAGE, "5.1")
    assert json.loads(capsys.readouterr().out.rpartition("green_taxi:\n")[2])["glue_version"] == "5.1"


def test_tags_are_the_stacks_and_the_clusters_and_stay(deployed, session, capsys):
    # With a setting each: moto, unlike AWS, sees no change where tags alone are others.
    assert deploy("--set", "GlueVersion=5.1", "--tag", "cost-center=42", "--tag", "owner=me") == 0
    assert deploy("--set", "GlueVersion=6.0", "--tag", "owner=you") == 0
    tags = {"stack": NAME, "cost-center": "42", "owner": "you"}
    assert Stack(session, NAME).tags() == tags
    variable = json.loads(capsys.readouterr().out.rpartition("green_taxi:\n")[2])
    assert {tag["Key"]: tag["Value"] for tag in variable["tags"]} == tags


def test_the_policies_are_looked_at_before_anything_is_planned(deployed):
    assert deployed.index("policies: looked at") < deployed.index("+ Lake")


def test_it_asks_and_a_no_changes_nothing(session, prepared, monkeypatch, capsys):
    asked = []

    def no(text):
        asked.append(text)
        return "n"

    monkeypatch.setattr("builtins.input", no)
    assert run("deploy", "--set", f"AirflowImage={IMAGE}") == 1
    assert asked == [f"{len(template.load()['Resources'])} resources of green-taxi in us-east-1 change. Go on? [y/N] "]
    assert capsys.readouterr().err == "error: nothing was changed\n"
    assert Stack(session, NAME).status == ""


def test_destroy_wants_the_name(deployed, monkeypatch, session, capsys):
    monkeypatch.setattr("builtins.input", lambda text: "green")
    assert run("destroy") == 1
    assert "green-taxi-123456789012-lake: all objects, with all their versions" in capsys.readouterr().out
    assert Stack(session, NAME).exists


def test_destroy_empties_versions_and_marks_and_takes_the_job_along(deployed, session, capsys):
    s3, glue, ec2 = clients(session, "s3", "glue", "ec2")
    lake = "green-taxi-123456789012-lake"
    s3.put_bucket_versioning(Bucket=lake, VersioningConfiguration={"Status": "Enabled"})  # moto has left that out
    for body in (b"1", b"2"):
        s3.put_object(Bucket=lake, Key="raw/green/a.csv", Body=body)
    s3.delete_object(Bucket=lake, Key="raw/green/a.csv")
    glue.create_job(Name="nyc_raw_to_transform", Role="any", Command={"Name": "glueetl", "ScriptLocation": "s3://b/k"})
    [network] = Stack(session, NAME).resources("AWS::EC2::VPC")
    groups = [
        ec2.create_security_group(GroupName=f"ElasticMapReduce-{name}", Description="EMR", VpcId=network)["GroupId"]
        for name in ("Master-Private", "Slave-Private")
    ]
    for one, other in (groups, groups[::-1]):  # each lets the other in, as EMR has them
        pair = [{"GroupId": other}]
        rule = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": pair}
        ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=[rule])
    [logs] = clients(session, "logs")
    assert run("destroy", "--confirm", NAME) == 0
    assert len(logs.describe_log_groups()["logGroups"]) == 2  # other jobs may write there
    said = capsys.readouterr().out
    assert f"{lake}: empty, 3 deleted" in said
    assert s3.list_buckets()["Buckets"] == []
    assert glue.list_jobs()["JobNames"] == []
    left = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["ElasticMapReduce-*"]}])
    assert left["SecurityGroups"] == []
    assert Stack(session, NAME).status == ""


def test_destroy_refuses_while_a_cluster_runs(deployed, session, capsys):
    [emr] = clients(session, "emr")
    lake = json.loads(Stack(session, NAME).outputs()["GreenTaxi"])["aggregates"]
    cluster = emr.run_job_flow(
        Name="data_pipeline run",
        ReleaseLabel="emr-spark-8.1.0",
        Instances={"KeepJobFlowAliveWhenNoSteps": True, "InstanceCount": 1, "MasterInstanceType": "m7g.xlarge"},
        Tags=[{"Key": "green-taxi-lake", "Value": lake}],
    )["JobFlowId"]
    assert run("destroy", "--confirm", NAME) == 1
    assert f"cluster {cluster} (data_pipeline run) is" in capsys.readouterr().err


def test_two_stacks_are_side_by_side_and_the_end_of_one_leaves_the_other(deployed, session, capsys):
    other = ("--stack", "green-taxi-dev")
    assert stack.main(["deploy", "--yes", "--set", f"AirflowImage={IMAGE}", *other]) == 0
    iam, s3 = clients(session, "iam", "s3")
    roles = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    assert {"green-taxi-glue", "green-taxi-dev-glue"} <= roles
    where = {name: json.loads(Stack(session, name).outputs()["GreenTaxi"]) for name in (NAME, "green-taxi-dev")}
    [logs] = clients(session, "logs")
    groups = {"/aws-glue/jobs/error", "/aws-glue/jobs/output"}  # the first made them, for all
    assert {group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]} == groups
    assert [one["glue_job"] for one in where.values()] == [
        *("nyc_raw_to_transform", "nyc_green_taxi_dev_raw_to_transform")
    ]
    assert stack.main(["destroy", "--confirm", "green-taxi-dev", *other]) == 0
    left = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert {group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]} == groups
    assert left == {f"green-taxi-123456789012-{name}" for name in ("lake", "artifacts", "logs")}
    assert Stack(session, NAME).exists


def test_there_is_nothing_to_destroy_twice(session, capsys):
    assert run("destroy", "--confirm", NAME) == 1
    assert capsys.readouterr().err == "error: there is no stack green-taxi in us-east-1: nothing to do\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("deploy", "--stack", "Green"), "'Green': expected a small letter, then"),
        (("deploy", "--stack", "green", "--set", "Image=1"), "'Image=1': expected PARAMETER=VALUE, of AirflowImage, "),
    ],
)
def test_wrong_words_are_told(words, said, capsys):
    with pytest.raises(SystemExit) as ended:
        stack.main(list(words))
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_first_event_that_failed_is_the_reason(session, monkeypatch, capsys):
    one = Stack(session, NAME)
    events = [
        ("2", "Lake", "CREATE_FAILED", "bucket exists"),
        ("3", "Logs", "CREATE_FAILED", "cancelled"),
        ("4", NAME, "ROLLBACK_COMPLETE", ""),
    ]
    found = [
        {"EventId": number, "LogicalResourceId": name, "ResourceStatus": status, "ResourceStatusReason": why}
        for number, name, status, why in events
    ]
    monkeypatch.setattr(one, "_events", lambda name: found)
    monkeypatch.setattr(one, "_describe", lambda name="": {"StackStatus": "ROLLBACK_COMPLETE"})
    with pytest.raises(StackError, match=r"green-taxi is ROLLBACK_COMPLETE; Lake: bucket exists"):
        one._follow({"1"}, ("CREATE_COMPLETE",), NAME)
    assert capsys.readouterr().out.splitlines() == [
        "CREATE_FAILED                Lake                         bucket exists",
        "CREATE_FAILED                Logs                         cancelled",
        f"ROLLBACK_COMPLETE            {NAME}",
    ]


def test_a_long_wait_names_what_is_waited_for(session, monkeypatch, capsys):
    one = Stack(session, NAME, every=0.0)
    event = {"EventId": "1", "LogicalResourceId": "Workgroup", "ResourceStatus": "CREATE_IN_PROGRESS"}
    monkeypatch.setattr(one, "_events", lambda name: [event])
    states = iter([*["CREATE_IN_PROGRESS"] * 13, "CREATE_COMPLETE"])
    monkeypatch.setattr(one, "_describe", lambda name="": {"StackStatus": next(states)})
    one._follow(set(), ("CREATE_COMPLETE",), NAME)
    assert capsys.readouterr().out.splitlines()[1:] == ["... still at it after 0 s: Workgroup"]


USER = "IAMR:green-taxi-airflow"
ALL = [
    f'CREATE USER "{USER}" PASSWORD DISABLE',
    f'GRANT CREATE ON DATABASE dev TO "{USER}"',
    "CREATE GROUP nyc_readers",
]


@pytest.mark.parametrize(
    ("users", "groups", "missing"),
    [
        ({"administrator"}, set(), ALL),
        ({"administrator", USER}, set(), ALL[1:]),
        ({"administrator"}, {"nyc_readers"}, ALL[:2]),
        ({USER}, {"nyc_readers"}, ALL[1:2]),
    ],
)
def test_redshift_gets_what_it_lacks_and_the_right_that_may_lack_each_time(users, groups, missing):
    assert warehouse.statements(USER, "dev", users, groups) == missing


def test_the_administrator_asks_waits_and_makes(session):
    outputs = {
        "AirflowRole": "green-taxi-airflow",
        "Namespace": "green-taxi",
        "GreenTaxi": json.dumps({"redshift_workgroup": "green-taxi", "redshift_database": "dev"}),
    }
    prepared = warehouse.Warehouse(session, outputs, every=0.0)
    where = {"WorkgroupName": "green-taxi", "Database": "dev", "SecretArn": "arn:secret"}
    namespace = {"namespaceName": "green-taxi", "adminPasswordSecretArn": "arn:secret"}
    with Stubber(prepared._redshift) as redshift, Stubber(prepared._serverless) as serverless:
        serverless.add_response("get_namespace", {"namespace": namespace}, {"namespaceName": "green-taxi"})
        for number, (sql, names) in enumerate([(warehouse.USERS_SQL, [USER]), (GROUPS_SQL, [])]):
            redshift.add_response("execute_statement", {"Id": f"s-{number}"}, {"Sql": sql, **where})
            redshift.add_response("describe_statement", {"Id": f"s-{number}", "Status": "STARTED"})
            redshift.add_response("describe_statement", {"Id": f"s-{number}", "Status": "FINISHED"})
            records = [[{"stringValue": name}] for name in names]
            redshift.add_response("get_statement_result", {"Records": records}, {"Id": f"s-{number}"})
        redshift.add_response("execute_statement", {"Id": "s-2"}, {"Sql": ALL[1], **where})
        redshift.add_response("describe_statement", {"Id": "s-2", "Status": "FINISHED"})
        redshift.add_response("execute_statement", {"Id": "s-3"}, {"Sql": ALL[2], **where})
        redshift.add_response("describe_statement", {"Id": "s-3", "Status": "FAILED", "Error": "no right"})
        with pytest.raises(StackError, match="Redshift: CREATE GROUP nyc_readers: no right"):
            prepared.prepare()
        redshift.assert_no_pending_responses()
