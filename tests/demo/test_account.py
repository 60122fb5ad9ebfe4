"""What the demo makes in its account is what the DAGs are told."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.account import prepare
from deploy.aws import template
from local_aws import account
from local_aws.clients import client


@pytest.fixture
def aws() -> Iterator[dict[str, str]]:
    with account.start(python=Path(sys.executable)) as started:
        yield started.environment


def test_what_the_variable_names_is_there(aws):
    variable = prepare(aws, glue_version="5.1", emr_release="emr-7.13.0")
    s3, iam, emr = (client(aws, name) for name in ("s3", "iam", "emr"))
    places = ("raw", "transformed", "quarantine", "aggregates", "artifacts", "logs")
    named = {variable[name].removeprefix("s3://").split("/")[0] for name in places}
    assert named == {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    roles = {role["RoleName"]: role["Arn"] for role in iam.list_roles()["Roles"]}
    assert {variable["glue_role"], variable["redshift_role"]} <= set(roles.values())
    assert variable["emr_service_role"] in roles
    assert iam.get_instance_profile(InstanceProfileName=variable["emr_instance_profile"])["InstanceProfile"]["Roles"]
    assert emr.describe_security_configuration(Name=variable["emr_security_configuration"])
    assert (variable["glue_version"], variable["emr_release"]) == ("5.1", "emr-7.13.0")
    for one in (s3, iam, emr):
        one.close()


def test_a_setting_is_written_down_in_the_template_alone(aws, monkeypatch):
    change_setting(monkeypatch, '{"raw": "s3://${Lake}/elsewhere", "added": "${AWS::StackName}-1"}')
    assert prepare(aws) == {"raw": "s3://green-taxi-lake/elsewhere", "added": "green-taxi-1"}


def test_a_reference_that_the_demo_has_nothing_for_is_named(aws, monkeypatch):
    change_setting(monkeypatch, '{"added": "${Added}"}')
    with pytest.raises(KeyError, match="Added"):
        prepare(aws)


def change_setting(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The template with another output `GreenTaxi`."""
    whole = template.load()
    whole["Outputs"]["GreenTaxi"]["Value"]["Fn::Sub"][0] = text
    monkeypatch.setattr(template, "load", lambda: whole)
