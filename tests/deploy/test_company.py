"""A company's account: its network, key, boundary and tags in place of the stack's own."""

import json

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from deploy.aws import stack, template, validation
from tests.deploy.policies import Call, Template

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
COMPANY = {
    "VpcId": "vpc-1",
    "AirflowSubnetId": "subnet-0",
    "PrivateSubnetIds": "subnet-1,subnet-2,subnet-3",
    "KmsKeyArn": KEY,
    "PermissionsBoundaryArn": BOUNDARY,
}


@pytest.fixture(scope="module")
def company():
    return Template(template.load(), settings=COMPANY)


@pytest.fixture(scope="module")
def own():
    return Template(template.load())


def test_in_a_network_that_is_there_none_is_made(company, own):
    assert own.of_type("EC2::VPC")
    kinds = {one["Type"] for one in company.resources.values() if one["Type"].startswith("AWS::EC2::")}
    assert kinds == {"AWS::EC2::Instance", "AWS::EC2::SecurityGroup"}
    for group in company.of_type("EC2::SecurityGroup").values():
        assert group["VpcId"] == "vpc-1"
    [interface] = company.of_type("EC2::Instance")["AirflowHost"]["NetworkInterfaces"]
    assert (interface["SubnetId"], interface["AssociatePublicIpAddress"]) == ("subnet-0", False)
    workgroup = company.of_type("RedshiftServerless::Workgroup")["Workgroup"]
    assert workgroup["SubnetIds"] == ["subnet-1", "subnet-2", "subnet-3"]
    assert json.loads(company.output("GreenTaxi"))["emr_subnet"] == "subnet-1"


def test_nothing_that_is_made_refers_to_what_is_not(company):
    """CloudFormation refuses a reference to a resource whose condition is false."""
    missing = template.load()["Resources"].keys() - company.resources.keys()
    text = json.dumps([company.resolve(one) for one in company.resources.values()])
    assert not [name for name in missing if f"<{name}" in text]


def test_buckets_disk_and_warehouse_have_the_key_and_who_reads_them_may_use_it(company, own):
    for bucket in company.of_type("S3::Bucket").values():
        [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert company.of_type("RedshiftServerless::Namespace")["Namespace"]["KmsKeyId"] == KEY
    [disk] = company.of_type("EC2::Instance")["AirflowHost"]["BlockDeviceMappings"]
    assert disk["Ebs"]["KmsKeyId"] == KEY
    touching = {one.role for one in own.statements() if any(action.startswith("s3:") for action in one.actions)}
    writing = {one.role for one in own.statements() if "s3:PutObject" in one.actions}
    through_s3 = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    for action, wanted in (("kms:Decrypt", touching), ("kms:GenerateDataKey", writing)):
        call = Call(action, KEY, through_s3)
        assert {one.role for one in company.statements() if one.allows(call)} == wanted
    assert not any(one.allows(Call("kms:Decrypt", KEY)) for one in company.statements())
    assert not any("kms:" in action for one in own.statements() for action in one.actions)


def test_no_role_goes_beyond_the_boundary(company, own):
    roles = company.of_type("IAM::Role").values()
    assert {role["PermissionsBoundary"] for role in roles} == {BOUNDARY}
    assert not any("PermissionsBoundary" in role for role in own.of_type("IAM::Role").values())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--set", "VpcId=vpc-1"), "VpcId is set without AirflowSubnetId and PrivateSubnetIds"),
        (("--set", "VpcId=vpc-1", "--set", "AirflowSubnetId=subnet-1"), "without PrivateSubnetIds"),
        (
            [
                word
                for name, value in {**COMPANY, "PrivateSubnetIds": "subnet-1,subnet-1,subnet-2"}.items()
                for word in ("--set", f"{name}={value}")
            ],
            "expected 3 subnets",
        ),
        (("--tag", "aws:x=1"), "expected KEY=VALUE"),
        (("--tag", "stack=other"), "expected KEY=VALUE"),
        (("--tag", "owner"), "expected KEY=VALUE"),
    ],
)
def test_a_network_in_part_and_a_tag_that_aws_refuses_are_told(words, says, capsys, monkeypatch):
    monkeypatch.setattr(stack, "open_session", lambda: pytest.fail("AWS was asked"))
    try:
        status = stack.main(["deploy", "--stack", "green-taxi", *words])
    except SystemExit as ended:
        status = int(str(ended.code))
    said = capsys.readouterr()
    assert (status, said.out, said.err.count("\n")) == (2, "", 1)
    assert says in said.err


@pytest.fixture
def analyzer(aws_environment, monkeypatch):
    """IAM Access Analyzer, as a stub that is told what to answer."""
    session = boto3.session.Session()
    client = session.client("accessanalyzer")
    monkeypatch.setattr(session, "client", lambda name: client)
    with Stubber(client) as stubber:
        yield session, stubber


FINDING = {
    "findingType": "SECURITY_WARNING",
    "issueCode": "PASS_ROLE_WITH_STAR_IN_RESOURCE",
    "findingDetails": "Using a wildcard is risky.",
    "learnMoreLink": "https://example.org",
    "locations": [],
}


def test_every_policy_is_looked_at_and_what_is_said_is_shown(analyzer, company):
    session, stubber = analyzer
    wanted = list(validation.policies(company))
    # Eight trusts, eight policies of roles and two more that let a role begin, two for the key, three buckets, topic, queue.
    assert (
        len(wanted)
        == 8 + sum(len(role.get("Policies", [])) for role in company.of_type("IAM::Role").values()) + 2 + 3 + 2
    )
    for number, policy in enumerate(wanted):
        asked = {"policyDocument": json.dumps(policy.document), "policyType": policy.kind}
        asked |= {"validatePolicyResourceType": policy.resource} if policy.resource else {}
        stubber.add_response("validate_policy", {"findings": [FINDING] if number == 1 else []}, asked)
    lines = list(validation.validate(session, company))
    assert lines == [
        f"SECURITY_WARNING  {wanted[1].where}: Using a wildcard is risky. (PASS_ROLE_WITH_STAR_IN_RESOURCE)",
        f"policies: IAM Access Analyzer looked at {len(wanted)}; findings: 1",
    ]
    stubber.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnknownOperationException"])
def test_where_it_is_denied_or_missing_a_line_says_so(code, analyzer, company):
    session, stubber = analyzer
    stubber.add_client_error("validate_policy", code, "no")
    [line] = validation.validate(session, company)
    assert line.startswith("policies: IAM Access Analyzer was not asked about all of them: ")
    assert code in line


def test_where_nobody_answers_a_line_says_so(aws_environment, company, monkeypatch):
    session = boto3.session.Session()
    client = session.client("accessanalyzer")

    def refuse(**_):
        raise EndpointConnectionError(endpoint_url="https://access-analyzer")

    client.meta.events.register("before-send", refuse)
    monkeypatch.setattr(session, "client", lambda name: client)
    [line] = validation.validate(session, company)
    assert "Could not connect" in line
