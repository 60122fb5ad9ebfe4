"""The template, read: CloudFormation's linter, and what must hold of buckets, roles and hosts whoever edits it."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from deploy.aws import template
from schemas.datasets import LOCATIONS, PUBLISHED
from tests.deploy.policies import ACCOUNT, Template

# Resource "*" although the service knows an ARN, or could.
ANY_RESOURCE = {
    "cloudwatch:PutMetricData": "its ARN is of data sets, which metrics have none of: bound by namespace instead",
}
# AWS's own policies, in place of statements written here.
MANAGED = {
    "EmrServiceRole": "EMR's own, bound to what bears EMR's tag; EMR changes what it needs with its releases",
}
# And if the key is not sent, nothing runs. A role can be given to a service within its account only.
NOT_SAID = "its guide has no condition there"
SERVICE_WITHOUT_SOURCE = {
    "ec2.amazonaws.com": "EC2 sends no aws:SourceAccount when it takes an instance's role",
    "glue.amazonaws.com": NOT_SAID,
    "redshift.amazonaws.com": NOT_SAID,
    "redshift-serverless.amazonaws.com": NOT_SAID,
}


@pytest.fixture(scope="module")
def whole():
    return template.load()


@pytest.fixture(scope="module")
def resolved(whole):
    return Template(whole)


@pytest.fixture(scope="module")
def services():
    """What cfn-lint knows of IAM: service to its actions, each with the kinds of ARN that it takes."""
    found = find_spec("cfnlint")
    assert found is not None
    [folder] = found.submodule_search_locations or []
    known = json.loads(Path(folder, "data", "AdditionalSpecs", "Policies.json").read_text())
    return {name: {action.lower(): what for action, what in one["Actions"].items()} for name, one in known.items()}


def lint(body, folder):
    path = folder / "template.json"
    path.write_text(body)
    program = str(Path(sys.executable).parent / "cfn-lint")
    # W1033 looks at the empty default of PrivateSubnetIds where its condition says that it is not empty.
    command = [program, "--template", str(path), "--include-checks", "I", "--ignore-checks", "W1033"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_the_linter_has_nothing_to_say(tmp_path):
    assert lint(template.body(), tmp_path) == (0, "")


def test_the_linter_sees_a_wrong_action_a_wrong_property_and_a_wrong_reference(tmp_path):
    body, rules = template.body(), ("W3037", "E3002", "E1019")
    for right, wrong in (
        ("glue:StartJobRun", "glue:StartTheJob"),
        ("OwnershipControls", "OwnershipControl"),
        ("${Lake.Arn}/raw/green/*", "${Lakes.Arn}/raw/green/*"),
    ):
        assert right in body
        body = body.replace(right, wrong)
    status, said = lint(body, tmp_path)
    assert status != 0
    assert [rule for rule in rules if rule in said] == [*rules]


def test_it_fits_into_one_request():
    assert len(template.body().encode()) < template.MAX_BODY


def test_a_name_that_two_files_define_is_refused(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("Resources: {Lake: {Type: AWS::S3::Bucket}}")
    with pytest.raises(ValueError, match=r"b\.yaml: Resources has Lake already"):
        template.load(tmp_path)


def test_an_unknown_section_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("Resource: {}")
    with pytest.raises(ValueError, match=r"a\.yaml: no section 'Resource'"):
        template.load(tmp_path)


def test_there_is_one_role_for_each_principal(resolved):
    assert set(resolved.of_type("IAM::Role")) == {
        "AirflowRole",
        "GlueRole",
        "EmrServiceRole",
        "EmrInstanceRole",
        "RedshiftRole",
        "CollectorRole",
        "ClusterStartedRole",  # of the alarms: an EventBridge rule and a state machine
        "OldClustersRole",
    }


def test_no_action_has_a_wildcard(resolved):
    assert [(one.role, one.sid) for one in resolved.statements() if any("*" in action for action in one.actions)] == []


def test_the_resource_is_any_only_where_the_service_takes_no_arn(resolved, services):
    wrong, used = [], set()
    for one in resolved.statements():
        for action in one.actions if "*" in one.resources else ():
            service, name = action.split(":")
            if action in ANY_RESOURCE:
                used.add(action)
            elif services[service][name.lower()].get("Resources"):
                wrong.append((one.role, one.sid, action))
    assert wrong == []
    assert used == set(ANY_RESOURCE)


def test_every_resource_is_of_this_account_or_its_buckets(resolved):
    buckets = [bucket["BucketName"] for bucket in resolved.of_type("S3::Bucket").values()]
    for one in resolved.statements():
        for resource in one.resources:
            named = any(resource.startswith(f"arn:aws:s3:::{bucket}") for bucket in buckets)
            assert named or f":{ACCOUNT}:" in resource or resource == "*", (one.role, one.sid, resource)


def test_whatever_is_passed_is_one_role_to_one_service(resolved):
    passing = [one for one in resolved.statements() if "iam:PassRole" in one.actions]
    passed = {
        (one.role, one.resources, one.conditions["StringEquals"]["iam:PassedToService"], one.actions) for one in passing
    }
    role = f"arn:aws:iam::{ACCOUNT}:role/green-taxi"
    only = ("iam:PassRole",)
    assert passed == {
        ("AirflowRole", (f"{role}-glue",), "glue.amazonaws.com", only),
        ("AirflowRole", (f"{role}-emr",), "elasticmapreduce.amazonaws.com", only),
        ("AirflowRole", (f"{role}-emr-ec2",), "ec2.amazonaws.com", only),
        ("EmrServiceRole", (f"{role}-emr-ec2",), "ec2.amazonaws.com", only),
    }


def test_only_the_collector_deletes_what_is_published(resolved):
    deleting = {
        (one.role, resource)
        for one in resolved.statements()
        if "s3:DeleteObject" in one.actions
        for resource in one.resources
    }
    lake = f"arn:aws:s3:::green-taxi-{ACCOUNT}-lake"
    runs = {f"{lake}/{name}/run=*" for name in ("transformed/green", "quarantine/green", "aggregate/*")}
    assert {resource for role, resource in deleting if role == "CollectorRole"} == runs
    # Jobs: their own staging, below the run that they are writing, and notes of refused files.
    assert {role for role, _ in deleting} == {"CollectorRole", "GlueRole", "EmrInstanceRole"}
    staging = {f"{run}{kind}" for run in runs for kind in ("/_temporary/*", "/__magic*", "/", "_$folder$")}
    jobs = {resource for role, resource in deleting if role != "CollectorRole"}
    assert jobs == staging | {f"{lake}/transformed/green/_refused/*"}


def test_nobody_but_a_person_writes_raw_files(resolved):
    for one in resolved.statements():
        if {"s3:PutObject", "s3:DeleteObject"} & set(one.actions):
            assert not any("/raw/" in resource for resource in one.resources), (one.role, one.sid)


def test_a_service_takes_a_role_for_this_account_only(resolved):
    for role, statement in resolved.trusts():
        assert statement["Action"] == "sts:AssumeRole"
        if "Service" not in statement["Principal"]:
            assert (role, statement["Principal"]) == ("CollectorRole", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
        else:
            services = statement["Principal"]["Service"]
            known = services if isinstance(services, list) else [services]
            conditions = {} if set(known) <= set(SERVICE_WITHOUT_SOURCE) else {"aws:SourceAccount": ACCOUNT}
            assert statement.get("Condition", {}).get("StringEquals", {}) == conditions, role


def test_managed_policies_are_those_with_a_reason(resolved):
    assert {name for name, role in resolved.of_type("IAM::Role").items() if role.get("ManagedPolicyArns")} == set(
        MANAGED
    )


@pytest.mark.parametrize("name", ["Lake", "Artifacts", "Logs"])
def test_a_bucket_is_private_encrypted_and_speaks_tls_only(name, resolved, whole):
    bucket = resolved.of_type("S3::Bucket")[name]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    [encryption] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "AES256"
    }  # an ETag stays a hash of the bytes
    assert any("AbortIncompleteMultipartUpload" in rule for rule in bucket["LifecycleConfiguration"]["Rules"])
    arn = f"arn:aws:s3:::{bucket['BucketName']}"
    statement, *_ = resolved.of_type("S3::BucketPolicy")[f"{name}Policy"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [arn, f"{arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert whole["Resources"][name]["UpdateReplacePolicy"] == "Retain"


def test_receipts_and_raw_files_keep_their_versions(resolved):
    lake = resolved.of_type("S3::Bucket")["Lake"]
    assert lake["VersioningConfiguration"] == {"Status": "Enabled"}
    ending = [
        rule["Prefix"] for rule in lake["LifecycleConfiguration"]["Rules"] if "NoncurrentVersionExpiration" in rule
    ]
    assert ending == [f"{data_set.location.folder}/run=" for data_set in PUBLISHED], (
        "rules of storage.yaml, in this order"
    )
    assert not any("ExpirationInDays" in rule for rule in lake["LifecycleConfiguration"]["Rules"])


def test_the_settings_say_where_each_part_of_the_lake_lies(resolved):
    settings = json.loads(resolved.output("GreenTaxi"))
    bucket = resolved.of_type("S3::Bucket")["Lake"]["BucketName"]
    expected = {location.name: f"s3://{bucket}/{location.folder}" for location in LOCATIONS}
    found = {name: settings.get(name) for name in expected}
    assert found == expected, "add it to settings.yaml"


def test_nothing_is_open_to_the_network(resolved):
    rules = [
        (name, rule["CidrIp"], rule["FromPort"])
        for name, group in resolved.of_type("EC2::SecurityGroup").items()
        for rule in group.get("SecurityGroupIngress", [])
    ]
    assert rules == [("EndpointSecurityGroup", "10.42.0.0/16", 443)]
    assert resolved.of_type("RedshiftServerless::Workgroup")["Workgroup"]["PubliclyAccessible"] is False


def test_hosts_ask_for_a_token_have_no_key_and_encrypted_disks(resolved):
    host = resolved.of_type("EC2::Instance")["AirflowHost"]
    assert host["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert "KeyName" not in host
    assert "UserData" not in host
    assert [one["Ebs"]["Encrypted"] for one in host["BlockDeviceMappings"]] == [True]
    clusters = resolved.of_type("EMR::SecurityConfiguration")["EmrSecurity"]["SecurityConfiguration"]
    assert clusters["InstanceMetadataServiceConfiguration"]["MinimumInstanceMetadataServiceVersion"] == 2


def test_logs_end_and_those_of_glue_outlive_the_stack(resolved, whole):
    assert {group["RetentionInDays"] for group in resolved.of_type("Logs::LogGroup").values()} == {90}
    groups = [one for one in whole["Resources"].values() if one["Type"] == "AWS::Logs::LogGroup"]
    kept = {(one["DeletionPolicy"], one["UpdateReplacePolicy"]) for one in groups}  # other jobs of Glue's write there
    assert kept == {("RetainExceptOnCreate", "Retain")}
    old = [
        rule.get("ExpirationInDays")
        for rule in resolved.of_type("S3::Bucket")["Logs"]["LifecycleConfiguration"]["Rules"]
    ]
    assert 90 in old


def test_a_cluster_is_looked_at_again_when_the_run_that_made_it_is_over(resolved):
    watch = resolved.of_type("StepFunctions::StateMachine")["OldClusters"]["Definition"]
    dag = (Path(__file__).parents[2] / "airflow" / "dags" / "data_pipeline.py").read_text()
    assert "dagrun_timeout=timedelta(hours=2)" in dag
    assert watch["States"]["Wait"]["Seconds"] > 2 * 3600
    assert watch["States"]["HasEnded"]["Default"] == "Tell"


def test_what_the_rules_look_for_is_what_the_dag_calls_it(resolved):
    rules = {name: rule["EventPattern"]["detail"] for name, rule in resolved.of_type("Events::Rule").items()}
    dag = (Path(__file__).parents[2] / "airflow" / "dags" / "data_pipeline.py").read_text()
    assert '"Name": WHERE % "stack" + " {{ dag.dag_id }} {{ run_id }}"' in dag
    assert '"Name": WHERE % "catalog" + "_aggregations"' in dag
    settings = json.loads(resolved.output("GreenTaxi"))
    prefix = f"{settings['stack']} data_pipeline "
    assert rules["ClusterStarted"] == {"name": [{"prefix": prefix}], "state": ["STARTING"]}
    assert rules["ClusterFailed"]["name"] == rules["ClusterStarted"]["name"]
    assert rules["StepFailed"]["name"] == [f"{settings['catalog']}_aggregations"]
    assert rules["JobFailed"]["jobName"] == [settings["glue_job"]]
