"""Names are checked before anything is asked for; the table of limits is that of the services' own models."""

import botocore.session
import pytest

from deploy.aws import template
from deploy.aws.names import NAMES, fault_of
from deploy.aws.resolved import Resolved


@pytest.mark.parametrize(
    ("kind", "service", "shape"),
    [
        ("AWS::Budgets::Budget", "budgets", "BudgetName"),
        ("AWS::CloudWatch::Alarm", "cloudwatch", "AlarmName"),
        ("AWS::EMR::SecurityConfiguration", "emr", "XmlString"),
        ("AWS::Glue::Database", "glue", "NameString"),
        ("AWS::IAM::InstanceProfile", "iam", "instanceProfileNameType"),
        ("AWS::IAM::Role", "iam", "roleNameType"),
        ("AWS::Logs::LogGroup", "logs", "LogGroupName"),
        ("AWS::RedshiftServerless::Namespace", "redshift-serverless", "NamespaceName"),
        ("AWS::RedshiftServerless::Workgroup", "redshift-serverless", "WorkgroupName"),
        ("AWS::StepFunctions::StateMachine", "stepfunctions", "Name"),
    ],
)
def test_lengths_are_those_of_the_service(kind, service, shape):
    model = botocore.session.get_session().get_service_model(service).shape_for(shape)
    wanted = (max(1, model.metadata.get("min", 1)), model.metadata["max"])
    assert (NAMES[kind].shortest, NAMES[kind].longest) == wanted


@pytest.mark.parametrize(
    ("kind", "name", "fault"),
    [
        ("AWS::S3::Bucket", "green-taxi-123456789012-lake", ""),
        ("AWS::S3::Bucket", "xn--taxi", "is not as"),
        ("AWS::S3::Bucket", "Green", "is not as"),
        ("AWS::S3::Bucket", "g" * 64, "has 64 characters, expected 3 to 63"),
        ("AWS::RedshiftServerless::Workgroup", "gt", "has 2 characters, expected 3 to 64"),
        ("AWS::Glue::Database", "nyc-dev", "is not as"),  # Athena would want it quoted
        ("AWS::SQS::Queue", "a.b", "is not as"),
    ],
)
def test_a_name_that_a_service_would_refuse_has_a_fault(kind, name, fault):
    found = NAMES[kind].fault(name)
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


@pytest.mark.parametrize(
    ("stack", "says"),
    [
        ("green-taxi", ""),
        ("gtx", ""),
        ("g" * 40, ""),
        ("gt", "the AWS::RedshiftServerless::Namespace 'gt' has 2 characters, expected 3 to 64"),
        ("g" * 41, f"the AWS::S3::Bucket '{'g' * 41}-000000000000-artifacts' has 64 characters, expected 3 to 63"),
        ("xn--taxi", "is not as"),
    ],
)
def test_a_stack_is_called_so_that_every_service_takes_the_names_made_from_it(stack, says):
    found = fault_of(Resolved(template.load(), stack, account="0" * 12).named())
    assert says in found
    assert bool(found) == bool(says)
